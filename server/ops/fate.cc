#include "server/ops/fate.h"

#include "server/base/error.h"

namespace webex_gateway {

Fate FateOf(const RpcReport& report) {
  if (report.status.ok() && !report.is_order) return {"none"};
  if (report.status.ok()) return {report.validated_only ? "validated" : "applied"};
  const std::optional<Error> error = ErrorIn(report.status);
  if (!error) return {std::string(OutcomeName(Outcome::kUnknown))};
  Fate fate{std::string(OutcomeName(error->outcome)), error->reason, error->metadata.contains("http_status")};
  const auto earlier = error->metadata.find("earlier_request_id");
  if (earlier != error->metadata.end() && earlier->second != report.request_id)
    fate.earlier_request_id = earlier->second;
  return fate;
}

}  // namespace webex_gateway
