// Estimates Webex's limit from its 429s only: Webex does not publish its limit, and changes it.
//
// A limiter is modelled as a bucket: when full, it lets `burst` requests through at once, and it fills at `rate`. A 429
// shows that it was empty when that request arrived. So the number accepted before the first one shows the burst,
// approximately; and the number accepted between one 429 and the next shows the rate: it is all that the bucket gained
// meanwhile. For a bucket that had become full, only the part counts in which it ran empty. Other kinds of limiters
// (windows, requests under way) behave nearly like that.
//
// Plain numbers are requests and seconds. For one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "server/base/clock.h"

namespace webex_gateway {

// The times when requests left, by their number from 0 on. Remembers the last few thousand.
class Departures {
 public:
  // Returns the departure's id.
  int64_t Add(Clock::Time when);
  // It was none: what left later has a lower number by one.
  void Remove(int64_t id);
  void Clear() { *this = Departures(); }

  // How many there were in total.
  int64_t count() const { return count_; }
  // The present number of the departure with this id.
  int64_t NumberOf(int64_t id) const { return FirstKnown() + (Find(id) - times_.begin()); }
  // The first remembered one since `when`; count() if there is none.
  int64_t FirstSince(Clock::Time when) const;
  Clock::Time At(int64_t number) const { return times_[number - FirstKnown()].when; }
  int64_t FirstKnown() const { return count_ - static_cast<int64_t>(times_.size()); }

 private:
  struct Departure {
    int64_t id;
    Clock::Time when;
  };

  // The first one with this id or a later one.
  std::deque<Departure>::const_iterator Find(int64_t id) const;

  std::deque<Departure> times_;
  int64_t count_ = 0;
  int64_t next_id_ = 0;
};

class RateLimit {
 public:
  // The facts of a 429 that is not the first.
  struct Refusal {
    Clock::Time empty_at;    // when the last previously refused request left
    Clock::Time resumed_at;  // when the rest after that was over
    Clock::Time left_at;     // when the request that is now refused left
    int64_t taken = 0;       // of those that left since the rest: all before it
    double pace = 0;         // at which the last ones left
    double saved = 0;        // how many could leave at once after the rest
  };

  double rate() const { return rate_; }
  // At least 1.
  double burst() const { return burst_; }
  // False: it is an estimate; all that is known is that the rate is at least that of the accepted requests.
  bool measured() const { return measured_; }

  // The first 429 arrived: for one of `left`, and maybe for more of them. The rate is estimated as the burst per
  // `seconds`.
  void Guess(const Departures& left, Clock::Time refused_left_at, double seconds);
  // Another of those was refused.
  void OneLess();

  void Measure(const Departures& left, const Refusal& refusal);

 private:
  // This many were accepted within this time: at most burst + seconds * rate.
  struct Sample {
    double taken;
    double seconds;
  };

  double BurstAt(double rate) const;
  void GuessRate();
  double ProvenRate(const Departures& left, int64_t taken, double burst) const;
  bool RefutesBurst(const Refusal& refusal) const;
  void Shrink(const Refusal& refusal);

  std::vector<Sample> first_;
  double guess_ = 1;  // the rate as a share of the burst
  double rate_ = 0;
  double burst_ = 1;
  bool measured_ = false;
  bool refuted_before_ = false;  // the last 429 showed that the estimated rate was too high
};

}  // namespace webex_gateway
