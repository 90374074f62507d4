#!/usr/bin/env bash
# Unpacks the packages of deploy/packages.txt's [unpacked] into build/tools: promtool and kubectl, for tests/checks/deploy.
# They are not installed, because promtool's package would also start a Prometheus that serves to the network. Does
# nothing, and needs no network, if they are already there.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1:-} == --help ]]; then
  echo 'Usage: deploy/install_check_tools.sh'
  exit 0
fi

packages=$(awk '/^\[/ { on = $0 == "[unpacked]" } on && /^[a-z]/' deploy/packages.txt)
if [[ $packages == "$(cat build/tools/unpacked 2>/dev/null)" ]]; then exit 0; fi

if ! command -v apt-get >/dev/null; then
  echo "install_check_tools: this is not Debian; the programs of these packages are needed in build/tools/usr/bin:" "$packages" >&2
  exit 1
fi
echo "unpacking into build/tools:" "$packages"
rm -rf build/tools
mkdir -p build/tools/packages
if [[ $EUID -eq 0 ]]; then apt-get update --quiet; fi
# shellcheck disable=SC2086  # one word for each package
(cd build/tools/packages && apt-get download --quiet -o APT::Sandbox::User=root $packages)
for package in build/tools/packages/*.deb; do dpkg-deb --extract "$package" build/tools; done
rm -r build/tools/packages
echo "$packages" >build/tools/unpacked
