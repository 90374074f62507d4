#!/usr/bin/env bash
# Checks that [runtime] in deploy/packages.txt lists exactly the packages that the built programs load, and
# ca-certificates, which they read. Usage: runtime_packages.sh BIN
set -euo pipefail
cd "$(dirname "$0")/../../.."

programs=("$1/webex-gateway" "$1/webexctl")
# By name, without the libraries that only a build with sanitizers loads, and with those that only one without them
# loads.
sanitizers='^lib(a|t|ub)san\.'
libraries=$(readelf --dynamic "${programs[@]}" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
left_out=none
if grep --quiet --extended-regexp "$sanitizers" <<<"$libraries"; then left_out=libmimalloc2.0; fi
libraries=$(grep --invert-match --extended-regexp "$sanitizers" <<<"$libraries")
paths=$(ldd "${programs[@]}" | awk '$2 == "=>" { print $1, $3 }' | sort -u)

# dpkg knows a file only by the name under which it was packaged, in /lib or in /usr/lib, and complains about the other
# one.
files=$(awk 'NR == FNR { wanted[$1]; next } $1 in wanted { print $2 }' <(echo "$libraries") <(echo "$paths") |
  xargs readlink --canonicalize | sed 'p; s|^/usr||')
# shellcheck disable=SC2086  # one word for each file
needed=$({ dpkg-query --search $files 2>/dev/null || true; } | sed 's/:.*//' | sort -u)
listed=$(awk '/^\[/ { on = $0 == "[runtime]" } on && /^[a-z]/ && $1 != "ca-certificates"' deploy/packages.txt |
  grep --invert-match --line-regexp "$left_out" | sort)
if ! diff --label='deploy/packages.txt [runtime]' --label='what the programs load' -U99 <(echo "$listed") <(echo "$needed"); then
  echo 'deploy/packages.txt: its section [runtime] must list what the programs load' >&2
  exit 1
fi
