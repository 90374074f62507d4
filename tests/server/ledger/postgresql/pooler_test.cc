// The ledger behind a pooler (PgBouncer in transaction mode), which gives each transaction another session.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/ledger/postgresql/connection.h"
#include "server/ledger/postgresql/schema.h"
#include "tests/server/ledger/postgresql/fixture.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/pg_bouncer.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;

// Refuses settings at the beginning of a connection, as it does by default.
const PgBouncer& Refusing() {
  static const PgBouncer bouncer;
  return bouncer;
}

// Passes over them, as many have it set for the sake of other clients.
const PgBouncer& PassingOver() {
  static const PgBouncer bouncer("ignore_startup_parameters = options,extra_float_digits\n");
  return bouncer;
}

class PooledDatabase : public PostgresqlDatabase {
 public:
  std::unique_ptr<Ledger> Open(Loop& loop, Clock& clock, absl::Duration retention) override {
    FollowClock(static_cast<FakeClock&>(clock));  // before there is any session
    Refusing().OpenAllSessions(name);
    return PostgresqlDatabase::Open(loop, clock, retention);
  }
  std::string url() const override { return Refusing().Url(name); }
};

std::unique_ptr<LedgerUnderTest> NewPooledDatabase() { return std::make_unique<PooledDatabase>(); }

INSTANTIATE_TEST_SUITE_P(PgBouncer, LedgerConformance, testing::Values(&NewPooledDatabase));

class PoolerTest : public PostgresqlLedgerTest {
 protected:
  PgTarget Target(const PgBouncer& bouncer) const {
    bouncer.OpenAllSessions(database_.name);
    return {.url = bouncer.Url(database_.name),
            .limit = absl::Seconds(30),
            .settings = LedgerSettings(absl::Milliseconds(200))};
  }

  static std::unique_ptr<PgConnection> Connect(const PgTarget& target) {
    auto opened = PgConnection::Open(target);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }

  // In which sessions a statement is run, of so many times.
  static std::map<std::string, int> Sessions(PgConnection& connection, int times) {
    std::map<std::string, int> sessions;
    for (int i = 0; i < times; ++i) {
      const absl::StatusOr<PgRows> rows =
          connection.Run("SELECT pg_backend_pid(), current_setting('statement_timeout')");
      EXPECT_TRUE(rows.ok()) << rows.status();
      if (!rows.ok()) break;
      ++sessions[std::string(rows->Text(0, 0))];
      EXPECT_EQ(rows->Text(0, 1), "200ms");
    }
    return sessions;
  }
};

TEST_F(PoolerTest, BringsItsSettingsToEverySession) {
  for (const PgBouncer* bouncer : {&Refusing(), &PassingOver()}) {
    const auto connection = Connect(Target(*bouncer));
    EXPECT_FALSE(connection->has_session());
    EXPECT_EQ(Sessions(*connection, 30).size(), static_cast<size_t>(PgBouncer::kSessions));
  }
}

// One that passes settings on lets a connection take the session for its own, until a statement is not there.
TEST_F(PoolerTest, IsFoundOutByAStatementThatIsNotThere) {
  for (const char* const setting : {"webex_gateway.session = 'own'", "statement_timeout = 200"}) {
    database_.Query(absl::StrCat("ALTER DATABASE ", database_.name, " SET ", setting));
  }
  const auto connection = Connect(Target(PassingOver()));
  EXPECT_TRUE(connection->has_session());
  EXPECT_EQ(Sessions(*connection, 30).size(), static_cast<size_t>(PgBouncer::kSessions));
  EXPECT_FALSE(connection->has_session());
  EXPECT_TRUE(connection->IsUsable());
}

TEST_F(PoolerTest, LeavesNothingBehind) {
  const PgTarget target = Target(Refusing());
  const auto connection = Connect(target);
  Sessions(*connection, 10);
  const auto other = Connect({.url = target.url, .limit = target.limit});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(other->RunAsIs("SHOW statement_timeout")->Text(0, 0), "0");
    EXPECT_EQ(other->RunAsIs("SHOW enable_seqscan")->Text(0, 0), "on");
    EXPECT_EQ(other->RunAsIs("SELECT count(*) FROM pg_prepared_statements")->Int(0, 0), 0);
  }
}

TEST_F(PoolerTest, LeavesNoDoubtAboutWhatHadNoEffectAndStaysOfUse) {
  const auto connection = Connect(Target(Refusing()));
  database_.Query("CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  const auto code = [&](const std::string& sql) { return connection->Run(sql).status().code(); };
  EXPECT_EQ(code("WITH new AS (INSERT INTO t VALUES (1, 1) RETURNING a) SELECT pg_sleep(60) FROM new"),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(code("INSERT INTO t VALUES (1, 1)"), absl::StatusCode::kOk);
  EXPECT_EQ(code("INSERT INTO t VALUES (1, 2)"), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(code("INSERT INTO t VALUES (2, 1)"), absl::StatusCode::kAlreadyExists);  // at the commit
  EXPECT_EQ(code("SELECT * FROM none"), absl::StatusCode::kNotFound);
  EXPECT_EQ(code("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$"), absl::StatusCode::kAborted);
  EXPECT_TRUE(connection->IsUsable());
  EXPECT_EQ(database_.Query("SELECT count(*) FROM t"), "1");
  EXPECT_EQ(code("SELECT nonsense"), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(connection->IsUsable());
}

TEST_F(PoolerTest, GrantsEachOrderOnceToTwoGatewaysBehindIt) {
  PostgresqlLedgerOptions options = database_.Options();
  options.url = PassingOver().Url(database_.name);
  const auto one = OpenRecovered(options);
  options.gateway_id = NewGatewayId();
  const auto two = OpenRecovered(options);
  constexpr int kOrders = 200;
  std::vector<Started<absl::StatusOr<ClaimAnswer>>> claims;
  for (int i = 0; i < kOrders; ++i) {
    claims.emplace_back(loop_, one->Claim(RequestOf(i)));
    claims.emplace_back(loop_, two->Claim(RequestOf(kOrders - 1 - i)));
  }
  std::map<std::string, int> granted;
  loop_.restart();
  for (auto& claim : claims) {
    while (!claim.done()) loop_.run_one();
    ASSERT_TRUE(claim->ok()) << claim->status();
    if ((*claim)->verdict == ClaimVerdict::kClaimed) ++granted[(*claim)->operation.request_id];
  }
  EXPECT_EQ(granted.size(), static_cast<size_t>(kOrders));
  for (const auto& [id, times] : granted) EXPECT_EQ(times, 1) << id;
}

TEST_F(PoolerTest, MayRestart) {
  PgBouncer bouncer;
  PostgresqlLedgerOptions options = database_.Options();
  options.url = bouncer.Url(database_.name);
  const auto ledger = OpenRecovered(options);
  Claim(*ledger, 1);
  bouncer.Crash();
  EXPECT_EQ(ReasonOf(Await(ledger->Claim(RequestOf(2))).status()), "LEDGER_UNAVAILABLE");
  bouncer.Start();
  EXPECT_TRUE(Becomes([&] { return Await(ledger->Claim(RequestOf(3))).ok(); }));
  EXPECT_EQ(*Await(ledger->Complete(IdOf(1), 1, kSucceeded)), CompleteVerdict::kRecorded);
}

}  // namespace
}  // namespace webex_gateway
