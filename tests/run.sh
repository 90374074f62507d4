#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
tests/run.sh installs what is missing (Debian 12; as root), builds everything with warnings as errors, ASan and UBSan,
and runs every test, and the checks of format, lint and layering, with ctest. It fails if any of them does.

Usage: tests/run.sh [--tsan]

  --tsan   the tests under ThreadSanitizer in place of ASan and UBSan, without the checks

Afterwards, from the top of the tree:
  cmake --build --preset dev            builds what has changed
  ctest --preset dev -LE checks         runs the tests alone, which is quick
  ctest --preset dev -L checks          runs the checks alone: deploy, format, fuzz, layering, proto, ...
  ctest --preset dev -R HonoursRetry    runs the tests whose name matches
END
}

preset=dev
case ${1:-} in
  '') ;;
  --tsan) preset=tsan ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

# Seconds since the start, and what comes next.
step() { printf '\n[%4d s] %s\n' "$SECONDS" "$1"; }

step 'Packages'
deploy/install_packages.sh build node package test

# What the tests need beside the build is fetched while it runs.
step "Build (preset $preset), and tools for the tests"
{ deploy/install_node_tools.sh && deploy/install_check_tools.sh; } &
tools=$!
cmake --preset "$preset"
cmake --build --preset "$preset"
wait "$tools"

step 'Tests and checks'
# Some tests wait more than they compute. In that time clang-tidy begins; the test checks.tidy takes over from it.
if [[ $preset == dev ]]; then
  set -m  # in a process group of its own, which can be ended
  chrt --idle 0 tests/checks/tidy.sh build/dev >/dev/null 2>&1 &
  ahead=$!
  trap 'kill -- "-$ahead" 2>/dev/null || true' EXIT
  set +m
fi
# Last, so that its summary ends the output and its exit code is this script's.
ctest --preset "$preset"
