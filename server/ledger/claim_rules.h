// The rules of the record, for every store. They are pure functions; a store only makes each step atomic.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// An operation as a store keeps it.
struct Recorded {
  Operation operation;
  std::string fingerprint;
};

// The form of Operation::gateway for the gateway with this id (a UUID) on this host.
std::string GatewayName(const std::string& host, const std::string& id);

// Ending::workspace_id for an operation that is otherwise complete.
std::string WorkspaceIdOfEnding(const Operation& operation);

// Whether it blocks other orders for its subject.
bool IsOpen(const Operation& operation);

// The answer to a claim at `now`. `own` is the operation under the request's id, `blocking` one that is open for the
// same subject under another id; null if there is none. With kClaimed, which means that nothing prevents it,
// `operation` is still that of `own`.
ClaimAnswer JudgeClaim(const ClaimRequest& request, const Recorded* own, const Recorded* blocking, absl::Time now);

// The operation of a claim that is granted at `now` by `gateway`. `own`: as above.
Operation Claimed(const ClaimRequest& request, const Recorded* own, const std::string& gateway, absl::Time now);

struct Completed {
  CompleteVerdict verdict = CompleteVerdict::kRecorded;
  std::optional<Operation> operation;  // replaces the old one; nothing: the old one stays
};

// The completion of an operation, or of a claim of it, that is not on record (any more).
CompleteVerdict OfNoRecord(const Ending& ending);

// The change to `operation` when its claim of this number has ended with this ending, reported at `now`.
Completed Complete(Operation operation, int64_t claim, const Ending& ending, absl::Time now);

// The effect of a resolution at `now`; the operation returned with kResolved replaces the old one.
ResolveAnswer Resolve(Operation operation, const Resolution& resolution, absl::Time now);

}  // namespace webex_gateway
