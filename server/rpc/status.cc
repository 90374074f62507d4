#include "server/rpc/status.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"
#include "server/base/error.h"
#include "server/base/error_mark.h"
#include "server/rpc/answer_margin.h"

namespace webex_gateway {
namespace {

constexpr char kDetailPrefix[] = "type.googleapis.com/google.rpc.";
constexpr char kPushback[] = "grpc-retry-pushback-ms";
constexpr char kDoNotRetry[] = "-1";

// For an error without a reason, only the message.
std::string MarkedMessage(const absl::Status& status) {
  const std::optional<Error> error = ErrorIn(status);
  return absl::StrCat(status.message(), error ? ErrorMark(error->reason, OutcomeName(error->outcome)) : "");
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(MarkedMessage(status));
  status.ForEachPayload([&details](absl::string_view type_url, const absl::Cord& payload) {
    if (!absl::StartsWith(type_url, kDetailPrefix)) return;
    google::protobuf::Any& detail = *details.add_details();
    detail.set_type_url(std::string(type_url));
    detail.set_value(std::string(payload));
  });
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), details.message(), details.SerializeAsString());
}

std::vector<std::pair<std::string, std::string>> RetryTrailers(const absl::Status& status, absl::Duration left) {
  const std::optional<Error> error = ErrorIn(status);
  if (!error) return {};
  if (error->outcome == Outcome::kUnknown && !error->repeats_unknown) return {{kPushback, kDoNotRetry}};
  if (!error->retry_after) return {};
  const absl::Duration wait = absl::Ceil(*error->retry_after, absl::Milliseconds(1));
  if (wait >= left - AnswerMargin(left)) return {{kPushback, kDoNotRetry}};
  return {{kPushback, absl::StrCat(absl::ToInt64Milliseconds(wait))}};
}

}  // namespace webex_gateway
