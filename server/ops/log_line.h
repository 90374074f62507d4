// One line of the log. What can stand in it is the list below and nothing else: whoever wants to log something new has
// to add it here, and to deploy/README.md. Values are ids, counts, times, and words of ours; never a token, a name, a
// number or what a request or an answer held.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace webex_gateway {

enum class LogField {
  kMessage,  // words of ours for people
  kRpc,      // "ProvisionWorkspace"
  kCaller,   // the caller's identity by TLS
  kPeer,     // its address
  kRequestId,
  kTraceId,
  kParentSpanId,  // the caller's
  kSpanId,        // an attempt's
  kHttpMethod,
  kAttempt,
  kAttempts,
  kHttpStatus,
  kFailure,     // why no answer came
  kDetail,      // and what the connection has to do with it
  kTrackingId,  // Webex's
  kCode,
  kReason,
  kOutcome,
  kEarlierRequestId,
  kResolver,  // who resolved an order
  kMs,
  kFailures,  // as many as the line stands for
  kLines,     // that could not be written
  kListen,
  kPorts,
  kAdminListen,
  kAdminPort,
  kWebexBaseUrl,
  kVersion,
};

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kJson, kText };

struct LogEntry {
  LogField field;
  std::variant<absl::string_view, int64_t, absl::Duration, absl::Span<const int>> value;
};

struct LogEvent {
  absl::Time time;
  LogLevel level = LogLevel::kInfo;
  absl::string_view name;         // "answer", "attempt" and so on
  std::vector<LogEntry> entries;  // each field once
};

// The name of an event that is a message and no more.
constexpr char kMessageEvent[] = "message";

// The event as one line without its end, of valid UTF-8 and without characters that nobody sees, whatever the values
// hold: JSON for machines; for people "<time> <level> <name> <field>=<value> ...", a message as it is. The time is RFC
// 3339's, in UTC; a duration is a number of milliseconds. A text of more than a KiB is cut, an empty one left out.
std::string LogLine(LogFormat format, const LogEvent& event);

}  // namespace webex_gateway
