#!/bin/sh
# Pins every package for every platform: requirements.lock (the program), requirements-dev.lock (and what checks it).
# No index addresses and no machine paths are written.
set -eu
cd "$(dirname "$0")/.."
compile() {
    out=$1
    shift
    "${VENV:-.venv}/bin/uv" pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url \
        --no-emit-find-links --no-annotate "$@" pyproject.toml -o "$out.new"
    { echo "# Exact versions of what pyproject.toml asks for; made by \`make lock\`."; cat "$out.new"; } >"$out"
    rm "$out.new"
}
compile requirements.lock --extra words ${LOCK_ARGS:-}
compile requirements-dev.lock --extra dev --constraint requirements.lock ${LOCK_ARGS:-}
