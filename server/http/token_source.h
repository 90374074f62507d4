// The port to the gateway's credentials for Webex.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/http/http.h"

namespace webex_gateway {

// What an operator must do if something is wrong with the credentials.
enum class TokenRemedy {
  kNone,
  kNewFile,            // put another token into its file
  kRestart,            // start the gateway with another token
  kAuthorize,          // have an administrator authorise the gateway again
  kClientCredentials,  // put the integration's own client id and secret into their files
  kFiles,              // fix the files that contain the credentials
  kWait,               // fix the way to the token endpoint, or wait
  kOtherWebex,         // each new token is refused: check where they come from
};

// "new_file", "restart" and so on; empty for kNone.
absl::string_view NameOf(TokenRemedy remedy);

// Webex refuses the token in use, and has accepted it in no attempt since.
struct TokenRefusal {
  absl::Time since;
  int times = 0;            // in a row
  absl::Duration next_try;  // how long no attempt will be made; zero: the next order tries
};

// The state of the credentials, for readiness, metrics and log.
struct TokenHealth {
  bool usable = false;  // there is a token to send
  // Faults that an operator must fix, one sentence each, without secrets. A token may be usable nevertheless.
  std::vector<std::string> troubles;
  std::optional<TokenRefusal> refused = {};
  TokenRemedy remedy = TokenRemedy::kNone;  // for the trouble or the refusal
  // The time until it expires, negative after that; zero if there is no token. Nothing if it is not known.
  std::optional<absl::Duration> token_expires_in;
  std::optional<absl::Duration> refresh_token_expires_in;
};

// Bearer tokens. For the loop's thread only, except construction.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // The token to send now: visible ASCII, not empty. If one must be fetched first, waits for it as long as `call` does;
  // a call that leaves ends the wait, not the fetching. Errors are SendError's; kNoToken states what is wrong with the
  // source, never its content, and when a call may succeed if that is only a matter of time.
  virtual Async<absl::StatusOr<std::string>> Token(const Call& call) = 0;
  // Webex refused `token`. Returns whether Token() has another one; waits like Token().
  virtual Async<bool> HasOtherThan(std::string token, const Call& call) = 0;
  // Whether `token` is the one in use: neither replaced nor expired. Checks no source.
  virtual bool IsCurrent(const std::string& token) const = 0;
  // Not const: it may check the source, so that a fixed one shows even if no calls arrive.
  virtual TokenHealth Health() = 0;
  // Begins the source's background work; until then it does only what calls need.
  virtual void Start() {}
  // Ends it. `stopped` is called once nothing is under way: a source that has begun anything must not be destroyed
  // before that. No call may be under way, and none may follow.
  virtual void Stop(std::function<void()> stopped) { stopped(); }
};

}  // namespace webex_gateway
