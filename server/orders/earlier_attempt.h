// Finds the order on record that is the earlier attempt of a call that a gRPC client's library repeats without a
// request id.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/base/async.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// What to do with a retry whose earlier attempt succeeded.
enum class Succeeded {
  kAnswersRetry,
  // Sending it twice has the same effect as once. So it is better sent again than mistaken for an older order that
  // asked for the same.
  kIsSentAgain,
};

// The request id of the earlier attempt; empty if none is certain.
//
// The library marks the call as a retry, but does not say of which call. So the order is identified by its content. It
// must be the one that ended last for the same user or workspace, or that has not ended, among the 1,000 newest on
// record, so that nothing came between; it must ask for the same, by the same method, from the same caller (callers
// without an identity count as one); and it must be under way, or have ended at most a minute ago, as libraries retry
// no longer than their call's deadline. A failed order does not qualify: it had no effect.
//
// `retry` is the claim of the call as it arrived. An error comes from the ledger.
Async<absl::StatusOr<std::string>> IdOfEarlierAttempt(Ledger& ledger, ClaimRequest retry, Succeeded succeeded);

}  // namespace webex_gateway
