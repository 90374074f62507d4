#include "client/batch_command.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/batch_file.h"
#include "client/batch_progress.h"
#include "client/batch_results.h"
#include "client/batch_run.h"
#include "client/batch_summary.h"
#include "client/commands.h"
#include "client/connection_hint.h"
#include "client/csv.h"
#include "client/interrupts.h"
#include "client/report.h"
#include "client/text.h"
#include "client/whole_file.h"
#include "webex_gateway/gateway_client.h"

namespace webex_gateway::client {
namespace {

constexpr char kStandard[] = "-";  // standard input or output instead of a file
constexpr absl::Duration kCallTimeout = absl::Seconds(60);

std::string NameOf(const std::string& file) { return file == kStandard ? "standard input" : file; }

absl::StatusOr<std::string> TextOf(std::istream& in, const std::string& name) {
  if (std::optional<std::string> text = ReadWhole(in)) return ToUtf8(*std::move(text));
  return absl::InvalidArgumentError(absl::StrCat(name, ": cannot be read"));
}

absl::StatusOr<std::string> ReadText(const std::string& file, std::istream& standard_input) {
  errno = 0;
  std::ifstream opened;
  if (file != kStandard) opened.open(file, std::ios::binary);
  const bool is_there = file == kStandard || (opened.is_open() && opened.peek() != EOF) || opened.eof();
  if (!is_there) return absl::InvalidArgumentError(absl::StrCat("cannot be read: ", std::strerror(errno)));
  return TextOf(file == kStandard ? standard_input : opened, file);
}

std::string ResultsPath(const BatchFlags& batch) {
  if (!batch.results.empty()) return batch.results;
  return batch.file == kStandard ? kStandard : absl::StrCat(batch.file, ".results.csv");
}

void ReportFaults(const std::string& name, const std::vector<BatchFault>& faults, std::ostream& err) {
  for (const BatchFault& fault : faults) err << name << ":" << fault.line << ": " << Printable(fault.text) << "\n";
  err << "webexctl: " << faults.size() << (faults.size() == 1 ? " fault in " : " faults in ") << name
      << "; nothing was sent\n";
}

// Checks that the gateway answers, accepts us, and keeps the record that a batch relies on. Returns the exit code if
// not.
std::optional<int> AskGateway(const GatewayClient& client, const BatchOrder& order, const CliOptions& options,
                              std::ostream& err) {
  const auto known = client.GetOperation(order.request_id(), {.timeout = options.timeout.value_or(kOperationTimeout)});
  if (known.ok() || known.error().reason == "OPERATION_NOT_FOUND") return std::nullopt;
  if (options.batch.dry_run && known.error().reason == "LEDGER_NOT_KEPT") return std::nullopt;
  err << OperationErrorText(WithHint(known.error(), options.connect));
  if (known.error().reason == "LEDGER_NOT_KEPT")
    err << "  A batch needs the record: without it an order could be sent twice.\n";
  err << "webexctl: nothing was sent\n";
  return ExitCode(known.error().code);
}

// One batch under way, and its display.
class Batch {
 public:
  Batch(const CliOptions& options, const CliIo& io, std::vector<BatchOrder> orders)
      : options_(options), io_(io), orders_(std::move(orders)), display_(io.err, io.terminal_columns) {}

  // Opens the place where the results go.
  absl::Status OpenResults() {
    const std::string path = ResultsPath(options_.batch);
    if (path == kStandard) {
      io_.out << ResultsHeader() << std::flush;
      return absl::OkStatus();
    }
    absl::StatusOr<std::unique_ptr<ResultsFile>> file = ResultsFile::Create(path);
    if (!file.ok()) return file.status();
    file_ = *std::move(file);
    if (!file_->moved_to().empty()) {
      io_.err << "webexctl: the results of an earlier run were moved to " << file_->moved_to() << "\n";
    }
    io_.err << "webexctl: results: " << path << "\n";
    return absl::OkStatus();
  }

  int Send(const std::shared_ptr<grpc::Channel>& channel) {
    const Interrupts interrupts;
    const BatchOutcome outcome = RunBatchOrders(channel, orders_, Settings(), Events(interrupts));
    display_.Clear();
    if (options_.output == OutputFormat::kJson) {
      io_.out << summary_.Json(ResultsPath(options_.batch), Why(outcome));
    } else {
      WriteSummary(outcome);
    }
    return summary_.ExitCode(outcome);
  }

  int Validate(const std::shared_ptr<grpc::Channel>& channel, const std::string& name) {
    const Interrupts interrupts;
    const BatchOutcome outcome = RunBatchOrders(channel, orders_, Settings(), Events(interrupts));
    display_.Clear();
    if (unchecked_ > 0) {
      io_.err << "webexctl: " << unchecked_ << (unchecked_ == 1 ? " order" : " orders")
              << " could not be checked: " << why_unchecked_ << "\n";
    }
    if ((outcome.stop != BatchStop::kNot || unchecked_ > 0) && faults_.empty()) {
      WriteSummary(outcome);
      return summary_.ExitCode(outcome);
    }
    if (!faults_.empty()) {
      std::sort(faults_.begin(), faults_.end(),
                [](const BatchFault& a, const BatchFault& b) { return a.line < b.line; });
      ReportFaults(name, faults_, io_.err);
      return kExitUsage;
    }
    io_.err << "webexctl: " << orders_.size() << (orders_.size() == 1 ? " order in " : " orders in ") << name
            << (orders_.size() == 1 ? " is" : " are") << " valid; nothing was sent\n";
    return kExitOk;
  }

