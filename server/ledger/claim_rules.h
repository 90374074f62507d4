// The rules of the record, for every store: pure, so that a store adds nothing but that each step is atomic.
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

// How Operation::gateway names the gateway of that id (a UUID) on that host.
std::string GatewayName(const std::string& host, const std::string& id);

// Ending::workspace_id of an operation that has all but that.
std::string WorkspaceIdOfEnding(const Operation& operation);

// Whether it blocks its subject for others.
bool IsOpen(const Operation& operation);

// The answer to a claim at `now`. `own` is the operation under the request's id, `blocking` one that is open for the
// same subject under another id; null where there is none. With kClaimed, which says that nothing speaks against it,
// `operation` is that of `own` still.
ClaimAnswer JudgeClaim(const ClaimRequest& request, const Recorded* own, const Recorded* blocking, absl::Time now);

// The operation of a claim that is granted at `now` by `gateway`. `own`: as above.
Operation Claimed(const ClaimRequest& request, const Recorded* own, const std::string& gateway, absl::Time now);

struct Completed {
  CompleteVerdict verdict = CompleteVerdict::kRecorded;
  std::optional<Operation> operation;  // to be put in the other's place; nothing: it stays as it is
};

// A completion of what is not on record (any more).
CompleteVerdict OfNoRecord(const Ending& ending);

// What becomes of `operation` when its claim of that number has ended so, as is heard at `now`.
Completed Complete(Operation operation, int64_t claim, const Ending& ending, absl::Time now);

// What someone's word does at `now`; the operation that comes with kResolved is to be put in the other's place.
ResolveAnswer Resolve(Operation operation, const Resolution& resolution, absl::Time now);

}  // namespace webex_gateway
