// Rate limiters like those in servers, in plain seconds: for virtual time, and for the sandbox.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

namespace webex_gateway {

class Limiter {
 public:
  virtual ~Limiter() = default;
  // A request arrives, never before an earlier one.
  virtual bool Take(double now) = 0;
  // The earliest time from `now` on at which one would be accepted.
  virtual double NextFree(double now) = 0;
  // The answer to an accepted request leaves.
  virtual void OnAnswered() {}
};

// Holds at most `burst`, and fills at `rate`, which may change once.
class TokenBucket : public Limiter {
 public:
  TokenBucket(double rate, double burst) : rate_(rate), burst_(burst), level_(burst) {}

  void ChangeTo(double rate, double at) {
    next_rate_ = rate;
    change_at_ = at;
  }

  bool Take(double now) override {
    Fill(now);
    if (level_ < 1 - kRounding) return false;
    level_ -= 1;
    return true;
  }

  double NextFree(double now) override {
    Fill(now);
    return now + std::max(0.0, (1 - level_) / rate_);
  }

 private:
  static constexpr double kRounding = 1e-6;

  void Fill(double now) {
    if (now >= change_at_) rate_ = next_rate_;
    level_ = std::min(burst_, level_ + (now - filled_at_) * rate_);
    filled_at_ = now;
  }

  double rate_;
  const double burst_;
  double level_;
  double filled_at_ = 0;
  double next_rate_ = 0;
  double change_at_ = std::numeric_limits<double>::infinity();
};

// A token bucket of which another client uses half of the refill.
class SharedBucket : public TokenBucket {
 public:
  SharedBucket(double rate, double burst) : TokenBucket(rate, burst), every_(2 / rate) {}

  bool Take(double now) override {
    for (; others_next_ <= now; others_next_ += every_) TokenBucket::Take(others_next_);
    return TokenBucket::Take(now);
  }

 private:
  const double every_;
  double others_next_ = 0;
};

// This many in each window; the rest of it is closed. The first window began earlier.
class FixedWindow : public Limiter {
 public:
  FixedWindow(double seconds, int most) : seconds_(seconds), most_(most) {}

  bool Take(double now) override {
    Turn(now);
    return ++taken_ <= most_;
  }

  double NextFree(double now) override {
    Turn(now);
    return taken_ < most_ ? now : (window_ + 1 - kBegun) * seconds_;
  }

 private:
  static constexpr double kBegun = 0.3;

  void Turn(double now) {
    const double window = std::floor(now / seconds_ + kBegun);
    if (window != window_) taken_ = 0;
    window_ = window;
  }

  const double seconds_;
  const int most_;
  double window_ = -1;
  int taken_ = 0;
};

// This many within any period of this many seconds. If the period is the duration of an answer: this many at the same
// time.
class SlidingWindow : public Limiter {
 public:
  SlidingWindow(double seconds, size_t most) : seconds_(seconds), most_(most) {}

  bool Take(double now) override {
    if (NextFree(now) > now) return false;
    taken_.push_back(now);
    return true;
  }

  double NextFree(double now) override {
    while (!taken_.empty() && taken_.front() + seconds_ <= now) taken_.pop_front();
    return taken_.size() < most_ ? now : taken_.front() + seconds_;
  }

 private:
  const double seconds_;
  const size_t most_;
  std::deque<double> taken_;
};

// This many at the same time, however long each takes.
class UnderWay : public Limiter {
 public:
  explicit UnderWay(int most) : most_(most) {}

  bool Take(double) override {
    if (under_way_ == most_) return false;
    ++under_way_;
    return true;
  }

  // It is not known when one of those under way ends.
  double NextFree(double now) override { return now; }

  void OnAnswered() override { --under_way_; }

 private:
  const int most_;
  int under_way_ = 0;
};

}  // namespace webex_gateway
