// The circuit breaker: when Webex fails repeatedly, nothing is sent for a while, so that callers know at once and a
// struggling Webex gets no load.
#pragma once

#include <bitset>
#include <memory>
#include <optional>
#include <string>

#include "absl/random/bit_gen_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/http/http.h"

namespace webex_gateway {

// While Webex fails, for people.
struct Outage {
  absl::Duration lasts;       // since the breaker first opened
  std::string why;            // how the last attempt failed
  absl::Duration next_probe;  // zero: the next order is the probe, or a probe is under way
};

// Opens when 10 of the last 20 results are failures. After a wait (5 s, doubling up to 1 min while failures continue,
// each drawn from the upper half) one request is sent as a probe. If that succeeds the breaker closes, and forgets
// earlier results.
//
// For the loop's thread only.
class Breaker {
 public:
  enum class State { kClosed, kOpen, kHalfOpen };
  enum class Result {
    kSuccess,
    kFailure,
    kNothing,  // says nothing about Webex: for example, the caller left
  };

  enum class Pass { kRefused, kAdmitted, kProbe };

  explicit Breaker(absl::BitGenRef random) : random_(random) {}

  // Whether a request may be sent now. If so, its result must be reported.
  Pass Admit(Clock::Time now);
  void OnResult(Clock::Time now, Pass pass, Result result, std::string why = "");

  // Open until a probe is due; half open from then on, until the probe has its result.
  State state(Clock::Time now) const;
  // Empty while it is closed.
  std::optional<Outage> outage(Clock::Time now) const;
  // How soon to ask again: the time until a probe is due, zero if it is due, and 1 s while one is under way.
  absl::Duration Left(Clock::Time now) const;

 private:
  static constexpr size_t kWindow = 20;
  static constexpr size_t kFailuresToOpen = 10;

  void Open(Clock::Time now);

  absl::BitGenRef random_;
  std::bitset<kWindow> failed_;  // the last results, the latest first
  bool open_ = false;
  bool probing_ = false;
  int openings_ = 0;  // since it was last closed
  Clock::Time opened_{};
  Clock::Time until_{};
  std::string why_;
};

// "closed", "open", "half_open".
absl::string_view NameOf(Breaker::State state);

// Refuses attempts (kCircuitOpen) while `breaker` is open. Failures are attempts without an answer, those that had no
// connection before the call's deadline (LackedConnection), and 5xx except 501.
std::unique_ptr<HttpClient> WithBreaker(std::unique_ptr<HttpClient> next, Clock& clock, Breaker& breaker);

}  // namespace webex_gateway
