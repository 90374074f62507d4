#!/usr/bin/env bash
# Checks that the shells themselves (bash, zsh and fish) offer the candidates of webexctl completion. Usage:
# completion.sh DIRECTORY_OF_THE_PROGRAMS
# shellcheck disable=SC2016,SC2317 # what is in single quotes is for the shells that are tried
set -o errexit -o nounset -o pipefail
export PATH=$1:$PATH
# Memory that webexctl's libraries free only at the end of the process is not tested here.
export ASAN_OPTIONS=detect_leaks=0

failed=0
expect() { # SHELL LINE EXPECTED
  local offered
  offered=$("offer_$1" "$2" | sort | paste --serial --delimiters=' ')
  [[ $offered == "$3" ]] && return
  echo "$1: '$2' is offered '$offered', not '$3'"
  failed=1
}

offer_bash() {
  bash --norc -c '
    eval "$(webexctl completion bash)"
    compopt() { :; }
    COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=$'"' \\t\\n\"><=;|&(:'"'
    _webexctl
    printf "%s\n" "${COMPREPLY[@]}"' bash "$1"
}

# zsh completes only at a terminal: these functions print what its own would be given.
offer_zsh() {
  zsh --no-rcs -c '
    compdef() { :; }
    compset() { [[ $words[CURRENT] == --*=* ]] && PREFIX=${words[CURRENT]#--*=}; return 0; }
    _files() { print -l ${PREFIX:-$words[CURRENT]}*(N); }
    _describe() { print -rl -- ${(P)2%%:*}; }
    eval "$(webexctl completion zsh)"
    words=(${(s: :)1}); [[ $1 == *" " ]] && words+=("")
    CURRENT=$#words
    _webexctl' zsh "$1"
}

offer_fish() {
  HOME=$folder fish --no-config --command 'webexctl completion fish | source; complete --do-complete $argv[1]' "$1" | cut --fields=1
}

folder=$(mktemp --directory)
trap 'rm -r "$folder"' EXIT
cd "$folder"
touch order.json

for shell in bash zsh fish; do
  expect "$shell" 'webexctl prov' 'provision'
  expect "$shell" 'webexctl operations ' 'get list resolve summary'
  expect "$shell" 'webexctl operations list --sta' '--state='
  expect "$shell" 'webexctl --address=host:1 operations list --state f' 'failed'
  expect "$shell" 'webexctl provision ord' 'order.json'
done
# bash completes the part after its own word break.
expect bash 'webexctl operations list --state=f' 'failed'
expect bash 'webexctl provision --file=ord' 'order.json'
expect zsh 'webexctl operations list --state=f' '--state=failed'
expect zsh 'webexctl provision --file=ord' 'order.json'
expect fish 'webexctl operations list --state=f' '--state=failed'
expect fish 'webexctl provision --file=ord' '--file=order.json'
exit $failed
