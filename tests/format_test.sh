#!/usr/bin/env bash
# All C++ sources are as .clang-format has it. To repair: tests/format_test.sh --fix
set -euo pipefail
mode=(--dry-run --Werror)
[ "${1:-}" != --fix ] || mode=(-i)
find core server client tests -name '*.h' -o -name '*.cc' | sort | xargs clang-format-14 "${mode[@]}"
