#!/usr/bin/env bash
# Installs the npm packages of package-lock.json in a folder of the build tree, unless they are there already.
set -euo pipefail
source="$(dirname "$(readlink -f "$0")")"
mkdir -p "$1"
cd "$1"
if [ -d node_modules ] && cmp -s "$source/package-lock.json" package-lock.json; then exit 0; fi
cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" .
npm ci --no-audit --no-fund --ignore-scripts