 private:
  BatchSettings Settings() const {
    return {.in_flight = options_.batch.in_flight,
            .timeout = options_.timeout.value_or(kCallTimeout),
            .patience = options_.batch.patience,
            .validate_only = options_.batch.dry_run,
            .if_unknown = options_.order.if_unknown};
  }

  BatchEvents Events(const Interrupts& interrupts) {
    return {.on_result = [this](size_t number, const BatchResult& result) { return Note(number, result); },
            .on_progress = [this](const BatchProgress& progress) { display_.Show(progress); },
            .interrupted =
                [this, &interrupts] {
                  if (!interrupts.noted()) return false;
                  display_.Clear();
                  io_.err << "webexctl: stopping: waiting for the orders under way (Ctrl-C again ends at once)\n";
                  return true;
                }};
  }

  bool Note(size_t number, const BatchResult& result) {
    const BatchOrder& order = orders_[number];
    summary_.Note(order, result);
    if (options_.batch.dry_run) {
      if (result.error) NoteUnsent(order, *result.error);
      return true;
    }
    const absl::Status kept = rows_.Add(number, ResultsRow(order, result));
    if (!kept.ok() && kept_.ok()) kept_ = kept;
    return kept.ok();
  }

  // Of a dry run: the order is at fault only if the gateway says so.
  void NoteUnsent(const BatchOrder& order, const CallError& error) {
    if (error.code == absl::StatusCode::kInvalidArgument) return faults_.push_back({order.line, Text(error)});
    if (unchecked_++ == 0) why_unchecked_ = Text(error);
  }

  void WriteSummary(const BatchOutcome& outcome) {
    if (outcome.stop != BatchStop::kNot) io_.err << "webexctl: stopped: " << Why(outcome) << "\n";
    io_.err << summary_.Text();
  }

  static std::string Text(const CallError& error) {
    std::string text = error.reason.empty() ? absl::StatusCodeToString(error.code) : error.reason;
    if (error.field_violations.empty()) return absl::StrCat(text, ": ", error.message);
    for (const FieldViolation& violation : error.field_violations) {
      absl::StrAppend(&text, ": ", violation.field, " ", violation.description);
    }
    return text;
  }

  absl::Status Write(absl::string_view lines) {
    if (file_) return file_->Append(lines);
    io_.out << lines << std::flush;
    return io_.out.good() ? absl::OkStatus() : absl::UnknownError("standard output cannot be written");
  }

  std::string Why(const BatchOutcome& outcome) const {
    switch (outcome.stop) {
      case BatchStop::kInterrupted:
        return "as requested; run the same command again to continue";
      case BatchStop::kUnreachable:
        return absl::StrCat("the gateway cannot be reached; ", outcome.why);
      case BatchStop::kNotKept:
        return std::string(kept_.message());
      default:
        return outcome.why;
    }
  }

  const CliOptions& options_;
  const CliIo& io_;
  const std::vector<BatchOrder> orders_;
  ProgressDisplay display_;
  BatchSummary summary_;
  std::unique_ptr<ResultsFile> file_;  // null: standard output
  RowsInOrder rows_{[this](absl::string_view lines) { return Write(lines); }};
  absl::Status kept_;
  std::vector<BatchFault> faults_;  // found by the gateway
  int unchecked_ = 0;               // orders of a dry run that the gateway did not judge
  std::string why_unchecked_;       // the first of them
};

}  // namespace

int RunBatch(const CliOptions& options, const CliIo& io) {
  const std::string name = NameOf(options.batch.file);
  const auto channel = Connect(options.connect);
  std::vector<std::string> faults;
  AppendFaults(channel.status(), faults);
  const bool has_no_room = options.output == OutputFormat::kJson && ResultsPath(options.batch) == kStandard;
  if (has_no_room) faults.push_back("--output=json: standard output is taken by the results; give --results=FILE");
  const absl::StatusOr<std::string> text = ReadText(options.batch.file, io.in);
  if (!text.ok()) faults.push_back(absl::StrCat(name, ": ", text.status().message()));
  if (!faults.empty()) return ReportUsage(faults, "batch", io);

  BatchFile file = ReadBatchFile(*text, options.batch.set);
  if (!file.faults.empty()) {
    ReportFaults(name, file.faults, io.err);
    return kExitUsage;
  }
  if (const auto code = AskGateway(GatewayClient(*channel), file.orders.front(), options, io.err)) return *code;
  Batch batch(options, io, std::move(file.orders));
  if (options.batch.dry_run) return batch.Validate(*channel, name);
  if (const absl::Status opened = batch.OpenResults(); !opened.ok()) {
    return ReportUsage({std::string(opened.message())}, "batch", io);
  }
  return batch.Send(*channel);
}

}  // namespace webex_gateway::client
