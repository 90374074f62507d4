#!/usr/bin/env bash
# Checks every shell script with shellcheck.
set -euo pipefail
cd "$(dirname "$0")/../.."

find .ci/run deploy tests \( -path .ci/run -o -name '*.sh' -o -name postinst -o -name postrm -o -name prerm \) -print0 |
  xargs -0 shellcheck
