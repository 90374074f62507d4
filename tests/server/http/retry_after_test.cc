#include "server/http/retry_after.h"

#include <gtest/gtest.h>

#include <string>

namespace webex_gateway {
namespace {

// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
const absl::Time kNow = absl::FromUnixSeconds(784'111'777);

TEST(ParseRetryAfter, ReadsSeconds) {
  const std::pair<const char*, int64_t> cases[] = {{"0", 0},     {"1", 1},   {"007", 7},
                                                   {"600", 600}, {" 5 ", 5}, {"\t5", 5}};
  for (const auto& [value, seconds] : cases) EXPECT_EQ(ParseRetryAfter(value, kNow), absl::Seconds(seconds)) << value;
}

TEST(ParseRetryAfter, ReadsWhatServersMakeOfSeconds) {
  const std::pair<const char*, int64_t> cases[] = {
      {"30.5", 31},    {"30.0", 30},   {"30.000001", 31}, {"0.1", 1},         {"30 seconds", 30},
      {"1 second", 1}, {"30 Sec", 30}, {"30s", 30},       {"1, 1", 1},        {"5,10", 10},
      {"10, 5", 10},   {"1.5s, 2", 2}, {"7 , 30.5", 31},  {"9.5 seconds", 10}};
  for (const auto& [value, seconds] : cases) EXPECT_EQ(ParseRetryAfter(value, kNow), absl::Seconds(seconds)) << value;
  EXPECT_EQ(ParseRetryAfter("1, 99999999999999999999999999.5", kNow), kLongestRetryAfter);
}

TEST(ParseRetryAfter, TakesWhatWouldBeDecadesForAMoment) {
  EXPECT_EQ(ParseRetryAfter("784111807", kNow), absl::Seconds(30));
  EXPECT_EQ(ParseRetryAfter("784111700", kNow), absl::ZeroDuration());
}

TEST(ParseRetryAfter, ReadsTheThreeFormsOfAnHttpDate) {
  for (const char* value :
       {"Sun, 06 Nov 1994 08:50:07 GMT", "Sunday, 06-Nov-94 08:50:07 GMT", "Sun Nov  6 08:50:07 1994"}) {
    EXPECT_EQ(ParseRetryAfter(value, kNow), absl::Seconds(30)) << value;
  }
}

TEST(ParseRetryAfter, WaitsNoLongerForADateThatHasPassed) {
  for (const char* value : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT",
                            "Sunday, 06-Nov-94 08:49:07 GMT", "Thu Jan  1 00:00:00 1970"}) {
    EXPECT_EQ(ParseRetryAfter(value, kNow), absl::ZeroDuration()) << value;
  }
}

TEST(ParseRetryAfter, IsTenMinutesAtMostInWhateverForm) {
  EXPECT_EQ(kLongestRetryAfter, absl::Minutes(10));
  for (const std::string& value :
       {std::string("601"), std::string("86400"), std::string("600.5"), std::string("3600 seconds"),
        std::string("1, 3600"), std::string("784115377"), std::string("Sun, 06 Nov 1994 09:49:37 GMT"),
        std::string("Fri, 31 Dec 9999 23:59:59 GMT"), std::string("9223372036854775807"),
        std::string("9223372036854775808"), std::string("99999999999999999999999999"), std::string(100'000, '9')}) {
    EXPECT_EQ(ParseRetryAfter(value, kNow), kLongestRetryAfter) << value.substr(0, 40);
  }
}

TEST(ParseRetryAfter, TakesGarbageForNothing) {
  for (const char* value : {"",
                            " ",
                            "rand(30),add(30)",
                            "30.",
                            ".5",
                            "30.5.5",
                            "30 minutes",
                            "5,",
                            ", 5",
                            "5, soon",
                            "-1",
                            "+1",
                            "1e3",
                            "0x10",
                            "soon",
                            "\xd9\xa3",
                            "1 2",
                            "Sun, 06 Nov 1994 08:50:07",
                            "Sun, 06 Nov 1994 08:50:07 CET",
                            "Sun, 31 Feb 1994 08:50:07 GMT",
                            "Sun, 06 Nov 1994 25:00:00 GMT",
                            "1994-11-06T08:50:07Z",
                            "GMT",
                            "infinite-future",
                            "infinite-past",
                            " infinite-future "}) {
    EXPECT_EQ(ParseRetryAfter(value, kNow), std::nullopt) << "'" << value << "'";
  }
  EXPECT_EQ(ParseRetryAfter(absl::string_view("5\0", 2), kNow), std::nullopt);
  EXPECT_EQ(ParseRetryAfter(std::string(100'000, 'x'), kNow), std::nullopt);
}

}  // namespace
}  // namespace webex_gateway
