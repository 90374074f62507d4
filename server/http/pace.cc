#include "server/http/pace.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "server/base/backoff.h"

namespace webex_gateway {
namespace {

// This many within a second are not a trickle.
constexpr int64_t kTrickle = 5;

// Limiters usually allow in about a second what they allow at once. If a 429 costs a long rest, the limit is approached
// from further below, and more slowly: then the second 429 measures well, and a third is unnecessary.
constexpr double kGuess = 1.1;         // seconds
constexpr double kGuessOfRest = 0.05;  // times what Webex asked for
constexpr double kGuessOfAnswers = 3;  // times the duration of an answer: this many more may be refused

constexpr double kJustBelow = 0.98;  // of the limit
constexpr double kOfBurst = 0.8;     // the share that may be saved up
constexpr double kFastest = 5000;
constexpr double kCatchUp = 0.02;  // seconds: late timers cost no throughput

// The pace doubles within the longest of these.
constexpr double kDoubling = 0.25;         // seconds
constexpr double kDoublingOfRest = 0.05;   // times what Webex asked for
constexpr double kDoublingAnswers = 1.5;   // times the duration of an answer
constexpr double kDoublingRequests = 2;    // times between two requests
constexpr double kDoublingOfMeasured = 5;  // times the longest of these
constexpr double kWorthIt = 1.2;           // savings of a doubled pace, relative to the cost of a 429

constexpr double kShrunk = 0.8;  // of the longest recent queue: its callers have no more

// Time without a 429 after which the pace may exceed the measured rate.
constexpr double kCalm = 10;       // seconds
constexpr double kCalmOfCost = 8;  // times the cost of a 429
constexpr double kCalmRequests = 25;
constexpr absl::Duration kForgotten = absl::Minutes(10);
// A longer rest is observed, but does not count as the cost of every 429.
constexpr absl::Duration kLongestReckonedWith = absl::Minutes(1);

// The rest after a 429, longer with each consecutive one; at least as long as Webex asks for.
constexpr Backoff kWhereAsked{absl::Milliseconds(200), absl::Seconds(10)};
constexpr Backoff kWhereNotSaid{absl::Seconds(10), absl::Seconds(30)};

constexpr double kOfTheLatestAnswer = 0.1;  // weight in the mean

}  // namespace

Clock::Time Pace::next() const {
  if (!limit_) return paused_until_;
  const double missing = std::max(0.0, 1 - saved_);
  return std::max(paused_until_, Later(saved_at_, absl::Seconds(missing / rate_)));
}

Clock::Time Pace::NextAfter(int64_t others) const {
  if (!limit_ || !limit_->measured()) return next();
  const double missing = std::max(0.0, static_cast<double>(others + 1) - std::max(1.0, saved_));
  return Later(next(), absl::Seconds(missing / rate_));
}

double Pace::per_second() const { return limit_ ? rate_ : std::numeric_limits<double>::infinity(); }

Pace::Ticket Pace::OnLeave(Clock::Time now, int64_t queued) {
  const double waiting = static_cast<double>(waiting_) + static_cast<double>(queued);
  if (waiting > 0) waited_at_ = now;
  const double backlog = Backlog(waiting);
  if (limit_ && absl::FromChrono(now - waited_at_) >= kForgotten) limit_.reset();
  if (limit_) {
    Save(now);
    saved_ -= 1;
    Climb(now, backlog);
  }
  return {now, run_, left_.Add(now)};
}

void Pace::OnUnsent(const Ticket& ticket) {
  if (ticket.run == run_) left_.Remove(ticket.id);
}

// A caller's connection carries a limited number of orders, so part of a backlog becomes visible only as room is made
// for it: the queue stays as long although requests were accepted. As many more may follow.
double Pace::Backlog(double waiting) {
  if (waiting > most_waited_ || waiting < kShrunk * most_waited_) {
    most_waited_ = waiting;
    left_since_ = 0;
  } else {
    ++left_since_;
  }
  return waiting == 0 ? 0 : waiting + std::max(0.0, left_since_ - (most_waited_ - waiting));
}

void Pace::Save(Clock::Time now) {
  if (now <= saved_at_) return;
  saved_ = std::min(std::max(most_saved_, 1 + rate_ * kCatchUp), saved_ + rate_ * SecondsBetween(saved_at_, now));
  saved_at_ = now;
}

void Pace::Climb(Clock::Time now, double waiting) {
  if (!std::exchange(taken_since_, false)) return;
  const double seconds = std::clamp(SecondsBetween(climbed_at_, now), 0.0, 1.0);
  climbed_at_ = std::max(climbed_at_, now);
  if (waiting == 0 || in_a_row_ > 0) return;  // while everything is refused, the pace cannot rise
  const double cost = SecondsOfA429();
  const double calm = std::max({kCalm, kCalmOfCost * cost, kCalmRequests / rate_});
  const bool is_calm = SecondsBetween(paused_until_, now) >= calm;
  const bool pays = waiting / (2 * rate_) >= kWorthIt * cost;
  if (!is_calm && (past_the_guess_ || !pays)) return;
  double doubling = std::max({kDoubling, kDoublingOfRest * absl::ToDoubleSeconds(reckoned_rest_),
                              kDoublingAnswers * answer_seconds_, kDoublingRequests / rate_});
  if (limit_->measured()) doubling *= kDoublingOfMeasured;
  rate_ = std::min(kFastest, rate_ * std::exp2(seconds / doubling));
}

// The bucket fills during the rest, so that part of the rest costs nothing.
double Pace::SecondsOfA429() const {
  return std::max(0.0, absl::ToDoubleSeconds(reckoned_rest_) - limit_->burst() / rate_) + 2 * answer_seconds_;
}

void Pace::OnTaken(Clock::Time now, const Ticket& ticket) {
  taken_since_ = true;
  if (ticket.run == run_) in_a_row_ = 0;
  const double seconds = SecondsBetween(ticket.left_at, now);
  answer_seconds_ += (seconds - answer_seconds_) * (answer_seconds_ == 0 ? 1 : kOfTheLatestAnswer);
}

void Pace::OnLimited(Clock::Time now, const Ticket& ticket, std::optional<absl::Duration> retry_after) {
  left_since_ = std::max(0.0, left_since_ - 1);  // it comes back
  if (ticket.run != run_) {
    OnLimitedLate(now, ticket, retry_after);
    return;
  }
  ++in_a_row_;
  const absl::Duration pause = PauseFor(retry_after);
  const int64_t taken = left_.NumberOf(ticket.id);
  // If nothing has left since, the rest was too short, which says nothing about the limit.
  if (run_ == 0 || taken > 0) {
    reckoned_rest_ = std::min(pause, kLongestReckonedWith);
    Learn(ticket, taken);
  }
  empty_at_ = ticket.left_at;
  ++run_;
  left_.Clear();
  RestUntil(Later(now, pause));
}

// From a run that another 429 has already ended.
void Pace::OnLimitedLate(Clock::Time now, const Ticket& ticket, std::optional<absl::Duration> retry_after) {
  if (ticket.run == run_ - 1) empty_at_ = std::max(empty_at_, ticket.left_at);
  if (limit_ && !past_the_guess_ && ticket.run == guessed_from_) {
    limit_->OneLess();
    if (now < paused_until_) FollowLimit();
  }
  const Clock::Time asked = Later(now, retry_after.value_or(absl::ZeroDuration()));
  if (ticket.run == run_ - 1 && now < paused_until_ && asked > paused_until_) RestUntil(asked);
}

absl::Duration Pace::PauseFor(std::optional<absl::Duration> retry_after) const {
  const Backoff& backoff = retry_after ? kWhereAsked : kWhereNotSaid;
  return std::max(backoff.After(in_a_row_, random_), retry_after.value_or(absl::ZeroDuration()));
}

void Pace::Learn(const Ticket& refused, int64_t taken) {
  if (!limit_) {
    const int64_t lately = left_.count() - left_.FirstSince(Later(refused.left_at, -absl::Seconds(1)));
    const double seconds =
        std::max({kGuess, kGuessOfRest * absl::ToDoubleSeconds(reckoned_rest_), kGuessOfAnswers * answer_seconds_});
    if (lately >= kTrickle) limit_.emplace().Guess(left_, refused.left_at, seconds);
    past_the_guess_ = false;
    guessed_from_ = run_;
  } else {
    limit_->Measure(left_, {.empty_at = empty_at_,
                            .resumed_at = paused_until_,
                            .left_at = refused.left_at,
                            .taken = taken,
                            .pace = rate_,
                            .saved = saved_after_rest_});
    past_the_guess_ = true;
  }
  if (limit_) FollowLimit();
}

// From the present estimate.
void Pace::FollowLimit() {
  const bool measured = limit_->measured();
  rate_ = limit_->rate() * (measured ? kJustBelow : 1);
  most_saved_ = measured ? std::max(1.0, kOfBurst * limit_->burst()) : 1;
  saved_ = saved_after_rest_ = std::min(most_saved_, measured ? rate_ * absl::ToDoubleSeconds(reckoned_rest_) : 1);
}

void Pace::RestUntil(Clock::Time until) {
  paused_until_ = saved_at_ = climbed_at_ = waited_at_ = until;
  saved_ = std::max(1.0, saved_);  // one request finds out whether the rest was long enough
}

}  // namespace webex_gateway
