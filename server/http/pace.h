// The pace at which requests leave, so that a backlog drains at Webex's own rate.
//
// 1. Until the first 429 there is no pace. A 429 to a trickle says nothing about the limit: it is waited out.
// 2. A 429 stops everything for as long as Webex asks.
// 3. From the first one on requests leave evenly, at the estimated rate (rate_limit.h). The pace doubles repeatedly, as
// long as a faster one would save the waiting calls more than another 429 would cost: its rest, less the part in which
// the bucket fills. A queue that stays as long although requests are accepted hides as many more.
// 4. The second 429 measures the limit. From then on requests leave just below it, and saved-up ones at once.
// 5. Every later one measures again. If none has come for some time, a faster pace is tried. It rises only while Webex
// accepts requests: if nothing is sent, because the breaker is open for example, no 429 comes either.
// 6. After ten minutes in which nobody had to wait, everything is forgotten.
//
// A run is the time from one 429 to the next. The constants come from the tables that drain_test.cc prints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/http/rate_limit.h"

namespace webex_gateway {

// For the loop's thread only.
class Pace {
 public:
  // A request that has left.
  struct Ticket {
    Clock::Time left_at;
    int64_t run = 0;  // from one 429 to the next
    int64_t id = 0;   // within the run
  };

  explicit Pace(absl::BitGenRef random) : random_(random) {}

  // When the next request may leave; may be in the past.
  Clock::Time next() const;
  // When the request after `others` may leave, if nothing else happens. While the limit is only an estimate, that is
  // next() for all.
  Clock::Time NextAfter(int64_t others) const;
  // When the request after all those waiting for their turn, and this many more, may leave.
  Clock::Time NextBehind(int64_t queued) const { return NextAfter(static_cast<int64_t>(waiting_) + queued); }
  // Until when everything rests, if that is in the future.
  Clock::Time paused_until() const { return paused_until_; }
  // Whether calls wait for the limit: everything rests, or some wait for their turn.
  bool HoldsBack(Clock::Time now) const { return paused_until_ > now || waiting_ > 0; }
  // Requests per second; infinity while there is no pace.
  double per_second() const;
  // The estimate of Webex's limit; empty while there is no pace.
  const std::optional<RateLimit>& limit() const { return limit_; }

  // This many requests now wait for their turn.
  void OnWaiting(size_t requests) { waiting_ = requests; }
  // A request leaves now. Behind those that wait for their turn, this many more are queued.
  Ticket OnLeave(Clock::Time now, int64_t queued);
  // It did not leave after all: Webex knows nothing of it.
  void OnUnsent(const Ticket& ticket);
  // Webex accepted it, whatever else it answered.
  void OnTaken(Clock::Time now, const Ticket& ticket);
  // Webex answered it with 429. Several in one run count as one: they left before the first answer came back.
  void OnLimited(Clock::Time now, const Ticket& ticket, std::optional<absl::Duration> retry_after);

 private:
  double Backlog(double waiting);
  void Save(Clock::Time now);
  void Climb(Clock::Time now, double waiting);
  double SecondsOfA429() const;
  absl::Duration PauseFor(std::optional<absl::Duration> retry_after) const;
  void Learn(const Ticket& refused, int64_t taken);
  void FollowLimit();
  void OnLimitedLate(Clock::Time now, const Ticket& ticket, std::optional<absl::Duration> retry_after);
  void RestUntil(Clock::Time until);

  absl::BitGenRef random_;
  std::optional<RateLimit> limit_;
  bool past_the_guess_ = false;  // there was a second 429
  double rate_ = 0;              // of the pace
  // Requests that may leave at once, as of `saved_at_`.
  double saved_ = 0;
  double most_saved_ = 1;
  double saved_after_rest_ = 0;
  Clock::Time saved_at_{};
  Clock::Time climbed_at_{};
  bool taken_since_ = false;  // Webex accepted a request since then

  Clock::Time paused_until_{};
  Clock::Time empty_at_{};  // when the last refused request left
  Clock::Time waited_at_{};
  absl::Duration reckoned_rest_;  // after the latest 429 that followed accepted requests
  double answer_seconds_ = 0;
  size_t waiting_ = 0;
  double most_waited_ = 0;  // since the queue became shorter
  double left_since_ = 0;   // and have not been answered yet
  int in_a_row_ = 0;        // 429s without an accepted request between them

  int64_t run_ = 0;
  int64_t guessed_from_ = 0;  // the run
  Departures left_;           // in this run
};

}  // namespace webex_gateway
