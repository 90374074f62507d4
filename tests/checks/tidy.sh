#!/usr/bin/env bash
# Checks that clang-tidy 19 (.clang-tidy) finds nothing in our sources. Among the tests it checks shared code and tests
# with coroutines: in the others it finds nothing that the compilers and the sanitizers do not.
# clang-tidy takes most of its time for headers, so it gets the sources of each target joined in one file. (It does not
# get the units of CMAKE_UNITY_BUILD, since the static analyzer skips what a file includes.)
# Its findings are kept until any source, setting or package changes. Runs at the same time share the work: tests/run.sh
# starts one before the tests, which uses only the time that they leave.
# Usage: tidy.sh BUILD_DIR [SOURCE...]   Sources are paths from the top of the tree. The default is all of them.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$(realpath "$1")
shift

# Everything that the findings depend on.
state() {
  echo "$@"
  cat .clang-tidy tests/.clang-tidy "$build/compile_commands.json"
  find client proto server tests -type f -print0 | sort --zero-terminated | xargs --null cat
  dpkg-query --show 2>/dev/null || true
}

# The fuzzers are not in this build: clang compiles them, in a separate tree.
all() {
  find client server tests -name '*.cc' -not -name '*_test.cc' -not -path 'tests/fuzz/*'
  grep --recursive --files-with-matches --include='*_test.cc' --extended-regexp 'co_(await|return)' tests
}

join_sources() {
  # clang-tidy looks for its configuration in the folders above a file.
  mkdir -p "$work/tests"
  cp .clang-tidy "$work"
  cp tests/.clang-tidy "$work/tests"
  if [[ $# -gt 0 ]]; then printf '%s\n' "$@"; else all; fi | sort --unique >"$work/wanted"

  # Lines of "UNIT SOURCE". A source that several units compile is checked in the first of them.
  jq --raw-output '.[].file' "$build/compile_commands.json" | while read -r unit; do
    if [[ $unit == */Unity/unity_* ]]; then
      sed -n "s|^#include \"$PWD/\(.*\)\"$|$unit \1|p" "$unit"
    else
      echo "$unit ${unit#"$PWD/"}"
    fi
  done | awk 'NR == FNR { wanted[$1]; next } $2 in wanted && !seen[$2]++' "$work/wanted" - >"$work/units"

  local missed
  missed=$(comm -23 "$work/wanted" <(cut --delimiter=' ' --fields=2 "$work/units" | sort))
  if [[ -n $missed ]]; then
    printf 'clang-tidy cannot check these sources, since no target in %s compiles them:\n%s\n' "$build" "$missed" >&2
    exit 1
  fi

  # "FILE UNIT" for each joined file, the longest first; "FILE FIRST-LINE SOURCE" for what is in it.
  awk -v work="$work" '
    { target = $1; sub("/Unity/unity_[^/]*$", "", target) }
    !(target in file) {
      file[target] = work ($2 ~ /^tests/ ? "/tests/" : "/") ++files ".cc"
      unit[target] = $1
    }
    {
      print file[target], lines[target] + 1, $2 >(work "/parts")
      while ((getline line <$2) > 0) { print line >file[target]; ++lines[target] }
      close($2)
    }
    END { for (target in file) print lines[target], file[target], unit[target] | "sort --numeric-sort --reverse" }
    ' "$work/units" | cut --delimiter=' ' --fields=2- >"$work/commands"
  jq --null-input --raw-input --slurpfile commands "$build/compile_commands.json" '
    ($commands[0] | INDEX(.file)) as $of
    | [inputs | split(" ") | .[0] as $file | $of[.[1]]
       | {directory, file: $file, command: (.command | rtrimstr(" " + (. | split(" ") | last)) + " " + $file)}]' \
    "$work/commands" >"$work/compile_commands.json"
  cut --delimiter=' ' --fields=1 "$work/commands" >"$work/files"
}

# check HOW FILE: unless it is known to be clean. A file that another run is checking is left to that (--nonblock) or
# awaited (--exclusive).
check() {
  exec {lock}>"$2.lock"
  flock "$1" "$lock" || return 0
  [[ -e $2.clean ]] || { clang-tidy-19 -p "$work" --quiet "$2" 2>&1 && touch "$2.clean"; }
}

check_all() {
  # shellcheck disable=SC2016  # for the shells below
  xargs --max-args=1 --max-procs="$(nproc)" bash -c 'check "$@"' _ "$1" <"$work/files"
}

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

work=$build/tidy/$(state "$@" | sha256sum | cut --characters=1-16)
export work
export -f check
exec 9>"$build/tidy.lock"
flock 9
if [[ ! -e $work/joined ]]; then
  rm -rf "$build/tidy"
  join_sources "$@"
  touch "$work/joined"
fi
exec 9>&-

clean=$(find "$work" -name '*.clean' | wc -l)
echo "clang-tidy checks $(wc -l <"$work/wanted") sources in $(wc -l <"$work/files") files, $clean of which are known to be clean"
check_all --nonblock >/dev/null || true
check_all --exclusive | sources_named
