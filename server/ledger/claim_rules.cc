#include "server/ledger/claim_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

// It is not known to have ended: an ending may still arrive.
bool AwaitsEnding(const Operation& operation) {
  return operation.state == OperationState::kInFlight || operation.state == OperationState::kUnknown;
}

// It was sent once more, as its caller asked, after a claim that may have had an effect.
bool IsSentOnceMore(const Operation& operation) { return operation.after_unknown && !operation.repeatable; }

// What its gateway has ended is sent no more, even if the clock has been set back since.
bool MayStillBeSent(const Operation& operation, absl::Time now) {
  return now < operation.sends_until && operation.update_time < operation.sends_until;
}

// Webex refused it because what was ordered already existed, which shows that another claim created it.
bool IsMet(const Ending& ending) {
  return ending.state == OperationState::kSucceeded && ending.error_code != absl::StatusCode::kOk;
}

Operation Ended(Operation operation, const Ending& ending, absl::Time now) {
  // That the last claim had no effect says nothing about an earlier one.
  const bool leaves_unknown = operation.after_unknown && ending.state == OperationState::kFailed;
  if (!leaves_unknown || operation.repeatable) {
    operation.ending = ending;
    // An order that creates a workspace learns its id at its end; the others name it.
    if (!operation.repeatable) operation.workspace_id = ending.workspace_id;
  }
  if (leaves_unknown) operation.ending.state = OperationState::kUnknown;
  operation.state = operation.ending.state;
  operation.update_time = now;
  operation.sends_until = std::min(operation.sends_until, now);
  return operation;
}

void AddOther(Operation& operation, const std::string& id) {
  std::vector<std::string>& others = operation.other_workspace_ids;
  if (id.empty() || id == operation.ending.workspace_id) return;
  if (std::find(others.begin(), others.end(), id) == others.end()) others.push_back(id);
}

// Webex carried out what `ending` states, whatever else is on record: `operation` succeeded by it.
Operation Succeeded(Operation operation, const Ending& ending, absl::Time now) {
  const std::string before = operation.state == OperationState::kSucceeded ? operation.ending.workspace_id : "";
  Operation succeeded = Ended(std::move(operation), ending, now);
  std::erase(succeeded.other_workspace_ids, ending.workspace_id);
  AddOther(succeeded, before);
  return succeeded;
}

Completed OfItsOwnClaim(Operation operation, const Ending& ending, absl::Time now) {
  const bool success = ending.state == OperationState::kSucceeded;
  if (AwaitsEnding(operation)) {
    // It was considered lost; now the gateway itself does not know, and sends nothing any more.
    if (operation.state == ending.state) {
      const absl::Time since = operation.update_time;
      Operation ended = Ended(std::move(operation), ending, now);
      ended.update_time = since;
      return {CompleteVerdict::kRecorded, std::move(ended)};
    }
    // An earlier claim's success arrived meanwhile: the order is applied, whatever this claim's result.
    if (!success && !operation.other_workspace_ids.empty()) {
      Ending applied = ending;
      applied.state = OperationState::kSucceeded;
      applied.answer = operation.ending.answer;
      applied.workspace_id = operation.other_workspace_ids.front();
      return {CompleteVerdict::kSuperseded, Succeeded(std::move(operation), applied, now)};
    }
    return {CompleteVerdict::kRecorded, Ended(std::move(operation), ending, now)};
  }
  const bool same = operation.state == ending.state && operation.ending.workspace_id == ending.workspace_id;
  if (same) return {CompleteVerdict::kRecorded, std::nullopt};
  // This claim's ending is already on record, and a success that names no workspace adds nothing to one that does.
  const bool adds_nothing =
      operation.state == OperationState::kSucceeded && (IsMet(ending) || ending.workspace_id.empty());
  if (!success || adds_nothing) return {CompleteVerdict::kSuperseded, std::nullopt};
  return {CompleteVerdict::kContradicted, Succeeded(std::move(operation), ending, now)};
}

Completed OfAnEarlierClaim(Operation operation, const Ending& ending, absl::Time now) {
  if (ending.state != OperationState::kSucceeded) return {CompleteVerdict::kSuperseded, std::nullopt};
  if (operation.state == OperationState::kFailed) {
    return {CompleteVerdict::kContradicted, Succeeded(std::move(operation), ending, now)};
  }
  // A repeatable order, or one sent again at its caller's request, contradicts nobody, as long as there is no second
  // workspace.
  if (operation.repeatable || IsSentOnceMore(operation)) {
    const bool is_news = AwaitsEnding(operation) || (!operation.repeatable && IsMet(operation.ending));
    if (is_news) return {CompleteVerdict::kRecorded, Succeeded(std::move(operation), ending, now)};
    const bool is_other = !ending.workspace_id.empty() && ending.workspace_id != operation.ending.workspace_id;
    if (operation.repeatable || !is_other) return {CompleteVerdict::kRecorded, std::nullopt};
  }
  AddOther(operation, ending.workspace_id);
  // If the last claim fails, this is the order's result.
  if (AwaitsEnding(operation) && !operation.ending.answer) operation.ending.answer = ending.answer;
  return {CompleteVerdict::kContradicted, std::move(operation)};
}

}  // namespace

