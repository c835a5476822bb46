#!/usr/bin/env bash
# Builds actionmatch and shows the whole job: snapshots in, a field trained, trajectories out, scored on cells that
# training never saw.
#
#   deploy/demo.sh                     a simulated population that parts into two branches
#   deploy/demo.sh FILE... [options]   your own data: .csv, .npz or .npy
#
#   --time-key K      column or array of the times
#   --points-key K    array of the points, or columns (K1,K2,...)
#   --weights-key K   column or array of the rows' weights
#   --components N    keep the first N components
#   --whiten          divide each component by its standard deviation
#   --set A.B=VALUE   a setting of the training spec, as for `actionmatch job submit`
#   --out DIR         where to leave the trajectories and their picture [a temporary folder]
set -euo pipefail
root="$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)"

files=() put=() train=() out=""
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) sed -n '2,/^set /{/^# \{0,1\}/s///p}' "$0"; exit 0 ;;
    --whiten) put+=("$1"); shift ;;
    --time-key | --points-key | --weights-key | --components | --set | --out)
      [ $# -ge 2 ] || { echo "demo.sh: $1 needs a value (see --help)" >&2; exit 2; }
      case "$1" in
        --set) train+=("$1" "$2") ;;
        --out) out="$2" ;;
        *) put+=("$1" "$2") ;;
      esac
      shift 2 ;;
    -*) echo "demo.sh: there is no option $1 (see --help)" >&2; exit 2 ;;
    *)
      [ -r "$1" ] || { echo "demo.sh: cannot read $1" >&2; exit 2; }
      files+=("$(readlink -f "$1")")
      shift ;;
  esac
done
if [ ${#files[@]} -eq 0 ] && [ ${#put[@]} -gt 0 ]; then
  echo "demo.sh: ${put[0]} is about files, but none are given (see --help)" >&2
  exit 2
fi
[ -n "$out" ] || out="$(mktemp -d -t actionmatch-demo.XXXXXX)"
mkdir -p "$out"
out="$(readlink -f "$out")"

say() { printf '\n== %s\n' "$*"; }

cd "$root"
say "Installing the packages that the build needs"
deploy/install.sh build run
say "Building (the first time takes some minutes)"
cmake --preset release -DACTIONMATCH_TESTS=OFF -B build/demo >"$out/configure.log" || { cat "$out/configure.log"; exit 1; }
cmake --build build/demo --parallel "$(nproc)"
rm "$out/configure.log"
PATH="$root/build/demo/bin:$PATH"

say "Starting actionmatchd"
data="$(mktemp -d)"
actionmatchd serve --data-dir "$data" --listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 >"$data/ready" 2>"$data/log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" || true; rm -rf "$data"' EXIT
until grep -q '^actionmatchd ready' "$data/ready"; do
  kill -0 "$server" 2>/dev/null || { cat "$data/log" >&2; exit 1; }
  sleep 0.1
done
ACTIONMATCH_SERVER="$(sed -n 's/.*listen=\(\S*\) metrics=.*/\1/p' "$data/ready")"
export ACTIONMATCH_SERVER
cat "$data/ready"

say "Putting a dataset"
if [ ${#files[@]} -gt 0 ]; then
  actionmatch dataset put demo "${files[@]}" "${put[@]}"
else
  actionmatch dataset simulate branching demo
fi
mapfile -t times < <(actionmatch --json dataset show demo | grep -o '"time":[^,}]*' | cut -d: -f2)

say "Training; a fifth of the cells is kept away from it"
actionmatch job submit demo --name demo --set hold_out.test_fraction=0.2 "${train[@]}" --wait

say "Sampling trajectories from t = ${times[0]}"
actionmatch trajectory sample demo --dataset demo --at "${times[0]}" --times "$(IFS=,; echo "${times[*]}")" \
  --out "$out/trajectories.npz" --plot "$out/trajectories.svg"

say "Distances on the cells that training never saw"
actionmatch field score demo demo --subset test | tee "$out/scores.txt"

say "Done"
printf '%s\n' "$out/trajectories.npz" "$out/trajectories.svg" "$out/scores.txt"
