#!/usr/bin/env bash
# Checks that clang-tidy 19 (.clang-tidy) finds nothing in our sources. Among the tests it checks shared code and tests
# with coroutines: in the others it finds nothing that the compilers and the sanitizers do not, and takes a quarter of
# the time of all checks and tests. Usage: tidy.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")/../.."

# Without its count of suppressed findings in foreign headers.
quiet() { grep --invert-match --extended-regexp '^[0-9]+ warnings? generated\.$' || true; }

# The fuzzers are not in this build: clang compiles them, in a separate tree.
{
  find client server tests -name '*.cc' -not -name '*_test.cc' -not -path 'tests/fuzz/*'
  grep --recursive --files-with-matches --include='*_test.cc' --extended-regexp 'co_(await|return)' tests
} | xargs --max-args=1 --max-procs="$(nproc)" clang-tidy-19 -p "$1" --quiet 2>&1 | quiet
