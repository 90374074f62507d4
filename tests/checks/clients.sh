#!/usr/bin/env bash
# Clients of every language that client/examples has can be generated, built and used as its README says. What is built is
# kept in WORK for a look; Go's cache there makes the next run a quick one.
# Usage: clients.sh BIN NODE_MODULES WORK
set -euo pipefail
cd "$(dirname "$0")"

export WEBEX_BIN=$1 NODE_PATH=$2 WORK=$3
exec node --test clients/examples.test.js clients/names.test.js clients/request_ids.test.js
