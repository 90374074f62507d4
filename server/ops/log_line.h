// One line of the log. It may contain the fields listed below and nothing else: a new field must be added here, and to
// deploy/README.md. Values are ids, counts, times, and our own words; never a token, a name, a phone number or content
// of a request or an answer.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace webex_gateway {

enum class LogField {
  kMessage,  // our own words for people
  kRpc,      // "ProvisionWorkspace"
  kCaller,   // the caller's identity by TLS
  kPeer,     // the caller's address
  kRequestId,
  kTraceId,
  kParentSpanId,  // the caller's
  kSpanId,        // an attempt's
  kHttpMethod,
  kAttempt,
  kAttempts,
  kHttpStatus,
  kFailure,     // why there was no answer
  kDetail,      // the cause at the connection
  kTrackingId,  // Webex's
  kCode,
  kReason,
  kOutcome,
  kEarlierRequestId,
  kResolver,  // who resolved an order
  kMs,
  kFailures,  // the number that the line stands for
  kLines,     // the number that could not be written
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
  absl::string_view name;              // "answer", "attempt" and so on
  absl::Span<const LogEntry> entries;  // each field once; must outlive the event
};

// The name of an event that is only a message.
constexpr char kMessageEvent[] = "message";

// The event as one line without a line end, in valid UTF-8 and without invisible characters, whatever the values
// contain: JSON for machines; for people "<time> <level> <name> <field>=<value> ...", a message unchanged. The time is
// in RFC 3339, in UTC; a duration is a number of milliseconds. A text longer than a KiB is truncated, an empty one
// omitted.
std::string LogLine(LogFormat format, const LogEvent& event);

}  // namespace webex_gateway
