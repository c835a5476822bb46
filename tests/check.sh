#!/usr/bin/env bash
# The fast local check, some seconds: format, rooms and links, before each commit. tests/run.sh runs everything.
#   tests/check.sh          says what is wrong
#   tests/check.sh --fix    formats the sources first
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
[ "${1:-}" != --fix ] || tests/format_test.sh --fix
failed=0
logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT
checks=("tests/format_test.sh" "/usr/bin/python3 tests/layering_test.py ." "/usr/bin/python3 tests/links_test.py .")
[ ! -x build/release/node/node_modules/.bin/buf ] || checks+=("build/release/node/node_modules/.bin/buf lint proto")
for i in "${!checks[@]}"; do ${checks[$i]} >"$logs/$i" 2>&1 & pids[i]=$!; done
for i in "${!checks[@]}"; do
  wait "${pids[$i]}" || { failed=1; printf '== %s\n' "${checks[$i]}"; cat "$logs/$i"; }
done
[ $failed = 1 ] || echo "Format, rooms, links and API are in order."
exit $failed
