#include "client/operation_report.h"

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/csv.h"
#include "client/layout.h"
#include "client/order_kind.h"
#include "client/summary_report.pb.h"
#include "client/table.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::ListOperationsResponse;
using webex::broadworks::v1::Operation;

// To the second, RFC 3339.
std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
}

bool IsOpen(const Operation& operation) {
  return operation.state() == Operation::IN_FLIGHT || operation.state() == Operation::UNKNOWN;
}

// How long it may still be sent, and by which gateway; empty if it cannot be sent any more.
std::string SendsUntil(const Operation& operation) {
  if (!IsOpen(operation) || !operation.has_sends_until()) return "";
  return absl::StrCat(TimeText(operation.sends_until()), " by ", operation.gateway());
}

std::string ErrorCell(const Operation& operation) {
  std::vector<std::string> parts;
  if (operation.has_error()) parts.push_back(operation.error().reason());
  if (operation.has_resolution()) parts.push_back("resolved");
  return absl::StrJoin(parts, ", ");
}

// An older gateway names no method, since it has only one.
absl::string_view CommandOf(const Operation& operation) { return OrderKindOf(operation.method()).command; }

// Attempts are recorded with the result; a gateway that ended meanwhile could not record them.
bool AttemptsAreLost(const Operation& operation) {
  return operation.state() == Operation::UNKNOWN && operation.attempts() == 0;
}

std::string AttemptsCell(const Operation& operation) {
  const bool are_known = operation.state() != Operation::IN_FLIGHT && !AttemptsAreLost(operation);
  return are_known ? absl::StrCat(operation.attempts()) : "";
}

// Webex's id of the workspace; empty if unknown. An older gateway returns only a provisioned workspace.
const std::string& WorkspaceId(const Operation& operation) {
  return operation.workspace_id().empty() ? operation.workspace().id() : operation.workspace_id();
}

// For an UNKNOWN order to provision, this is the workspace that Webex's answer named; whose it is, is not known.
bool IsAGuess(const Operation& operation) {
  return operation.state() == Operation::UNKNOWN && !OrderKindOf(operation.method()).may_be_repeated;
}

// Empty if the workspace is not known.
std::string WorkspaceCell(const Operation& operation) {
  const std::string& id = WorkspaceId(operation);
  if (id.empty()) return "";
  return absl::StrCat(IsAGuess(operation) ? "perhaps " : "", id);
}

// The columns that people need most come first: a narrow terminal shows only these.
Row ShortRow(const Operation& operation) {
  return {operation.request_id(), Operation::State_Name(operation.state()), operation.user_id(),
          ErrorCell(operation),   TimeText(operation.create_time()),        std::string(CommandOf(operation))};
}

Row LongRow(const Operation& operation) {
  Row row = ShortRow(operation);
  for (std::string& cell : Row{operation.sp_enterprise_id(), WorkspaceCell(operation), operation.caller(),
                               AttemptsCell(operation), operation.webex_tracking_id(), SendsUntil(operation)}) {
    row.push_back(std::move(cell));
  }
  return row;
}

std::string WithCaller(const std::string& time, const std::string& caller) {
  return caller.empty() ? time : absl::StrCat(time, " by ", caller);
}

std::string ErrorLine(const Operation& operation) {
  if (!operation.has_error()) return "";
  const auto code = static_cast<absl::StatusCode>(operation.error().code());
  return absl::StrCat(absl::StatusCodeToString(code), " (", operation.error().reason(), ")");
}