std::string GatewayName(const std::string& host, const std::string& id) {
  return host.empty() ? id : absl::StrCat(host, "/", id);
}

std::string WorkspaceIdOfEnding(const Operation& operation) {
  const bool named_by_ending = operation.state == OperationState::kSucceeded || !operation.repeatable;
  return named_by_ending ? operation.workspace_id : "";
}

bool IsOpen(const Operation& operation) {
  return operation.state == OperationState::kInFlight ||
         (operation.state == OperationState::kUnknown && !operation.repeatable);
}

ClaimAnswer JudgeClaim(const ClaimRequest& request, const Recorded* own, const Recorded* blocking, absl::Time now) {
  if (own != nullptr) {
    const auto because = [own](ClaimVerdict verdict) { return ClaimAnswer{verdict, own->operation, false, nullptr}; };
    const bool is_same = own->operation.method == request.method && own->fingerprint == request.fingerprint;
    if (!is_same) return because(ClaimVerdict::kReused);
    switch (own->operation.state) {
      case OperationState::kInFlight:
        return because(ClaimVerdict::kInProgress);
      case OperationState::kSucceeded:
        return because(ClaimVerdict::kReplay);
      case OperationState::kUnknown:
        if (own->operation.repeatable) break;
        if (!request.repeat_unknown) return because(ClaimVerdict::kUnknown);
        if (MayStillBeSent(own->operation, now)) return because(ClaimVerdict::kMayStillBeSent);
        break;
      case OperationState::kFailed:
        break;
    }
  }
  const bool after_unknown = own != nullptr && own->operation.state == OperationState::kUnknown;
  if (blocking != nullptr) return ClaimAnswer{ClaimVerdict::kBlocked, blocking->operation, after_unknown, nullptr};
  return {ClaimVerdict::kClaimed, own == nullptr ? Operation() : own->operation, after_unknown, nullptr};
}

Operation Claimed(const ClaimRequest& request, const Recorded* own, const std::string& gateway, absl::Time now) {
  Operation operation;
  operation.request_id = request.request_id;
  operation.method = request.method;
  operation.repeatable = request.repeatable;
  operation.subject = request.subject;
  operation.sp_enterprise_id = request.sp_enterprise_id;
  operation.user_id = request.user_id;
  operation.workspace_id = request.workspace_id;
  operation.claim = own == nullptr ? 1 : own->operation.claim + 1;
  operation.after_unknown = own != nullptr && own->operation.state == OperationState::kUnknown;
  if (IsSentOnceMore(operation)) {
    operation.ending = own->operation.ending;
    operation.workspace_id = own->operation.workspace_id;
  }
  operation.caller = request.caller;
  operation.gateway = gateway;
  operation.sends_until = now + request.sends_for;
  if (own != nullptr) operation.other_workspace_ids = own->operation.other_workspace_ids;
  operation.create_time = own == nullptr ? now : own->operation.create_time;
  operation.update_time = now;
  return operation;
}

CompleteVerdict OfNoRecord(const Ending& ending) {
  const bool success = ending.state == OperationState::kSucceeded;
  return success ? CompleteVerdict::kContradicted : CompleteVerdict::kSuperseded;
}

Completed Complete(Operation operation, int64_t claim, const Ending& ending, absl::Time now) {
  if (claim == operation.claim) return OfItsOwnClaim(std::move(operation), ending, now);
  if (claim < operation.claim) return OfAnEarlierClaim(std::move(operation), ending, now);
  return {OfNoRecord(ending), std::nullopt};
}

ResolveAnswer Resolve(Operation operation, const Resolution& resolution, absl::Time now) {
  if (operation.state != OperationState::kUnknown) return {ResolveVerdict::kNotUnknown, std::move(operation), {}};
  if (!resolution.answer && !resolution.gateway_is_gone && MayStillBeSent(operation, now)) {
    const absl::Duration wait = operation.sends_until - now;
    return {ResolveVerdict::kMayStillBeSent, std::move(operation), wait};
  }
  Ending ending = operation.ending;
  ending.state = resolution.answer ? OperationState::kSucceeded : OperationState::kFailed;
  ending.answer = resolution.answer;
  ending.workspace_id = resolution.workspace_id;
  operation.after_unknown = false;  // a person's finding is about all claims
  Operation resolved = Ended(std::move(operation), ending, now);
  resolved.resolved_by = resolution.by;
  resolved.resolve_note = resolution.note;
  return {ResolveVerdict::kResolved, std::move(resolved), {}};
}

}  // namespace webex_gateway
