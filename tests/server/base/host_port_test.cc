#include "server/base/host_port.h"

#include <gtest/gtest.h>

namespace webex_gateway {
namespace {

struct Split {
  const char* text;
  const char* host;
  const char* port;
};

std::ostream& operator<<(std::ostream& out, const Split& split) { return out << split.text; }

class SplitHostPortTest : public testing::TestWithParam<Split> {};

TEST_P(SplitHostPortTest, GivesItsHalves) {
  const std::optional<HostPort> found = SplitHostPort(GetParam().text);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->host, GetParam().host);
  EXPECT_EQ(found->port, GetParam().port);
}

INSTANTIATE_TEST_SUITE_P(Good, SplitHostPortTest,
                         testing::Values(Split{"localhost:80", "localhost", "80"},
                                         Split{"127.0.0.1:0", "127.0.0.1", "0"}, Split{"[::1]:443", "::1", "443"},
                                         Split{":80", "", "80"}, Split{"host:", "host", ""}, Split{"[]:1", "[]", "1"}));

TEST(AuthorityOf, IsWhatStandsBetweenSchemeAndPath) {
  for (const char* url : {"https://host:1/v1/x", "https://host:1", "host:1/v1", "host:1"}) {
    EXPECT_EQ(AuthorityOf(url), "host:1") << url;
  }
}

TEST(IsPort, TakesDigitsInItsRangeAndNothingElse) {
  for (const char* text : {"1", "443", "65535"}) EXPECT_TRUE(IsPort(text, 1)) << text;
  for (const char* text : {"", "0", "65536", "+1", "-1", " 1", "1 ", "1x", "18446744073709551617"}) {
    EXPECT_FALSE(IsPort(text, 1)) << text;
  }
  EXPECT_TRUE(IsPort("0", 0));
}

TEST(SplitHostPort, FindsNoPortWhereThereIsNone) {
  for (const char* text : {"", "localhost", "[::1]"}) EXPECT_FALSE(SplitHostPort(text)) << text;
}

}  // namespace
}  // namespace webex_gateway
