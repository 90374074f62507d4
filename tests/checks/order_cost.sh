#!/usr/bin/env bash
# The gateway's own part of an order costs no more than is on record: the processor's instructions between gRPC and the
# wire, by callgrind, of a release without a ledger. That is the same from run to run, whatever else the machine does, and
# nearly so from processor to processor. Who makes an order dearer by more than a twentieth says so, by the record below.
set -euo pipefail
cd "$(dirname "$0")/../.."

recorded=99500

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --preset release >"$work/build.log"
cmake --build --preset release --target order-cost >>"$work/build.log" || { cat "$work/build.log"; exit 1; }

# instructions COUNT: of a run with so many orders.
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null build/release/bin/order-cost "$1" 2>"$work/valgrind.log" ||
    { cat "$work/valgrind.log" >&2; return 1; }
  sed -n 's/^.*Collected : //p' "$work/valgrind.log"
}

# What the start costs is in both.
few=$(instructions 100)
many=$(instructions 600)
per_order=$(((many - few) / 500))
echo "$per_order instructions an order; on record are $recorded"
if ((per_order > recorded + recorded / 20)); then
  echo "an order has become dearer: mend that, or record in $0 what it costs now" >&2
  exit 1
fi
if ((per_order < recorded - recorded / 20)); then
  echo "an order has become cheaper: record in $0 what it costs now, so that it stays so" >&2
  exit 1
fi
