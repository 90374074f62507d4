// The gateway's counts, in Prometheus' text format; deploy/README.md lists every series and what to alert on. All
// cardinality is bounded (no label ever contains a value chosen by a caller or Webex) and every series starts at zero,
// so that a rate also shows the first event.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/base/reading.h"
#include "server/http/telemetry.h"
#include "server/rpc/rpc_server.h"
#include "server/rpc/workspace_service.h"

namespace webex_gateway {

// For the loop's thread only, except construction and the functions of ServerObserver.
class Metrics : public ServerObserver, public RpcObserver, public SendObserver {
 public:
  Metrics(const std::string& version, absl::Time started);
  ~Metrics() override;

  // Adds values that are not counted here, but read from their source at the time of the scrape. Before the first Text.
  void Collect(Collector collector) { collectors_.push_back(std::move(collector)); }

  // All series, in the format 0.0.4.
  std::string Text() const;

  void OnMethod(const std::string& method, RpcType type) override;
  void OnStarted(const std::string& method) override;
  void OnHandled(const std::string& method, absl::StatusCode code, absl::Duration elapsed) override;

  void OnAnswered(const RpcReport& report) override;

  // Counts attempts and refreshes; the calls around attempts are counted as RPCs.
  void OnSent(const SendReport& report) override;
  void OnRetry(RetryCause cause) override;

  void OnContradicted();

  // A LedgerObserver's.
  void OnCommit(bool ok, absl::Duration took);

 private:
  struct Series;
  const std::unique_ptr<Series> series_;
  std::vector<Collector> collectors_;
};

}  // namespace webex_gateway
