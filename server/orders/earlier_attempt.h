// Which order on record is the earlier attempt of a call that a gRPC client's library makes again, without a request
// id.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// What becomes of a retry whose earlier attempt has succeeded.
enum class Succeeded {
  kAnswersRetry,
  // The same twice leaves all as once does. So it is better sent again than taken for an older order that asked for the
  // same.
  kIsSentAgain,
};

// Its request id, or an empty text where none is certain to be.
//
// The library says that it calls again, but not what it has called before. So the order is known by what it asks for.
// It is the one that ended last for the same user or workspace, or has not ended, among the 1,000 newest on record, and
// so nothing has come between; it asks for the same, by the same method, for the same caller (callers without an
// identity are one); and it is under way, or is so no longer for a minute at most, as libraries go on calling for no
// longer than their call's deadline. (That compares this machine's clock with the store's.) One that failed is none:
// nothing has come of it.
//
// `retry` is the claim of the call as it came, at `now`. An error is the ledger's.
Async<absl::StatusOr<std::string>> IdOfEarlierAttempt(Ledger& ledger, ClaimRequest retry, Succeeded succeeded,
                                                      absl::Time now);

}  // namespace webex_gateway
