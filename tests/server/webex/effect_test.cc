// Whoever judges what a request may have done judges alike: retry, breaker and the error table, over every status with
// and without Retry-After.
#include "server/http/effect.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/http/breaker.h"
#include "server/http/pacing.h"
#include "server/http/retry.h"
#include "server/webex/errors.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fixed_bits.h"
#include "tests/server/testing/retries.h"

namespace webex_gateway {
namespace {

using Result = absl::StatusOr<HttpAnswer>;

enum class RetryAfter { kAbsent, kUnreadable, kOneSecond };

struct Met {
  int status;
  RetryAfter retry_after;

  bool waits() const { return retry_after == RetryAfter::kOneSecond; }
  HttpAnswer answer() const {
    if (retry_after == RetryAfter::kAbsent) return {status, {}, ""};
    return {status, {{"Retry-After", waits() ? "1" : "soon"}}, ""};
  }
};

std::ostream& operator<<(std::ostream& out, const Met& met) {
  return out << met.status << " with Retry-After " << static_cast<int>(met.retry_after);
}

// As the error table in proto/README.md has it.
bool IsSuccess(const Met& met) { return met.status >= 200 && met.status < 300; }
bool IsFailure(const Met& met) { return met.status < 200 || (met.status >= 500 && met.status != 501); }
bool MaybeActed(const Met& met) {
  return met.status == 303 || met.status == 408 || (IsFailure(met) && !(met.status == 503 && met.waits()));
}
bool AsksToComeAgain(const Met& met) {
  return met.status == 429 || ((met.status == 423 || met.status == 503) && met.waits());
}

struct Sent {
  size_t times;
  bool maybe_acted;
};

// A request that meets the answer for as long as it is sent, and the layers that may send it again.
Sent SendAgainst(const Met& met, bool repeatable) {
  Loop loop;
  FakeClock clock(loop);
  FixedBits random;
  Pace pace(random);
  Retries retries;
  auto* const wire = new FakeHttp;
  const auto client = WithRetry(WithPace(std::unique_ptr<HttpClient>(wire), clock, pace, kNobodyQueued), clock, random,
                                retries, RetryOptions{});
  for (int i = 0; i < 20; ++i) wire->Answer(met.answer());
  Call call{.deadline = Later(clock.Now(), absl::Seconds(30))};
  const Started<Result> sent{loop, client->Send({.method = "PUT", .repeatable = repeatable}, call)};
  clock.Advance(absl::Seconds(30));
  EXPECT_TRUE(sent.done());
  return {wire->sent.size(), call.maybe_acted};
}

bool OpensTheBreaker(const Met& met) {
  Loop loop;
  FakeClock clock(loop);
  FixedBits random;
  Breaker breaker(random);
  auto* const wire = new FakeHttp;
  const auto client = WithBreaker(std::unique_ptr<HttpClient>(wire), clock, breaker);
  Call call{.deadline = Later(clock.Now(), absl::Seconds(30))};
  for (int i = 0; i < 10; ++i) {
    wire->Answer(met.answer());
    const Started<Result> sent{loop, client->Send({}, call)};
    clock.RunLoop();
    EXPECT_TRUE(sent.done());
  }
  return breaker.state(clock.Now()) != Breaker::State::kClosed;
}

class EffectTest : public testing::TestWithParam<RetryAfter> {
 protected:
  // Every answer that the wire can hand over, and some that it should not.
  static std::vector<Met> All() {
    std::vector<Met> all;
    for (int status = 100; status < 600; ++status) all.push_back({status, GetParam()});
    all.push_back({999, GetParam()});
    return all;
  }
};

TEST_P(EffectTest, IsUncertainAfterSeeOtherATimeoutAndEveryFailureButARefusalWithAWait) {
  for (const Met& met : All()) {
    const Effect expected = IsSuccess(met) ? Effect::kDone : MaybeActed(met) ? Effect::kMayHave : Effect::kNone;
    EXPECT_EQ(EffectOf(met.status, met.waits()), expected) << met;
    EXPECT_EQ(EffectOf(met.answer(), absl::UnixEpoch()), expected) << met;
  }
}

TEST_P(EffectTest, LetsARepeatableRequestGoAgainWhereItMayHaveBeenForNothing) {
  for (const Met& met : All()) {
    const Sent sent = SendAgainst(met, /*repeatable=*/true);
    EXPECT_EQ(sent.times > 1, MaybeActed(met) || AsksToComeAgain(met)) << met;
    EXPECT_EQ(sent.maybe_acted, MaybeActed(met)) << met;
  }
}

TEST_P(EffectTest, LetsAnotherRequestGoAgainOnlyWhereItCertainlyWasForNothing) {
  for (const Met& met : All()) {
    const Sent sent = SendAgainst(met, /*repeatable=*/false);
    EXPECT_EQ(sent.times > 1, AsksToComeAgain(met)) << met;
    EXPECT_EQ(sent.maybe_acted, MaybeActed(met)) << met;
    EXPECT_TRUE(!MaybeActed(met) || sent.times == 1) << met;
  }
}

TEST_P(EffectTest, IsTheOutcomeOfTheError) {
  for (const Met& met : All()) {
    if (IsSuccess(met)) continue;
    for (const char* method : {"POST", "PUT", "DELETE"}) {
      const absl::Status error = ErrorOfAnswer(met.answer(), method, Call{}, absl::UnixEpoch());
      EXPECT_EQ(OutcomeIn(error), MaybeActed(met) ? Outcome::kUnknown : Outcome::kNotApplied) << method << " " << met;
    }
  }
}

TEST_P(EffectTest, OpensTheBreakerWhereTheServerFailedWhateverItAsksForNext) {
  for (const Met& met : All()) EXPECT_EQ(OpensTheBreaker(met), IsFailure(met)) << met;
}

INSTANTIATE_TEST_SUITE_P(RetryAfters, EffectTest,
                         testing::Values(RetryAfter::kAbsent, RetryAfter::kUnreadable, RetryAfter::kOneSecond));

}  // namespace
}  // namespace webex_gateway
