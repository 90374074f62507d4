// Access tokens by OAuth refresh: fetched at the start, renewed well before they expire, and once more when Webex
// refuses one.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/http/token_source.h"
#include "server/webex/oauth_endpoint.h"
#include "server/webex/oauth_state.h"
#include "server/webex/refresh_token.h"

namespace webex_gateway {

// How the source meets the world. `read` and `tell` are called on the loop.
struct OAuthPorts {
  std::function<absl::StatusOr<OAuthCredentials>()> read;  // what the operator's files hold now
  std::optional<OAuthState> saved;                         // by `save`, when the gateway ran before
  SaveState save;                                          // empty: a new refresh token is kept in memory alone
  // Every refresh and what goes wrong, for the log, without secrets. `trouble`: an operator should see to it.
  std::function<void(absl::string_view what, bool trouble)> tell;
};

// Refreshes one at a time, over `wire`, whatever the calls do:
//   * at the start, then each time at a random point between a tenth and a fifth of the token's life before its end,
//     but a minute or two before it where the life allows. A life below kLeastLife counts as that, so these are at
//     least half of it apart, whatever Webex says and however many calls ask;
//   * where Webex refuses the token in use: however many calls meet that, there is one refresh; and at most one a
//   minute
//     for this reason, since a token that is refused when it is new is not mended by another;
//   * after a failure (a token that has expired when it comes is one) when a random backoff has passed, or Retry-After,
//     meanwhile the token lives on to its end; where Webex refuses the credentials, every minute or two. At once, in
//     either case, when the operator's files change.
// The same refresh token is sent again after an answer that was lost.
//
// A call that finds no valid token waits for the refresh under way. Where that fails, or the last one has failed, it is
// refused (kNoToken).
//
// A refresh token that Webex gives is saved before the access token that came with it is used. Where it cannot be saved
// it is used all the same: it is told, and tried again every minute.
//
// References must outlive the source.
std::unique_ptr<TokenSource> CreateOAuthToken(Loop& loop, Clock& clock, absl::BitGenRef random, HttpClient& wire,
                                              OAuthPorts ports);

}  // namespace webex_gateway
