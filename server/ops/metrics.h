// What the gateway counts, in Prometheus' text format; README.md lists every series and what to alert on. Everything
// has bounded cardinality (no label ever holds what a caller or Webex made up) and stands at zero from the start, so
// that a rate shows the first event too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/http/stack.h"
#include "server/http/token_source.h"
#include "server/http/wire.h"
#include "server/ledger/ledger.h"
#include "server/ops/process.h"
#include "server/ops/readiness.h"
#include "server/rpc/rpc_server.h"
#include "server/rpc/workspace_service.h"

namespace webex_gateway {

// What is not told as it happens, but read where it is kept at the moment of the scrape.
struct Readings {
  absl::Time now;
  StackStatus stack;
  WireCounts wire;
  TokenHealth token;
  std::optional<absl::Duration> certificate_expires_in;  // nothing: callers are shown none
  LedgerCounts ledger;
  std::vector<Check> readiness;
  ProcessUse process;
  int64_t log_lines_dropped = 0;
  RpcServer::Use rpcs;
  int64_t connections_refused = 0;
  int64_t floods_ended = 0;
  int64_t handshakes_failed = 0;
};

// For the loop's thread only, but for construction and what comes of ServerObserver.
class Metrics : public ServerObserver, public RpcObserver, public SendObserver {
 public:
  Metrics(const std::string& version, absl::Time started);
  ~Metrics() override;

  // All series, in the format 0.0.4.
  std::string Text(const Readings& readings) const;

  void OnMethod(const std::string& method, RpcType type) override;
  void OnStarted(const std::string& method) override;
  void OnHandled(const std::string& method, absl::StatusCode code, absl::Duration elapsed) override;

  void OnAnswered(const RpcReport& report) override;

  // Attempts and refreshes; the calls round attempts are the RPCs' business.
  void OnSent(const SendReport& report) override;
  void OnRetry(RetryCause cause) override;

  void OnContradicted();

  // A LedgerObserver's.
  void OnCommit(bool ok, absl::Duration took);

 private:
  struct Series;
  const std::unique_ptr<Series> series_;
};

}  // namespace webex_gateway
