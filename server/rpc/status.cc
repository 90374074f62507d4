#include "server/rpc/status.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

constexpr char kDetailPrefix[] = "type.googleapis.com/google.rpc.";
constexpr char kPushback[] = "grpc-retry-pushback-ms";

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  status.ForEachPayload([&details](absl::string_view type_url, const absl::Cord& payload) {
    if (!absl::StartsWith(type_url, kDetailPrefix)) return;
    google::protobuf::Any& detail = *details.add_details();
    detail.set_type_url(std::string(type_url));
    detail.set_value(std::string(payload));
  });
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), details.message(), details.SerializeAsString());
}

std::vector<std::pair<std::string, std::string>> RetryTrailers(const absl::Status& status) {
  if (const std::optional<google::rpc::RetryInfo> retry = DetailOf<google::rpc::RetryInfo>(status)) {
    const google::protobuf::Duration& delay = retry->retry_delay();
    return {{kPushback, absl::StrCat(delay.seconds() * 1000 + (delay.nanos() + 999'999) / 1'000'000)}};
  }
  const std::optional<google::rpc::ErrorInfo> info = DetailOf<google::rpc::ErrorInfo>(status);
  if (info && OutcomeIn(status) == Outcome::kUnknown) return {{kPushback, "-1"}};
  return {};
}

}  // namespace webex_gateway
