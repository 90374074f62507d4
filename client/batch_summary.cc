#include "client/batch_summary.h"

#include <cstdint>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/batch_report.pb.h"
#include "client/cli.h"
#include "client/layout.h"
#include "client/report.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

constexpr size_t kLinesShown = 5;

constexpr char kResolve[] =
    "  To resolve the unknown ones, look for each user in Webex Control Hub, then\n"
    "    webexctl operations list --state=unknown --method=provision\n"
    "    webexctl operations resolve REQUEST_ID --applied --workspace_id=ID --note=TEXT, or --not_applied --note=TEXT\n"
    "  and run the same batch again, or run it with --if_unknown=repeat (see 'webexctl help provision').\n";

struct Advice {
  absl::string_view reason;
  absl::string_view next;
};

// For orders that had no effect.
constexpr Advice kAdvice[] = {
    {"INVALID_REQUEST", "correct these rows and run the batch again; completed orders are not sent twice"},
    {"WEBEX_INVALID_REQUEST", "correct these rows and run the batch again; completed orders are not sent twice"},
    {"WEBEX_REJECTED", "correct these rows and run the batch again; completed orders are not sent twice"},
    {"WEBEX_ALREADY_EXISTS", "these users already have a workspace; remove the rows, or look in Webex Control Hub"},
    {"WEBEX_UNAUTHENTICATED",
     "the gateway's access token is refused: ask its operator to fix that, then run the batch again"},
    {"WEBEX_FORBIDDEN", "the gateway's token lacks the scope spark-admin:places_write: ask its operator to fix that"},
    {"CALLER_NOT_ALLOWED",
     "the gateway refuses your certificate: ask its operator to add its name to --allowed_clients"},
    {"REQUEST_ID_REUSED", "another order has this requestId: give these rows a different one"},
    {"OUTCOME_UNKNOWN", "an earlier order for these users is unknown: resolve that first, as below"},
    {"OPERATION_IN_PROGRESS", "another order for these users or workspaces is under way: run the batch again later"},
};

std::string NextStep(const BatchOrder& order, const BatchResult& result) {
  if (!result.was_sent) return "run the same batch again: it continues where this run ended";
  const CallError& error = *result.error;
  const bool repeatable = order.kind().may_be_repeated;
  if (error.outcome == Outcome::kUnknown) {
    return repeatable ? "run the same batch again, which is safe: they are sent again" : "resolve them, as below";
  }
  for (const Advice& advice : kAdvice) {
    if (error.reason == advice.reason) return std::string(advice.next);
  }
  if (IsGone(error.reason)) {
    return repeatable ? "Webex knows no such workspace; it may have been removed before"
                      : "Webex does not find what they name: check provisioningId and spEnterpriseId";
  }
  return "run the same batch again; completed orders are not sent twice";
}

std::string Lines(const std::set<size_t>& lines, size_t count) {
  return absl::StrCat(count == 1 ? "line " : "lines ", absl::StrJoin(lines, ", "), count > lines.size() ? ", ..." : "");
}

std::string ReasonOf(const BatchResult& result) {
  if (!result.was_sent) return "not sent";
  const CallError& error = *result.error;
  return error.reason.empty() ? absl::StatusCodeToString(error.code) : Printable(error.reason);
}

absl::string_view Word(BatchEnd end) {
  switch (end) {
    case BatchEnd::kApplied:
      return "applied";
    case BatchEnd::kRefused:
      return "refused";
    case BatchEnd::kUnknown:
      return "unknown";
    case BatchEnd::kNotSent:
      break;
  }
  return "not sent";
}

}  // namespace

void BatchSummary::Note(const BatchOrder& order, const BatchResult& result) {
  const BatchEnd end = EndOf(result);
  ++counts_[static_cast<size_t>(end)];
  if (end == BatchEnd::kApplied) return;
  const bool needs_settling = end == BatchEnd::kUnknown || (result.error && result.error->reason == "OUTCOME_UNKNOWN");
  if (needs_settling && !order.kind().may_be_repeated) has_unknown_provision_ = true;
  const std::string kind(order.kind().may_be_repeated ? order.kind().command : "");
  Group& group = groups_[{end, absl::StrCat(ReasonOf(result), kind.empty() ? "" : absl::StrCat(" (", kind, ")"))}];
  if (group.count++ == 0) {
    group.message = result.error ? Printable(result.error->message) : "";
    group.next = NextStep(order, result);
  }
  group.lines.insert(order.line);
  if (group.lines.size() > kLinesShown) group.lines.erase(std::prev(group.lines.end()));
}

std::string BatchSummary::Text() const {
  std::vector<std::string> counts;
  for (const BatchEnd end : {BatchEnd::kApplied, BatchEnd::kRefused, BatchEnd::kUnknown, BatchEnd::kNotSent}) {
    if (CountOf(end) > 0) counts.push_back(absl::StrCat(CountOf(end), " ", Word(end)));
  }
  std::string out = absl::StrCat("webexctl: ", absl::StrJoin(counts, ", "), "\n");
  for (const auto& [key, group] : groups_) {
    const bool has_reason = key.first != BatchEnd::kNotSent;
    absl::StrAppend(&out, "  ", group.count, " ", Word(key.first), has_reason ? absl::StrCat(", ", key.second) : "",
                    ", ", Lines(group.lines, group.count), "\n");
    if (!group.message.empty()) absl::StrAppend(&out, "    ", group.message, "\n");
    absl::StrAppend(&out, "    Next: ", group.next, "\n");
  }
  if (has_unknown_provision_) absl::StrAppend(&out, kResolve);
  return out;
}

std::string BatchSummary::Json(const std::string& results, const std::string& stopped) const {
  const auto count_of = [this](BatchEnd end) { return static_cast<uint32_t>(CountOf(end)); };
  webexctl::BatchReport report;
  report.set_applied(count_of(BatchEnd::kApplied));
  report.set_refused(count_of(BatchEnd::kRefused));
  report.set_unknown(count_of(BatchEnd::kUnknown));
  report.set_not_sent(count_of(BatchEnd::kNotSent));
  report.set_results(Printable(results));
  report.set_stopped(Printable(stopped));
  for (const auto& [key, group] : groups_) {
    webexctl::BatchReport::Reason& reason = *report.add_reasons();
    reason.set_end(std::string(Word(key.first)));
    reason.set_reason(key.second);
    reason.set_count(static_cast<uint32_t>(group.count));
    for (const size_t line : group.lines) reason.add_lines(static_cast<uint32_t>(line));
    reason.set_message(group.message);
    reason.set_next(group.next);
  }
  return client::Json(report, JsonFields::kAll);
}

int BatchSummary::ExitCode(const BatchOutcome& outcome) const {
  if (outcome.stop == BatchStop::kNotKept) return kExitNotWritten;
  if (CountOf(BatchEnd::kUnknown) > 0) return kExitSomeUnknown;
  const bool all_applied = CountOf(BatchEnd::kRefused) == 0 && CountOf(BatchEnd::kNotSent) == 0;
  if (all_applied) return kExitOk;
  if (outcome.stop == BatchStop::kInterrupted) return kExitInterrupted;
  if (outcome.stop == BatchStop::kUnreachable) return client::ExitCode(absl::StatusCode::kUnavailable);
  return kExitSomeRefused;
}

}  // namespace webex_gateway::client
