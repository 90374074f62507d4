#!/usr/bin/env bash
# Checks that every folder keeps to its layer: the row of `table` whose name is the longest prefix of a file's path
# lists what the file may include. First it proves itself on files that must be refused.
set -euo pipefail
cd "$(dirname "$0")/../.."

# A row that ends in "/" is a separate folder: the word for its parent folder does not allow its files, `server` does. A
# word with a slash, or `client`, `server`, `tests`, means our folder and everything below it; `webex_gateway` means the
# client's installed headers, in client/include and proto/include. The others are names for libraries (see `library`
# below); any library without a name may be used.
table='
  client                         client webex_gateway server/base proto grpc
  client/call_error.cc           webex_gateway server/base/error_mark.h proto
  client/channel.cc              webex_gateway client/whole_file.h openssl
  client/gateway_client.cc       webex_gateway server/base/uuid.h
  client/include                 webex_gateway proto grpc
  client/content_id.cc           client server/base openssl
  proto/include                  webex_gateway/outcome.h
  server/base                    server/base webex_gateway/outcome.h proto
  server/base/sha256.cc          server/base openssl
  server/http                    server/http server/base
  server/http/cpprest/           server/http/cpprest server/http server/base cpprest
  server/http/cpprest/body.      server/http/cpprest/body.h cpprest
  server/http/cpprest/client.h   server/http/cpprest server/http server/base
  server/http/cpprest/failure.cc server/http/cpprest server/http server/base cpprest openssl
  server/http/cpprest/loop.h     server/base
  server/http/cpprest/loop.cc    server/http/cpprest server/http server/base cpprest openssl
  server/http/tls.cc             server/http server/base openssl
  server/http/trust.cc           server/http server/base openssl
  server/webex                   server/webex server/http server/base proto
  server/ledger                  server/ledger server/base proto
  server/ledger/postgresql/values.cc server/ledger/postgresql/connection.h libpq
  server/ledger/postgresql/url.cc server/ledger/postgresql/connection.h libpq
  server/ledger/postgresql/connection. server/ledger/postgresql/connection.h server/base libpq
  server/ledger/sqlite/connection. server/ledger/sqlite/connection.h server/base/volume.h sqlite
  server/orders                  server/orders server/ledger server/webex server/http server/base proto
  server/rpc                     server/rpc server/orders server/ledger server/webex server/http server/base proto grpc
  server/rpc/caller_certificate. server/rpc/caller_certificate.h openssl
  server/rpc/handshake_watch.    server/rpc/handshake_watch.h server/rpc/caller_certificate.h server/base openssl
  server/rpc/server_certificate. server/rpc/server_certificate.h server/base openssl
  server/otlp                    server/otlp server/base proto
  server/otlp/collector.cc       server/otlp server/base proto grpc
  server/ops                     server/ops server/rpc server/orders server/ledger server/webex server/http server/base webex_gateway/outcome.h proto
  server/ops/admin_server.cc     server/ops server/base beast
  server/ops/log_line.           server/ops/log_line.h server/base
  server/ops/line_writer.        server/ops/line_writer.h
  server/ops/metrics.cc          server/ops server/rpc server/webex server/http server/base prometheus
  server/options                 server/options.h server/options_check.h server/ops/stop_limits.h server/ledger/open.h server/otlp/options.h server/base
  server/options_check           server/options.h server/options_check.h server/rpc/server_certificate.h server/rpc/acceptor.h server/http/trust.h server/ledger/open.h server/webex server/base
  server/options_warnings.cc     server/options.h server/options_check.h server/webex server/base
  server/start_check             server/start_check.h server/options.h server/rpc/listening_socket.h server/ledger/open.h server/base
  server/gateway                 server
  server/main.cc                 server/gateway.h server/options.h server/start_check.h server/ops/log.h server/base
  tests                          tests client webex_gateway server proto grpc openssl
  tests/package/consumer         webex_gateway
  tests/limiters                 tests/limiters
  tests/sandbox                  tests/sandbox tests/limiters server/base beast
  tests/server/testing/sqlite    tests/server/testing sqlite
  tests/server/ops               tests/server tests/sandbox/raw_client.h server proto grpc
'

