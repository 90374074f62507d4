#include "server/webex/oauth_state.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace webex_gateway {
namespace {

TEST(OAuthState, ComesBackAsItWasWritten) {
  for (const char* token : {"", "R", "quote\" back\\slash", "\xc3\xa4"}) {
    const OAuthState state{.given_sha256 = "abc", .refresh_token = token};
    EXPECT_EQ(*ReadOAuthState(WriteOAuthState(state)), state) << token;
  }
}

TEST(OAuthState, IsNothingButWhatWasWrittenHereAndIsNeverQuoted) {
  for (const char* content : {"", "s3cret", "{}", "[]", R"({"refresh_token":"s3cret"})",
                              R"({"given_refresh_token_sha256":"s3cret"})", R"({"refresh_token":"s3cret)"}) {
    const absl::Status status = ReadOAuthState(content).status();
    EXPECT_EQ(status, absl::InvalidArgumentError("contains no state written by this gateway")) << content;
  }
}

TEST(LoadOAuthState, DistinguishesNoStateYetFromAnUnusableOne) {
  const std::string path = testing::TempDir() + "load_oauth_state";
  std::remove(path.c_str());
  EXPECT_EQ(*LoadOAuthState(path), std::nullopt);
  std::ofstream(path) << WriteOAuthState({"abc", "R"});
  EXPECT_EQ(*LoadOAuthState(path), (OAuthState{"abc", "R"}));
  std::ofstream(path) << "s3cret";
  EXPECT_EQ(
      LoadOAuthState(path).status(),
      absl::InvalidArgumentError(
          path + " contains no state written by this gateway; remove it to start from the operator's refresh token"));
  EXPECT_FALSE(LoadOAuthState(testing::TempDir()).ok());
  std::remove(path.c_str());
}

}  // namespace
}  // namespace webex_gateway
