#include "client/operation_commands.h"

#include "client/commands.h"
#include "client/connection_hint.h"
#include "client/operation_pages.h"
#include "client/operation_report.h"
#include "client/report.h"
#include "client/text.h"
#include "webex_gateway/gateway_client.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::Operation;
using webex::broadworks::v1::ResolveOperationRequest;

bool WantsJson(const CliOptions& options) { return options.output == OutputFormat::kJson; }

CallOptions CallOptionsOf(const CliOptions& options) {
  return {.timeout = options.timeout.value_or(kOperationTimeout)};
}

int ReportFailure(const CallError& failure, const CliOptions& options, const CliIo& io) {
  const CallError error = WithHint(failure, options.connect);
  const bool json = WantsJson(options);
  (json ? io.out : io.err) << (json ? OperationErrorJson(error) : OperationErrorText(error));
  return ExitCode(error.code);
}

int Report(const Result<Operation>& operation, const CliOptions& options, const CliIo& io) {
  if (!operation.ok()) return ReportFailure(operation.error(), options, io);
  io.out << (WantsJson(options) ? OperationJson(operation.value()) : OperationText(operation.value()));
  return kExitOk;
}

const char* NothingFound(const OperationFlags& conditions) {
  const bool any = conditions.state == Operation::STATE_UNSPECIFIED && conditions.method.empty() &&
                   conditions.sp_enterprise_id.empty() && conditions.user_id.empty() &&
                   conditions.workspace_id.empty() && conditions.reason.empty() && !conditions.since;
  return any ? "no operation is on record yet" : "no operation on record meets these conditions";
}

void AppendFindingFaults(const OperationFlags& flags, std::vector<std::string>& faults) {
  if (flags.applied == flags.not_applied) {
    faults.push_back(flags.applied ? "--applied, --not_applied: only one of them may be given"
                                   : "give what you found: --applied or --not_applied");
  }
  if (flags.gateway_is_gone && !flags.not_applied) faults.push_back("--gateway_is_gone: needs --not_applied");
  if (!flags.applied && !flags.workspace_id.empty()) faults.push_back("--workspace_id: needs --applied");
  if (flags.note.empty()) faults.push_back("--note: is missing; explain how you know");
}

// Flags that only apply to a file, above all --dry_run, must not be ignored silently without one.
void AppendFaultsWithoutFile(const OperationFlags& flags, std::vector<std::string>& faults) {
  const auto needs_file = [&faults](bool is_given, const char* flag) {
    if (is_given) faults.push_back(absl::StrCat(flag, ": needs --from"));
  };
  needs_file(flags.dry_run, "--dry_run");
  needs_file(flags.yes, "--yes");
  needs_file(flags.absent_is_not_applied, "--absent_is_not_applied");
  needs_file(flags.exported_at.has_value(), "--exported_at");
}

}  // namespace

int RunListOperations(const CliOptions& options, const CliIo& io) {
  const auto channel = Connect(options.connect);
  std::vector<std::string> faults;
  AppendFaults(channel.status(), faults);
  if (!faults.empty()) return ReportUsage(faults, "operations list", io);

  const auto found = ListOperations(GatewayClient(*channel), options.operation, CallOptionsOf(options));
  if (!found.ok()) return ReportFailure(found.error(), options, io);
  if (WantsJson(options)) {
    io.out << OperationsJson(found.value());
    return kExitOk;
  }
  if (options.output == OutputFormat::kCsv) io.out << OperationsCsv(found.value());
  if (found.value().operations().empty()) io.err << "webexctl: " << NothingFound(options.operation) << "\n";
  if (options.output == OutputFormat::kText) {
    io.out << OperationTable(found.value(), {.columns = io.out_columns, .wide = options.operation.wide});
  }
  if (!found.value().next_page_token().empty()) {
    io.err << "webexctl: there are more than --limit=" << options.operation.limit
           << "; give --all, or for the next page --page_token="
           << ShellWord(Printable(found.value().next_page_token())) << "\n";
  }
  return kExitOk;
}

int RunSummariseOperations(const CliOptions& options, const CliIo& io) {
  const auto channel = Connect(options.connect);
  std::vector<std::string> faults;
  AppendFaults(channel.status(), faults);
  if (!faults.empty()) return ReportUsage(faults, "operations summary", io);

  const auto unknown = ListUnknownOrders(GatewayClient(*channel), CallOptionsOf(options));
  if (!unknown.ok()) return ReportFailure(unknown.error(), options, io);
  if (WantsJson(options)) {
    io.out << UnknownSummaryJson(unknown.value());
    return kExitOk;
  }
  io.out << UnknownSummary(unknown.value());
  if (unknown.value().empty()) io.err << "webexctl: no order to provision is UNKNOWN\n";
  return kExitOk;
}

int RunGetOperation(const CliOptions& options, const CliIo& io) {
  const auto channel = Connect(options.connect);
  std::vector<std::string> faults;
  AppendFaults(channel.status(), faults);
  if (!faults.empty()) return ReportUsage(faults, "operations get", io);

  return Report(GatewayClient(*channel).GetOperation(options.operation.request_id, CallOptionsOf(options)), options,
                io);
}

int RunResolveOperation(const CliOptions& options, const CliIo& io) {
  const OperationFlags& flags = options.operation;
  const auto channel = Connect(options.connect);
  std::vector<std::string> faults;
  AppendFindingFaults(flags, faults);
  AppendFaultsWithoutFile(flags, faults);
  AppendFaults(channel.status(), faults);
  if (!faults.empty()) return ReportUsage(faults, "operations resolve", io);

  ResolveOperationRequest request;
  request.set_request_id(flags.request_id);
  request.set_note(flags.note);
  if (flags.applied)
    request.mutable_applied()->set_id(flags.workspace_id);  // the gateway decides whether it is required
  if (flags.not_applied) request.mutable_not_applied();
  request.set_gateway_is_gone(flags.gateway_is_gone);
  return Report(GatewayClient(*channel).ResolveOperation(request, CallOptionsOf(options)), options, io);
}

}  // namespace webex_gateway::client
