#include "server/otlp/sampler.h"

#include <gtest/gtest.h>

#include <string>

namespace webex_gateway {
namespace {

TraceContext Begun(const std::string& second_half) { return {.trace_id = std::string(16, 'a') + second_half}; }
TraceContext Continued(uint8_t flags) {
  return {.trace_id = std::string(32, 'a'), .parent_span_id = std::string(16, 'b'), .flags = flags};
}

TEST(SamplerTest, FollowsTheCallersDecisionWhateverTheRatioIs) {
  EXPECT_TRUE(SamplerOf({.ratio = 0})(Continued(kSampledFlag)));
  EXPECT_FALSE(SamplerOf({.ratio = 1})(Continued(0)));
  EXPECT_FALSE(SamplerOf({.ratio = 1})(Continued(2)));  // level 2's flag says nothing of it
}

TEST(SamplerTest, DecidesByItselfOnATraceThatBeginsHere) {
  EXPECT_TRUE(SamplerOf({.ratio = 1})(Begun("ffffffffffffffff")));
  EXPECT_FALSE(SamplerOf({.ratio = 0})(Begun("0000000000000001")));
}

TEST(SamplerTest, DecidesByItselfOnEveryTraceWhereItDoesNotFollow) {
  EXPECT_TRUE(SamplerOf({.follows_parent = false, .ratio = 1})(Continued(0)));
  EXPECT_FALSE(SamplerOf({.follows_parent = false, .ratio = 0})(Continued(kSampledFlag)));
}

TEST(SamplerTest, ChoosesByTheLowSecondHalfOfTheId) {
  const Sampler quarter = SamplerOf({.ratio = 0.25});
  EXPECT_TRUE(quarter(Begun("3fffffffffffffff")));
  EXPECT_FALSE(quarter(Begun("4000000000000000")));
}

}  // namespace
}  // namespace webex_gateway
