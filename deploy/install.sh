#!/usr/bin/env bash
# Installs the Debian packages of packages.txt: all of them, or those of the roles named (build, run, test).
# Does nothing, and needs no network, where they are installed already.
set -euo pipefail

packages="$(dirname "$(readlink -f "$0")")/packages.txt"
roles="${*:-build run test}"
case "$roles" in
  -h | --help) sed -n "2,3s/^# //p" "$0"; exit 0 ;;
esac
for role in $roles; do
  case "$role" in
    build | run | test) ;;
    all) roles="build run test" ;;
    *)
      echo "install.sh: there is no role $role; the roles are build, run and test, and all for the three" >&2
      exit 2 ;;
  esac
done

# Node.js may come from elsewhere; Debian's packages would conflict with it.
installed() {
  case "$1" in
    nodejs) command -v node >/dev/null && return ;;
    npm) command -v npm >/dev/null && return ;;
  esac
  [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

missing=()
while read -r name role _; do
  [[ " $roles " == *" $role "* ]] || continue
  installed "$name" || missing+=("$name")
done <"$packages"
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -q
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
