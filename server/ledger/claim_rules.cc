#include "server/ledger/claim_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

bool IsOpen(const Operation& operation) {
  return operation.state == OperationState::kInFlight || operation.state == OperationState::kUnknown;
}

Operation Ended(Operation operation, const Ending& ending, absl::Time now) {
  operation.state = ending.state;
  operation.ending = ending;
  operation.update_time = now;
  operation.sends_until = std::min(operation.sends_until, now);
  return operation;
}

std::string IdIn(const std::optional<webex::broadworks::v1::Workspace>& workspace) {
  return workspace ? workspace->id() : "";
}

void AddOther(Operation& operation, const std::string& id) {
  std::vector<std::string>& others = operation.other_workspace_ids;
  if (id.empty() || id == IdIn(operation.ending.workspace)) return;
  if (std::find(others.begin(), others.end(), id) == others.end()) others.push_back(id);
}

// Webex made the workspace of `ending`, whatever else is on record: `operation` succeeded by it.
Operation Succeeded(Operation operation, const Ending& ending, absl::Time now) {
  const std::string before = operation.state == OperationState::kSucceeded ? IdIn(operation.ending.workspace) : "";
  Operation succeeded = Ended(std::move(operation), ending, now);
  std::erase(succeeded.other_workspace_ids, IdIn(ending.workspace));
  AddOther(succeeded, before);
  return succeeded;
}

Completed OfItsOwnClaim(Operation operation, const Ending& ending, absl::Time now) {
  const bool success = ending.state == OperationState::kSucceeded;
  if (IsOpen(operation)) {
    // It was taken for lost; now the gateway itself does not know, and sends nothing any more.
    if (operation.state == ending.state) {
      const absl::Time since = operation.update_time;
      Operation ended = Ended(std::move(operation), ending, now);
      ended.update_time = since;
      return {CompleteVerdict::kRecorded, std::move(ended)};
    }
    // An earlier claim's success came meanwhile: the order is applied, whatever became of this claim.
    if (!success && !operation.other_workspace_ids.empty()) {
      Ending applied = ending;
      applied.state = OperationState::kSucceeded;
      applied.workspace.emplace().set_id(operation.other_workspace_ids.front());
      return {CompleteVerdict::kSuperseded, Succeeded(std::move(operation), applied, now)};
    }
    return {CompleteVerdict::kRecorded, Ended(std::move(operation), ending, now)};
  }
  const bool same = operation.state == ending.state && IdIn(operation.ending.workspace) == IdIn(ending.workspace);
  if (same) return {CompleteVerdict::kRecorded, std::nullopt};
  if (!success) return {CompleteVerdict::kSuperseded, std::nullopt};
  return {CompleteVerdict::kContradicted, Succeeded(std::move(operation), ending, now)};
}

Completed OfAnEarlierClaim(Operation operation, const Ending& ending, absl::Time now) {
  if (ending.state != OperationState::kSucceeded) return {CompleteVerdict::kSuperseded, std::nullopt};
  if (operation.state == OperationState::kFailed) {
    return {CompleteVerdict::kContradicted, Succeeded(std::move(operation), ending, now)};
  }
  AddOther(operation, IdIn(ending.workspace));
  return {CompleteVerdict::kContradicted, std::move(operation)};
}

}  // namespace

std::string GatewayName(const std::string& host, const std::string& id) {
  return host.empty() ? id : absl::StrCat(host, "/", id);
}

ClaimAnswer JudgeClaim(const ClaimRequest& request, const Recorded* own, const Recorded* blocking) {
  if (own != nullptr) {
    const auto because = [own](ClaimVerdict verdict) { return ClaimAnswer{verdict, own->operation, nullptr}; };
    if (own->fingerprint != request.fingerprint) return because(ClaimVerdict::kReused);
    switch (own->operation.state) {
      case OperationState::kInFlight:
        return because(ClaimVerdict::kInProgress);
      case OperationState::kSucceeded:
        return because(ClaimVerdict::kReplay);
      case OperationState::kUnknown:
        return because(ClaimVerdict::kUnknown);
      case OperationState::kFailed:
        break;
    }
  }
  if (blocking != nullptr) return ClaimAnswer{ClaimVerdict::kBlocked, blocking->operation, nullptr};
  return {ClaimVerdict::kClaimed, own == nullptr ? Operation() : own->operation, nullptr};
}

Operation Claimed(const ClaimRequest& request, const Recorded* own, const std::string& gateway, absl::Time now) {
  Operation operation;
  operation.request_id = request.request_id;
  operation.sp_enterprise_id = request.sp_enterprise_id;
  operation.user_id = request.user_id;
  operation.claim = own == nullptr ? 1 : own->operation.claim + 1;
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
  return {CompleteVerdict::kSuperseded, std::nullopt};
}

ResolveAnswer Resolve(Operation operation, const Resolution& resolution, absl::Time now) {
  if (operation.state != OperationState::kUnknown) return {ResolveVerdict::kNotUnknown, std::move(operation), {}};
  if (!resolution.workspace && !resolution.gateway_is_gone && now < operation.sends_until) {
    const absl::Duration wait = operation.sends_until - now;
    return {ResolveVerdict::kMayStillBeSent, std::move(operation), wait};
  }
  Ending ending = operation.ending;
  ending.state = resolution.workspace ? OperationState::kSucceeded : OperationState::kFailed;
  ending.workspace = resolution.workspace;
  Operation resolved = Ended(std::move(operation), ending, now);
  resolved.resolved_by = resolution.by;
  resolved.resolve_note = resolution.note;
  return {ResolveVerdict::kResolved, std::move(resolved), {}};
}

}  // namespace webex_gateway
