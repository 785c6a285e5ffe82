#!/bin/sh
# Makes a machine ready: `tools/setup.sh run` (the program alone), `demo` (and a desktop to show it on), `test` (all).
# Installs Debian packages when it may, prints the one command that is missing when it may not (exit 5), makes .venv
# from the lock file, installs the project into it. The second run finds its own stamp and does nothing.
set -eu

cd "$(dirname "$0")/.."
. tools/packages.sh
want=${1:?run, demo or test}
VENV=${VENV:-.venv}
ENVIRONMENT=5

say() { printf 'recorder: %s\n' "$1" >&2; }
fail() {
    printf 'recorder: error: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf 'recorder: hint: %s\n' "$2" >&2
    exit "$ENVIRONMENT"
}

# Runs a talkative command; its last words are shown only when it fails.
quietly() {
    log=$(mktemp)
    status=0
    "$@" >"$log" 2>&1 </dev/null || status=$?
    [ "$status" = 0 ] || tail -n 40 "$log" >&2
    rm -f "$log"
    return "$status"
}

names() { printf '%s\n' "$1" | sed 's/#.*//' | tr -s ' \n' ' '; }

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_packages() {
    for package in "$@"; do
        installed "$package" || printf '%s ' "$package"
    done
}

install_packages() {
    command="apt-get update && apt-get install -y --no-install-recommends $*"
    if [ "$(id -u)" != 0 ]; then
        fail "these Debian packages are missing: $*" "run: sudo sh -c '$command'"
    fi
    say "installing Debian packages: $*"
    export DEBIAN_FRONTEND=noninteractive
    # A package index that is partly out of reach may still be good enough: the install decides.
    quietly apt-get update || say "apt-get update failed; trying with the index at hand"
    # shellcheck disable=SC2086
    quietly apt-get install -y --no-install-recommends -o Dpkg::Use-Pty=0 $* ||
        fail "apt-get could not install: $*" "see above; then run: $command"
}

wanted_packages() {
    case $want in
    run) ;;
    demo) names "$DEMO_PACKAGES" ;;
    test) names "$DEMO_PACKAGES$TEST_PACKAGES" ;;
    *) fail "unknown set-up: $want" "one of run, demo, test" ;;
    esac
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer found" "install one, or name it: make PYTHON=/path/to/python"
}

# What this Python lacks to make an environment with pip in it, and (tests) to build evdev.
python_packages() {
    "$python" -c 'import venv, ensurepip' 2>/dev/null || "$python" -m pip --version >/dev/null 2>&1 || printf 'python3-venv '
    [ "$want" != test ] || [ -e "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] ||
        printf 'python3-dev '
}

make_venv() {
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 && return
    say "making $VENV with $python"
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        quietly "$python" -m venv --clear "$VENV"
    else
        # Debian splits ensurepip off; the pip that stands beside Python can fill the environment as well.
        quietly "$python" -m venv --clear --without-pip "$VENV" &&
            quietly "$python" -m pip --python "$VENV/bin/python" install pip
    fi || fail "could not make $VENV" "apt-get install python3-venv, or name another Python: make PYTHON=…"
}

install_project() {
    lock=requirements.lock
    [ "$want" != test ] || lock=requirements-dev.lock
    say "installing Python packages from $lock"
    quietly "$VENV/bin/python" -m pip install --disable-pip-version-check -r "$lock" &&
        quietly "$VENV/bin/python" -m pip install --disable-pip-version-check --no-deps -e . ||
        fail "pip could not install the packages of $lock" "see above; pip's own configuration says where it looks"
}

python=$(find_python)
# Everything that decides what stands in the environment: change any of it, and it is made again.
key=$(cat requirements*.lock pyproject.toml tools/setup.sh tools/packages.sh | sha256sum | cut -c1-16)-$("$python" -V | tr -d ' ')
stamp=$VENV/.ready-$want

ready() { [ "$(cat "$1" 2>/dev/null)" = "$key" ]; }

# What is ready for the tests is ready for everything.
if ! ready "$stamp" && ! ready "$VENV/.ready-test"; then
    if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
        # shellcheck disable=SC2046,SC2086 # lists of names
        missing=$(missing_packages $(wanted_packages) $(python_packages))
        # shellcheck disable=SC2086
        [ -z "$missing" ] || install_packages $missing
    elif [ "$want" != run ]; then
        say "no apt on this machine: what is needed stands in tools/packages.sh"
    fi
    make_venv
    install_project
    printf '%s\n' "$key" >"$stamp"
    say "ready"
fi
