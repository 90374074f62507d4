// The promise, tried from outside: real gateways on one PostgreSQL, a Webex that fails in every way, callers who keep
// to the contract, and all that can happen to processes, hosts, clocks and the database. Each answer is held against
// what Webex had done at that moment (checker.h); in the end each order exists once, and is answered so forever.
//
// Short as it stands. The long run, of some half an hour:
//
//   WEBEX_PROMISE_ORDERS=20000 WEBEX_PROMISE_PAUSES=40 build/dev/bin/promise_test
//
// A seed (WEBEX_PROMISE_SEED) brings back the same orders, dice and troubles, not the same interleaving.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/e2e/promise/caller.h"
#include "tests/e2e/promise/checker.h"
#include "tests/e2e/promise/gateways.h"
#include "tests/e2e/promise/troubles.h"

namespace webex_gateway::promise {
namespace {

constexpr uint64_t kSeed = 20261129;
constexpr int kCallers = 24;
constexpr int kPausesAtOnce = 2;

uint64_t NumberFrom(const char* variable, uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

// "user-7@sp.com" is a user; those of bursts are called by what was done to their gateway.
std::string KindOf(const std::string& user_id) { return user_id.substr(0, user_id.find('-')); }

class PromiseTest : public testing::Test {
 protected:
  PromiseTest() {
    std::string name = (std::filesystem::temp_directory_path() / "promise-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~PromiseTest() override { std::filesystem::remove_all(folder_); }

  // Callers who order one after the other, until so many orders are there.
  void OrderSteadily(uint64_t seed) {
    Random random(seed);
    for (int order = ++orders_begun_; order <= orders_; order = ++orders_begun_) {
      const std::string user_id = absl::StrCat("user-", order, "@sp.com");
      Obtained(user_id, Caller(checker_, gateways_, random()).Obtain(user_id));
      absl::SleepFor(absl::Milliseconds(Draw(random, 400)));
    }
  }

  // Gateways that are held up, one after the other; stopped and suspended in turn.
  void HoldUp(uint64_t seed) {
    for (int pause = ++pauses_begun_; pause <= pauses_; pause = ++pauses_begun_) {
      const Pause kind = pause % 2 == 1 ? Pause::kStopped : Pause::kSuspended;
      for (const auto& [user_id, id] : troubles_->HoldUpInABurst(kind, seed + pause)) Obtained(user_id, id);
    }
  }

  void Obtained(const std::string& user_id, const std::string& request_id) {
    const std::lock_guard lock(mutex_);
    request_id.empty() ? void(++given_up_) : void(obtained_.emplace(user_id, request_id));
  }

  // All orders that were told OK are asked for again, by several callers.
  void AskForAllAgain() {
    std::vector<std::pair<std::string, std::string>> all(obtained_.begin(), obtained_.end());
    std::atomic<size_t> next = 0;
    std::atomic<int> gone = 0;
    const auto ask = [&](uint64_t seed) {
      Caller caller(checker_, gateways_, seed);
      for (size_t i = next++; i < all.size(); i = next++) {
        if (!caller.IsStillThere(all[i].first, all[i].second)) ++gone;
      }
    };
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) callers.emplace_back(ask, i);
    callers.clear();
    EXPECT_EQ(gone, 0) << "orders that were told OK are answered so no more";
  }

  void Report(absl::Duration took) const {
    std::printf("%zu orders exist and are answered so, %d were given up; %d pauses; %.0f s\n", obtained_.size(),
                given_up_, pauses_, absl::ToDoubleSeconds(took));
    for (const auto& [answer, count] : checker_.answers()) std::printf("  %6d %s\n", count, answer.c_str());
  }

  void ExpectNoFault(const std::string& when) const {
    std::map<std::string, int> count;
    std::map<std::string, std::string> examples;
    for (const Fault& fault : checker_.faults()) {
      const std::string what = absl::StrCat(NameOf(fault.rule), " ", fault.said, " of ", KindOf(fault.user_id));
      ++count[what];
      examples.emplace(what, fault.story);
    }
    for (const auto& [what, times] : count) {
      ADD_FAILURE() << when << ": " << times << " times " << what << ", for example\n" << examples[what];
    }
  }

  int orders_ = 0;
  int pauses_ = 0;
  std::filesystem::path folder_;
  Checker checker_;
  Gateways gateways_;
  std::unique_ptr<Troubles> troubles_;
  std::atomic<int> orders_begun_ = 0;
  std::atomic<int> pauses_begun_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::string> obtained_;  // users and request ids
  int given_up_ = 0;
};

TEST_F(PromiseTest, EveryAnswerIsTrueAndNoOrderExistsTwiceWhateverHappens) {
  const uint64_t seed = NumberFrom("WEBEX_PROMISE_SEED", kSeed);
  orders_ = static_cast<int>(NumberFrom("WEBEX_PROMISE_ORDERS", 400));
  pauses_ = static_cast<int>(NumberFrom("WEBEX_PROMISE_PAUSES", kPausesAtOnce));
  std::printf("WEBEX_PROMISE_SEED=%lu WEBEX_PROMISE_ORDERS=%d WEBEX_PROMISE_PAUSES=%d\n", seed, orders_, pauses_);
  std::fflush(stdout);
  const absl::Time begun = absl::Now();
  Random random(seed);
  troubles_ = std::make_unique<Troubles>(checker_, gateways_, folder_, random(), /*is_short=*/pauses_ <= kPausesAtOnce);
  troubles_->Begin();

  std::atomic<int> under_way = kCallers + kPausesAtOnce;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kCallers; ++i) {
    threads.emplace_back([&, callers_seed = random()] {
      OrderSteadily(callers_seed);
      --under_way;
    });
  }
  for (int i = 0; i < kPausesAtOnce; ++i) {
    threads.emplace_back([&, pauses_seed = random()] {
      HoldUp(pauses_seed);
      --under_way;
    });
  }
  while (true) {
    absl::SleepFor(absl::Milliseconds(500 + Draw(random, 3000)));
    if (under_way == 0) break;
    const std::string trouble = troubles_->Strike();
    std::fprintf(stderr, "%4.0f s: %d orders begun, %d workspaces, %d pauses begun, %zu faults; %s\n",
                 absl::ToDoubleSeconds(absl::Now() - begun), orders_begun_.load(), checker_.workspaces(),
                 pauses_begun_.load(), checker_.faults().size(), trouble.c_str());
  }
  threads.clear();
  ExpectNoFault("while orders came");

  const int workspaces = checker_.workspaces();
  AskForAllAgain();
  EXPECT_EQ(checker_.workspaces(), workspaces) << "orders that were told OK were sent again";
  Report(absl::Now() - begun);
  ExpectNoFault("in the end");
  // Else nothing was proven.
  EXPECT_GT(obtained_.size(), orders_ * 9 / 10);
  EXPECT_GT(checker_.answers().count("unknown OUTCOME_UNKNOWN"), 0);
}

}  // namespace
}  // namespace webex_gateway::promise
