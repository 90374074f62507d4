// The gateway's log for its operator, on stderr: a line for each answered RPC, each attempt at Webex and each
// resolution of an order, and messages about the gateway itself. log_line.h lists what lines may contain.
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
  std::string level = "info";   // debug, info, warning or error: the lowest level that is logged
  std::string format = "json";  // or text
};

// The gateway accepts calls.
struct ServingReport {
  absl::string_view version;
  absl::string_view listen;
  const std::vector<int>& ports;  // of the host:port addresses, in their order
  absl::string_view admin_listen;
  int admin_port = 0;  // 0: there is none
  absl::string_view webex_base_url;
};

// Any thread. Nothing here waits for the reader of the lines.
class Log : public SendObserver, public RpcObserver, public ResolveObserver {
 public:
  // Writes to `file`, which the caller keeps owning. `now` may be called once more after the log is destroyed.
  Log(const LogOptions& options, std::function<absl::Time()> now, int file);

  // Messages in our own words.
  void Info(absl::string_view what);
  void Warn(absl::string_view what);
  void Fail(absl::string_view what);
  // A component's own message: a warning if an operator should act, otherwise info.
  void Report(absl::string_view part, absl::string_view what, bool trouble);

  void OnServing(const ServingReport& report);     // info
  void OnSent(const SendReport& report) override;  // an attempt: info; the call around it or a token's refresh: debug
  void OnRetry(RetryCause) override {}             // shown by the attempts
  // A warning if an operator must act: the outcome is unknown, or Webex refuses the gateway. Otherwise info.
  void OnAnswered(const RpcReport& report) override;
  void OnResolved(const ResolveReport& report) override;  // info
  // Webex carried out an order although it was resolved otherwise; an error.
  void OnContradicted(const std::string& request_id);
  // An RPC that was refused because of its caller; a warning. `method` as the caller wrote it.
  void OnRefused(const Peer& caller, absl::string_view method, const absl::Status& why);

  // Failed TLS handshakes of callers: the peer and the reason of the last one; a warning.
  void OnHandshakeFailed(absl::string_view peer, absl::string_view why, int64_t failures);

  // Call it before the process ends without destructors: waits briefly until the lines are written.
  void Flush() { writer_.Flush(); }
  // Lines that could not be written, since the start.
  int64_t lines_dropped() const { return writer_.lost(); }

 private:
  bool Logs(LogLevel level) const { return level >= level_; }
  void Write(LogLevel level, absl::string_view name, absl::Span<const LogEntry> entries);

  const LogLevel level_;
  const LogFormat format_;
  const std::function<absl::Time()> now_;
  LineWriter writer_;
};

Readings ReadingsOf(const Log& log);

}  // namespace webex_gateway
