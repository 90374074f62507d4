#!/usr/bin/env bash
# Checks that every C++ file is formatted by clang-format 19 (.clang-format). To fix: run the command below with -i
# instead of --dry-run -Werror.
set -euo pipefail
cd "$(dirname "$0")/../.."

find client proto server tests \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 clang-format-19 --dry-run -Werror
