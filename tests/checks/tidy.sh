#!/usr/bin/env bash
# Checks that clang-tidy 19 (.clang-tidy) finds nothing in our sources. Among the tests it checks shared code and tests
# with coroutines: in the others it finds nothing that the compilers and the sanitizers do not.
# All of them take longer than all tests together. So without arguments only those are checked that were compiled with
# something that has changed since the commit in tidy_base, at which all were checked; all of them if git does not know
# that commit, or if .clang-tidy or a proto has changed.
# Usage: tidy.sh BUILD_DIR [--all | SOURCE...]   Sources are paths from the top of the tree.
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
all() {
  find client server tests -name '*.cc' -not -name '*_test.cc' -not -path 'tests/fuzz/*'
  grep --recursive --files-with-matches --include='*_test.cc' --extended-regexp 'co_(await|return)' tests
}

# What has changed since the base. Fails if git does not know it.
changed() {
  git diff --name-only "$(<tests/checks/tidy_base)" -- .clang-tidy client proto server tests 2>/dev/null &&
    git ls-files --others --exclude-standard -- client proto server tests
}

# readers FILES: the sources of the units that read one of these files. ninja has paths from the top of the build, or from /.
readers() {
  ninja -C "$build" -t deps | awk -v top="$PWD/" '
    NR == FNR { changed[$0]; next }
    /^[^ ]/ { sources = ""; reads = 0; next }
    NF { file = $1; if (!sub("^" top, "", file)) sub(/^(\.\.\/)+/, "", file) }
    NF && file in changed { reads = 1 }
    NF && file ~ /\.cc$/ { sources = sources file "\n" }
    !NF && reads { printf "%s", sources }' <(echo "$1") -
}

wanted() {
  local since
  if [[ ${1:-} == --all ]]; then
    all
  elif [[ $# -gt 0 ]]; then
    printf '%s\n' "$@"
  elif ! since=$(changed) || grep --quiet --extended-regexp '^\.clang-tidy$|\.proto$' <<<"$since"; then
    all
  else
    comm -12 <(all | sort --unique) <(readers "$since" | sort --unique)
  fi
}
sources=$(wanted "$@" | sort --unique)
if [[ -z $sources ]]; then
  echo "clang-tidy checks none of $(all | wc -l) sources: nothing that they are made of has changed since $(<tests/checks/tidy_base)"
  exit
fi
compiled() { jq --raw-output '.[].file' "$commands/compile_commands.json" | sed "s|^$PWD/||" | sort; }
missed=$(comm -23 <(echo "$sources") <(compiled))
if [[ -n $missed ]]; then
  printf 'clang-tidy cannot check these sources, since no target in %s compiles them:\n%s\n' "$build" "$missed" >&2
  exit 1
fi
echo "clang-tidy checks $(wc -l <<<"$sources") of $(all | wc -l) sources"

# Without its count of suppressed findings in foreign headers.
quiet() { grep --invert-match --extended-regexp '^[0-9]+ warnings? generated\.$' || true; }

xargs --max-args=1 --max-procs="$(nproc)" clang-tidy-19 -p "$commands" --quiet <<<"$sources" 2>&1 | quiet
