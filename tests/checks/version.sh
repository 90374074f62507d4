#!/usr/bin/env bash
# The version is in CMakeLists.txt, from which the programs, the packages and the client take it. Checks that texts that
# must repeat it (image tags, find_package in examples) have the same, and that deploy/CHANGELOG.md begins with it.
# --set changes it everywhere except in the changelog, which a person writes. Usage: version.sh [--set VERSION]
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(sed -n 's/^project(webex-gateway VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
# The text before the version, and the version: complete, or in an example of find_package without its last number.
patterns=('(webex-gateway:)([0-9]+\.[0-9]+\.[0-9]+)' '(newTag: )([0-9]+\.[0-9]+\.[0-9]+)' '(find_package\(webex-gateway )([0-9]+\.[0-9]+)')
mapfile -t files < <(find README.md client deploy tests -type f \
  \( -name '*.md' -o -name Dockerfile -o -name CMakeLists.txt -o -name '*.yaml' \))

if [[ ${1:-} == --set ]]; then
  version=$2
  sed -i "s/^\(project(webex-gateway VERSION \)[0-9.]*/\1$version/" CMakeLists.txt
  for pattern in "${patterns[@]}"; do
    sed -i -E "s/$pattern/\1$([[ $pattern == *find_package* ]] && echo "${version%.*}" || echo "$version")/" "${files[@]}"
  done
fi

failed=0
for pattern in "${patterns[@]}"; do
  if ! found=$(grep --only-matching --extended-regexp "$pattern" "${files[@]}" /dev/null); then
    echo "nothing repeats $pattern any more: remove it from version.sh" >&2
    exit 1
  fi
  while IFS= read -r line; do
    if [[ $version. != "$(grep --only-matching '[0-9.]*$' <<<"$line" | head -1)".* ]]; then
      echo "$line: the version is $version" >&2
      failed=1
    fi
  done <<<"$found"
done
if [[ $(sed -n 's/^## //p' deploy/CHANGELOG.md | head -1) != "$version" ]]; then
  echo "deploy/CHANGELOG.md does not begin with $version" >&2
  failed=1
fi
exit $failed
