#!/usr/bin/env bash
# Builds the image of the Dockerfile without a container engine, runs its command on loopback and does the main job with
# the CLI inside it. Needs root; installs buildah and debootstrap where they are missing; downloads a base system.
#
#   deploy/image_test.sh [--keep]    --keep leaves the storage of images for the next run
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
case "${1-}" in
  "" | --keep) ;;
  *) sed -n '2,5s/^# \?//p' "$0"; [ "$1" = --help ] || [ "$1" = -h ]; exit ;;
esac
[ "$(id -u)" = 0 ] || { echo "image_test.sh: needs root, for chroot" >&2; exit 1; }
command -v buildah >/dev/null && command -v debootstrap >/dev/null || {
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends buildah debootstrap
}
export STORAGE_DRIVER=vfs
work="$(mktemp -d)"
keep="${1-}" built="" container="" server=""
# A process and all that came of it, children first: buildah hands no signal on.
tree() {
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do tree "$child"; done
  echo "$1"
}
finish() {
  # shellcheck disable=SC2046
  [ -z "$server" ] || kill $(tree "$server") 2>/dev/null || true
  [ -z "$container" ] || buildah rm "$container" >/dev/null || true
  [ "$keep" = --keep ] || [ -z "$built" ] || buildah rmi actionmatch-test >/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

base=docker.io/library/debian:bookworm
if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
  # From where this machine has its own packages.
  archive="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n 1p)"
  debootstrap --variant=minbase bookworm "$work/root" "${archive:-http://deb.debian.org/debian}" >"$work/log" || { tail "$work/log"; exit 1; }
  for part in sources.list sources.list.d keyrings trusted.gpg trusted.gpg.d; do
    [ ! -e "/etc/apt/$part" ] || cp -a "/etc/apt/$part" "$work/root/etc/apt/"
  done
  from="$(buildah from scratch)"
  buildah add --quiet "$from" "$work/root" / >/dev/null
  buildah commit --quiet "$from" "$base" >/dev/null
  buildah rm "$from" >/dev/null
  rm -rf "$work/root"
fi
buildah bud --format docker --isolation chroot --network host --pull-never --tag actionmatch-test .
built=yes

# Health and user are part of the image.
buildah inspect --type image actionmatch-test >"$work/image"
grep -q '"User": "10001"' "$work/image"
grep -q '"Healthcheck"' "$work/image"

container="$(buildah from --pull-never actionmatch-test)"
run() { buildah run --isolation chroot --network host "$container" -- "$@"; }
run actionmatchd serve --listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 >"$work/ready" 2>"$work/log" &
server=$!
until grep -q '^actionmatchd ready' "$work/ready"; do
  kill -0 "$server" 2>/dev/null || { cat "$work/log"; exit 1; }
  sleep 0.2
done
address="$(sed -n 's/.*listen=\(\S*\) metrics=.*/\1/p' "$work/ready")"
run test -x /usr/local/bin/actionmatch-health
run actionmatch --server "$address" dataset simulate gaussians drift --set points=100
run actionmatch --server "$address" job submit drift --name drift --set training.steps=100 --wait
run actionmatch --server "$address" field score drift drift
grep -E 'event=blas' "$work/log"
if grep -q 'blas_is_slow\|blas_threads_fight' "$work/log"; then exit 1; fi
echo "The image builds, and its server does the main job."
