#!/usr/bin/env bash
# The one test command: installs what is needed, builds a release and runs every test through ctest.
# Arguments go to ctest, as in `tests/run.sh -R path`.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

deploy/install.sh all
cmake --preset release
cmake --build --preset release --parallel "$(nproc)"
ctest --preset release --parallel "$(nproc)" --output-on-failure "$@"
