#!/usr/bin/env bash
# Installs the npm packages of package-lock.json in a folder of the build tree, unless they are there already.
set -euo pipefail
source="$(dirname "$(readlink -f "$0")")"
mkdir -p "$1"
cd "$1"
if [ -d node_modules ] && cmp -s "$source/package-lock.json" package-lock.json; then exit 0; fi
cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" .
# Node.js trusts a list of its own; add what this system trusts besides, such as the authority of a proxy.
system=/etc/ssl/certs/ca-certificates.crt
if [ -z "${NODE_EXTRA_CA_CERTS-}" ] && [ -r "$system" ]; then export NODE_EXTRA_CA_CERTS="$system"; fi
npm ci --no-audit --no-fund --ignore-scripts
