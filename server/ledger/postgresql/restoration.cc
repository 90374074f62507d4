#include "server/ledger/postgresql/restoration.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "server/ledger/postgresql/jobs.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kSettleEvery = absl::Seconds(1);
constexpr size_t kPutBackAtOnce = 50;  // within a fraction of a lease, even one by one
constexpr size_t kMostShown = 10;      // orders named in one text

// The others wait for as long as the mark is renewed. `blocked`: see PostgresqlStore::PutBack.
absl::Status PutBackAll(PostgresqlStore& store, absl::Span<const PgKnown> all, std::vector<std::string>& blocked) {
  for (; !all.empty(); all.remove_prefix(std::min(all.size(), kPutBackAtOnce))) {
    if (absl::Status marked = store.GoOnRestoring(); !marked.ok()) return marked;
    const absl::StatusOr<std::vector<std::string>> still = store.PutBack(all.subspan(0, kPutBackAtOnce));
    if (!still.ok()) return still.status();
    blocked.insert(blocked.end(), still->begin(), still->end());
  }
  return absl::OkStatus();
}

struct Restored {
  std::vector<std::string> blocked;
  Clock::Time at;  // not later than the new lease
};

// What a hold waits for.
struct Unsettled {
  std::string gateway;
  std::vector<std::string> blocked;
};

}  // namespace

PgRestoration::PgRestoration(Clock& clock, PostgresqlWorkers& workers, PgMemory& memory, absl::Duration lease,
                             Observer observer)
    : clock_(clock), workers_(workers), memory_(memory), lease_(lease), observer_(std::move(observer)) {}

void PgRestoration::Restore(std::function<void(std::optional<Clock::Time>)> then) {
  is_unfinished_ = true;
  settle_ = nullptr;
  Hold(absl::UnavailableError("the database has failed over, or lost its last records"));
  const auto restored = std::make_shared<Restored>();
  auto work = [restored, &clock = clock_, all = memory_.All(clock_.Now())](PostgresqlStore& store) {
    absl::Status done = store.MarkRestoring();
    if (done.ok()) done = PutBackAll(store, all, restored->blocked);
    restored->at = clock.Now();
    return done.ok() ? store.EndRestoring() : done;
  };
  auto on_end = [this, restored, go_on = std::move(then)](const absl::Status& done) {
    if (!done.ok()) return go_on(std::nullopt);
    is_unfinished_ = false;
    blocked_ = std::move(restored->blocked);
    HoldForALease(WordsOfFailover());
    go_on(restored->at);
  };
  workers_.Submit(std::make_shared<PgChore>(std::move(work), std::move(on_end)));
}

void PgRestoration::HoldForALease(const std::string& why) {
  Hold(absl::UnavailableError(why));
  hold_until_ = Later(clock_.Now(), lease_);
  settle_ = clock_.At(Later(clock_.Now(), kSettleEvery), [this] { Settle(); });
}

// Now and then ends the hold if it may. What was blocked is tried again until there is room for it: another gateway may
// restore how the other order ended, or someone resolves that one.
void PgRestoration::Settle() {
  const auto still = std::make_shared<Unsettled>();
  auto work = [still, blocked = memory_.These(blocked_)](PostgresqlStore& store) {
    absl::StatusOr<std::string> gateway = store.StillRestoring();
    if (!gateway.ok()) return gateway.status();
    absl::StatusOr<std::vector<std::string>> put_back = store.PutBack(blocked);
    if (!put_back.ok()) return put_back.status();
    *still = {*std::move(gateway), *std::move(put_back)};
    return absl::OkStatus();
  };
  auto then = [this, still, until = hold_until_](const absl::Status& done) {
    if (is_unfinished_ || until != hold_until_) return;  // it has failed over once more
    if (done.ok()) blocked_ = std::move(still->blocked);
    if (!hold_.ok() && done.ok() && clock_.Now() >= until) EndHoldUnlessFor(still->gateway);
    if (hold_.ok() && blocked_.empty()) return;
    settle_ = clock_.At(Later(clock_.Now(), kSettleEvery), [this] { Settle(); });
  };
  workers_.Submit(std::make_shared<PgChore>(std::move(work), std::move(then)));
}

void PgRestoration::Hold(const absl::Status& why) {
  hold_ = why;
  observer_.on_hold(why);
}

void PgRestoration::EndHoldUnlessFor(const std::string& gateway) {
  if (!gateway.empty()) {
    return Hold(absl::UnavailableError(
        absl::StrCat("the database has failed over, and gateway ", gateway, " has not restored what it knows yet")));
  }
  if (!blocked_.empty()) observer_.noticed(WordsOfFailover());
  Hold(absl::OkStatus());
}

std::string PgRestoration::WordsOfFailover() const {
  std::string words =
      "the database has failed over: what this gateway knew is on record again; the last records of a gateway that has "
      "died since may be lost";
  if (blocked_.empty()) return words;
  const auto shown = absl::MakeConstSpan(blocked_).subspan(0, std::min(blocked_.size(), kMostShown));
  return absl::StrCat(words, "; ", blocked_.size(),
                      " orders are not, since other orders for the same subjects are: ", absl::StrJoin(shown, " "));
}

bool PgRestoration::MayBeLost(const std::string& request_id) const {
  return !hold_.ok() || std::find(blocked_.begin(), blocked_.end(), request_id) != blocked_.end();
}

absl::StatusOr<ClaimAnswer> PgRestoration::UnlessLost(absl::StatusOr<ClaimAnswer> answer,
                                                      const std::string& request_id) const {
  if (!answer.ok() || !MayBeLost(request_id)) return answer;
  const bool is_open = answer->verdict == ClaimVerdict::kClaimed || answer->verdict == ClaimVerdict::kBlocked;
  return is_open ? NotPutBack(request_id) : std::move(answer);
}

absl::Status PgRestoration::NotPutBack(const std::string& request_id) {
  return LedgerUnavailable("the database has failed over, and not everything is on record again", request_id);
}

}  // namespace webex_gateway