# Prints a line for every include that its file's row does not allow. Paths are relative to the working directory.
violations() {
  # shellcheck disable=SC2016  # $0 is awk's.
  find client proto server tests \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 awk -v table="$table" '
    BEGIN {
      rows = split(table, row, "\n")
      for (i = 1; i <= rows; ++i) {
        split(row[i], word, " ")
        sub(/^ *[^ ]+ */, "", row[i])
        if (word[1] != "") allowed[word[1]] = row[i]
      }
    }

    FNR == 1 {
      best = ""
      for (name in allowed) if (index(FILENAME, name) == 1 && length(name) > length(best)) best = name
      if (best == "") print FILENAME ": no row of the table is about this folder"
      count = split(allowed[best], may, " ")
    }

    # Whether `word` is the parent of a separate folder that contains `header`.
    function passes_by(word, header,   name) {
      for (name in allowed) {
        if (name ~ /\/$/ && index(header, name) == 1 && substr(name, 1, length(word) + 1) == word "/" &&
            word ~ /\// && length(word) + 1 < length(name)) return 1
      }
      return 0
    }

    # Generated services bring gRPC with them; generated messages do not.
    function library(header) {
      if (header ~ /^boost\/beast[\/.]/) return "beast"
      if (header ~ /^(cpprest|pplx)\//) return "cpprest"
      if (header ~ /^(grpc|grpc\+\+|grpcpp)\// && header !~ /\.pb\.h$/ || header ~ /\.grpc\.pb\.h$/) return "grpc"
      if (header ~ /^openssl\//) return "openssl"
      if (header ~ /^sqlite3/) return "sqlite"
      if (header ~ /^(postgresql\/)?(libpq-|postgres_ext|pg_config)/) return "libpq"
      if (header ~ /^prometheus\//) return "prometheus"
      if (header ~ /\.pb\.h$/ && header !~ /^(google\/protobuf|client)\//) return "proto"
      return ""
    }

    /^#[ \t]*include/ && seen[FILENAME, $0]++ { print FILENAME ":" FNR ": includes the same file again" }

    best != "" && /^[ \t]*#[ \t]*include/ {
      header = $0
      gsub(/^[^"<]*["<]|[">].*$/, "", header)
      ours = header ~ /^(client|server|tests|webex_gateway)\// || ($0 ~ /"/ && (header !~ /\// || header ~ /\.\./))
      what = ours ? header : library(header)
      if (what == "") next
      for (i = 1; i <= count; ++i) {
        if (what == may[i]) next
        if (ours && index(header, may[i] "/") == 1 && header !~ /\.\./ && !passes_by(may[i], header)) next
      }
      print FILENAME ":" FNR ": may not include " header
    }'
}

# Fails unless a file of this path with this one include is refused.
must_refuse() {
  local tree
  tree=$(mktemp -d)
  mkdir -p "$tree"/{client,proto,server,tests} "$tree/$(dirname "$1")"
  echo "#include $2" >"$tree/$1"
  if [[ -z $(cd "$tree" && violations) ]]; then
    echo "the check itself is broken: it allows $1 to include $2" >&2
    exit 1
  fi
  rm -r "$tree"
}

must_refuse server/base/clock.h '"server/http/http.h"'
must_refuse server/http/retry.cc '"server/webex/errors.h"'
must_refuse server/http/retry.cc '"webex/broadworks/v1/workspaces.pb.h"'
must_refuse server/http/retry.cc '<cpprest/http_client.h>'
must_refuse server/http/stack.cc '"server/http/cpprest/client.h"'
must_refuse server/ops/metrics.h '"server/http/cpprest/client.h"'
must_refuse server/http/cpprest/client.h '<cpprest/http_client.h>'
must_refuse server/http/cpprest/exchange.cc '"server/webex/errors.h"'
must_refuse server/webex/errors.cc '"server/rpc/status.h"'
must_refuse server/webex/oauth_state.cc '<openssl/sha.h>'
must_refuse server/ledger/sqlite/ledger.cc '<sqlite3.h>'
must_refuse server/ledger/ledger.cc '"server/webex/errors.h"'
must_refuse server/webex/errors.cc '"server/ledger/ledger.h"'
must_refuse server/ledger/postgresql/store.cc '<libpq-fe.h>'
must_refuse server/orders/orders.cc '"webex/broadworks/v1/workspaces.grpc.pb.h"'
must_refuse server/orders/orders.cc '<grpcpp/grpcpp.h>'
must_refuse server/rpc/rpc_server.cc '<openssl/ssl.h>'
must_refuse server/otlp/exporter.cc '<grpcpp/grpcpp.h>'
must_refuse server/otlp/encode.cc '"server/ops/tracing.h"'
must_refuse server/ops/tracing.cc '"server/otlp/exporter.h"'
must_refuse server/ops/log.cc '<prometheus/registry.h>'
must_refuse server/ops/metrics.h '<prometheus/registry.h>'
must_refuse server/ops/metrics.cc '<boost/beast/http.hpp>'
must_refuse server/ops/log_line.cc '"server/http/http.h"'
must_refuse server/http/retry.cc '<boost/beast/http.hpp>'
must_refuse server/options.cc '"server/rpc/rpc_server.h"'
must_refuse server/main.cc '<pplx/threadpool.h>'
must_refuse server/main.cc '"server/ledger/ledger.h"'
must_refuse server/gateway.cc '"client/cli.h"'
must_refuse server/ops/stop.cc '"server/gateway.h"'
must_refuse server/options_check.cc '"server/rpc/rpc_server.h"'
must_refuse client/cli.cc '"server/webex/errors.h"'
must_refuse client/cli.cc '<openssl/ssl.h>'
must_refuse client/gateway_client.cc '"client/cli.h"'
must_refuse client/gateway_client.cc '"server/base/error.h"'
must_refuse client/include/webex_gateway/channel.h '"server/base/uuid.h"'
must_refuse proto/include/webex_gateway/outcome.h '"webex_gateway/channel.h"'
must_refuse server/rpc/status.cc '"webex_gateway/gateway_client.h"'
must_refuse tests/sandbox/api.cc '"server/http/http.h"'
must_refuse tests/limiters/limiters.h '"tests/sandbox/world.h"'
must_refuse tests/server/rpc_test.cc '<boost/beast.hpp>'
must_refuse server/http/retry.cc '"stack.h"'
must_refuse server/http/retry.cc $'<memory>\n#include <memory>'
must_refuse server/http/retry.cc '"server/http/../rpc/status.h"'
must_refuse server/new_layer/new.cc '<string>'

found=$(violations)
if [[ -n $found ]]; then
  echo "$found"
  exit 1
fi
