#!/usr/bin/env bash
# The documentation is true as far as a program can tell: README.md is short, every link in it and in any other page leads
# somewhere, and what deploy/README.md and proto/README.md list is what the gateway has: settings and their defaults, metrics,
# reasons of errors.
# Usage: docs.sh BIN
set -euo pipefail
cd "$(dirname "$0")/../.."

find . -path ./build -prune -o -name '*.md' -printf '%P\0' | xargs -0 node tests/checks/docs/pages.js
node tests/checks/docs/lists.js "$1"
