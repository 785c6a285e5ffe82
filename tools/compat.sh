#!/bin/sh
# `make compat`: the tests without a desktop, with the lowest versions of the program's dependencies that
# pyproject.toml promises, in an environment of their own.
set -eu
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
low=build/compat
mkdir -p "$low"
compile() { "$VENV/bin/uv" pip compile --quiet --python "$VENV/bin/python" --no-header --no-annotate "$@" pyproject.toml; }
compile --resolution lowest-direct -o "$low/lowest.txt" >/dev/null
compile --extra dev --constraint "$low/lowest.txt" -o "$low/with-checks.txt" >/dev/null
"$VENV/bin/python" -m venv --clear "$low/venv"
"$low/venv/bin/python" -m pip install -q --disable-pip-version-check -r "$low/with-checks.txt"
"$low/venv/bin/python" -m pytest -n 2 -m "not desktop and not soak"
