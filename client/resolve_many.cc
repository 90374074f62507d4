#include "client/resolve_many.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "client/commands.h"
#include "client/connection_hint.h"
#include "client/csv.h"
#include "client/operation_pages.h"
#include "client/report.h"
#include "client/settlement.h"
#include "client/text.h"
#include "client/whole_file.h"
#include "webex_gateway/gateway_client.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::Operation;
using webex::broadworks::v1::ResolveOperationRequest;

constexpr char kCommand[] = "operations resolve";
// Resolved concurrently, so that the ledger commits many of them at once.
constexpr int kAtOnce = 32;

struct File {
  std::string text;
  std::optional<absl::Time> written;  // a pipe has no such time
};

// `path`: "-" means `standard`.
absl::StatusOr<File> Read(const std::string& path, std::istream& standard) {
  const auto fault = [&path](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("--from: ", path, ": ", why));
  };
  const auto unreadable = [&fault] { return fault(absl::StrCat("cannot be read: ", std::strerror(errno))); };
  const bool is_standard = path == "-";
  std::ifstream file;
  struct stat status{};
  errno = 0;
  if (!is_standard) {
    file.open(path, std::ios::binary);
    if (!file || stat(path.c_str(), &status) != 0) return unreadable();
  }
  std::optional<std::string> bytes = ReadWhole(is_standard ? standard : file);
  if (!bytes) return unreadable();
  absl::StatusOr<std::string> text = ToUtf8(*std::move(bytes));
  if (!text.ok()) return fault(text.status().message());
  File read{*std::move(text), {}};
  if (S_ISREG(status.st_mode)) read.written = absl::TimeFromTimespec(status.st_mtim);
  return read;
}

void AppendFaultsOf(const CliOptions& options, std::vector<std::string>& faults) {
  const OperationFlags& flags = options.operation;
  const auto refuse = [&faults](bool is_given, const char* flag) {
    if (is_given) faults.push_back(absl::StrCat(flag, ": not with --from, whose file shows what was found"));
  };
  refuse(!flags.request_id.empty(), "REQUEST_ID");
  refuse(flags.applied, "--applied");
  refuse(flags.not_applied, "--not_applied");
  refuse(flags.gateway_is_gone, "--gateway_is_gone");
  refuse(!flags.workspace_id.empty(), "--workspace_id");
  if (flags.dry_run && flags.yes) faults.push_back("--dry_run, --yes: only one of them may be given");
  if (flags.yes && flags.note.empty()) faults.push_back("--note: is missing; explain how you know");
  if (flags.older_than < absl::ZeroDuration()) faults.push_back("--older_than: must not be negative");
  if (options.output == OutputFormat::kJson) faults.push_back("--output=json: not with --from, which shows CSV");
}

std::string TimeText(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()); }

// With a local time given as UTC, for example, absent users' orders would be resolved too early.
void AppendFaultsOfTime(const OperationFlags& flags, const File& file, std::vector<std::string>& faults) {
  if (!flags.exported_at && !file.written) {
    faults.emplace_back("--exported_at: is missing; only a file shows when it was written");
  } else if (flags.exported_at && file.written && *flags.exported_at > *file.written) {
    faults.push_back(absl::StrCat("--exported_at: is later than the file was last written, ", TimeText(*file.written)));
  } else if (flags.exported_at && *flags.exported_at > absl::Now()) {
    faults.emplace_back("--exported_at: is in the future");
  }
}

const char* NameOf(Finding finding) {
  switch (finding) {
    case Finding::kApplied:
      return "applied";
    case Finding::kNotApplied:
      return "not_applied";
    case Finding::kLeft:
      break;
  }
  return "left";
}

std::string TableOf(const std::vector<Settlement>& settlements) {
  std::string table = CsvLine({"requestId", "userId", "spEnterpriseId", "finding", "workspaceId", "why"});
  for (const Settlement& settlement : settlements) {
    const Operation& operation = *settlement.operation;
    std::vector<std::string> cells = {operation.request_id(),     operation.user_id(),     operation.sp_enterprise_id(),
                                      NameOf(settlement.finding), settlement.workspace_id, settlement.why};
    for (std::string& cell : cells) cell = NoFormula(Printable(cell));
    absl::StrAppend(&table, CsvLine(cells));
  }
  return table;
}

std::string CountsOf(const std::vector<Settlement>& settlements) {
  int counts[3] = {};
  for (const Settlement& settlement : settlements) ++counts[static_cast<int>(settlement.finding)];
  return absl::StrCat(counts[0], " applied, ", counts[1], " not applied, ", counts[2], " left for a person");
}

