// The composition root. Only this file and the other gateway_ files see every part.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/on_loop.h"
#include "server/http/cpprest/client.h"
#include "server/http/stack.h"
#include "server/ledger/ledger.h"
#include "server/ops/admin_server.h"
#include "server/ops/applied_watch.h"
#include "server/ops/history.h"
#include "server/ops/log.h"
#include "server/ops/metrics.h"
#include "server/ops/monitor.h"
#include "server/ops/observers.h"
#include "server/ops/stop.h"
#include "server/ops/tracing.h"
#include "server/options.h"
#include "server/orders/orders.h"
#include "server/otlp/collector.h"
#include "server/otlp/exporter.h"
#include "server/rpc/health_service.h"
#include "server/rpc/rpc_server.h"
#include "server/webex/state_file.h"
#include "server/webex/webex.h"

namespace webex_gateway {

// The whole gateway, from its options to its end. At most one per process, since there is one loop per process. Call
// the functions in this order, from one thread that is not the loop's; after an error the gateway can only be
// destroyed. Error messages are for operators.
class Gateway {
 public:
  // Creates everything through which an order leaves, and the ledger, from valid options. `log` must outlive the
  // gateway.
  static absl::StatusOr<std::unique_ptr<Gateway>> Create(const Options& options, Log& log);

  // Marks operations that were under way when the gateway last ended as UNKNOWN. While PostgreSQL is unavailable, this
  // step and orders wait for it, but Serve does not; a login or a database that it refuses is an error. Begins no
  // thread, and nothing that would be harmed if the process ended.
  absl::Status Recover();

  // Accepts calls from now on.
  absl::Status Serve();

  // Accepts no more calls, and finishes those under way within the limits of options.stop. Does not wait beyond a
  // limit: then it ends the process, with success.
  void Stop();

  // Ends the process if the ledger does not close: everything that was answered has been recorded by then.
  ~Gateway() = default;

 private:
  // Closes it on the loop, whose timers it uses, within the limit for that.
  struct CloseLedger {
    Gateway* gateway;
    void operator()(Ledger* ledger) const;
  };

  Gateway(const Options& options, Log& log);
  absl::Status CreateObservers();
  absl::Status CreateUpstream();
  absl::Status OpenLedger();
  LedgerOptions LedgerOptionsOf();
  Async<void> CountAndReport();
  Async<bool> CountAtStart();
  void CreateServices();
  void CreateMonitor();
  Async<void> Look();
  Async<bool> IsLooking();
  StopSteps StepsOfStop();
  [[noreturn]] void EndDespiteCalls();
  [[noreturn]] void ExitNow(int code);

  // In order of life: each may use those above it, and is destroyed before them. Members that Create or Serve have not
  // reached yet are empty.
  const Options options_;
  Log& log_;
  Loop& loop_;
  const std::unique_ptr<Clock> clock_;
  const absl::Time started_at_;
  Metrics metrics_;
  History history_;
  AppliedWatch applied_;
  absl::BitGen random_;
  std::unique_ptr<GrpcCollector> collector_;  // these three: nothing where no spans are exported
  std::optional<SpanExporter> spans_;
  std::optional<Tracing> tracing_;
  std::optional<Observers> observers_;  // from Create on
  std::unique_ptr<WireClient, DeleteOnLoop> wire_{nullptr, {loop_}};
  std::unique_ptr<HttpClient> refresh_wire_;  // the same wire, for token calls
  std::optional<StateFile> oauth_state_;
  std::unique_ptr<TokenSource, DeleteOnLoop> tokens_{nullptr, {loop_}};
  std::unique_ptr<HttpStack, DeleteOnLoop> http_{nullptr, {loop_}};
  std::unique_ptr<Webex> webex_;
  std::shared_ptr<ServerCertificate> certificate_;  // null: no TLS
  bool stopped_ = false;
  bool counts_reported_ = false;  // only the loop uses these three
  bool looking_ = false;
  std::stop_source stop_looking_;
  std::unique_ptr<Ledger, CloseLedger> ledger_{nullptr, CloseLedger{this}};
  // From Serve on:
  std::optional<Orders> orders_;
  std::unique_ptr<RpcServer> server_;
  std::optional<HealthService> health_;
  std::optional<Monitor> monitor_;
  std::unique_ptr<AdminServer> admin_;  // null: no admin port
};

}  // namespace webex_gateway
