// A TokenSource for tests: returns `token` until it is refused, then `once_refused`, if there is one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/http/token_source.h"

namespace webex_gateway {

class FakeTokens : public TokenSource {
 public:
  Async<absl::StatusOr<std::string>> Token(const Call&) override { co_return token; }

  Async<bool> HasOtherThan(std::string the_refused, const Call&) override {
    refused.push_back(the_refused);
    if (once_refused) token = *once_refused;
    co_return token.ok() && *token != the_refused;
  }

  bool IsCurrent(const std::string& the_token) const override { return token.ok() && *token == the_token; }

  TokenHealth Health() override { return {.usable = token.ok()}; }

  absl::StatusOr<std::string> token = "first";
  std::optional<std::string> once_refused;
  std::vector<std::string> refused;
};

}  // namespace webex_gateway
