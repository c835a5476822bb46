#!/usr/bin/env bash
# Reproduces the figures of the README through server and CLI: trains, scores and prints tables beside the published ones.
#
#   tests/bench/reproduce.sh [hydrogen|emt|eb|simulated|all] [--steps-share S] [--seeds N]
#
# Needs the build (tests/run.sh, or cmake --preset release) and, for emt and eb, the reference data beside the project.
# --steps-share S takes that share of hydrogen's 100 000 steps (default 0.1).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
build="${ACTIONMATCH_BUILD:-$PWD/build/release}"
export ACTIONMATCH_BIN="$build/bin" ACTIONMATCH_SOURCE="$PWD" PYTHONPATH="$build/python:$PWD/tests/e2e:$PWD/tests/bench"
case "${1-}" in
  -h | --help) sed -n '2,7s/^# \?//p' "$0"; exit 0 ;;
esac
[ -x "$ACTIONMATCH_BIN/actionmatchd" ] || { echo "reproduce.sh: build first: cmake --preset release && cmake --build --preset release" >&2; exit 1; }
exec /usr/bin/python3 -u tests/bench/reproduce.py "$@"
