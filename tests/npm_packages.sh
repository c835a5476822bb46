#!/usr/bin/env bash
# Installs the npm packages of package-lock.json in a folder of the build tree, unless they are there already.
set -euo pipefail
source="$(dirname "$(readlink -f "$0")")"
mkdir -p "$1"
cd "$1"
# The stamp is written last, so that an installation that was cut off is done again.
if cmp -s "$source/package-lock.json" installed; then exit 0; fi
rm -f installed
cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" .
# Node.js trusts a list of authorities of its own; add those that this system trusts besides.
system=/etc/ssl/certs/ca-certificates.crt
if [ -z "${NODE_EXTRA_CA_CERTS-}" ] && [ -r "$system" ]; then export NODE_EXTRA_CA_CERTS="$system"; fi
npm ci --no-audit --no-fund --ignore-scripts
cp "$source/package-lock.json" installed
