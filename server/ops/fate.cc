#include "server/ops/fate.h"

#include "server/base/error.h"

namespace webex_gateway {

Fate FateOf(const RpcReport& report) {
  if (report.status.ok() && !report.is_order) return {"none", ""};
  if (report.status.ok()) return {report.validated_only ? "validated" : "applied", ""};
  const google::rpc::ErrorInfo info =
      DetailOf<google::rpc::ErrorInfo>(report.status).value_or(google::rpc::ErrorInfo());
  return {std::string(OutcomeName(OutcomeIn(report.status))), info.reason(), info.metadata().contains("http_status")};
}

}  // namespace webex_gateway
