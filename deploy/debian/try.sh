#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'END_OF_USAGE'
deploy/debian/try.sh builds the Debian packages of the release, and tries them on a bare Debian 12 from debootstrap: apt installs
them, the programs run, a program builds with the C++ client's package, an upgrade and a removal leave the ledger alone.
Run it as root, on Debian 12; it takes some minutes besides the build.

Usage: deploy/debian/try.sh
END_OF_USAGE
}

case ${1:-} in
  '') ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

work=$PWD/build/debian
packages=$PWD/build/packages
system=$work/system

step() { printf '\n[%4d s] %s\n' "$SECONDS" "$1"; }
fail() {
  echo "try.sh: $1" >&2
  exit 1
}
# Without this machine's environment.
clean=(env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8)
inside() { "${clean[@]}" chroot "$system" "$@"; }
install_packages() {
  inside apt-get install --yes --quiet --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >>"$work/apt.log" 2>&1 ||
    { tail -20 "$work/apt.log" >&2; fail "apt-get install $*"; }
}

step 'The packages'
deploy/install_packages.sh build container package
cmake --preset release
cmake --build --preset release
rm -rf "$packages" "$work"
mkdir -p "$work"
cpack --config build/release/CPackConfig.cmake -B "$packages"
rm -rf "$packages/_CPack_Packages"
ls -l "$packages"

step 'A Debian 12, by debootstrap'
debootstrap --variant=minbase bookworm "$system" >"$work/debootstrap.log"
# Only standard devices, and nothing starts by itself.
printf '#!/bin/sh\nexit 101\n' >"$system/usr/sbin/policy-rc.d"
chmod 755 "$system/usr/sbin/policy-rc.d"
if cp /etc/apt/sources.list.d/debian.sources "$system/etc/apt/sources.list.d/" 2>/dev/null; then rm "$system/etc/apt/sources.list"; fi
cp /etc/resolv.conf "$system/etc/"
inside apt-get update --quiet >"$work/apt.log" 2>&1
for deb in "$packages"/*.deb; do
  name=${deb##*/}
  cp "$deb" "$system/tmp/${name%%_*}.deb"
done

started=()
stop() {
  if [[ ${#started[@]} -gt 0 ]]; then kill "${started[@]}" 2>/dev/null || true; fi
  started=()
}
trap stop EXIT

step 'The programs install, and run'
install_packages /tmp/webex-gateway.deb /tmp/webexctl.deb
! inside test -e /usr/bin/webex-sandbox || fail "the gateway's package contains the sandbox"
inside webex-gateway --version
inside webexctl --version
inside sh -c 'ldd /usr/bin/webex-gateway /usr/bin/webexctl' | { ! grep 'not found'; } || fail 'a library is missing'
install_packages /tmp/webex-sandbox.deb

start_gateway() {
  "${clean[@]}" WEBEX_GATEWAY_WEBEX_TOKEN=sandbox-token chroot "$system" webex-gateway \
    "--webex_base_url=$1/v1" --listen=unix:/tmp/gateway.sock --admin_listen= --ledger=sqlite:/var/lib/webex-gateway/ledger.db \
    2>"$work/gateway.log" &
  started+=($!)
  for _ in {1..100}; do
    if [[ $(inside webexctl health --address=unix:/tmp/gateway.sock 2>&1) == SERVING ]]; then return; fi
    sleep 0.1
  done
  cat "$work/gateway.log" >&2
  fail 'the gateway does not serve'
}
order() {
  inside webexctl provision --address=unix:/tmp/gateway.sock --provisioning_id=p --user_id=a@sp.com \
    --sp_enterprise_id=Reseller1+acme --display_name=Room --request_id=6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11
}

"${clean[@]}" chroot "$system" webex-sandbox --listen=127.0.0.1:0 >"$work/sandbox.log" 2>&1 &
started+=($!)
for _ in {1..100}; do
  if grep --quiet listening "$work/sandbox.log"; then break; fi
  sleep 0.1
done
webex=$(grep --only-matching --max-count=1 'http://[0-9.:]*' "$work/sandbox.log") || fail 'the sandbox does not start'
mkdir -p "$system/var/lib/webex-gateway"
start_gateway "$webex"
first=$(order)
echo "$first"

step 'systemd accepts the unit, and finds the program'
install_packages systemd
said=$(inside systemd-analyze verify --man=no webex-gateway.service 2>&1) || fail "systemd-analyze verify: $said"
[[ -z $said ]] || fail "systemd-analyze verify: $said"

step 'An update, a removal and a purge keep the ledger'
kill "${started[1]}"
wait "${started[1]}" || fail "SIGTERM ended the gateway with $?"
unset 'started[1]'
install_packages --reinstall /tmp/webex-gateway.deb
start_gateway "$webex"
[[ $(order) == "$first" ]] || fail 'the record is gone'
stop
inside apt-get purge --yes --quiet webex-gateway >>"$work/apt.log" 2>&1
! inside test -e /usr/bin/webex-gateway || fail 'the program is still there'
inside test -s /var/lib/webex-gateway/ledger.db || fail 'the purge removed the ledger'

step "The C++ client's package is all that a program needs besides a compiler and CMake"
install_packages cmake g++ ninja-build pkg-config /tmp/libwebex-gateway-client-dev.deb
cp -r tests/package/consumer "$system/tmp/"
inside sh -euc 'cmake -G Ninja -S /tmp/consumer -B /tmp/built && cmake --build /tmp/built --target consumer' >"$work/consumer.log" 2>&1 ||
  { tail -20 "$work/consumer.log" >&2; fail 'CMake cannot build the consumer'; }
# shellcheck disable=SC2016  # for the shell inside
inside sh -euc 'c++ -std=c++20 /tmp/consumer/main.cc $(pkg-config --cflags --libs webex-gateway-client) -o /tmp/by-pkg-config'
for program in /tmp/built/consumer /tmp/by-pkg-config; do
  said=$(inside "$program" unix:/tmp/nobody a@sp.com 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 || true)
  echo "$program: $said"
  [[ $said == 'GATEWAY_UNREACHABLE: unchanged' ]] || fail 'the consumer does not run'
done

rm -rf "$system"
step 'Done: the packages can be installed, and run correctly'
