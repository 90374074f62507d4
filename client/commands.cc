#include "client/commands.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/connection_hint.h"
#include "client/interrupts.h"
#include "client/order.h"
#include "client/order_kind.h"
#include "client/report.h"
#include "client/text.h"
#include "webex_gateway/gateway_client.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::Workspace;

constexpr absl::Duration kOrderTimeout = absl::Seconds(60);
constexpr absl::Duration kHealthTimeout = absl::Seconds(1);

// A removal has none.
const Workspace& WorkspaceOf(const Provisioned& answer) { return answer.workspace; }
const Workspace& WorkspaceOf(const Updated& answer) { return answer.workspace; }
const Workspace& WorkspaceOf(const Removed&) { return Workspace::default_instance(); }

// Printed before the order leaves: whatever happens after that, its outcome can be looked up.
void AnnounceRequestId(const std::string& request_id, const CliIo& io) {
  if (io.terminal_columns > 0) io.err << "webexctl: request id " << Printable(request_id) << "\n" << std::flush;
}

std::string IfInterrupted(const OrderKind& kind, bool validate_only, const std::string& request_id) {
  if (validate_only) return absl::StrCat("webexctl: interrupted: nothing was ", kind.done, "\n");
  return absl::StrCat("webexctl: interrupted: the ", kind.noun,
                      " may have been carried out; see 'webexctl operations get ", Printable(request_id), "'\n");
}

// Without --output=json, a person also needs what the answer itself does not show.
void WriteNotes(const OrderKind& kind, bool validate_only, const CallMetadata& metadata, const CliIo& io) {
  std::ostream& err = io.err;
  if (validate_only) {
    err << "webexctl: the " << kind.noun << " is valid; nothing was " << kind.done << "\n";
  } else if (!kind.success.empty()) {
    err << "webexctl: " << kind.success << "\n";
  }
  if (metadata.replayed) err << "webexctl: this is the answer to an earlier call with the same request id\n";
  const bool has_news = io.terminal_columns == 0 || !metadata.tracking_id.empty();
  if (has_news) err << SuccessText(metadata);
}

template <typename Request, typename Answer>
int RunOrder(const OrderKind& kind, Result<Answer> (GatewayClient::*call)(Request, const CallOptions&) const,
             const CliOptions& options, const CliIo& io) {
  Request order;
  const absl::Status read = ReadOrder(kind, options.order, io.in, order);
  const auto channel = Connect(options.connect);
  std::vector<std::string> faults;
  if (!read.ok()) faults.emplace_back(read.message());
  AppendFaults(channel.status(), faults);
  if (!faults.empty()) return ReportUsage(faults, kind.command, io);

  const std::string request_id = order.request_id().empty() ? RandomRequestId() : order.request_id();
  AnnounceRequestId(request_id, io);
  const LastWords if_interrupted(IfInterrupted(kind, order.validate_only(), request_id));
  const GatewayClient client(*channel, [&request_id] { return request_id; });
  const auto result = (client.*call)(order, {.timeout = options.timeout.value_or(kOrderTimeout)});
  const bool json = options.output == OutputFormat::kJson;
  if (!result.ok()) {
    const CallError error = WithHint(result.error(), options.connect);
    (json ? io.out : io.err) << (json ? ErrorJson(error) : ErrorText(kind, error));
    return ExitCode(error.code);
  }
  const CallMetadata& metadata = result.value().metadata;
  if (!json) WriteNotes(kind, order.validate_only(), metadata, io);
  const Workspace& workspace = WorkspaceOf(result.value());
  io.out << (json ? AnswerJson(workspace, metadata) : WorkspaceJson(workspace));
  return kExitOk;
}

}  // namespace

int RunProvision(const CliOptions& options, const CliIo& io) {
  return RunOrder(kProvision, &GatewayClient::Provision, options, io);
}

int RunUpdate(const CliOptions& options, const CliIo& io) {
  return RunOrder(kUpdate, &GatewayClient::Update, options, io);
}

int RunRemove(const CliOptions& options, const CliIo& io) {
  return RunOrder(kRemoval, &GatewayClient::Remove, options, io);
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
    const CallError error = WithHint(status.error(), options.connect);
    (json ? io.out : io.err) << (json ? OperationErrorJson(error) : HealthErrorText(error));
    return ExitCode(error.code);
  }
  io.out << (json ? HealthJson(status.value()) : HealthText(status.value()));
  return status.value() == grpc::health::v1::HealthCheckResponse::SERVING ? kExitOk : kExitNotServing;
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
