#!/usr/bin/env bash
# Every C++ file is as clang-format 19 writes it (.clang-format). To mend: the command below with -i for --dry-run -Werror.
set -euo pipefail
cd "$(dirname "$0")/../.."

find client proto server tests \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 clang-format-19 --dry-run -Werror
