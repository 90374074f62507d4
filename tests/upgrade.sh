#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
tests/upgrade.sh builds the gateway of an earlier commit beside that of now, and tries them together (tests/e2e/upgrade.test.js):
an update, the way back, and both on one ledger. It needs the history of this repository, and what tests/run.sh installs.

Usage: tests/upgrade.sh COMMIT

COMMIT is one that was released, or any other that builds: git log tests/checks/released/VERSION
END
}

case ${1:-} in
  --help | -h) usage; exit 0 ;;
  '') usage >&2; exit 2 ;;
esac

commit=$(git rev-parse --verify "$1^{commit}")
older=$PWD/build/older/$commit
git show --no-patch --format='The older gateway is that of %h, %ad: %s' --date=short "$commit"
if [[ ! -x $older/build/release/bin/webex-gateway ]]; then
  rm -rf "$older"
  mkdir -p "$older"
  git archive "$commit" | tar --extract --directory="$older"
  (cd "$older" && cmake --preset release && cmake --build --preset release --target webex-gateway)
fi

cmake --preset release
cmake --build --preset release --target webex-gateway webex-sandbox webexctl
WEBEX_BIN=$PWD/build/release/bin WEBEX_OLDER_BIN=$older/build/release/bin NODE_PATH=$PWD/build/node/node_modules \
  node --test tests/e2e/upgrade.test.js
