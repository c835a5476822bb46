#!/usr/bin/env bash
# All C++ sources are as .clang-format has it. To repair: clang-format-14 -i FILE.
set -euo pipefail
clang-format-14 --dry-run --Werror {core,server,client}/*.{h,cc} tests/{core,server,client,bench}/*.cc tests/{core,bench}/*.h
