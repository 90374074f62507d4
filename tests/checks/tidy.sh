#!/usr/bin/env bash
# Checks that clang-tidy 19 (.clang-tidy) finds nothing in our sources. Among the tests it checks shared code and tests
# with coroutines: in the others it finds nothing that the compilers and the sanitizers do not.
# The build compiles several sources in one unit (CMAKE_UNITY_BUILD). clang-tidy gets the same sources joined in one
# file, since it takes most of its time for the headers that they share; it is not given the unit itself, since the
# static analyzer skips what a file includes.
# Usage: tidy.sh BUILD_DIR [SOURCE...]   Sources are paths from the top of the tree. The default is all of them.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$1
shift
work=$(realpath "$build")/tidy
rm -rf "$work"
# clang-tidy looks for its configuration in the folders above a file.
mkdir -p "$work/tests"
cp tests/.clang-tidy "$work/tests"

# The fuzzers are not in this build: clang compiles them, in a separate tree.
all() {
  find client server tests -name '*.cc' -not -name '*_test.cc' -not -path 'tests/fuzz/*'
  grep --recursive --files-with-matches --include='*_test.cc' --extended-regexp 'co_(await|return)' tests
}
if [[ $# -gt 0 ]]; then printf '%s\n' "$@"; else all; fi | sort --unique >"$work/wanted"

# Lines of "UNIT SOURCE". A source that several units compile is checked in the first of them.
jq --raw-output '.[].file' "$build/compile_commands.json" | while read -r unit; do
  if [[ $unit == */Unity/unity_* ]]; then
    sed -n "s|^#include \"$PWD/\(.*\)\"$|$unit \1|p" "$unit"
  else
    echo "$unit ${unit#"$PWD/"}"
  fi
done | awk 'NR == FNR { wanted[$1]; next } $2 in wanted && !seen[$2]++' "$work/wanted" - >"$work/units"

missed=$(comm -23 "$work/wanted" <(cut --delimiter=' ' --fields=2 "$work/units" | sort))
if [[ -n $missed ]]; then
  printf 'clang-tidy cannot check these sources, since no target in %s compiles them:\n%s\n' "$build" "$missed" >&2
  exit 1
fi

# "FILE UNIT" for each joined file; "FILE FIRST-LINE SOURCE" for what is in it.
awk -v work="$work" '
  !($1 in file) {
    file[$1] = work ($2 ~ /^tests/ ? "/tests/" : "/") ++files ".cc"
    print file[$1], $1 >(work "/files")
  }
  {
    print file[$1], lines[$1] + 1, $2 >(work "/parts")
    while ((getline line <$2) > 0) { print line >file[$1]; ++lines[$1] }
    close($2)
  }' "$work/units"
jq --null-input --raw-input --slurpfile commands "$build/compile_commands.json" '
  ($commands[0] | INDEX(.file)) as $of
  | [inputs | split(" ") | .[0] as $file | $of[.[1]]
     | {directory, file: $file, command: (.command | rtrimstr(" " + (. | split(" ") | last)) + " " + $file)}]' \
  "$work/files" >"$work/compile_commands.json"

# Names the sources in place of the joined files, and leaves out the count of suppressed findings in foreign headers.
sources_named() {
  awk -v parts="$work/parts" '
    BEGIN { while ((getline <parts) > 0) { first[$1, ++count[$1]] = $2; source[$1, count[$1]] = $3 } }
    /^[0-9]+ warnings? generated\.$/ { next }
    match($0, /^[^ :]+:[0-9]+:/) {
      split($0, at, ":")
      part = count[at[1]]
      while (part && first[at[1], part] > at[2] + 0) --part
      if (part) $0 = source[at[1], part] ":" at[2] - first[at[1], part] + 1 substr($0, RLENGTH)
    }
    { print }'
}

echo "clang-tidy checks $(wc -l <"$work/wanted") sources"
cut --delimiter=' ' --fields=1 "$work/files" |
  xargs --max-args=1 --max-procs="$(nproc)" clang-tidy-19 -p "$work" --quiet 2>&1 | sources_named
