#!/usr/bin/env bash
# clang-tidy 19 has nothing to say about any source of ours (.clang-tidy). Of the tests it looks at what they share, and at
# those that hold coroutines: in the others it finds nothing that the compilers and the sanitizers do not, and takes a quarter
# of the time of all checks and tests. Usage: tidy.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")/../.."

# Without the count of what it has seen and left out in the headers of others.
quiet() { grep --invert-match --extended-regexp '^[0-9]+ warnings? generated\.$' || true; }

# The fuzzers are not in this build: clang compiles them, in a tree of their own.
{
  find client server tests -name '*.cc' -not -name '*_test.cc' -not -path 'tests/fuzz/*'
  grep --recursive --files-with-matches --include='*_test.cc' --extended-regexp 'co_(await|return)' tests
} | xargs --max-args=1 --max-procs="$(nproc)" clang-tidy-19 -p "$1" --quiet 2>&1 | quiet
