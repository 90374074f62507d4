// The token guard: while Webex refuses the token, orders are not sent one after the other only to be refused, too.
#pragma once

#include <memory>
#include <string>

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/http/http.h"
#include "server/http/token_source.h"

namespace webex_gateway {

// Knows Webex's verdict on the token in use, for readiness, page, metrics and the attempts. The token counts as refused
// from the first refusal until an attempt with it is accepted, or the source has another one, which clears it at once.
// From the third consecutive refusal on, attempts are held back: one may try after 5 s, then after twice as long each
// time, up to a minute, each drawn from the upper half. (One or two refusals may be Webex's own fault.)
//
// For the loop's thread only. References must outlive the guard.
class TokenGuard {
 public:
  TokenGuard(Clock& clock, absl::BitGenRef random, TokenSource& tokens)
      : clock_(clock), random_(random), tokens_(tokens) {}

  // Whether an attempt may leave; if it tests whether the token is accepted again, the next one must wait.
  bool Admit();
  // How long none may leave.
  absl::Duration Left();

  // Reports Webex's answer to an attempt with `token`.
  void OnRefused(const std::string& token);
  void OnTaken(const std::string& token);

  // The source's state, with Webex's verdict on the token.
  TokenHealth Health();

 private:
  static constexpr int kRefusalsToHold = 3;

  void Look();
  void Hold();
  void Clear();

  Clock& clock_;
  absl::BitGenRef random_;
  TokenSource& tokens_;
  std::string token_;  // the refused one
  absl::Time since_;
  int refusals_ = 0;  // of it, in a row
  int holds_ = 0;     // since then
  Clock::Time until_{};
};

// Refuses attempts (kNoToken) while `guard` does. The error names no time to repeat the call: until somebody helps, the
// next attempt will most likely be refused, too.
std::unique_ptr<HttpClient> WithTokenGuard(std::unique_ptr<HttpClient> next, TokenGuard& guard);

}  // namespace webex_gateway