ResolveOperationRequest RequestOf(const Settlement& settlement, const std::string& note) {
  ResolveOperationRequest request;
  request.set_request_id(settlement.operation->request_id());
  request.set_note(note);
  if (settlement.finding == Finding::kApplied) {
    request.mutable_applied()->set_id(settlement.workspace_id);
  } else {
    request.mutable_not_applied();
  }
  return request;
}

bool IsAboutWorkspace(const CallError& error) {
  const auto is_its_id = [](const FieldViolation& violation) { return violation.field == "applied.id"; };
  return !error.field_violations.empty() &&
         std::all_of(error.field_violations.begin(), error.field_violations.end(), is_its_id);
}

// Whether the others would fail likewise.
bool IsAboutAll(const CallError& error) {
  return error.code != absl::StatusCode::kFailedPrecondition && error.code != absl::StatusCode::kNotFound &&
         !IsAboutWorkspace(error);
}

struct Resolved {
  bool is_tried = false;
  std::optional<CallError> error{};
};

// The result of each, in their order.
std::vector<Resolved> Resolve(const GatewayClient& client, const std::vector<Settlement>& settlements,
                              const std::string& note, const CallOptions& options) {
  std::vector<Resolved> all(settlements.size());
  std::atomic<size_t> next = 0;
  std::atomic<bool> goes_on = true;
  const auto work = [&] {
    for (size_t i = next++; goes_on && i < settlements.size(); i = next++) {
      const auto resolved = client.ResolveOperation(RequestOf(settlements[i], note), options);
      all[i].is_tried = true;
      if (resolved.ok()) continue;
      all[i].error = resolved.error();
      if (IsAboutAll(resolved.error())) goes_on = false;
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < kAtOnce; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  return all;
}

int Do(const GatewayClient& client, const std::vector<Settlement>& findings, const CliOptions& options,
       const CliIo& io) {
  std::vector<Settlement> settlements;
  for (const Settlement& settlement : findings) {
    if (settlement.finding != Finding::kLeft) settlements.push_back(settlement);
  }
  const std::vector<Resolved> all_resolved =
      Resolve(client, settlements, options.operation.note, {.timeout = options.timeout.value_or(kOperationTimeout)});
  int code = kExitOk;
  size_t resolved = 0;
  bool is_shown = false;  // a fault that concerns all; the orders under way have met it, too
  for (const Resolved& each : all_resolved) {
    resolved += each.is_tried && !each.error ? 1 : 0;
    if (!each.error) continue;
    if (code == kExitOk) code = ExitCode(each.error->code);
    if (!IsAboutAll(*each.error) || !std::exchange(is_shown, true)) io.err << OperationErrorText(*each.error);
  }
  io.err << "webexctl: resolved " << resolved << " of " << settlements.size() << "\n";
  return code;
}

}  // namespace

int RunResolveMany(const CliOptions& options, const CliIo& io) {
  const OperationFlags& flags = options.operation;
  const auto channel = Connect(options.connect);
  std::vector<std::string> faults;
  AppendFaultsOf(options, faults);
  const bool has_no_time = flags.from == "-" && !flags.exported_at;  // asked for before anything is typed in vain
  const absl::StatusOr<File> file = has_no_time ? File() : Read(flags.from, io.in);
  if (file.ok()) {
    AppendFaultsOfTime(flags, *file, faults);
  } else {
    faults.emplace_back(file.status().message());
  }
  AppendFaults(channel.status(), faults);
  if (!faults.empty()) return ReportUsage(faults, kCommand, io);

  const GatewayClient client(*channel);
  const auto unknown = ListUnknownOrders(client, {.timeout = options.timeout.value_or(kOperationTimeout)});
  if (!unknown.ok()) {
    io.err << OperationErrorText(WithHint(unknown.error(), options.connect));
    return ExitCode(unknown.error().code);
  }
  const absl::StatusOr<WorkspaceExport> found =
      ReadExport(file->text, {flags.user_id_column, flags.workspace_id_column}, UsersOf(unknown.value()));
  if (!found.ok()) {
    return ReportUsage({absl::StrCat("--from: ", flags.from, ": ", found.status().message())}, kCommand, io);
  }
  const SettlementRules rules{.absent_is_not_applied = flags.absent_is_not_applied,
                              .older_than = flags.older_than,
                              .exported_at = flags.exported_at ? *flags.exported_at : *file->written};
  const std::vector<Settlement> settlements = Settle(unknown.value(), *found, rules);
  io.out << TableOf(settlements);
  io.err << "webexctl: " << found->rows << " workspaces in the file of " << TimeText(rules.exported_at) << ", "
         << settlements.size() << " unknown orders to provision: " << CountsOf(settlements) << "\n";
  if (flags.yes) return Do(client, settlements, options, io);
  io.err << "webexctl: nothing was resolved; give --yes to resolve\n";
  return kExitOk;
}

}  // namespace webex_gateway::client
