#include "server/http/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace webex_gateway {
namespace {

constexpr size_t kRemembered = 4096;
constexpr double kSlowest = 0.2;

// Before the first 429, the requests that left within each of these times are counted: most limits are per second or
// per minute.
constexpr double kShortest = 1;
constexpr double kLongest = 64;

// The number accepted beyond the burst shows the rate, unless it is small compared with the burst or arrived within a
// moment: the duration of answers varies.
constexpr double kLeastBeyond = 1;
constexpr double kLeastBeyondOfBurst = 0.06;
constexpr double kLeastSeconds = 0.05;

// A share of the burst: if fewer were accepted, the bucket was not full.
constexpr double kNotFull = 0.8;
// The share of the estimate to keep if a 429 refutes it; the second if the previous 429 had refuted it too.
constexpr double kRefuted = 0.9;
constexpr double kRefutedAgain = 0.7;
constexpr double kLeastLeft = 0.5;

}  // namespace

int64_t Departures::Add(Clock::Time when) {
  if (times_.size() == kRemembered) times_.pop_front();
  times_.push_back({next_id_, when});
  ++count_;
  return next_id_++;
}

void Departures::Remove(int64_t id) {
  const auto found = Find(id);
  if (found != times_.end() && found->id == id) times_.erase(found);
  --count_;
}

std::deque<Departures::Departure>::const_iterator Departures::Find(int64_t id) const {
  return std::partition_point(times_.begin(), times_.end(), [id](const Departure& each) { return each.id < id; });
}

int64_t Departures::FirstSince(Clock::Time when) const {
  const auto first =
      std::partition_point(times_.begin(), times_.end(), [when](const Departure& each) { return each.when < when; });
  return FirstKnown() + (first - times_.begin());
}

void RateLimit::Guess(const Departures& left, Clock::Time refused_left_at, double seconds) {
  *this = RateLimit();
  guess_ = 1 / seconds;
  const int64_t last = left.count() - 1;
  for (double window = kShortest; window <= kLongest; window *= 2) {
    const int64_t first = left.FirstSince(Later(refused_left_at, absl::Seconds(-window)));
    first_.push_back({static_cast<double>(last - first), SecondsBetween(left.At(first), left.At(last))});
    if (first == left.FirstKnown()) break;
  }
  GuessRate();
}

void RateLimit::OneLess() {
  for (Sample& sample : first_) sample.taken -= 1;
  GuessRate();
}

// The burst and the rate depend on each other: the number accepted includes what the bucket gained meanwhile.
void RateLimit::GuessRate() {
  double low = 0;
  double high = first_.front().taken;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (middle < guess_ * BurstAt(middle) ? low : high) = middle;
  }
  rate_ = std::max(kSlowest, low);
  burst_ = BurstAt(rate_);
}

double RateLimit::BurstAt(double rate) const {
  double burst = 1;
  for (const Sample& sample : first_) burst = std::max(burst, sample.taken - rate * sample.seconds);
  return burst;
}

// The highest of the rates that the last parts of the accepted requests prove.
double RateLimit::ProvenRate(const Departures& left, int64_t taken, double burst) const {
  const double least = std::max(kLeastBeyond, kLeastBeyondOfBurst * burst);
  double rate = 0;
  for (int64_t first = left.FirstKnown(); first < taken; ++first) {
    const double beyond = static_cast<double>(taken - first) - burst;
    const double seconds = SecondsBetween(left.At(first), left.At(taken - 1));
    if (beyond < least || seconds < kLeastSeconds) break;
    rate = std::max(rate, beyond / seconds);
  }
  return rate;
}

// The bucket had time to become full, but did not let through what it was believed to hold.
bool RateLimit::RefutesBurst(const Refusal& refusal) const {
  const bool full = measured_ && rate_ * SecondsBetween(refusal.empty_at, refusal.resumed_at) > burst_;
  return full && static_cast<double>(refusal.taken) < std::floor(refusal.saved);
}

void RateLimit::Shrink(const Refusal& refusal) {
  const double came_in = rate_ * std::max(0.0, SecondsBetween(refusal.resumed_at, refusal.left_at));
  burst_ = std::max(1.0, static_cast<double>(refusal.taken) - came_in);
  for (Sample& sample : first_) sample.taken = std::min(sample.taken, burst_ + rate_ * sample.seconds);
}

void RateLimit::Measure(const Departures& left, const Refusal& refusal) {
  if (RefutesBurst(refusal)) return Shrink(refusal);
  const auto taken = static_cast<double>(refusal.taken);
  const double mean = taken / SecondsBetween(refusal.empty_at, refusal.left_at);
  // The higher the rate, the smaller the burst that matches it; and the smaller the burst, the higher the rate.
  double burst = BurstAt(mean);
  double proven = 0;
  for (int i = 0; i < 4; ++i) {
    proven = ProvenRate(left, refusal.taken, burst);
    burst = BurstAt(std::max(mean, proven));
  }
  const bool was_full = measured_ && rate_ * SecondsBetween(refusal.empty_at, refusal.resumed_at) > burst_;
  const bool all_came_in = !was_full && taken < kNotFull * burst;

  double rate = std::max(mean, proven);
  const bool refuted = rate >= refusal.pace && !all_came_in;
  if (refuted) rate = refusal.pace * (refuted_before_ ? kRefutedAgain : kRefuted);
  refuted_before_ = refuted;
  if (measured_) rate = std::max(rate, kLeastLeft * rate_);
  measured_ = proven > 0 || all_came_in;
  // Otherwise it is somewhere between what was accepted and what was refused.
  if (!measured_) rate = std::max(mean, std::sqrt(mean * refusal.pace));
  rate_ = std::max(kSlowest, rate);
  burst_ = BurstAt(rate_);
}

}  // namespace webex_gateway
