#!/bin/sh
# `make bench`: every benchmarks/*/run.py, one after the other so that none disturbs the next.
set -eu
cd "$(dirname "$0")/.."
failed=""
for program in benchmarks/*/run.py; do
    [ -e "$program" ] || { echo "recorder: error: no benchmarks found" >&2; exit 1; }
    printf '\n== %s\n' "$program"
    module=$(printf '%s' "${program%.py}" | tr / .)
    "${VENV:-.venv}/bin/python" -m "$module" ${BENCH_ARGS:-} || failed="$failed $program"
done
[ -z "$failed" ] || { echo "recorder: error: failed:$failed" >&2; exit 1; }