// A person must look for a workspace that was to be provisioned, since nothing else can.
std::string LookAndResolve(const Operation& operation) {
  const std::string resolve =
      absl::StrCat("    webexctl operations resolve ", Printable(operation.request_id()), " \\\n");
  const std::string until = SendsUntil(operation);
  const std::string not_before =
      until.empty() ? "" : absl::StrCat(" (accepted only after ", TimeText(operation.sends_until()), ")");
  return absl::StrCat(
      "\nThe workspace may exist, so no other order for this user is sent. Look for the user in Webex\n",
      "Control Hub. If the workspace is there:\n", resolve, "      --applied --workspace_id=ID --note='HOW YOU KNOW'\n",
      "If it is not", not_before, ":\n", resolve, "      --not_applied --note='HOW YOU KNOW'\n",
      "Or whoever ordered it may have it sent once more, if Webex reliably refuses a second workspace for the\n",
      "user: the same order with\n    --request_id=", Printable(operation.request_id()), " --if_unknown=repeat\n");
}

// It was sent once more, and Webex refused it because the user already had a workspace.
bool WasThereAlready(const Operation& operation) {
  return operation.state() == Operation::SUCCEEDED && operation.has_error() && !operation.has_resolution();
}

std::string Repeat(const OrderKind& kind, const Operation& operation) {
  if (IsGone(operation.error().reason())) {
    return absl::StrCat("\nThe workspace may have been ", kind.done,
                        ", but Webex no longer knows it: nothing is left to do.\n");
  }
  const bool has_fields = kind.method == kUpdate.method;
  return absl::StrCat("\nThe workspace may have been ", kind.done, ". This ", kind.noun,
                      " blocks no other order and nobody needs to look.\nRepeat it with ",
                      has_fields ? "the same fields and " : "", "its request id, which is safe and settles it:\n",
                      "    webexctl ", kind.command, " --workspace_id=", ShellWord(Printable(WorkspaceId(operation))),
                      " \\\n      --request_id=", Printable(operation.request_id()), has_fields ? " ...\n" : "\n");
}

std::string WhatToDo(const Operation& operation) {
  const OrderKind& kind = OrderKindOf(operation.method());
  return kind.may_be_repeated ? Repeat(kind, operation) : LookAndResolve(operation);
}

// Shown if Webex's own id never arrived.
std::string LostAs(const Operation& operation) {
  if (AttemptsAreLost(operation))
    return absl::StrCat(SentAs(operation.request_id(), 1), ", and perhaps higher numbers");
  return operation.webex_tracking_id().empty() ? SentAs(operation.request_id(), operation.attempts()) : "";
}

// Sorted by the time of the order, as in `operations list`.
webexctl::SummaryReport SummaryOf(const google::protobuf::RepeatedPtrField<Operation>& operations) {
  constexpr int64_t kQuarter = 15 * 60;
  std::map<std::pair<int64_t, std::string>, uint32_t, std::greater<>> counts;
  for (const Operation& operation : operations) {
    const int64_t ordered = operation.create_time().seconds();
    ++counts[{ordered - ordered % kQuarter, operation.error().reason()}];
  }
  webexctl::SummaryReport summary;
  for (const auto& [key, orders] : counts) {
    google::protobuf::Timestamp since;
    since.set_seconds(key.first);
    auto& group = *summary.add_groups();
    group.set_ordered_since(TimeText(since));
    group.set_reason(key.second);
    group.set_orders(orders);
  }
  return summary;
}

}  // namespace

std::string OperationTable(const ListOperationsResponse& list, const TableShape& shape) {
  if (list.operations().empty()) return "";
  std::vector<Row> rows = {{"REQUEST ID", "STATE", "USER", "ERROR", "ORDERED", "ORDER"}};
  if (shape.wide) {
    for (const char* title :
         {"ENTERPRISE", "WORKSPACE", "ORDERED BY", "ATTEMPTS", "TRACKING ID", "MAY BE SENT UNTIL"}) {
      rows[0].emplace_back(title);
    }
  }
  for (const Operation& operation : list.operations()) {
    rows.push_back(shape.wide ? LongRow(operation) : ShortRow(operation));
  }
  return Table(std::move(rows), shape.wide ? 0 : shape.columns);
}

