// Shared by the tests of the PostgreSQL ledger: a database for each test, and gateways that use it.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/uuid.h"
#include "server/ledger/postgresql/connection.h"
#include "server/ledger/postgresql/ledger.h"
#include "server/ledger/postgresql/store.h"
#include "tests/server/ledger/conformance.h"
#include "tests/server/testing/claims.h"
#include "tests/server/testing/daemon.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/postgres_server.h"

namespace webex_gateway {

inline std::string NewGatewayId() {
  absl::BitGen random;
  return NewUuid(random);
}

class PostgresqlDatabase : public LedgerUnderTest {
 public:
  ~PostgresqlDatabase() override { server.Drop(name); }

  std::unique_ptr<Ledger> Open(Loop& loop, Clock& clock, absl::Duration retention) override {
    FollowClock(static_cast<FakeClock&>(clock));
    PostgresqlLedgerOptions options = Options();
    options.retention = retention;
    options.lease = absl::Hours(10'000);  // here time advances by days before a renewal reaches the server
    options.connections = 1;              // so that requests are handled after the timers' work
    return CreatePostgresqlLedger(loop, clock, std::move(options));
  }

  void LetLeasesRunOut() override {
    if (Query("SELECT to_regclass('webex_gateways')").empty()) return;
    Query("UPDATE webex_gateways SET lease_until = clock_timestamp()");
  }

  // For another gateway, whose real waits no test should reach.
  PostgresqlLedgerOptions Options() const {
    PostgresqlLedgerOptions options;
    options.url = url();
    options.gateway_id = NewGatewayId();
    options.host = "host";
    options.lease = absl::Hours(1);
    options.upkeep = absl::Minutes(20);
    options.call_limit = absl::Minutes(1);
    return options;
  }

  virtual std::string url() const { return server.Url(name); }

  std::string Query(const std::string& sql) const { return server.Query(name, sql); }

  // Waits until a session waits for another's lock.
  void AwaitLockWaiter(const std::function<void()>& meanwhile = [] {}) const {
    WaitFor("a session that waits for a lock", [&] {
      meanwhile();
      return Query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != "0";
    });
  }

  // From now on the server records the time of `clock`: new sessions find our function instead of the server's.
  void FollowClock(FakeClock& clock) {
    const auto set = [this, &clock] {
      EXPECT_TRUE(
          time_->Run("UPDATE test_time SET micros = $1", {absl::StrCat(absl::ToUnixMicros(clock.WallNow()))}).ok());
    };
    if (!std::exchange(follows_clock_, true)) {
      Query("CREATE TABLE test_time (micros bigint)");
      Query("INSERT INTO test_time VALUES (0)");
      Query(
          "CREATE FUNCTION public.statement_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS"
          " 'SELECT to_timestamp(micros / 1000000.0) FROM public.test_time'");
      Query(absl::StrCat("ALTER DATABASE ", name, " SET search_path = public, pg_catalog"));
    }
    if (time_ == nullptr) time_ = *PgConnection::Open({.url = server.Url(name), .limit = absl::Minutes(1)});
    set();
    clock.OnChange(set);
  }

  PostgresServer& server = PostgresServer::Get();
  const std::string name = server.NewDatabase();

 private:
  bool follows_clock_ = false;
  std::unique_ptr<PgConnection> time_;  // sets it
};

inline ClaimRequest RequestOf(int number) { return ProvisionClaim(number); }

inline const Ending kSucceeded{.state = OperationState::kSucceeded, .answer = ""};
inline const Ending kFailed{.state = OperationState::kFailed, .error_code = absl::StatusCode::kNotFound};

// A gateway's store by itself, with a lease that no test outlives.
class StoreAlone {
 public:
  explicit StoreAlone(const std::string& url)
      : connection_(*PgConnection::Open({.url = url, .limit = absl::Minutes(1)})) {}
  PostgresqlStore& operator*() { return store_; }
  PostgresqlStore* operator->() { return &store_; }

 private:
  const std::unique_ptr<PgConnection> connection_;
  const PostgresqlStore::Settings settings_{NewGatewayId(), "host", absl::Hours(1), absl::Seconds(5)};
  PostgresqlStore store_{*connection_, settings_};
};

class PostgresqlLedgerTest : public testing::Test {
 protected:
  std::unique_ptr<Ledger> Open(PostgresqlLedgerOptions options) {
    return CreatePostgresqlLedger(loop_, clock_, std::move(options));
  }
  // Ready to claim.
  std::unique_ptr<Ledger> OpenRecovered(PostgresqlLedgerOptions options) {
    std::unique_ptr<Ledger> ledger = Open(std::move(options));
    EXPECT_TRUE(Await(ledger->Recover()).ok());
    return ledger;
  }
  std::unique_ptr<Ledger> Open() { return OpenRecovered(database_.Options()); }
  // Ready to claim, and the lease renewal that Recover began has finished.
  std::unique_ptr<Ledger> OpenAtRest() {
    PostgresqlLedgerOptions options = database_.Options();
    options.connections = 1;  // so that Count comes after it
    std::unique_ptr<Ledger> ledger = OpenRecovered(std::move(options));
    EXPECT_TRUE(Await(ledger->Count()).ok());
    return ledger;
  }

  // For a test of stores by themselves.
  void MakeTables() { ASSERT_TRUE(Await(Open()->Count()).ok()); }
  StoreAlone NewStore() { return StoreAlone(server_.Url(database_.name)); }

  template <typename T>
  T Await(Async<T> task) {
    Started<T> started(loop_, std::move(task));
    loop_.restart();
    while (!started.done()) loop_.run_one();
    return std::move(*started);
  }

  static ClaimAnswer Checked(absl::StatusOr<ClaimAnswer> answer) {
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *std::move(answer) : ClaimAnswer{ClaimVerdict::kReused, {}};
  }
  ClaimAnswer Claim(Ledger& ledger, int number) { return Checked(Await(ledger.Claim(RequestOf(number)))); }

  // The state in the table, whatever a ledger knows; empty: none.
  std::string StateOf(int number) {
    return database_.Query(absl::StrCat("SELECT state FROM webex_operations WHERE request_id = '", IdOf(number), "'"));
  }

  // Advances time step by step, and lets the real server work for a while each time, until the condition is true.
  bool Becomes(const std::function<bool()>& so, absl::Duration step = absl::Seconds(1)) {
    for (int i = 0; i < 3000; ++i) {
      if (so()) return true;
      clock_.Advance(step);
      database_.Query("SELECT 1");
    }
    return false;
  }

  Loop loop_;
  boost::asio::executor_work_guard<Loop::executor_type> work_{loop_.get_executor()};
  FakeClock clock_{loop_};
  PostgresqlDatabase database_;
  PostgresServer& server_ = database_.server;
};

}  // namespace webex_gateway
