#!/bin/sh
# `make run`: with a display, opt in and record; without one, the demonstration on a screen of its own.
set -eu
cd "$(dirname "$0")/.."

if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    tools/setup.sh demo
    exec "${VENV:-.venv}/bin/recorder" demo
fi

tools/setup.sh run
recorder() { "${VENV:-.venv}/bin/recorder" "$@"; }

recorder consent show --json | grep -Eq '"state": "(given|narrowed|renewed)"' || recorder consent --self
if [ "$(recorder allow --list --json)" = "[]" ]; then
    recorder allow --running
    printf 'Which app may be recorded? One per line, as listed; an empty line ends: '
    while read -r app && [ -n "$app" ]; do
        recorder allow "$app" || true # says why, and the next line may be better
    done
fi
exec "${VENV:-.venv}/bin/recorder" record
