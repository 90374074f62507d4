// How long a backlog takes to drain through the whole stack, in virtual time, against rate limiters of many kinds,
// beside a client that knows the limiter from its first 429 on. Prints what it measures.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/http/retry_after.h"
#include "server/http/stack.h"
#include "tests/limiters/knowing_client.h"
#include "tests/limiters/limiters.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_tokens.h"
#include "tests/server/testing/fixed_bits.h"
#include "tests/server/testing/retries.h"

namespace webex_gateway {
namespace {

using Result = absl::StatusOr<HttpAnswer>;

constexpr int kPlaces = 64;
constexpr int kMostOrders = 11'000;
constexpr absl::Duration kDeadline = absl::Hours(10);

// What stands in Retry-After.
struct RetryAfter {
  enum class Kind { kAbsent, kSeconds, kTrue, kNonsense } kind = Kind::kSeconds;
  int seconds = 1;

  std::string Name() const {
    switch (kind) {
      case Kind::kAbsent:
        return "absent";
      case Kind::kTrue:
        return "true";
      case Kind::kNonsense:
        return "nonsense";
      case Kind::kSeconds:
        break;
    }
    return absl::StrCat(seconds, " s");
  }
};
constexpr RetryAfter kAbsent{RetryAfter::Kind::kAbsent};
constexpr RetryAfter kTrue{RetryAfter::Kind::kTrue};
constexpr RetryAfter kNonsense{RetryAfter::Kind::kNonsense};
// With the bits that the test draws.
constexpr double kRestWhereNotSaid = 5;

struct Case {
  std::string name;
  std::function<std::unique_ptr<Limiter>()> limiter;
  int orders = 0;
  RetryAfter retry_after;
  double round_trip = 0.02;
  // What the client that knows would meet; as a rule the same.
  std::function<std::unique_ptr<Limiter>()> known = nullptr;
  // Of the orders, how many the gateway sees at a time: a caller's connection carries no more.
  int at_a_time = kMostOrders;
  // A gateway that takes in a backlog hears no answer before then: they come a few at a time afterwards.
  double busy = 0;
};

struct Outcome {
  double seconds = 0;
  double knowing = 0;  // the client that knows
  double refused = 0;  // of the calls, after the first volley
  int failed = 0;

  double Ratio() const { return seconds / knowing; }
};

// An upstream that decides in the middle of a round trip.
class LimitedHttp : public HttpClient {
 public:
  LimitedHttp(Clock& clock, const Case& the_case) : clock_(clock), case_(the_case), limiter_(the_case.limiter()) {}

  Async<Result> Send(HttpRequest, Call&) override {
    const int number = sent++;
    const bool in_first_volley = !answered_429_;
    co_await Sleep(clock_, absl::Seconds(case_.round_trip / 2));
    const bool taken = limiter_->Take(Now());
    HttpAnswer answer = taken ? HttpAnswer{200, {}, ""} : Refusal();
    co_await Sleep(clock_, absl::Seconds(std::max(case_.round_trip / 2, HeardAt(number) - Now())));
    if (taken) {
      last_taken = Now();
    } else {
      answered_429_ = true;
      refused_later += in_first_volley ? 0 : 1;
    }
    co_return answer;
  }

  int sent = 0;
  int refused_later = 0;
  double last_taken = 0;

 private:
  double Now() const { return std::chrono::duration<double>(clock_.Now().time_since_epoch()).count(); }

  double HeardAt(int number) const {
    const int round = number / kPlaces;
    return case_.busy * (1 + round * 0.1 + number % kPlaces * 0.002);
  }

  HttpAnswer Refusal() {
    HttpAnswer answer{429, {}, ""};
    std::string value;
    switch (case_.retry_after.kind) {
      case RetryAfter::Kind::kAbsent:
        return answer;
      case RetryAfter::Kind::kNonsense:
        value = "rand(30),add(30)";
        break;
      case RetryAfter::Kind::kTrue:
        value = absl::StrCat(std::max(1.0, std::ceil(limiter_->NextFree(Now()) - Now())));
        break;
      case RetryAfter::Kind::kSeconds:
        value = absl::StrCat(case_.retry_after.seconds);
    }
    answer.headers.push_back({"Retry-After", value});
    return answer;
  }

