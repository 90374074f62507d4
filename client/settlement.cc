#include "client/settlement.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/text.h"
#include "server/base/user_name.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::Operation;

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

// Nothing left the gateway after this time. An older gateway does not report it; then the time at which its order ended
// is used.
absl::Time LastSent(const Operation& operation) {
  return TimeOf(operation.has_sends_until() ? operation.sends_until() : operation.update_time());
}

Settlement Left(const Operation& operation, std::string why) {
  return {.operation = &operation, .finding = Finding::kLeft, .why = std::move(why)};
}

Settlement OfPresent(const Operation& operation, std::set<std::string> ids) {
  ids.erase("");
  if (ids.empty()) return Left(operation, "its user is in the file, but without a workspace id");
  if (ids.size() > 1) return Left(operation, absl::StrCat("its user is in the file with ", ids.size(), " workspaces"));
  return {.operation = &operation, .finding = Finding::kApplied, .workspace_id = *ids.begin()};
}

Settlement OfAbsent(const Operation& operation, const SettlementRules& rules) {
  if (!rules.absent_is_not_applied) return Left(operation, "its user is not in the file");
  if (!operation.workspace_id().empty()) {
    return Left(operation, "its user is not in the file, but Webex named a workspace: see operations get");
  }
  const absl::Time since = LastSent(operation);
  if (since + rules.older_than <= rules.exported_at) return {.operation = &operation, .finding = Finding::kNotApplied};
  return Left(operation, absl::StrCat("its user is not in the file, but that was exported less than ",
                                      ForPeople(rules.older_than), " after it may have been sent"));
}

}  // namespace

std::set<std::string> UsersOf(const Operations& operations) {
  std::set<std::string> users;
  for (const Operation& operation : operations) users.insert(FoldedName(operation.user_id()));
  return users;
}

std::vector<Settlement> Settle(const Operations& unknown, const WorkspaceExport& found, const SettlementRules& rules) {
  std::map<std::string, int>
      orders_of;  // from different enterprises: within one, a user has at most one UNKNOWN order at a time
  for (const Operation& operation : unknown) ++orders_of[FoldedName(operation.user_id())];
  std::vector<Settlement> settlements;
  for (const Operation& operation : unknown) {
    if (orders_of[FoldedName(operation.user_id())] > 1) {
      settlements.push_back(Left(operation, "orders from more than one enterprise are for its user"));
      continue;
    }
    const auto user = found.workspaces.find(FoldedName(operation.user_id()));
    const bool is_present = user != found.workspaces.end();
    settlements.push_back(is_present ? OfPresent(operation, user->second) : OfAbsent(operation, rules));
  }
  return settlements;
}

}  // namespace webex_gateway::client
