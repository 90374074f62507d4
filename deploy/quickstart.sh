#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
deploy/quickstart.sh demonstrates webex-gateway without a Webex account. On Debian 12 it installs missing packages (as
root), builds a release, starts webex-sandbox (an emulated Webex) and webex-gateway, and orders workspaces.

Usage: deploy/quickstart.sh [--keep]

  --keep   leave the sandbox and the gateway running, at 127.0.0.1:8080 and 127.0.0.1:50051 if those are free

Everything that it creates is below build/.
END
}

keep=false
case ${1:-} in
  '') ;;
  --keep) keep=true ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

bin=build/release/bin
logs=build/quickstart/$(date +%Y%m%d-%H%M%S)-$$  # only for this run: an earlier one with --keep may still write to its own
started=()
npm=
mkdir -p "$logs"
bold='' dim='' plain=''
if [[ -t 1 ]]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi

fail() {
  echo "quickstart: $1" >&2
  exit 1
}

say() { printf '\n%s\n' "$bold$1$plain"; }

# Runs a step of the installation; shows its output only if it fails.
quietly() {
  local what=$1 log
  log=$logs/${1// /_}.log
  shift
  printf '%-12s ' "$what"
  if ! "$@" >"$log" 2>&1; then
    echo "failed; the end of $log:"
    tail -n 40 "$log"
    exit 1
  fi
  echo "done, after $SECONDS s"
}

# Prints a command for pasting, runs it, and fails unless its exit code is the first argument.
run() {
  local wanted=$1 code=0
  printf '\n%s %s\n' "$dim\$$plain" "$2"
  eval "$2" 2>&1 || code=$?
  if [[ $code -ne $wanted ]]; then fail "exit code $code, expected $wanted"; fi
}

# Starts a command in the background, and prints it for pasting. Arguments: its log, the command.
start() {
  printf '\n%s %s &\n' "$dim\$$plain" "$2"
  : >>"$1"
  eval "exec setsid env $2" >>"$1" 2>&1 </dev/null &
  started+=($!)
}

stop() {
  local process
  kill "$npm" 2>/dev/null || true  # still busy only if the build has failed
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  for process in "${started[@]}"; do wait "$process" 2>/dev/null || true; done
}

# Waits until a started program's log matches, and prints the matching part.
said() {
  local log=$1 process=$2 pattern=$3
  for _ in {1..300}; do
    if grep --only-matching --perl-regexp --max-count=1 "$pattern" "$log"; then return; fi
    if ! kill -0 "$process" 2>/dev/null; then break; fi
    sleep 0.1
  done
  cat "$log" >&2
  return 1
}

is_free() { ! (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints 127.0.0.1 with this port if the programs are to be kept and it is free, otherwise with port 0: any.
place() {
  if $keep && is_free "$1"; then
    echo "127.0.0.1:$1"
    return
  fi
  if $keep; then echo "quickstart: port $1 is in use, so another one is used" >&2; fi
  echo 127.0.0.1:0
}

build() { cmake --preset release && cmake --build --preset release; }

# buf, which the fourth step calls, is fetched during the build.
await_npm() {
  wait "$npm" || { cat "$logs/npm.log"; return 1; }
  npm=
}

trap stop EXIT

say '1. Install missing packages, build'
quietly packages deploy/install_packages.sh build node demo
echo "The build takes some minutes; its log is $logs/build.log"
deploy/install_node_tools.sh >"$logs/npm.log" 2>&1 &
npm=$!
quietly build build
quietly 'npm packages' await_npm

say '2. Start an emulated Webex, and the gateway in front of it'
listen=$(place 8080)
start "$logs/sandbox.log" "$bin/webex-sandbox --listen=$listen"
webex=$(said "$logs/sandbox.log" "${started[0]}" '(?<=listening on )http\S+') || fail 'the sandbox did not start'
listen=$(place 50051)
admin=$(place 9464)
start "$logs/gateway.log" "WEBEX_GATEWAY_WEBEX_TOKEN=sandbox-token $bin/webex-gateway --webex_base_url=$webex/v1 \\
    --listen=$listen --admin_listen=$admin --ledger=sqlite:$logs/ledger.db"
port=$(said "$logs/gateway.log" "${started[1]}" '(?<="ports":\[)\d+') || fail 'the gateway did not start'
gateway=127.0.0.1:$port
admin=127.0.0.1:$(said "$logs/gateway.log" "${started[1]}" '(?<="admin_port":)\d+')
run 0 "$bin/webexctl health --address=$gateway"
run 0 "curl --silent http://$admin/readyz"

say '3. Order a workspace from the command line'
order="$bin/webexctl provision --address=$gateway --request_id=\$(cat /proc/sys/kernel/random/uuid) \\
    --provisioning_id=ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ \\
    --user_id=95547321@sp.com --sp_enterprise_id=Reseller1+acme --display_name='Conference Room' \\
    --primary_phone_number=+1-240-555-1212 --extension=51212"
run 0 "$order"

say '4. The same order as JSON, through gRPC reflection, after the sandbox has forgotten the first'
reset="curl --silent --show-error --fail --output /dev/null --request POST $webex/sandbox/reset"
run 0 "$reset"
run 0 "build/node/node_modules/.bin/buf curl --protocol=grpc --http2-prior-knowledge --data '{
    \"requestId\": \"'\$(cat /proc/sys/kernel/random/uuid)'\",
    \"provisioningId\": \"ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ\",
    \"userId\": \"95547321@sp.com\",
    \"spEnterpriseId\": \"Reseller1+acme\",
    \"displayName\": \"Conference Room\",
    \"primaryPhoneNumber\": \"+1-240-555-1212\",
    \"extension\": \"51212\"
  }' http://$gateway/webex.broadworks.v1.WorkspaceService/ProvisionWorkspace"

say '5. Refused orders: the user already has a workspace; the name is missing'
run 70 "$order"
run 67 "$bin/webexctl provision --address=$gateway --request_id=\$(cat /proc/sys/kernel/random/uuid) \\
    --provisioning_id=any --user_id=95547322@sp.com \\
    --sp_enterprise_id=Reseller1+acme --display_name=''"

say 'To use Webex itself'
cat <<END
Put an access token with the scope spark-admin:places_write into a file, and omit --webex_base_url:
  $bin/webex-gateway --webex_token_file=/run/secrets/webex-token --ledger=sqlite:ledger.db
$bin/webex-gateway --help lists every setting.
END

if $keep; then
  say 'Still running; the sandbox now forgets the orders above, so that you can try them again'
  run 0 "$reset"
  trap - EXIT
  cat <<END

The gateway is at $gateway, the sandbox at $webex, their logs are in $logs/. To stop them:
  kill ${started[*]}
The sandbox's failures and rate limits:
  $bin/webex-sandbox --help
To call webexctl and buf by their names, paste:
  export PATH=$PWD/build/release/bin:$PWD/build/node/node_modules/.bin:\$PATH
END
  if [[ $gateway != 127.0.0.1:50051 ]]; then
    echo 'and, since the gateway is not at the usual port:'
    echo "  export WEBEXCTL_ADDRESS=$gateway"
  fi
fi
