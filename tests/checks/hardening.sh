#!/usr/bin/env bash
# Checks that the release programs have the protections that make memory faults hard to exploit: PIE, RELRO with every
# symbol bound at the start, no executable stack, canaries, checked calls of the C library, assertions in the C++
# library, and, in every object, stack probes and guarded jumps. Without arguments it checks order-cost as a release, which
# order_cost.sh needs as well; all programs have their flags from the same lines of CMakeLists.txt. It also checks that
# the bill of materials names what is linked statically, since that gets no update by itself. Usage: hardening.sh
# [PROGRAM...]
set -euo pipefail
cd "$(dirname "$0")/../.."

programs=("$@")
if [[ $# -eq 0 ]]; then
  cmake --preset release
  cmake --build --preset release --target order-cost
  programs=(build/release/bin/order-cost)
fi

flags=(-fstack-protector-strong -fstack-clash-protection)
case $(uname -m) in
  x86_64) flags+=(-fcf-protection) ;;
  aarch64) flags+=(-mbranch-protection=standard) ;;
esac
failed=0

fault() {
  echo "$1: $2" >&2
  failed=1
}

# wants PROGRAM WHAT PATTERN TEXT: a line of the text must match; lacks: none may.
wants() { grep --quiet --extended-regexp -e "$3" <<<"$4" || fault "$1" "has no $2"; }
lacks() { ! grep --quiet --extended-regexp -e "$3" <<<"$4" || fault "$1" "has $2"; }

for program in "${programs[@]}"; do
  elf=$(readelf --wide --file-header --program-headers --dynamic "$program")
  symbols=$(readelf --wide --dyn-syms "$program")
  wants "$program" PIE '\(FLAGS_1\).* PIE' "$elf"
  wants "$program" RELRO '^ +GNU_RELRO ' "$elf"
  wants "$program" 'binding at the start (-z now)' '\(FLAGS\).* BIND_NOW' "$elf"
  wants "$program" 'stack without execution' '^ +GNU_STACK .* RW +0x' "$elf"
  lacks "$program" 'a path to libraries of its own' '\((RPATH|RUNPATH)\)' "$elf"
  lacks "$program" 'code that is written at the start' '\(TEXTREL\)' "$elf"
  wants "$program" 'canaries (-fstack-protector)' ' __stack_chk_fail(@|$)' "$symbols"
  wants "$program" 'checked calls (_FORTIFY_SOURCE)' ' __[a-z]+_chk(@|$)' "$symbols"
  wants "$program" 'assertions (_GLIBCXX_ASSERTIONS)' '__glibcxx_assert_fail' "$symbols"

  objects=$(readelf --debug-dump=info --dwarf-depth=1 "$program" | grep 'DW_AT_producer.*GNU C++' || true)
  wants "$program" 'object with a record of its flags (-g1)' . "$objects"
  for flag in "${flags[@]}"; do
    bare=$(grep --count --invert-match -e "$flag" <<<"$objects" || true)
    if [[ $bare -ne 0 ]]; then fault "$program" "has $bare objects without $flag"; fi
  done
done
if [[ $# -eq 0 ]]; then
  linked=$(deploy/sbom.sh build/release bin/order-cost order-cost 0 |
    jq --raw-output '.relationships[] | select(.relationshipType == "STATIC_LINK") | .relatedSpdxElement')
  wants deploy/sbom.sh 'gRPC, which is linked statically' '^SPDXRef-libgrpc-dev$' "$linked"
fi
exit $failed
