#include "server/base/error.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/workspace_id.h"

namespace webex_gateway {
namespace {

// In the worst case, percent-encoded and in base64, together under 7 KiB.
constexpr size_t kMaxMessage = 512;
constexpr size_t kMaxValue = 128;
constexpr size_t kMaxViolations = 8;
constexpr absl::Duration kMaxRetryAfter = absl::Hours(24);

constexpr char kOutcome[] = "outcome";
constexpr char kTrackingId[] = "webex_tracking_id";
constexpr char kWorkspaceId[] = "webex_workspace_id";

std::string TypeUrlOf(const google::protobuf::Message& detail) {
  return "type.googleapis.com/" + detail.GetDescriptor()->full_name();
}

void Attach(const google::protobuf::Message& detail, absl::Status& status) {
  status.SetPayload(TypeUrlOf(detail), absl::Cord(detail.SerializeAsString()));
}

std::string Cut(const std::string& text, size_t bytes = kMaxValue) { return std::string(Truncate(text, bytes)); }

google::rpc::ErrorInfo InfoOf(const Error& error) {
  google::rpc::ErrorInfo info;
  info.set_reason(error.reason);
  info.set_domain(kErrorDomain);
  auto& metadata = *info.mutable_metadata();
  for (const auto& [key, value] : error.metadata) {
    if (!value.empty()) metadata[key] = Cut(value, key == kWorkspaceId ? kMaxWorkspaceIdBytes : kMaxValue);
  }
  metadata[kOutcome] = std::string(OutcomeName(error.outcome));
  if (!error.tracking_id.empty()) metadata[kTrackingId] = Cut(error.tracking_id);
  return info;
}

google::rpc::RetryInfo RetryInfoOf(absl::Duration wait) {
  google::rpc::RetryInfo info;
  wait = std::clamp(wait, absl::ZeroDuration(), kMaxRetryAfter);
  info.mutable_retry_delay()->set_seconds(absl::IDivDuration(wait, absl::Seconds(1), &wait));
  info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(wait)));
  return info;
}

google::rpc::BadRequest BadRequestOf(const std::vector<FieldViolation>& violations) {
  google::rpc::BadRequest bad;
  for (const FieldViolation& violation : violations) {
    if (bad.field_violations_size() == kMaxViolations) break;
    auto& added = *bad.add_field_violations();
    added.set_field(Cut(violation.field));
    added.set_description(Cut(violation.description));
  }
  return bad;
}

}  // namespace

absl::string_view Truncate(absl::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

absl::Status ToStatus(const Error& error) {
  absl::Status status(error.code, Truncate(error.message, kMaxMessage));
  Attach(InfoOf(error), status);
  if (!error.tracking_id.empty()) {
    google::rpc::RequestInfo info;
    info.set_request_id(Cut(error.tracking_id));
    Attach(info, status);
  }
  const bool may_repeat = error.outcome != Outcome::kUnknown || error.repeats_unknown;
  if (error.retry_after && may_repeat) Attach(RetryInfoOf(*error.retry_after), status);
  if (!error.violations.empty()) Attach(BadRequestOf(error.violations), status);
  return status;
}

std::optional<Error> ErrorIn(const absl::Status& status) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  if (!info) return std::nullopt;
  Error error{.code = status.code(), .reason = info->reason(), .message = std::string(status.message())};
  error.metadata.insert(info->metadata().begin(), info->metadata().end());
  if (const auto outcome = error.metadata.extract(kOutcome)) error.outcome = OutcomeNamed(outcome.mapped());
  if (const auto id = error.metadata.extract(kTrackingId)) error.tracking_id = id.mapped();
  if (const auto retry = DetailOf<google::rpc::RetryInfo>(status)) {
    error.retry_after = absl::Seconds(retry->retry_delay().seconds()) + absl::Nanoseconds(retry->retry_delay().nanos());
  }
  error.repeats_unknown = error.retry_after && error.outcome == Outcome::kUnknown;
  if (const auto bad = DetailOf<google::rpc::BadRequest>(status)) {
    for (const auto& each : bad->field_violations()) error.violations.push_back({each.field(), each.description()});
  }
  return error;
}

Outcome OutcomeIn(const absl::Status& status) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  if (!info) return Outcome::kUnknown;
  const auto outcome = info->metadata().find(kOutcome);
  return outcome == info->metadata().end() ? Outcome::kUnknown : OutcomeNamed(outcome->second);
}

absl::Status WithOutcome(absl::Status status, Outcome outcome) {
  auto info = DetailOf<google::rpc::ErrorInfo>(status).value_or(google::rpc::ErrorInfo());
  (*info.mutable_metadata())[kOutcome] = std::string(OutcomeName(outcome));
  Attach(info, status);
  if (outcome == Outcome::kUnknown) status.ErasePayload(TypeUrlOf(google::rpc::RetryInfo()));
  return status;
}

}  // namespace webex_gateway
