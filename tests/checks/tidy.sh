#!/usr/bin/env bash
# Checks that clang-tidy 19 (.clang-tidy) finds nothing in our sources. Among the tests it checks shared code and tests
# with coroutines: in the others it finds nothing that the compilers and the sanitizers do not, and takes a quarter of
# the time of all checks and tests.
# Usage: tidy.sh BUILD_DIR [SOURCE...]   With sources (paths from the top of the tree): only these.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$1
shift
commands=$(mktemp -d)
trap 'rm -r "$commands"' EXIT

# The build compiles several sources in one unit (CMAKE_UNITY_BUILD); clang-tidy reads each by itself, with the command
# of its unit. Lines of "UNIT SOURCE".
sources_of_units() {
  local unit
  jq --raw-output '.[].file' "$build/compile_commands.json" | while read -r unit; do
    if [[ $unit == */Unity/unity_* ]]; then
      sed -n "s|^#include \"\(.*\)\"$|$unit \1|p" "$unit"
    else
      echo "$unit $unit"
    fi
  done
}
sources_of_units | jq --null-input --raw-input --slurpfile units "$build/compile_commands.json" '
  ($units[0] | INDEX(.file)) as $unit_of
  | [inputs | split(" ") | .[1] as $source | $unit_of[.[0]]
     | {directory, file: $source, command: (.command | rtrimstr(" " + (. | split(" ") | last)) + " " + $source)}]' \
  >"$commands/compile_commands.json"

# The fuzzers are not in this build: clang compiles them, in a separate tree.
wanted() {
  if [[ $# -gt 0 ]]; then
    printf '%s\n' "$@"
    return
  fi
  find client server tests -name '*.cc' -not -name '*_test.cc' -not -path 'tests/fuzz/*'
  grep --recursive --files-with-matches --include='*_test.cc' --extended-regexp 'co_(await|return)' tests
}
sources=$(wanted "$@" | sort)
compiled() { jq --raw-output '.[].file' "$commands/compile_commands.json" | sed "s|^$PWD/||" | sort; }
missed=$(comm -23 <(echo "$sources") <(compiled))
if [[ -n $missed ]]; then
  printf 'clang-tidy cannot check these sources, since no target in %s compiles them:\n%s\n' "$build" "$missed" >&2
  exit 1
fi
echo "clang-tidy checks $(wc -l <<<"$sources") sources"

# Without its count of suppressed findings in foreign headers.
quiet() { grep --invert-match --extended-regexp '^[0-9]+ warnings? generated\.$' || true; }

xargs --max-args=1 --max-procs="$(nproc)" clang-tidy-19 -p "$commands" --quiet <<<"$sources" 2>&1 | quiet
