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

// The source's outside world. `read` and `tell` are called on the loop.
struct OAuthPorts {
  std::function<absl::StatusOr<OAuthCredentials>()> read;  // the present content of the operator's files
  std::optional<OAuthState> saved;                         // by `save`, in an earlier run
  SaveState save;                                          // empty: a new refresh token is kept only in memory
  // Reports every refresh and every fault, for the log, without secrets. `trouble`: an operator should act.
  std::function<void(absl::string_view what, bool trouble)> tell;
};

// Refreshes one token at a time, over `wire`, independently of calls:
//   * at the start, then each time at a random point between a tenth and a fifth of the token's life before its end,
//     but at least a minute or two before it if the life allows. A life below kLeastLife counts as kLeastLife, so these
//     are at least half of it apart, whatever Webex states and however many calls need a token;
//   * if Webex refuses the token in use: one refresh, however many calls meet the refusal; and at most one per minute
//     for this reason, since another token does not help if a new one is refused. If it fails, the refused token stays
//     in use: whether Webex accepts it again is for the token guard to find out;
//   * after a failure (a token that has expired on arrival is one) after a random backoff or Retry-After, while the
//     old token is used to its end; if Webex refuses the credentials, every minute or two. In either case at once when
//     the operator's files change.
// The same refresh token is sent again after a lost answer.
//
// A call that finds no valid token waits for the refresh under way. If that fails, or the last one has failed, the call
// is refused (kNoToken): until the next refresh, unless only a person can help.
//
// A refresh token from Webex is saved before the access token that came with it is used. If it cannot be saved it is
// used nevertheless: that is reported, and saving is retried every minute, and once more when the source stops.
//
// References must outlive the source.
std::unique_ptr<TokenSource> CreateOAuthToken(Loop& loop, Clock& clock, absl::BitGenRef random, HttpClient& wire,
                                              OAuthPorts ports);

}  // namespace webex_gateway
