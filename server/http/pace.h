// The pace at which Webex takes requests, learned from its 429s. Webex publishes no limit, and moves it.
//
// There is no pace until the first 429. That one pauses everything for as long as Webex asks, and from then on requests
// leave evenly spread: a little slower than those that Webex took before it complained, and slowly faster again while
// there is demand (additive increase, multiplicative decrease), so that a backlog drains at Webex's rate with few
// refusals.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/http/http.h"

namespace webex_gateway {

// For the loop's thread only.
class Pace {
 public:
  explicit Pace(absl::BitGenRef random) : random_(random) {}

  // When the next request may leave: in the past, or until when to wait.
  Clock::Time next() const { return std::max(next_, paused_until_); }
  // Until when everything rests, if that is in the future.
  Clock::Time paused_until() const { return paused_until_; }
  // It is the limit that calls wait for: everything rests, or some wait for their turn.
  bool HoldsBack(Clock::Time now) const { return paused_until_ > now || waiting_ > 0; }
  // Requests a second; infinity while no limit is known.
  double per_second() const { return rate_; }

  // So many calls wait for their turn now.
  void OnWaiting(size_t calls) { waiting_ = calls; }
  // A request leaves now. `had_to_wait`: there is more demand than the pace allows, so it may grow. The number says of
  // which pace the request is, for OnLimited.
  int64_t OnLeave(Clock::Time now, bool had_to_wait);
  // Webex took a request, whatever else it said.
  void OnTaken() { in_a_row_ = 0; }
  // Webex answered 429 to a request of pace `of`. Several of one pace are one complaint, since they left before the
  // first answer came back; each tells better how many were taken.
  void OnLimited(Clock::Time now, int64_t of, std::optional<absl::Duration> retry_after);

 private:
  // Requests that left during the second before `now`.
  double LeftLately(Clock::Time now) const;
  absl::Duration PauseFor(std::optional<absl::Duration> retry_after);
  void Grow(Clock::Time now);

  // A ring over the last second, by the time of each slot.
  struct Slot {
    int64_t time = -1;
    int64_t left = 0;
  };

  absl::BitGenRef random_;
  double rate_ = std::numeric_limits<double>::infinity();
  Clock::Time next_{};
  Clock::Time paused_until_{};
  Clock::Time limited_at_{};
  Clock::Time grown_at_{};
  size_t waiting_ = 0;
  int64_t number_ = 0;  // of the present pace
  int in_a_row_ = 0;    // complaints without a request taken between them
  double most_ = 0;  // a second, by the last complaint: what had left and was not refused, if that was within the pace
  std::array<Slot, 20> left_;
};

// Holds each attempt until `pace` lets it leave, in the order in which the calls came; one that met a 429 is ahead of
// all that came later. An attempt that could not leave before its call's deadline is refused at once: kRateLimited.
std::unique_ptr<HttpClient> WithPace(std::unique_ptr<HttpClient> next, Clock& clock, Pace& pace);

}  // namespace webex_gateway
