#include "server/orders/earlier_attempt.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace webex_gateway {
namespace {

constexpr absl::Duration kRecent = absl::Minutes(1);
// A minute's orders at 16 a second. Every retry without an id reads them; SQLite reads 10,000 in 3 ms.
constexpr int kLookedAt = 1000;

absl::Time EndOf(const Operation& operation) {
  return operation.state == OperationState::kInFlight ? absl::InfiniteFuture() : operation.update_time;
}

struct Latest {
  Operation operation;
  absl::Time now;  // by the clock of the operation's times
};

// Of the operations that match `query`, the one that ended last. An id that was ordered again keeps its place in the
// list, so the first may have ended before others.
Async<absl::StatusOr<std::optional<Latest>>> Last(Ledger& ledger, ListQuery query) {
  query.newest = kLookedAt;
  query.page_size = kLookedAt;
  absl::StatusOr<OperationPage> page = co_await ledger.List(std::move(query));
  if (!page.ok()) co_return page.status();
  std::vector<Operation>& found = page->operations;
  const auto last = std::max_element(found.begin(), found.end(),
                                     [](const auto& one, const auto& other) { return EndOf(one) < EndOf(other); });
  if (last == found.end()) co_return std::optional<Latest>();
  co_return std::optional<Latest>({std::move(*last), page->now});
}

bool MayBeAttemptOf(const ClaimRequest& retry, const Latest& latest) {
  const Operation& operation = latest.operation;
  const bool is_recent = latest.now - operation.update_time <= kRecent;
  const bool open_or_recent = operation.state == OperationState::kInFlight || is_recent;
  return operation.caller == retry.caller && operation.state != OperationState::kFailed && open_or_recent;
}

}  // namespace

Async<absl::StatusOr<std::string>> IdOfEarlierAttempt(Ledger& ledger, ClaimRequest retry, Succeeded succeeded) {
  ListQuery of_subject;
  of_subject.sp_enterprise_id = retry.sp_enterprise_id;
  of_subject.user_id = retry.user_id;
  of_subject.workspace_id = retry.workspace_id;
  const absl::StatusOr<std::optional<Latest>> last = co_await Last(ledger, std::move(of_subject));
  if (!last.ok()) co_return last.status();
  if (!*last || !MayBeAttemptOf(retry, **last)) co_return std::string();
  const Operation& operation = (*last)->operation;
  const bool has_succeeded = operation.state == OperationState::kSucceeded;
  if (has_succeeded && succeeded == Succeeded::kIsSentAgain) co_return std::string();

  retry.request_id = operation.request_id;
  const absl::StatusOr<ClaimAnswer> as_the_same = co_await ledger.Look(std::move(retry));
  if (!as_the_same.ok()) co_return as_the_same.status();
  if (as_the_same->verdict == ClaimVerdict::kReused) co_return std::string();
  if (operation.workspace_id.empty()) co_return operation.request_id;

  // The workspace may have been changed or removed since.
  ListQuery of_workspace;
  of_workspace.workspace_id = operation.workspace_id;
  const absl::StatusOr<std::optional<Latest>> newest = co_await Last(ledger, std::move(of_workspace));
  if (!newest.ok()) co_return newest.status();
  const bool untouched = *newest && (*newest)->operation.request_id == operation.request_id;
  co_return untouched ? operation.request_id : std::string();
}

}  // namespace webex_gateway