  Clock& clock_;
  const Case& case_;
  const std::unique_ptr<Limiter> limiter_;
  bool answered_429_ = false;
};

double KnowingSeconds(const Case& the_case) {
  KnowingClient client{.places = kPlaces, .round_trip = the_case.round_trip};
  const RetryAfter::Kind kind = the_case.retry_after.kind;
  client.rest = kind == RetryAfter::Kind::kSeconds ? the_case.retry_after.seconds
                : kind == RetryAfter::Kind::kTrue  ? 1
                                                   : kRestWhereNotSaid;
  return client.Drain(*(the_case.known ? the_case.known : the_case.limiter)(), the_case.orders).seconds;
}

// One order after the other; returns how many failed.
Async<int> SendWhileAnyIsLeft(HttpClient& http, Clock& clock, int& left) {
  int failed = 0;
  while (left > 0) {
    Call call{.request_id = absl::StrCat(left--), .deadline = Later(clock.Now(), kDeadline)};
    HttpRequest request{.method = "POST"};
    const Result answer = co_await http.Send(std::move(request), call);
    failed += answer.ok() && answer->status == 200 ? 0 : 1;
  }
  co_return failed;
}

Outcome Drain(const Case& the_case) {
  Loop loop;
  FakeClock clock(loop);
  FixedBits random;
  FakeTokens tokens;
  Retries retries;
  LimitedHttp webex(clock, the_case);
  const auto stack = CreateStack(webex, clock, random, tokens, [](const HttpAnswer&) { return false; }, retries,
                                 {.admission = {kPlaces, the_case.orders}});
  int left = the_case.orders;
  std::vector<Started<int>> started;
  for (int i = 0; i < std::min(the_case.at_a_time, the_case.orders); ++i) {
    started.emplace_back(loop, SendWhileAnyIsLeft(stack->client(), clock, left));
  }
  clock.RunLoop();
  const auto all_done = [&] {
    return std::all_of(started.begin(), started.end(), [](auto& one) { return one.done(); });
  };
  while (!all_done()) clock.Advance(absl::Seconds(1));
  Outcome outcome{.seconds = webex.last_taken, .knowing = KnowingSeconds(the_case)};
  outcome.refused = static_cast<double>(webex.refused_later) / the_case.orders;
  for (auto& one : started) outcome.failed += *one;
  return outcome;
}

// Of many cases, a line each.
class Table {
 public:
  explicit Table(const std::string& of) {
    std::cout << absl::StrFormat("%-46s %6s %9s %7s %6s %8s\n", of, "orders", "knowing", "ours", "ratio", "refused");
  }

  const Outcome& Add(const Case& the_case) {
    const Outcome outcome = Drain(the_case);
    std::cout << absl::StrFormat("%-46s %6d %7.1f s %5.1f s %6.2f %6.1f %%\n", the_case.name, the_case.orders,
                                 outcome.knowing, outcome.seconds, outcome.Ratio(), 100 * outcome.refused);
    EXPECT_EQ(outcome.failed, 0) << the_case.name;
    return outcomes_.emplace_back(outcome);
  }

  double GeometricMean() const {
    double logarithms = 0;
    for (const Outcome& outcome : outcomes_) logarithms += std::log(outcome.Ratio());
    const double mean = std::exp(logarithms / static_cast<double>(outcomes_.size()));
    std::cout << absl::StrFormat("%d cases, geometric mean %.3f\n", outcomes_.size(), mean);
    return mean;
  }

