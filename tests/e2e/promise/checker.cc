#include "tests/e2e/promise/checker.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace webex_gateway::promise {

absl::string_view NameOf(Word word) {
  switch (word) {
    case Word::kOk:
      return "ok";
    case Word::kNotApplied:
      return "not_applied";
    case Word::kUnchanged:
      return "unchanged";
    case Word::kUnknown:
      return "unknown";
    case Word::kNothing:
      return "nothing";
  }
  return "";
}

absl::string_view NameOf(Rule rule) {
  switch (rule) {
    case Rule::kTwice:
      return "twice";
    case Rule::kOk:
      return "ok";
    case Rule::kNotApplied:
      return "not_applied";
    case Rule::kActedLater:
      return "acted_later";
    case Rule::kUnchanged:
      return "unchanged";
    case Rule::kTakenBack:
      return "taken_back";
    case Rule::kTooEarly:
      return "too_early";
    case Rule::kUnresolved:
      return "unresolved";
  }
  return "";
}

std::string Checker::Act(const std::string& request_id, const std::string& user_id) {
  const std::lock_guard lock(mutex_);
  std::string workspace = absl::StrCat("workspace-", ++workspaces_);
  Order& order = Find(request_id, user_id);
  Tell(order, absl::StrCat("Webex makes ", workspace));
  if (order.open == 0 && !order.at_large) Blame(Rule::kActedLater, order);
  order.workspaces.push_back(workspace);
  std::vector<std::string>& all = workspaces_of_[user_id];
  all.push_back(workspace);
  if (all.size() == 2) Blame(Rule::kTwice, order);
  return workspace;
}

std::string Checker::WorkspaceOf(const std::string& user_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = workspaces_of_.find(user_id);
  return found == workspaces_of_.end() ? "" : found->second.front();
}

Checker::Call Checker::Begin(Kind kind, const std::string& request_id, const std::string& user_id,
                             absl::string_view where) {
  const std::lock_guard lock(mutex_);
  Order& order = Find(request_id, user_id);
  Tell(order, absl::StrCat(kind == Kind::kGet ? "asked about at " : "ordered at ", where));
  const bool alone = order.open == 0;
  if (kind == Kind::kOrder) {
    ++order.open;
    ++order.begun;
  }
  return {kind, order, std::string(where), alone, order.begun, order.at_large, order.workspaces.size()};
}

void Checker::End(const Call& call, const Answer& answer) {
  const std::lock_guard lock(mutex_);
  Order& order = call.order;
  if (order.request_id.empty() && !answer.request_id.empty()) {
    order.request_id = answer.request_id;
    by_id_.emplace(answer.request_id, &order);
  }
  Tell(order, absl::StrCat(call.where, " answers ", NameOf(answer.word), " ", answer.reason, answer.workspace_id));
  ++answers_[absl::StrCat(NameOf(answer.word), answer.reason.empty() ? "" : " ", answer.reason)];
  if (call.kind == Kind::kOrder) --order.open;
  Judge(call, answer);
}

void Checker::Judge(const Call& call, const Answer& answer) {
  Order& order = call.order;
  // Everything done under this id meanwhile is this call's effect, unless something else was at large.
  const bool alone = call.alone && order.begun == call.begun;
  const bool acted_on = order.workspaces.size() > call.workspaces_before;
  const auto is_there = [&order](const std::string& id) {
    const auto& all = order.workspaces;
    if (id.empty()) return !all.empty();
    return id == order.resolved_as || std::find(all.begin(), all.end(), id) != all.end();
  };
  switch (answer.word) {
    case Word::kOk:
      if (!is_there(answer.workspace_id)) Blame(Rule::kOk, order, answer.reason);
      order.ok_told = true;
      break;
    case Word::kNotApplied:
      // Webex may have acted on a concurrent call after this answer was sent.
      if (call.workspaces_before > 0 || (alone && acted_on)) Blame(Rule::kNotApplied, order, answer.reason);
      if (order.open == 0) order.at_large = false;
      break;
    case Word::kUnchanged:
      if (alone && acted_on && !call.at_large_before) Blame(Rule::kUnchanged, order, answer.reason);
      break;
    case Word::kUnknown:
      order.at_large = true;
      if (order.ok_told && answer.by_the_record) Blame(Rule::kTakenBack, order, answer.reason);
      break;
    case Word::kNothing:
      break;
  }
}

void Checker::Resolved(const std::string& request_id, const std::string& user_id, const std::string& workspace_id) {
  const std::lock_guard lock(mutex_);
  Order& order = Find(request_id, user_id);
  order.resolved_as = workspace_id;
  Tell(order, absl::StrCat("resolved as ", workspace_id.empty() ? "not applied" : workspace_id));
  if (!workspace_id.empty()) return;
  if (!order.workspaces.empty()) Blame(Rule::kActedLater, order);
  if (order.open == 0) order.at_large = false;
}

void Checker::Complain(Rule rule, const std::string& request_id, const std::string& user_id) {
  const std::lock_guard lock(mutex_);
  Blame(rule, Find(request_id, user_id));
}

void Checker::Note(const std::string& request_id, const std::string& user_id, absl::string_view what) {
  const std::lock_guard lock(mutex_);
  Tell(Find(request_id, user_id), what);
}

std::vector<Fault> Checker::faults() const {
  const std::lock_guard lock(mutex_);
  std::vector<Fault> faults;
  for (const auto& [fault, order] : faults_) {
    faults.push_back(
        {fault.rule, fault.user_id, fault.said,
         absl::StrCat(order->user_id, " ", order->request_id, "\n  ", absl::StrJoin(order->story, "\n  "))});
  }
  return faults;
}

int Checker::workspaces() const {
  const std::lock_guard lock(mutex_);
  return workspaces_;
}

std::map<std::string, int> Checker::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

Checker::Order& Checker::Find(const std::string& request_id, const std::string& user_id) {
  if (const auto found = by_id_.find(request_id); !request_id.empty() && found != by_id_.end()) return *found->second;
  // The gateway's own id for an order that came without one.
  if (const auto found = without_id_.find(user_id); found != without_id_.end()) {
    Order& order = *found->second;
    if (order.request_id.empty() && !request_id.empty()) {
      order.request_id = request_id;
      by_id_.emplace(request_id, &order);
    }
    if (order.request_id == request_id) return order;
  }
  Order& order = orders_.emplace_back(Order{.request_id = request_id, .user_id = user_id});
  (request_id.empty() ? without_id_[user_id] : by_id_[request_id]) = &order;
  return order;
}

void Checker::Tell(Order& order, absl::string_view event) const {
  order.story.push_back(absl::StrFormat("%8.3f %s", absl::ToDoubleSeconds(absl::Now() - began_), event));
}

void Checker::Blame(Rule rule, Order& order, absl::string_view said) {
  Tell(order, absl::StrCat("FAULT: ", NameOf(rule)));
  faults_.emplace_back(Fault{rule, order.user_id, std::string(said)}, &order);
}

}  // namespace webex_gateway::promise
