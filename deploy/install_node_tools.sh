#!/usr/bin/env bash
# Installs the npm packages of tests/e2e/package.json into build/node: buf, and what the end-to-end tests use. Nothing
# that is built or run in production needs them. Does nothing, and needs no network, if they are already there.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1:-} == --help ]]; then
  echo 'Usage: deploy/install_node_tools.sh'
  exit 0
fi
if cmp --silent tests/e2e/package.json build/node/installed.json; then exit 0; fi

echo 'installing the npm packages of tests/e2e/package.json into build/node'
rm -rf build/node
mkdir -p build/node
cp tests/e2e/package.json build/node/
(cd build/node &&
  npm install --ignore-scripts --no-package-lock --no-audit --no-fund --no-progress --fetch-timeout=60000)
cp tests/e2e/package.json build/node/installed.json
