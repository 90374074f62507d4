#!/usr/bin/env bash
# Prints the man page of one of our programs, or of one of its commands, created from its --help: text is filled,
# indented text stays unchanged, each flag has its own paragraph, and a short separate line is a heading. Usage:
# man_page.sh SECTION VERSION PROGRAM [COMMAND...]
set -euo pipefail

section=$1 version=$2 program=$3
shift 3
name=$(basename "$program")
command=$name${*:+ $*}
for word in "$@"; do name+="-$word"; done

help=$("$program" "$@" --help)
awk -v section="$section" -v version="$version" -v name="$name" -v command="$command" '
  function escape(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text ~ /^[.\x27]/ ? "\\&" text : text
  }
  function literal(on) {
    if (on != is_literal) print (on ? ".RS 4\n.nf" : ".fi\n.RE")
    is_literal = on
  }

  # The first pass reads the usage lines, the second pass everything else.
  NR == FNR {
    if (sub(/^Usage: +/, "")) in_usage = 1
    if (/^$/) in_usage = 0
    if (in_usage) { gsub(/^ +/, ""); usage = usage (usage == "" ? "" : "\n.br\n") escape($0) }
    next
  }
  /^Usage: /, /^$/ { next }
  FNR == 1 {
    what = $0
    sub("^" command ":? ", "", what)
    sub(/\..*$/, "", what)
    printf ".TH %s %s \"\" \"webex-gateway %s\"\n", toupper(name), section, version
    printf ".SH NAME\n%s \\- %s\n", escape(name), escape(what)
    printf ".SH SYNOPSIS\n%s\n.SH DESCRIPTION\n", usage == "" ? escape(name " [flags]") : usage
  }
  /^$/ { if (is_literal) blanks++; else print ".PP"; next }
  /^  --[^ ]+$/ { literal(0); print ".TP\n.B " escape(substr($0, 3)); in_flag = 1; blanks = 0; next }
  /^      / && in_flag { print escape(substr($0, 7)); next }
  /^ / {
    in_flag = 0
    literal(1)
    for (; blanks > 0; blanks--) print ""
    print escape(substr($0, 3))
    next
  }
  {
    literal(0)
    if (blanks) print ".PP"
    blanks = in_flag = 0
    if (/^[A-Z][A-Za-z ]*:?$/ && length($0) < 40) { sub(/:$/, ""); print ".SH " toupper(escape($0)) }
    else print escape($0)
  }
  END { literal(0) }' <(echo "$help") <(echo "$help")
