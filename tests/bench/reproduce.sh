#!/usr/bin/env bash
# Reproduces the figures of tests/bench/README.md through server and CLI: trains, scores, prints tables beside the published
# ones and at the end a verdict for each figure.
#
#   tests/bench/reproduce.sh [hydrogen|emt|eb|simulated|laws|stability|all] [--seeds N] [--steps-share S] [--hydrogen-seeds N]
#
# Needs the build (tests/run.sh, or cmake --preset release) and, for emt and eb, the reference data beside the project.
# --seeds N and --hydrogen-seeds N (default 3) are trained for each figure, --steps-share S (default 0.1) of hydrogen's
# 100 000 steps. laws and stability run the project's tests of closed forms and of many seeds.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
build="${ACTIONMATCH_BUILD:-$PWD/build/release}"
export ACTIONMATCH_BIN="$build/bin" ACTIONMATCH_SOURCE="$PWD" PYTHONPATH="$build/python:$PWD/tests/e2e:$PWD/tests/bench"
case "${1-}" in
  -h | --help) sed -n '2,9s/^# \?//p' "$0"; exit 0 ;;
esac
[ -x "$ACTIONMATCH_BIN/actionmatchd" ] || { echo "reproduce.sh: build first: cmake --preset release && cmake --build --preset release" >&2; exit 1; }
exec /usr/bin/python3 -u tests/bench/reproduce.py "$@"