 private:
  std::list<Outcome> outcomes_;
};

template <typename Kind, typename... Arguments>
std::function<std::unique_ptr<Limiter>()> Making(Arguments... arguments) {
  return [=] { return std::make_unique<Kind>(arguments...); };
}

Case BucketCase(double rate, double burst, RetryAfter retry_after, double round_trip, int orders) {
  return {absl::StrFormat("%g/s, burst %g, Retry-After %s, %g ms", rate, burst, retry_after.Name(), 1000 * round_trip),
          Making<TokenBucket>(rate, burst), orders, retry_after, round_trip};
}

// Enough that the rate counts beside the rest.
int OrdersFor(double rate, double burst, RetryAfter retry_after) {
  const double least = rate < 200 ? 30 : rate < 1000 ? 15 : 8;
  const double seconds =
      retry_after.kind == RetryAfter::Kind::kSeconds ? std::max(least, 2.0 * retry_after.seconds) : least;
  return std::max(300, static_cast<int>(burst + rate * seconds));
}

TEST(DrainTest, TakesATokenBucketAtItsRate) {
  Table table("token bucket");
  constexpr RetryAfter kSaid[] = {kAbsent,        kNonsense,       kTrue,          {.seconds = 1},
                                  {.seconds = 5}, {.seconds = 20}, {.seconds = 60}};
  constexpr double kRoundTrips[] = {0.02, 0.1, 0.5};
  size_t next = 0;
  int left_out = 0;  // a fast rate and a long rest: more orders than a test has time for
  for (const double rate : {1.0, 5.0, 20.0, 50.0, 200.0, 1000.0}) {
    for (const double burst_seconds : {0.2, 1.0, 10.0}) {
      for (const RetryAfter& said : kSaid) {
        const double round_trip = rate >= 200 ? 0.02 : kRoundTrips[next++ % 3];
        const double burst = std::max(1.0, burst_seconds * rate);
        const int orders = OrdersFor(rate, burst, said);
        if (orders > kMostOrders) {
          ++left_out;
          continue;
        }
        const Outcome& outcome = table.Add(BucketCase(rate, burst, said, round_trip, orders));
        const bool long_rest = said.kind == RetryAfter::Kind::kSeconds && said.seconds > 5;
        EXPECT_LE(outcome.Ratio(), long_rest ? 1.5 : 1.4);
        EXPECT_LE(outcome.refused, 0.08);
      }
    }
  }
  EXPECT_LE(table.GeometricMean(), 1.25);
  EXPECT_LE(left_out, 14);
}

// Backlogs as people have met them.
std::vector<Case> CasesOfTheReadme() {
  return {BucketCase(40, 20, {.seconds = 1}, 0.02, 400), BucketCase(50, 10, {.seconds = 5}, 0.02, 1000),
          BucketCase(10, 10, {.seconds = 10}, 0.02, 200), BucketCase(200, 50, {.seconds = 2}, 0.02, 2000),
          BucketCase(5, 5, {.seconds = 20}, 0.02, 100)};
}

TEST(DrainTest, TakesTheTokenBucketsOfTheReadmeAtTheirRates) {
  Table table("token bucket");
  for (const Case& the_case : CasesOfTheReadme()) table.Add(the_case);
  EXPECT_LE(table.GeometricMean(), 1.25);
}

// As gRPC's callers are: 64 at Webex and 100 more.
TEST(DrainTest, TakesTheTokenBucketsOfTheReadmeAtTheirRatesThoughOneConnectionCarriesFewOrdersAtATime) {
  Table table("token bucket");
  for (Case the_case : CasesOfTheReadme()) {
    the_case.at_a_time = 164;
    table.Add(the_case);
  }
  EXPECT_LE(table.GeometricMean(), 1.25);
}

TEST(DrainTest, TakesTheTokenBucketsOfTheReadmeAtTheirRatesThoughTheFirstAnswersAreHeardLate) {
  Table table("token bucket");
  for (Case the_case : CasesOfTheReadme()) {
    the_case.busy = 0.35;
    table.Add(the_case);
  }
  EXPECT_LE(table.GeometricMean(), 1.3);
}

// Orders that come one after the other, each with a deadline.
struct Demand {
  double per_second = 0;
  absl::Duration deadline;
  absl::Duration lasts;
};

Async<void> CountIfRefused(HttpClient& client, Call& call, int& refused) {
  HttpRequest order{.method = "POST"};
  const Result result = co_await client.Send(std::move(order), call);
  if (!result.ok() || result->status != 200) ++refused;
}

// How many of the last minute's are not taken.
int RefusedInTheLastMinute(const Case& the_case, const Demand& demand) {
  Loop loop;
  FakeClock clock(loop);
  FixedBits random;
  FakeTokens tokens;
  Retries retries;
  LimitedHttp webex(clock, the_case);
  const auto stack = CreateStack(webex, clock, random, tokens, [](const HttpAnswer&) { return false; }, retries,
                                 {.admission = {kPlaces, 1000}});
  std::list<Call> calls;
  int before = 0;
  int at_last = 0;
  const Clock::Time last_minute = Later(clock.Now(), demand.lasts - absl::Minutes(1));
  const Clock::Time end = Later(clock.Now(), demand.lasts);
  while (clock.Now() < end) {
    Call& call = calls.emplace_back(Call{.deadline = Later(clock.Now(), demand.deadline)});
    Spawn(loop, CountIfRefused(stack->client(), call, clock.Now() < last_minute ? before : at_last));
    clock.Advance(absl::Seconds(1 / demand.per_second));
  }
  clock.Advance(demand.deadline + absl::Minutes(1));
  std::cout << the_case.name << ": " << before << " refused before, " << at_last << " in the last minute\n";
  return at_last;
}

Case RaisedAfterTwoMinutes(int retry_after) {
  const auto limiter = [] {
    auto bucket = std::make_unique<TokenBucket>(10, 10);
    bucket->ChangeTo(50, 120);
    return bucket;
  };
  return {absl::StrCat("10/s, then 50/s, Retry-After ", retry_after, " s"), limiter, 0, {.seconds = retry_after}, 0.05};
}

// Deadlines keep the queue so short that a faster pace seems to save nobody much.
TEST(DrainTest, TakesASteadyDemandBelowTheLimitThoughItsDeadlinesAreShort) {
  const Demand thirty{.per_second = 30, .deadline = absl::Seconds(5), .lasts = absl::Minutes(10)};
  EXPECT_EQ(RefusedInTheLastMinute(RaisedAfterTwoMinutes(5), thirty), 0);
  EXPECT_EQ(RefusedInTheLastMinute(RaisedAfterTwoMinutes(30), thirty), 0);
  EXPECT_EQ(RefusedInTheLastMinute(BucketCase(50, 10, {.seconds = 10}, 0.05, 0), thirty), 0);
}

// An order, sent again by its caller whenever it is refused, after the wait that it was told.
Async<void> OrderUntilTaken(HttpClient& client, Clock& clock, Call& call, int& tries) {
  for (tries = 1;; ++tries) {
    call.deadline = Later(clock.Now(), absl::Seconds(10));
    HttpRequest request{.method = "POST"};
    const Result result = co_await client.Send(std::move(request), call);
    if (result.ok() && result->status == 200) co_return;
    const std::optional<absl::Duration> wait =
        result.ok() ? RetryAfterIn(*result, clock.WallNow()) : RetryAfterOf(result.status());
    co_await Sleep(clock, wait.value_or(absl::Seconds(1)));
  }
}

TEST(DrainTest, GivesACallThatReturnsAtTheGivenTimeItsTurn) {
  constexpr int kOrders = 200;
  const Case of{.name = "", .limiter = Making<TokenBucket>(5, 5), .orders = kOrders, .retry_after = {.seconds = 2}};
  Loop loop;
  FakeClock clock(loop);
  FixedBits random;
  FakeTokens tokens;
  Retries retries;
  LimitedHttp webex(clock, of);
  const auto stack = CreateStack(webex, clock, random, tokens, [](const HttpAnswer&) { return false; }, retries,
                                 {.admission = {kPlaces, kOrders}});
  std::list<Call> calls;
  std::list<int> tries;
  for (int i = 0; i < kOrders; ++i) {
    Call& call = calls.emplace_back(Call{.request_id = absl::StrCat(i)});
    Spawn(loop, OrderUntilTaken(stack->client(), clock, call, tries.emplace_back()));
  }
  clock.Advance(absl::Seconds(kOrders * 0.3));
  EXPECT_LE(*std::max_element(tries.begin(), tries.end()), 6);
  EXPECT_EQ(clock.timers(), 0u) << "all are done";
}

TEST(DrainTest, TakesWindowsNearlyAtTheirRates) {
  Table table("window");
  for (const double seconds : {1.0, 10.0, 60.0}) {
    for (const double rate : {5.0, 50.0}) {
      for (const RetryAfter& said : {kTrue, RetryAfter{.seconds = 1}, RetryAfter{.seconds = 30}}) {
        const int most = static_cast<int>(rate * seconds);
        const int orders = 3 * most + static_cast<int>(30 * rate);
        if (orders > kMostOrders) continue;
        const std::string name = absl::StrFormat("%d in %g s, Retry-After %s", most, seconds, said.Name());
        table.Add({absl::StrCat("fixed, ", name), Making<FixedWindow>(seconds, most), orders, said});
        table.Add({absl::StrCat("sliding, ", name), Making<SlidingWindow>(seconds, most), orders, said});
      }
    }
  }
  EXPECT_LE(table.GeometricMean(), 1.5);
}

TEST(DrainTest, TakesALimitOfRequestsUnderWayNearlyAtItsRate) {
  Table table("under way");
  for (const int most : {1, 4, 20}) {
    for (const double round_trip : {0.05, 0.5}) {
      for (const RetryAfter& said : {RetryAfter{.seconds = 1}, RetryAfter{.seconds = 10}}) {
        const int orders = std::clamp(static_cast<int>(30 * most / round_trip), 300, kMostOrders);
        table.Add({absl::StrFormat("%d under way, Retry-After %s, %g ms", most, said.Name(), 1000 * round_trip),
                   Making<SlidingWindow>(round_trip, most), orders, said, round_trip});
      }
    }
  }
  EXPECT_LE(table.GeometricMean(), 1.8);
}

TEST(DrainTest, FollowsALimitThatHalvesOrDoubles) {
  Table table("changes after 20 s");
  for (const double rate : {10.0, 100.0}) {
    for (const double times : {0.5, 2.0}) {
      for (const int seconds : {1, 5, 20}) {
        const auto limiter = [=] {
          auto bucket = std::make_unique<TokenBucket>(rate, rate);
          bucket->ChangeTo(rate * times, 20);
          return bucket;
        };
        table.Add({absl::StrFormat("%g/s, then %g/s, Retry-After %d s", rate, rate * times, seconds),
                   limiter,
                   static_cast<int>(rate * 50),
                   {.seconds = seconds},
                   0.05});
      }
    }
  }
  EXPECT_LE(table.GeometricMean(), 1.5);
}

TEST(DrainTest, GetsItsHalfOfALimitThatAnotherClientShares) {
  Table table("half for another client");
  for (const double rate : {10.0, 100.0}) {
    for (const double burst_seconds : {0.2, 1.0, 5.0}) {
      for (const int seconds : {1, 5, 20}) {
        const double burst = rate * burst_seconds;
        table.Add({absl::StrFormat("%g/s, burst %g, Retry-After %d s", rate, burst, seconds),
                   Making<SharedBucket>(rate, burst),
                   static_cast<int>(burst + rate * 30),
                   {.seconds = seconds},
                   0.05,
                   Making<TokenBucket>(rate / 2, burst)});
      }
    }
  }
  EXPECT_LE(table.GeometricMean(), 1.5);
}

}  // namespace
}  // namespace webex_gateway
