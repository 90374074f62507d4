// What is believed of Webex's limit, from its 429s alone: Webex publishes none, and moves it.
//
// A limiter is taken for a bucket: full, it lets `burst` requests through at once, and it fills at `rate`. A 429 says
// that it was empty when that request came. So what was taken before the first one shows the burst, nearly; and what is
// taken between one 429 and the next shows the rate: it is all that came in meanwhile. Of a bucket that had become full
// the part counts in which it ran empty. Other kinds of limiters (windows, requests under way) look nearly like that.
//
// Plain numbers are requests and seconds. For one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "server/base/clock.h"

namespace webex_gateway {

// When requests left, in order, by their number from 0 on. Remembers the last few thousand.
class Departures {
 public:
  void Add(Clock::Time when);
  void Clear() { *this = Departures(); }

  // How many there were.
  int64_t count() const { return count_; }
  // Of those that it remembers, the first since `when`; count() where there is none.
  int64_t FirstSince(Clock::Time when) const;
  Clock::Time At(int64_t number) const { return times_[number - FirstKnown()]; }
  int64_t FirstKnown() const { return count_ - static_cast<int64_t>(times_.size()); }

 private:
  std::deque<Clock::Time> times_;
  int64_t count_ = 0;
};

class RateLimit {
 public:
  // Of a 429 that is not the first.
  struct Refusal {
    Clock::Time empty_at;    // when the last request left that was refused before
    Clock::Time resumed_at;  // when the rest after that was over
    Clock::Time left_at;     // when the request left that is refused now
    int64_t taken = 0;       // of those that left since the rest: all before it
    double pace = 0;         // at which they left at last
    double saved = 0;        // how many could leave at once after the rest
  };

  double rate() const { return rate_; }
  // At least 1.
  double burst() const { return burst_; }
  // False: it is a guess, of which no more is known than that the rate is no lower than what was taken.
  bool measured() const { return measured_; }

  // The first 429 came: to one of `left`, and maybe to more of them. The rate is guessed to be the burst, every
  // `seconds`.
  void Guess(const Departures& left, Clock::Time refused_left_at, double seconds);
  // Another of those was refused.
  void OneLess();

  void Measure(const Departures& left, const Refusal& refusal);

 private:
  // So many were taken within so long: no more than burst + seconds * rate.
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
  double guess_ = 1;  // rate, of the burst
  double rate_ = 0;
  double burst_ = 1;
  bool measured_ = false;
  bool refuted_before_ = false;  // the last 429 showed that the rate had been believed to be too high
};

}  // namespace webex_gateway
