#!/usr/bin/env bash
# clang-tidy 19 has nothing to say about any source of ours (.clang-tidy). Usage: tidy.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")/../.."

# Without the count of what it has seen and left out in the headers of others.
quiet() { grep --invert-match --extended-regexp '^[0-9]+ warnings? generated\.$' || true; }

# The fuzzers are not in this build: clang compiles them, in a tree of their own.
find client server tests -name '*.cc' -not -path 'tests/fuzz/*' -print0 |
  xargs -0 --max-args=1 --max-procs="$(nproc)" clang-tidy-19 -p "$1" --quiet 2>&1 | quiet
