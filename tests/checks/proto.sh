#!/usr/bin/env bash
# Checks that the contract follows buf's rules of style and format (buf.yaml), and does not break code generated from
# the last release, whose contract is in tests/checks/released. To fix the format: buf format -w. First it proves itself
# on a change that must be refused. With --release it then makes the present contract the released one. Usage: proto.sh
# NODE_MODULES [--release]
set -euo pipefail
cd "$(dirname "$0")/../.."

buf=$1/.bin/buf
released=tests/checks/released
version=$(sed -n 's/^project(webex-gateway VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# breaking TREE: prints what would break callers of the release if the contract were that in TREE; then exits with 100,
# buf's code for it.
breaking() { "$buf" breaking "$1" --against "$released"; }

# must_refuse FILE EDIT: EDIT, a sed command, changes FILE in a way that would break callers.
must_refuse() {
  rm -rf "$work/proto"
  cp -r buf.yaml proto "$work"
  sed --in-place "$2" "$work/proto/$1"
  local code=0
  breaking "$work" >"$work/said" || code=$?
  if [[ $code -ne 100 ]]; then
    echo "the check itself is broken: it answers $code to '$2' in $1" >&2
    exit 1
  fi
}

workspaces=webex/broadworks/v1/workspaces.proto
must_refuse $workspaces 's/string request_id = 15/string request_id = 14/'
must_refuse $workspaces 's/json_name = "created"/json_name = "createTime"/'
must_refuse $workspaces '/rpc RemoveWorkspace/,/^  }/d'
must_refuse $workspaces 's/^option go_package = .*/option go_package = "other.com\/v1;v1";/'
must_refuse $workspaces '/^option java_package/d'
must_refuse google/rpc/error_details.proto '/^option go_package/d'

"$buf" lint
"$buf" format --diff --exit-code
breaking .

if [[ ${2:-} == --release ]]; then
  rm -r ${released:?}/*/
  (cd proto && find . -name '*.proto' -exec cp --parents --target-directory="../$released" {} +)
  echo "$version" >$released/VERSION
fi
if [[ $version != "$(cat $released/VERSION)" ]]; then
  echo "tests/checks/released holds the contract of $(cat $released/VERSION), not of $version; see README.md there" >&2
  exit 1
fi
