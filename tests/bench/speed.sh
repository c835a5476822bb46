#!/usr/bin/env bash
# Training steps, trajectories, transport and a whole job against PyTorch and POT in Python, in the same run.
#
#   tests/bench/speed.sh [--threads 1 2] [--rounds 3] [--only step|push|transport|job]
#
# Needs the build (tests/run.sh, or cmake --preset release). How near the processor's own limits: build/release/bin/
# step_bench and sampling_bench.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
build="${ACTIONMATCH_BUILD:-$PWD/build/release}"
export ACTIONMATCH_BIN="$build/bin" ACTIONMATCH_SOURCE="$PWD" PYTHONPATH="$build/python:$PWD/tests/e2e"
case "${1-}" in
  -h | --help) sed -n '2,7s/^# \?//p' "$0"; exit 0 ;;
esac
# OpenBLAS takes older kernels (Prescott, Haswell) on processors newer than itself, or as told: PyTorch shall have its best.
core=$(OPENBLAS_VERBOSE=2 /usr/bin/python3 -c 'import torch' 2>&1 | grep '^Core:' || true)
if grep -qw avx512dq /proc/cpuinfo && [ -n "$core" ] && ! grep -qE 'SkylakeX|Cooperlake|Sapphire' <<< "$core"; then
  export OPENBLAS_CORETYPE=SkylakeX
  echo "OpenBLAS would take kernels without AVX-512 here ($core): OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE"
fi
exec /usr/bin/python3 -u tests/bench/speed.py "$@"
