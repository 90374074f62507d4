#include "client/commands.h"

#include "absl/strings/str_split.h"
#include "client/gateway_client.h"
#include "client/order.h"
#include "client/report.h"

namespace webex_gateway::client {
namespace {

constexpr absl::Duration kProvisionTimeout = absl::Seconds(60);
constexpr absl::Duration kHealthTimeout = absl::Seconds(1);

// Without --output=json, a person also learns what the workspace alone does not say.
void ExplainSuccess(const webex::broadworks::v1::ProvisionWorkspaceRequest& order, const CallMetadata& metadata,
                    std::ostream& err) {
  if (order.validate_only()) err << "webexctl: the order is valid; nothing was provisioned\n";
  if (metadata.replayed) err << "webexctl: this is the answer to an earlier call with the same request id\n";
  err << SuccessText(metadata);
}

}  // namespace

int RunProvision(const CliOptions& options, const CliIo& io) {
  const auto order = ReadOrder(options.order, io.in);
  const auto channel = Connect(options.connect);
  std::vector<std::string> faults;
  if (!order.ok()) faults.emplace_back(order.status().message());
  AppendFaults(channel.status(), faults);
  if (!faults.empty()) return ReportUsage(faults, "provision", io);

  const GatewayClient client(*channel);
  const auto result = client.Provision(*order, {.timeout = options.timeout.value_or(kProvisionTimeout)});
  const bool json = options.output == OutputFormat::kJson;
  if (!result.ok()) {
    (json ? io.out : io.err) << (json ? ErrorJson(result.error()) : ErrorText(result.error()));
    return ExitCode(result.error().code);
  }
  if (!json) ExplainSuccess(*order, result.value().metadata, io.err);
  io.out << WorkspaceJson(result.value().workspace);
  return kExitOk;
}

int RunHealth(const CliOptions& options, const CliIo& io) {
  const auto channel = Connect(options.connect);
  std::vector<std::string> faults;
  AppendFaults(channel.status(), faults);
  if (!faults.empty()) return ReportUsage(faults, "health", io);

  const GatewayClient client(*channel);
  const auto status = client.Health(options.service, {.timeout = options.timeout.value_or(kHealthTimeout)});
  const bool json = options.output == OutputFormat::kJson;
  if (!status.ok()) {
    (json ? io.out : io.err) << (json ? HealthErrorJson(status.status()) : HealthErrorText(status.status()));
    return ExitCode(status.status().code());
  }
  io.out << (json ? HealthJson(*status) : HealthText(*status));
  return *status == grpc::health::v1::HealthCheckResponse::SERVING ? kExitOk : kExitNotServing;
}

void AppendFaults(const absl::Status& connect, std::vector<std::string>& faults) {
  if (connect.ok()) return;
  for (absl::string_view fault : absl::StrSplit(connect.message(), '\n')) faults.emplace_back(fault);
}

int ReportUsage(const std::vector<std::string>& faults, absl::string_view command, const CliIo& io) {
  for (const std::string& fault : faults) io.err << "webexctl: " << fault << "\n";
  io.err << "Try 'webexctl help" << (command.empty() ? "" : " ") << command << "'.\n";
  return kExitUsage;
}

}  // namespace webex_gateway::client
