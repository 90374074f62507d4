// The access token from where an operator puts it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/small_file.h"
#include "server/http/token_source.h"

namespace webex_gateway {

// `token` without the white space around it; an error where nothing is left or a byte of it is no visible ASCII, so
// that it can stand in a header. The error calls it `name` and does not quote it.
absl::StatusOr<std::string> CheckedToken(absl::string_view token, absl::string_view name = "the token");

// Always the same token, from the environment, say. It must have passed CheckedToken.
std::unique_ptr<TokenSource> CreateFixedToken(std::string token);

// `first`, which has passed CheckedToken, and then what `read` gives, read again at most once a second, and at once
// when Webex has refused what was read. While that is not a good token the last one stays in use; `changed` is told
// when this begins and, with OK, when it is over. `clock` must outlive the source.
std::unique_ptr<TokenSource> CreateRereadToken(Clock& clock, std::string first,
                                               std::function<absl::StatusOr<std::string>()> read,
                                               std::function<void(const absl::Status&)> changed);

// The secret in the file at `path`, checked as by CheckedToken, whose error says `name`.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path, absl::string_view name);

// Not where there is a pipe at `path`: what was read of it has gone, and the next reader waits.
bool IsRereadable(const std::string& path);

}  // namespace webex_gateway
