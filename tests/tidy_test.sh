#!/usr/bin/env bash
# clang-tidy finds nothing. Takes the build tree (for its compile_commands.json) and what to look at:
#   quick (the default)   sources without the large headers of protobuf, gRPC, SOCI, CLI11 and LibTorch
#   all                   every source that clang 14 can read (LibTorch 1.13 only as C++17, which is what core is)
set -euo pipefail
build="$1"
slow='grpc|\.pb\.h|soci|CLI/|ATen|torch|google/|httplib|"core/(potential|calculus|objective|optimizer|field_weights)|"client/(client|commands|dataset_put|datasets|fields|output|pieces|sampling|session|settings|tensor_values|trajectory_files|trajectory_plot)\.h|"server/(append|answer|call|convert|database|.*_call|.*_service|field_cache|job_plan|names|request_key|server|simulation|snapshot|store|telemetry|tensor|train_job|worker)'
files=()
for file in core/*.cc server/*.cc client/*.cc; do
  if [ "${2:-quick}" = quick ] && grep -qE "#include .*($slow)" "$file"; then continue; fi
  [ "$file" = server/server.cc ] || files+=("$file")
done
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 3 clang-tidy-14 -p "$build" --quiet --warnings-as-errors='*' 2>/dev/null
echo "clang-tidy looked at ${#files[@]} files"
