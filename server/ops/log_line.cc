#include "server/ops/log_line.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/json.h"

namespace webex_gateway {
namespace {

constexpr size_t kMaxText = 1024;
constexpr size_t kUsualLine = 512;

absl::string_view NameOf(LogField field) {
  switch (field) {
    case LogField::kMessage:
      return "message";
    case LogField::kRpc:
      return "rpc";
    case LogField::kCaller:
      return "caller";
    case LogField::kPeer:
      return "peer";
    case LogField::kRequestId:
      return "request_id";
    case LogField::kTraceId:
      return "trace_id";
    case LogField::kParentSpanId:
      return "parent_span_id";
    case LogField::kSpanId:
      return "span_id";
    case LogField::kHttpMethod:
      return "http_method";
    case LogField::kAttempt:
      return "attempt";
    case LogField::kAttempts:
      return "attempts";
    case LogField::kHttpStatus:
      return "http_status";
    case LogField::kFailure:
      return "failure";
    case LogField::kDetail:
      return "detail";
    case LogField::kTrackingId:
      return "tracking_id";
    case LogField::kCode:
      return "code";
    case LogField::kReason:
      return "reason";
    case LogField::kOutcome:
      return "outcome";
    case LogField::kEarlierRequestId:
      return "earlier_request_id";
    case LogField::kResolver:
      return "resolver";
    case LogField::kMs:
      return "ms";
    case LogField::kFailures:
      return "failures";
    case LogField::kLines:
      return "lines";
    case LogField::kListen:
      return "listen";
    case LogField::kPorts:
      return "ports";
    case LogField::kAdminListen:
      return "admin_listen";
    case LogField::kAdminPort:
      return "admin_port";
    case LogField::kWebexBaseUrl:
      return "webex_base_url";
    case LogField::kVersion:
      return "version";
  }
  return "";
}

absl::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

// The lines of one second, many under load, share its text.
std::string Rfc3339(absl::Time time) {
  thread_local int64_t second = 0;
  thread_local std::string text;
  const int64_t milliseconds = absl::ToUnixMillis(time);
  const int64_t within = (milliseconds % 1000 + 1000) % 1000;
  if (const int64_t now = (milliseconds - within) / 1000; text.empty() || now != second) {
    second = now;
    text = absl::FormatTime("%Y-%m-%dT%H:%M:%S", absl::FromUnixSeconds(second), absl::UTCTimeZone());
  }
  return absl::StrCat(text, ".", absl::Dec(within, absl::kZeroPad3), "Z");
}

void AppendText(absl::string_view text, std::string& out) { AppendJsonEscaped(Truncate(text, kMaxText), out); }

// Whether the field has a value.
bool IsEmpty(const LogEntry& entry) {
  const auto* const text = std::get_if<absl::string_view>(&entry.value);
  return text != nullptr && text->empty();
}

// ---- JSON.

struct JsonValue {
  std::string& out;
  void operator()(absl::string_view text) const {
    out.push_back('"');
    AppendText(text, out);
    out.push_back('"');
  }
  void operator()(int64_t number) const { absl::StrAppend(&out, number); }
  void operator()(absl::Duration time) const {
    const int64_t tenths = std::max<int64_t>(0, absl::ToInt64Microseconds(time) / 100);
    absl::StrAppend(&out, tenths / 10, ".", tenths % 10);
  }
  void operator()(absl::Span<const int> numbers) const { absl::StrAppend(&out, "[", absl::StrJoin(numbers, ","), "]"); }
};

std::string JsonLine(absl::string_view time, const LogEvent& event) {
  std::string line;
  line.reserve(kUsualLine);
  absl::StrAppend(&line, R"({"time":")", time, R"(","level":")", NameOf(event.level), R"(","event":")", event.name,
                  "\"");
  for (const LogEntry& entry : event.entries) {
    if (IsEmpty(entry)) continue;
    absl::StrAppend(&line, ",\"", NameOf(entry.field), "\":");
    std::visit(JsonValue{line}, entry.value);
  }
  line.push_back('}');
  return line;
}

// ---- Text.

bool NeedsQuotes(absl::string_view text) {
  return !std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '"' && c != '\\' && c != '=';
  });
}

struct TextValue : JsonValue {
  using JsonValue::operator();
  void operator()(absl::string_view text) const {
    NeedsQuotes(text) ? JsonValue::operator()(text) : AppendText(text, out);
  }
  void operator()(absl::Span<const int> numbers) const { absl::StrAppend(&out, absl::StrJoin(numbers, ",")); }
};

std::string TextLine(absl::string_view time, const LogEvent& event) {
  std::string line;
  line.reserve(kUsualLine);
  absl::StrAppend(&line, time, " ", NameOf(event.level));
  if (event.name != kMessageEvent) absl::StrAppend(&line, " ", event.name);
  for (const LogEntry& entry : event.entries) {
    if (IsEmpty(entry)) continue;
    line.push_back(' ');
    if (entry.field == LogField::kMessage) {
      AppendText(std::get<absl::string_view>(entry.value), line);
    } else {
      absl::StrAppend(&line, NameOf(entry.field), "=");
      std::visit(TextValue{{line}}, entry.value);
    }
  }
  return line;
}

}  // namespace

std::string LogLine(LogFormat format, const LogEvent& event) {
  const std::string time = Rfc3339(event.time);
  return format == LogFormat::kJson ? JsonLine(time, event) : TextLine(time, event);
}

}  // namespace webex_gateway
