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

// What an operator has to do for the credentials, where something is wrong with them.
enum class TokenRemedy {
  kNone,
  kNewFile,            // put another token into its file
  kRestart,            // start the gateway with another token
  kAuthorize,          // have an administrator authorise the gateway again
  kClientCredentials,  // put the integration's own client id and secret into their files
  kFiles,              // mend the files that hold the credentials
  kWait,               // mend the way to the token endpoint, or wait
  kOtherWebex,         // each new token is refused: look where they come from
};

// "new_file", "restart" and so on; empty for kNone.
absl::string_view NameOf(TokenRemedy remedy);

// Webex refuses the token in use, and has taken it in no attempt since.
struct TokenRefusal {
  absl::Time since;
  int times = 0;            // in a row
  absl::Duration next_try;  // how long no attempt is made; zero: the next order tries
};

// How it stands with the credentials, for readiness, metrics and log.
struct TokenHealth {
  bool usable = false;  // there is a token to send
  // What an operator has to mend, a sentence each, without secrets. A token may be usable all the same.
  std::vector<std::string> troubles;
  std::optional<TokenRefusal> refused = {};
  TokenRemedy remedy = TokenRemedy::kNone;  // of the trouble or the refusal
  // The time left, negative once it is over; zero where there is no token. Nothing where it is not known.
  std::optional<absl::Duration> token_expires_in;
  std::optional<absl::Duration> refresh_token_expires_in;
};

// Bearer tokens. For the loop's thread only, but for construction.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // The token to send now: visible ASCII, not empty. Where one must be fetched first, waits for it as long as `call`
  // does; a call that leaves ends the wait, not the fetching. Errors are SendError's; kNoToken says what is wrong with
  // the source, never its content.
  virtual Async<absl::StatusOr<std::string>> Token(const Call& call) = 0;
  // Webex refused `token`. Whether Token() has another to offer; waits likewise.
  virtual Async<bool> HasOtherThan(std::string token, const Call& call) = 0;
  // Whether `token` is what Token() would give now without waiting. Looks at nothing.
  virtual bool IsCurrent(const std::string& token) const = 0;
  // Not const: it may have to look at the source, so that one that is mended shows even while no call comes.
  virtual TokenHealth Health() = 0;
  // Begins what the source does on its own; until then it does nothing but what calls need.
  virtual void Start() {}
  // Ends that. `stopped` is called once nothing is under way: a source that has begun anything may be destroyed then
  // and no sooner. No call may be under way, and none may follow.
  virtual void Stop(std::function<void()> stopped) { stopped(); }
};

}  // namespace webex_gateway
