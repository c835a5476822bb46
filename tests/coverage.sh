#!/usr/bin/env bash
# Builds with the preset `coverage`, runs the tests, and prints which lines of each room no test reaches.
# Arguments go to ctest, as in `tests/coverage.sh -L light`. The table by file is build/coverage/coverage.html.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
deploy/install.sh all
cmake --preset coverage
cmake --build --preset coverage --parallel "$(nproc)"
find build/coverage -name '*.gcda' -delete
ctest --preset coverage --parallel "$(nproc)" "$@" || echo "coverage.sh: some tests failed; the figures are of all that ran" >&2
gcovr --root . --filter 'core/' --filter 'server/' --filter 'client/' --object-directory build/coverage \
  --gcov-ignore-parse-errors --html-details build/coverage/coverage.html --csv build/coverage/coverage.csv build/coverage
awk -F, 'NR > 1 { n = split($1, part, "/"); room = n > 2 ? part[1] "/" part[2] : part[1]; all[room] += $2; reached[room] += $3 }
  END { for (room in all) printf "%-20s %5.1f %%  of %5d lines\n", room, 100 * reached[room] / all[room], all[room] }' \
  build/coverage/coverage.csv | sort