std::string OperationText(const Operation& operation) {
  std::string out = absl::StrCat("Operation ", Printable(operation.request_id()), "\n");
  AppendLine(out, "Method:", operation.method());
  AppendLine(out, "State:", Operation::State_Name(operation.state()));
  AppendLine(out, "User:", operation.user_id());
  AppendLine(out, "Enterprise:", operation.sp_enterprise_id());
  AppendLine(out, "Ordered:", WithCaller(TimeText(operation.create_time()), operation.caller()));
  AppendLine(out, "Changed:", TimeText(operation.update_time()));
  AppendLine(out, "Attempts:", AttemptsAreLost(operation) ? "not known" : absl::StrCat(operation.attempts()));
  AppendLine(out, "Sends until:", SendsUntil(operation));
  AppendLine(out, "Error:", ErrorLine(operation));
  AppendLine(out, "Sent as:", LostAs(operation));
  AppendTrackingId(out, operation.webex_tracking_id());
  AppendLine(out, IsAGuess(operation) ? "Possibly:" : "Workspace:", WorkspaceId(operation));
  AppendLine(out, "Display name:", operation.workspace().display_name());
  for (const std::string& id : operation.other_workspace_ids()) AppendLine(out, "Also created:", id);
  if (operation.has_resolution()) {
    AppendLine(out, "Resolved by:", operation.resolution().resolver());
    AppendLine(out, "Note:", operation.resolution().note());
  }
  if (operation.state() == Operation::UNKNOWN) absl::StrAppend(&out, WhatToDo(operation));
  if (WasThereAlready(operation)) {
    absl::StrAppend(&out, "\nIt was sent once more because its outcome was unknown, and Webex answered that the user ",
                    "already has a\nworkspace: so it counts as carried out. Webex Control Hub shows the workspace.\n");
  }
  if (operation.other_workspace_ids_size() > 0) {
    absl::StrAppend(&out, "\nWebex created more than one workspace for this order: remove the superfluous ones.\n");
  }
  return out;
}

std::string OperationsCsv(const ListOperationsResponse& list) {
  std::string csv = CsvLine({"requestId", "state", "method", "createTime", "updateTime", "userId", "spEnterpriseId",
                             "workspaceId", "caller", "reason", "attempts", "webexTrackingId", "sendsUntil"});
  for (const Operation& operation : list.operations()) {
    Row cells = {operation.request_id(),
                 Operation::State_Name(operation.state()),
                 operation.method(),
                 TimeText(operation.create_time()),
                 TimeText(operation.update_time()),
                 operation.user_id(),
                 operation.sp_enterprise_id(),
                 WorkspaceId(operation),
                 operation.caller(),
                 operation.error().reason(),
                 AttemptsCell(operation),
                 operation.webex_tracking_id(),
                 operation.has_sends_until() ? TimeText(operation.sends_until()) : ""};
    for (std::string& cell : cells) cell = NoFormula(Printable(cell));
    absl::StrAppend(&csv, CsvLine(cells));
  }
  return csv;
}

std::string UnknownSummary(const google::protobuf::RepeatedPtrField<Operation>& operations) {
  const webexctl::SummaryReport summary = SummaryOf(operations);
  if (summary.groups().empty()) return "";
  std::vector<Row> rows = {{"ORDERED SINCE", "ORDERS", "REASON"}};
  for (const auto& group : summary.groups()) {
    rows.push_back({group.ordered_since(), absl::StrCat(group.orders()), group.reason()});
  }
  return Table(std::move(rows));
}

std::string UnknownSummaryJson(const google::protobuf::RepeatedPtrField<Operation>& operations) {
  return Json(SummaryOf(operations), JsonFields::kAll);
}

std::string OperationsJson(const ListOperationsResponse& list) { return Json(list, JsonFields::kAll); }

std::string OperationJson(const Operation& operation) { return Json(operation, JsonFields::kAll); }

}  // namespace webex_gateway::client
