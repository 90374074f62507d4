// The access token from the place where an operator puts it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/small_file.h"
#include "server/http/token_source.h"

namespace webex_gateway {

// `token` without surrounding white space; an error if nothing is left or a byte of it is not visible ASCII, so that it
// can be sent in a header. The error calls it `name` and does not quote it.
absl::StatusOr<std::string> CheckedToken(absl::string_view token, absl::string_view name = "the token");

// Always the same token, for example from the environment. It must have passed CheckedToken.
std::unique_ptr<TokenSource> CreateFixedToken(std::string token);

// `first`, which has passed CheckedToken, and then the result of `read`, called at most once a second, and at once when
// Webex has refused the token. While the result is not a valid token the last one stays in use; `changed` is called
// when this begins and, with OK, when it is over. `clock` must outlive the source.
std::unique_ptr<TokenSource> CreateRereadToken(Clock& clock, std::string first,
                                               std::function<absl::StatusOr<std::string>()> read,
                                               std::function<void(const absl::Status&)> changed);

// The secret in the file at `path`, checked by CheckedToken, whose error uses `name`.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path, absl::string_view name);

// False if `path` is a pipe: its content is gone after the first read, and the next reader waits.
bool IsRereadable(const std::string& path);

}  // namespace webex_gateway
