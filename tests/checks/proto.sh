#!/usr/bin/env bash
# The contract keeps buf's rules of style and format (buf.yaml). To mend the format: buf format -w.
# Usage: proto.sh NODE_MODULES
set -euo pipefail
cd "$(dirname "$0")/../.."

buf=$1/.bin/buf
"$buf" lint
"$buf" format --diff --exit-code
