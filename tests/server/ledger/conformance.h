// The rules for every store of the ledger. A store runs the whole suite with
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerConformance, testing::Values(&NewSqliteStore));
//
// and links conformance.cc.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "server/ledger/ledger.h"
#include "tests/server/testing/claims.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"

namespace webex_gateway {

// The storage of a store under test: empty at first, deleted when this is destroyed.
class LedgerUnderTest {
 public:
  virtual ~LedgerUnderTest() = default;
  // A ledger on this storage; Recover has not been called yet. At most one is open at a time.
  virtual std::unique_ptr<Ledger> Open(Loop& loop, Clock& clock, absl::Duration retention) = 0;
  // The gateway that last opened the ledger counts as dead from now on. (Its lease, if any, has expired.)
  virtual void LetLeasesRunOut() {}
};

using NewLedgerUnderTest = std::unique_ptr<LedgerUnderTest> (*)();

class LedgerConformance : public testing::TestWithParam<NewLedgerUnderTest> {
 protected:
  LedgerConformance();

  // Runs the loop until `task` has ended. Time stands still meanwhile.
  template <typename T>
  T Await(Async<T> task) {
    Started<T> started(loop_, std::move(task));
    loop_.restart();
    while (!started.done()) loop_.run_one();
    return std::move(*started);
  }

  // As if the gateway died and another replaced it.
  void Restart();

  // Claims the order of this number: each has its own user and its own id (IdOf).
  ClaimAnswer Claim(int number);
  ClaimAnswer Claim(const ClaimRequest& request);
  ClaimVerdict Look(const ClaimRequest& request);
  // Claims it and completes it with this ending.
  void Order(int number, const Ending& ending);
  Operation Get(int number);  // must exist
  bool Has(int number);
  LedgerCounts Count();
  std::vector<std::string> List(ListQuery query);  // the ids of all pages

  // Awaits the operation's end for this long, and then sets the flag, which lives as long as the wait.
  Async<void> AwaitEnd(int number, absl::Duration patience, std::stop_token stop, std::shared_ptr<bool> over);
  std::shared_ptr<bool> StartAwaitingEnd(int number, absl::Duration patience, std::stop_token stop = {});

  static ClaimRequest RequestOf(int number);
  static Ending Succeeded(int number);
  static Ending Failed();
  static Ending Unknown();

  static constexpr absl::Duration kRetention = absl::Hours(72);
  static constexpr absl::Duration kSendsFor = absl::Seconds(30);

  Loop loop_;
  boost::asio::executor_work_guard<Loop::executor_type> work_{loop_.get_executor()};
  FakeClock clock_{loop_};
  std::unique_ptr<LedgerUnderTest> store_;
  std::unique_ptr<Ledger> ledger_;
};

}  // namespace webex_gateway
