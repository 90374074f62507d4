#!/usr/bin/env bash
# Installs missing packages from some sections of deploy/packages.txt. Does nothing, and needs no network, if none is
# missing.
set -euo pipefail

if [[ $# -eq 0 || $1 == --help ]]; then
  echo 'Usage: deploy/install_packages.sh SECTION...   (the sections of deploy/packages.txt)'
  exit 0
fi

list=$(dirname "$0")/packages.txt
missing=()
for section in "$@"; do
  entries=$(awk -v wanted="[$section]" '/^\[/ { on = $0 == wanted } on && /^[a-z]/' "$list")
  if [[ -z $entries ]]; then
    echo "install_packages: $list has no section [$section]" >&2
    exit 2
  fi
  while read -r package command; do
    if [[ -n $command ]] && command -v "$command" >/dev/null; then continue; fi
    # It may be installed for several architectures.
    statuses=$(dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null || true)
    if ! grep --quiet --line-regexp installed <<<"$statuses"; then missing+=("$package"); fi
  done <<<"$entries"
done
if [[ ${#missing[@]} -eq 0 ]]; then exit 0; fi

if ! command -v apt-get >/dev/null; then
  echo "install_packages: this is not Debian; these packages, or their contents, are needed: ${missing[*]}" >&2
  exit 1
fi
if [[ $EUID -ne 0 ]]; then
  echo 'install_packages: packages are missing and only root can install them. As root:' >&2
  echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
apt-get install --yes --quiet --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}"
