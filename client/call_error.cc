#include "webex_gateway/call_error.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/error_mark.h"

namespace webex_gateway::client {
namespace {

constexpr char kDomain[] = "webex-gateway";

// The first detail of type T; an empty T if there is none.
template <typename T>
T Find(const google::rpc::Status& status) {
  T detail;
  for (const google::protobuf::Any& any : status.details()) {
    if (any.Is<T>() && any.UnpackTo(&detail)) return detail;
  }
  return T();
}

std::string Text(const google::rpc::ErrorInfo& info, const std::string& key) {
  const auto it = info.metadata().find(key);
  return it == info.metadata().end() ? std::string() : it->second;
}

std::optional<int> Number(const google::rpc::ErrorInfo& info, const std::string& key) {
  int number;
  return absl::SimpleAtoi(Text(info, key), &number) ? std::optional<int>(number) : std::nullopt;
}

absl::Duration ReadDuration(const google::protobuf::Duration& duration) {
  return std::max(absl::ZeroDuration(), absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos()));
}

// Reason and outcome are separate members here, so they are removed from the message.
std::string WithoutMark(absl::string_view message, const google::rpc::ErrorInfo& info) {
  return std::string(absl::StripSuffix(message, ErrorMark(info.reason(), Text(info, "outcome"))));
}

void ReadInfo(const google::rpc::ErrorInfo& info, CallError& error) {
  error.message = WithoutMark(error.message, info);
  error.reason = info.reason();
  error.outcome = OutcomeNamed(Text(info, "outcome"));
  error.http_status = Number(info, "http_status");
  error.attempts = Number(info, "attempts");
  error.earlier_request_id = Text(info, "earlier_request_id");
  if (error.metadata.tracking_id.empty()) error.metadata.tracking_id = Text(info, "webex_tracking_id");
}

std::string Trailer(const grpc::ClientContext& context, const char* name) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto it = trailers.find(name);
  return it == trailers.end() ? std::string() : std::string(it->second.data(), it->second.size());
}

}  // namespace

CallError ReadCallError(const grpc::Status& status, CallMetadata metadata) {
  CallError error;
  error.code = static_cast<absl::StatusCode>(status.error_code());
  error.message = status.error_message();
  error.metadata = std::move(metadata);

  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return error;
  const auto info = Find<google::rpc::ErrorInfo>(details);
  if (info.domain() != kDomain) return error;

  ReadInfo(info, error);
  if (error.metadata.tracking_id.empty()) {
    error.metadata.tracking_id = Find<google::rpc::RequestInfo>(details).request_id();
  }
  const auto retry = Find<google::rpc::RetryInfo>(details);
  if (retry.has_retry_delay()) error.retry_delay = ReadDuration(retry.retry_delay());
  const auto bad_request = Find<google::rpc::BadRequest>(details);
  for (const auto& violation : bad_request.field_violations()) {
    error.field_violations.push_back({violation.field(), violation.description()});
  }
  return error;
}

CallMetadata ReadCallMetadata(const grpc::ClientContext& context, const std::string& request_id) {
  CallMetadata metadata;
  metadata.request_id = Trailer(context, "x-request-id");
  if (metadata.request_id.empty()) metadata.request_id = request_id;
  metadata.tracking_id = Trailer(context, "x-webex-tracking-id");
  metadata.replayed = Trailer(context, "x-idempotent-replayed") == "true";
  double limit = 0;
  const bool is_felt = absl::SimpleAtod(Trailer(context, "x-webex-rate-limit"), &limit) && limit > 0;
  if (is_felt && std::isfinite(limit)) metadata.webex_limit = limit;
  return metadata;
}

bool IsOnRecordSoon(const CallError& error) {
  return error.outcome == Outcome::kUnknown &&
         (error.reason.empty() || error.reason == "DEADLINE_AFTER_SENT" || error.reason == "CANCELLED_AFTER_SENT" ||
          error.reason == "OPERATION_IN_PROGRESS");
}

}  // namespace webex_gateway::client
