#!/usr/bin/env bash
# Prints the components of one of our programs or libraries, as SPDX 2.3 in JSON: the Debian packages that it loads
# (NEEDED, and their dependencies), those that are linked into it, and those whose headers are compiled into it. They are
# read from the program and from the build, so run this on the machine that built it, with Ninja.
# Usage: sbom.sh BUILD TARGET PACKAGE VERSION   (TARGET as Ninja knows it, bin/webex-gateway for example)
set -euo pipefail

build=$1 target=$2 package=$3 version=$4
# shellcheck disable=SC1091  # exists on every Debian
distro=$(. /etc/os-release && echo "$ID-$VERSION_ID")

# packages_of < FILES: the packages that files belong to. dpkg knows a file only by the name under which it was
# packaged, in /lib or in /usr/lib, and complains about the other one; it does not know unpackaged files, such as this
# tree's.
packages_of() {
  xargs --no-run-if-empty readlink --canonicalize | sort -u | sed --quiet 'p; s|^/usr||p' |
    { xargs --no-run-if-empty dpkg-query --search 2>/dev/null || true; } | sed 's/: .*//' | sort -u
}

needed() { readelf --dynamic "$build/$target" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
loaded() { { ldd "$build/$target" 2>/dev/null || true; } | awk '$2 == "=>" { print $1, $3 }'; }
# Every file that the compilers read for its objects.
headers() {
  awk 'NR == FNR { wanted[$1]; next } /^[^ ]/ { sub(/:.*/, ""); on = $0 in wanted; next } on && NF { print $1 }' \
    <(ninja -C "$build" -t inputs "$target" | grep '\.o$') <(ninja -C "$build" -t deps) | sort -u | grep '^/'
}

archives() { ninja -C "$build" -t inputs "$target" | grep '^/.*[.]a$' || true; }

direct=$(awk 'NR == FNR { wanted[$1]; next } $1 in wanted { print $2 }' <(needed) <(loaded) | packages_of)
all=$(loaded | awk '{ print $2 }' | packages_of)
linked=$(archives | packages_of)
compiled=$(headers | packages_of)

# One line for each package: name, version, architecture, source, source version, and relation.
describe() {
  # shellcheck disable=SC2016  # for dpkg-query
  local format='${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}'
  local name
  for name in $1; do printf '%s\t%s\n' "$(dpkg-query --show --showformat="$format" "$name")" "$2"; done
}
listed() {
  describe "$direct" DYNAMIC_LINK
  describe "$(comm -13 <(echo "$direct") <(echo "$all"))" DEPENDS_ON
  describe "$linked" STATIC_LINK
  describe "$compiled" BUILD_DEPENDENCY_OF
}

created=$(date --utc ${SOURCE_DATE_EPOCH:+--date=@$SOURCE_DATE_EPOCH} +%Y-%m-%dT%H:%M:%SZ)
sum=$(sha256sum "$build/$target" | cut -c1-64)
listed | jq --raw-input --null-input --arg package "$package" --arg version "$version" --arg created "$created" \
  --arg sum "$sum" --arg distro "$distro" '
  def id: "SPDXRef-" + gsub("[^A-Za-z0-9.-]"; "-");
  # Characters that are special or not allowed in a purl.
  def purl: "pkg:deb/debian/\(.name | @uri)@\(.version | @uri)?arch=\(.arch)&distro=\($distro)";
  def unstated: {downloadLocation: "NOASSERTION", filesAnalyzed: false};

  [inputs | split("\t") | {name: .[0], version: .[1], arch: .[2], source: .[3], sourceVersion: .[4], how: .[5]}] as $parts
  | ($package | id) as $main
  | {
      spdxVersion: "SPDX-2.3",
      dataLicense: "CC0-1.0",
      SPDXID: "SPDXRef-DOCUMENT",
      name: "\($package)-\($version)",
      # As unique as the program.
      documentNamespace: "urn:uuid:\($sum[0:8])-\($sum[8:12])-8\($sum[13:16])-a\($sum[17:20])-\($sum[20:32])",
      creationInfo: {created: $created, creators: ["Tool: webex-gateway-sbom.sh-\($version)"]},
      packages: (
        [{
          SPDXID: $main, name: $package, versionInfo: $version, primaryPackagePurpose: "APPLICATION",
          licenseConcluded: "NONE", licenseDeclared: "NONE", copyrightText: "NONE",
          comment: "The tree holds no licence."
        } + unstated]
        + ($parts | unique_by(.name) | map({
          SPDXID: (.name | id), name, versionInfo: .version, supplier: "Organization: Debian",
          sourceInfo: "built by Debian from its source package \(.source) \(.sourceVersion)",
          licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION",
          comment: "Its licences are in /usr/share/doc/\(.name)/copyright.",
          externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl}]
        } + unstated))),
      relationships: (
        [{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: $main}]
        + ($parts | map(
            if .how == "BUILD_DEPENDENCY_OF" then
              {spdxElementId: (.name | id), relationshipType: .how, relatedSpdxElement: $main,
               comment: "Its headers are compiled in."}
            else {spdxElementId: $main, relationshipType: .how, relatedSpdxElement: (.name | id)} end)))
    }'
