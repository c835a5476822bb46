#!/usr/bin/env bash
# clang-tidy finds nothing in what does not include LibTorch; with --all as second argument, in all sources.
# Takes the build tree (for its compile_commands.json).
set -euo pipefail
build="$1"
mapfile -t files < <(
  ls core/*.cc server/*.cc client/*.cc | while read -r file; do
    [ "${2-}" = --all ] || ! grep -qE '"core/(field|trainer|score|integrate|potential|calculus|objective|optimizer)|ATen|torch/|"server/(convert|field_cache|call)\.h' "$file" || continue
    echo "$file"
  done)
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-14 -p "$build" --quiet --warnings-as-errors='*' 2>/dev/null
