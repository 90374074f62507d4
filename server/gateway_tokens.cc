#include "server/gateway_tokens.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/webex/access_token.h"
#include "server/webex/oauth_state.h"
#include "server/webex/oauth_token.h"

namespace webex_gateway {
namespace {

absl::StatusOr<OAuthCredentials> ReadOAuthFiles(const OAuthFiles& files) {
  absl::StatusOr<std::string> id = ReadSecretFile(files.client_id, "the client id");
  if (!id.ok()) return id.status();
  absl::StatusOr<std::string> secret = ReadSecretFile(files.client_secret, "the client secret");
  if (!secret.ok()) return secret.status();
  absl::StatusOr<std::string> refresh_token = ReadSecretFile(files.refresh_token, "the refresh token");
  if (!refresh_token.ok()) return refresh_token.status();
  return OAuthCredentials{*std::move(id), *std::move(secret), *std::move(refresh_token)};
}

OAuthPorts CreateOAuthPorts(const OAuthFiles& files, StateFile* state, Log& log) {
  OAuthPorts ports;
  ports.read = [files] { return ReadOAuthFiles(files); };
  ports.tell = [&log](absl::string_view what, bool trouble) { log.Report("oauth", what, trouble); };
  if (state == nullptr) {
    log.Warn("--oauth_state_file=none: a refresh token that Webex issues is lost with this process");
    return ports;
  }
  ports.saved = LoadOAuthState(files.state).value_or(std::nullopt);
  ports.save = [state](std::string content, std::function<void(absl::Status)> done) {
    state->Save(std::move(content), std::move(done));
  };
  return ports;
}

std::unique_ptr<TokenSource> CreateFileToken(const Options& options, Clock& clock, Log& log) {
  if (!IsRereadable(options.webex_token_file)) {
    log.Info("--webex_token_file: a pipe, so it will not be read again");
    return CreateFixedToken(options.webex_token);
  }
  const auto read = [path = options.webex_token_file] { return ReadSmallFile(path); };
  return CreateRereadToken(clock, options.webex_token, read, [&log](const absl::Status& status) {
    if (status.ok()) {
      log.Info("--webex_token_file: the token is valid again");
    } else {
      log.Warn(absl::StrCat("--webex_token_file: ", status.message(), "; the last valid token stays in use"));
    }
  });
}

}  // namespace

std::unique_ptr<TokenSource> CreateTokenSource(const Options& options, Loop& loop, Clock& clock, absl::BitGenRef random,
                                               HttpClient& wire, StateFile* state, Log& log) {
  if (options.oauth) return CreateOAuthToken(loop, clock, random, wire, CreateOAuthPorts(*options.oauth, state, log));
  if (!options.webex_token_file.empty()) return CreateFileToken(options, clock, log);
  return CreateFixedToken(options.webex_token);
}

}  // namespace webex_gateway
