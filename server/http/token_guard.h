// The guard of the token: while Webex refuses it, orders are not sent one after the other to be refused, too.
#pragma once

#include <memory>
#include <string>

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/http/http.h"
#include "server/http/token_source.h"

namespace webex_gateway {

// Knows what Webex says of the token in use, for everyone who asks: readiness, page, metrics and the attempts. It is
// refused from the first refusal on until an attempt with it is taken, or the source has another one, which clears it
// at once. From the third refusal in a row on, attempts are held back: one may try after 5 s, then after twice as long
// each time, up to a minute, each drawn from the upper half. (One or two may be Webex's own trouble.)
//
// For the loop's thread only. References must outlive the guard.
class TokenGuard {
 public:
  TokenGuard(Clock& clock, absl::BitGenRef random, TokenSource& tokens)
      : clock_(clock), random_(random), tokens_(tokens) {}

  // Whether an attempt may leave; where it tries whether the token is taken again, the next has to wait.
  bool Admit();
  // For how long none may.
  absl::Duration Left();

  // What Webex answered an attempt with `token`.
  void OnRefused(const std::string& token);
  void OnTaken(const std::string& token);

  // The source's, with Webex's word on the token.
  TokenHealth Health();

 private:
  static constexpr int kRefusalsToHold = 3;

  void Look();
  void Hold();
  void Clear();

  Clock& clock_;
  absl::BitGenRef random_;
  TokenSource& tokens_;
  std::string token_;  // the one that is refused
  absl::Time since_;
  int refusals_ = 0;  // of it, in a row
  int holds_ = 0;     // since then
  Clock::Time until_{};
};

// Refuses attempts (kNoToken) while `guard` does.
std::unique_ptr<HttpClient> WithTokenGuard(std::unique_ptr<HttpClient> next, TokenGuard& guard);

}  // namespace webex_gateway
