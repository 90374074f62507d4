// What the gateway counts, in Prometheus' text format; deploy/README.md lists every series and what to alert on.
// Everything has bounded cardinality (no label ever holds what a caller or Webex made up) and stands at zero from the
// start, so that a rate shows the first event too.
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

// For the loop's thread only, but for construction and what comes of ServerObserver.
class Metrics : public ServerObserver, public RpcObserver, public SendObserver {
 public:
  Metrics(const std::string& version, absl::Time started);
  ~Metrics() override;

  // What is not told as it happens, but read where it is kept at the moment of the scrape. Before the first Text.
  void Collect(Collector collector) { collectors_.push_back(std::move(collector)); }

  // All series, in the format 0.0.4.
  std::string Text() const;

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
  std::vector<Collector> collectors_;
};

}  // namespace webex_gateway
