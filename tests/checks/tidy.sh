#!/usr/bin/env bash
# clang-tidy 19 finds no fault in any source of ours (.clang-tidy). It reads them in the units that the build compiles, each of
# several sources (CMAKE_UNITY_BUILD), since headers cost it far more time than sources.
# Usage: tidy.sh BUILD_DIR [SOURCE...]   With sources (paths from the top of the tree): only the units that hold them.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$1
shift

# Lines of "UNIT SOURCE", for each source that the build compiles. What protoc wrote is not ours.
compiled() {
  local unit
  jq --raw-output '.[].file' "$build/compile_commands.json" | while read -r unit; do
    case $unit in
      *.pb.cc) ;;
      */Unity/unity_*) sed -n "s|^#include \"$PWD/\(.*\)\"$|$unit \1|p" "$unit" ;;
      *) echo "$unit ${unit#"$PWD/"}" ;;
    esac
  done
}

# The fuzzers are not in this build: clang compiles them, in a tree of their own.
all=$(find client server tests -name '*.cc' -not -path 'tests/fuzz/*' | sort)
compiled=$(compiled)
wanted=$all
if [[ $# -gt 0 ]]; then wanted=$(printf '%s\n' "$@" | sort --unique); fi
missed=$(comm -23 <(echo "$wanted") <(cut --delimiter=' ' --fields=2 <<<"$compiled" | sort --unique))
if [[ -n $missed ]]; then
  printf 'clang-tidy cannot check these sources, since no target in %s compiles them:\n%s\n' "$build" "$missed" >&2
  exit 1
fi
units=$(awk 'NR == FNR { wanted[$0] = 1; next } $2 in wanted { print $1 }' <(echo "$wanted") - <<<"$compiled" | sort --unique)
echo "clang-tidy checks $(wc -l <<<"$wanted") of $(wc -l <<<"$all") sources, in $(wc -l <<<"$units") units"

# A unit is made of included sources, so clang-tidy's own check of that is off.
if grep --recursive --line-number --include='*.h' --include='*.cc' '^#include .*\.cc[">]' client proto server tests; then
  echo 'a source is to be compiled, not included' >&2
  exit 1
fi

# What is wrong in an included source is found, by the analyzer too.
proof=$(mktemp -d)
trap 'rm -r "$proof"' EXIT
mkdir "$proof/server"
echo 'int Read(int n) { int value; if (n > 3) value = 1; return value; }' >"$proof/server/fault.cc"
echo '#include "server/fault.cc"' >"$proof/unit.cc"
found=$(clang-tidy-19 --config-file=.clang-tidy --quiet "$proof/unit.cc" -- 2>&1 || true)
if [[ $found != *'fault.cc:1:'*'[clang-analyzer-core.uninitialized.UndefReturn'* ]]; then
  printf 'the check itself is broken: it lets a planted fault pass\n%s\n' "$found" >&2
  exit 1
fi

# Without the count of what it has seen and left out in the headers of others.
quiet() { grep --invert-match --extended-regexp '^[0-9]+ warnings? generated\.$' || true; }

# Of a test not what the analyzer takes most of the time for, and the sanitizers find when it runs.
lint() {
  local checks=-bugprone-suspicious-include
  case ${2#"$PWD"/} in
    */tests/sandbox/*) ;;
    tests/* | */tests/*) checks+=',-clang-analyzer-*' ;;
  esac
  clang-tidy-19 -p "$1" --quiet --checks="$checks" "$2"
}
export -f lint

# shellcheck disable=SC2016  # xargs fills in the unit
xargs --max-args=1 --max-procs="$(nproc)" bash -c 'lint "$1" "$2"' lint "$build" <<<"$units" 2>&1 | quiet
