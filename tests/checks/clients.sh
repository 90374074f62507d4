#!/usr/bin/env bash
# Checks that clients in every language of client/examples can be generated, built and used as its README describes. The
# builds are kept in WORK for inspection; Go's cache there makes the next run fast. Usage: clients.sh BIN NODE_MODULES
# WORK
set -euo pipefail
cd "$(dirname "$0")"

export WEBEX_BIN=$1 NODE_PATH=$2 WORK=$3
exec node --test clients/examples.test.js clients/names.test.js clients/request_ids.test.js
