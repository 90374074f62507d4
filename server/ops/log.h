// What the gateway tells its operator, on stderr: a line for each answered RPC, each attempt at Webex and each
// resolution of an order, and what is said of the gateway itself. log_line.h has what can stand in them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/reading.h"
#include "server/http/telemetry.h"
#include "server/ops/line_writer.h"
#include "server/ops/log_line.h"
#include "server/rpc/caller_list.h"
#include "server/rpc/operation_service.h"
#include "server/rpc/rpc_observer.h"

namespace webex_gateway {

struct LogOptions {
  std::string level = "info";   // debug, info, warning or error: the least that is logged
  std::string format = "json";  // or text
};

// The gateway takes calls.
struct ServingReport {
  absl::string_view version;
  absl::string_view listen;
  const std::vector<int>& ports;  // of those that are host:port, in their order
  absl::string_view admin_listen;
  int admin_port = 0;  // 0: there is none
  absl::string_view webex_base_url;
};

// Any thread. Nothing here waits for whoever reads the lines.
class Log : public SendObserver, public RpcObserver, public ResolveObserver {
 public:
  // Writes to `file`, which stays the caller's. `now` may be called once more after the log has gone.
  Log(const LogOptions& options, std::function<absl::Time()> now, int file);

  // Words of ours.
  void Info(absl::string_view what);
  void Warn(absl::string_view what);
  void Fail(absl::string_view what);
  // Of a part that has words of its own: a warning where an operator should see to it, else info.
  void Report(absl::string_view part, absl::string_view what, bool trouble);

  void OnServing(const ServingReport& report);     // info
  void OnSent(const SendReport& report) override;  // an attempt: info; the call around it, a token's refresh: debug
  void OnRetry(RetryCause) override {}             // the attempts tell it
  // A warning where an operator has something to do: the outcome is unknown, or Webex refuses the gateway. Else info.
  void OnAnswered(const RpcReport& report) override;
  void OnResolved(const ResolveReport& report) override;  // info
  // Webex took an order although someone had said otherwise; an error.
  void OnContradicted(const std::string& request_id);
  // An RPC that was not handled, because of who called; a warning. `method` as the caller wrote it.
  void OnRefused(const Peer& caller, absl::string_view method, const absl::Status& why);

  // TLS handshakes of callers that came to nothing: of the last one who it was and why; a warning.
  void OnHandshakeFailed(absl::string_view peer, absl::string_view why, int64_t failures);

  // Before an end of the process that destroys nothing: waits, not for long, until the lines are out.
  void Flush() { writer_.Flush(); }
  // Lines that could not be written, since the start.
  int64_t lines_dropped() const { return writer_.lost(); }

 private:
  bool Logs(LogLevel level) const { return level >= level_; }
  void Write(LogLevel level, absl::string_view name, std::vector<LogEntry> entries);

  const LogLevel level_;
  const LogFormat format_;
  const std::function<absl::Time()> now_;
  LineWriter writer_;
};

Readings ReadingsOf(const Log& log);

}  // namespace webex_gateway
