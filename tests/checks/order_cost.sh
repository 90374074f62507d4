#!/usr/bin/env bash
# Checks that the gateway's own part of an order costs no more than recorded below: the instructions executed between
# gRPC and the wire, measured by callgrind, in a release without a ledger. This is the same in every run, whatever else
# the machine does, and nearly the same on every processor. A change that makes an order more than a twentieth more
# expensive must update the record below.
set -euo pipefail
cd "$(dirname "$0")/../.."

recorded=94400

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --preset release >"$work/build.log"
cmake --build --preset release --target order-cost >>"$work/build.log" || { cat "$work/build.log"; exit 1; }

# instructions COUNT: the instructions of a run with this many orders.
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null build/release/bin/order-cost "$1" 2>"$work/valgrind.log" ||
    { cat "$work/valgrind.log" >&2; return 1; }
  sed -n 's/^.*Collected : //p' "$work/valgrind.log"
}

# Both include the cost of the start.
few=$(instructions 100)
many=$(instructions 600)
per_order=$(((many - few) / 500))
echo "$per_order instructions an order; on record are $recorded"
if ((per_order > recorded + recorded / 20)); then
  echo "an order has become more expensive: fix that, or record its present cost in $0" >&2
  exit 1
fi
if ((per_order < recorded - recorded / 20)); then
  echo "an order has become cheaper: record its present cost in $0, so that it stays so" >&2
  exit 1
fi
