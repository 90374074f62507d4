// Servers that crash or fall silent, and the claims whose fate nobody knows then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/ledger/postgresql/store.h"
#include "tests/server/ledger/postgresql/fixture.h"
#include "tests/server/testing/details.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

using PostgresqlOutage = PostgresqlLedgerTest;

constexpr char kFailedState[] = "3";

// Keeps everyone from writing operations.
class Lock {
 public:
  explicit Lock(const PostgresqlDatabase& database) : database_(database) {
    connection_ = *PgConnection::Open({.url = database.server.Url(database.name), .limit = absl::Minutes(1)});
    Run("BEGIN");
    Run("LOCK TABLE webex_operations IN EXCLUSIVE MODE");
  }
  void Release() { Run("COMMIT"); }
  void Run(const std::string& sql) { EXPECT_EQ(connection_->RunOnce(sql).status(), absl::OkStatus()); }

 private:
  const PostgresqlDatabase& database_;
  std::unique_ptr<PgConnection> connection_;
};

TEST_F(PostgresqlOutage, AnswersAtOnceWhileThereIsNoServerAndComesBackWithIt) {
  std::vector<absl::Status> changes;
  PostgresqlLedgerOptions options = database_.Options();
  options.observer.changed = [&](const absl::Status& status) { changes.push_back(status); };
  options.connections = 1;  // so that Count comes after what the ledger does of its own accord
  const auto ledger = OpenRecovered(options);
  Claim(*ledger, 1);
  ASSERT_TRUE(Await(ledger->Count()).ok());
  server_.Crash();
  for (int i = 2; i < 50; ++i) {
    const absl::Status status = Await(ledger->Claim(RequestOf(i))).status();
    EXPECT_EQ(ReasonOf(status), "LEDGER_UNAVAILABLE");
    EXPECT_EQ(MetadataOf(status, "request_id"), IdOf(i));
    EXPECT_THAT(status.message(), Not(HasSubstr("postgres-")));  // the folder, which the URL names
  }
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].code(), absl::StatusCode::kUnavailable);
  server_.Start();
  EXPECT_TRUE(Becomes([&] { return Await(ledger->Claim(RequestOf(50))).ok(); }));
  // On a busy machine the clock, which each look moves on, may outrun the server once more.
  for (size_t i = 0; i < changes.size(); ++i) EXPECT_EQ(changes[i].ok(), i % 2 == 1) << i << ": " << changes[i];
  EXPECT_EQ(changes.back(), absl::OkStatus());
  EXPECT_EQ(*Await(ledger->Complete(IdOf(1), 1, kSucceeded)), CompleteVerdict::kRecorded);
}

TEST_F(PostgresqlOutage, AtTheStartIsWaitedForAndNothingIsClaimedBeforeTheFirstLease) {
  PostgresqlLedgerOptions options = database_.Options();
  options.connections = 1;  // so that Count comes after what the ledger does of its own accord
  server_.Crash();
  const auto ledger = Open(options);
  EXPECT_EQ(Await(ledger->Recover()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ledger->Health().trouble, "PostgreSQL cannot be reached");
  EXPECT_EQ(ReasonOf(Await(ledger->Claim(RequestOf(1))).status()), "LEDGER_UNAVAILABLE");
  server_.Start();
  EXPECT_TRUE(Becomes([&] { return Await(ledger->Claim(RequestOf(2))).ok(); }));
  EXPECT_EQ(ledger->Health().trouble, "");
}

TEST_F(PostgresqlOutage, AtTheStartIsNotedWithWhatItHidesOfStandbysAndFailovers) {
  {
    const auto before = Open();  // which has lived with the database as it was
    database_.Query("UPDATE webex_gateways SET epoch = 'another'");
  }
  PostgresqlLedgerOptions options = database_.Options();
  options.connections = 1;
  std::vector<std::string> changes;
  options.observer.changed = [&](const absl::Status& status) { changes.emplace_back(status.message()); };
  server_.Crash();
  const auto ledger = Open(options);
  EXPECT_FALSE(Await(ledger->Recover()).ok());
  server_.Start();
  EXPECT_TRUE(Becomes([&] { return !changes.empty() && changes.back().find("failed over") != std::string::npos; }));
}

TEST_F(PostgresqlOutage, IsNotWhatAWrongPasswordOrDatabaseIs) {
  server_.SetPassword("right");
  const auto start = [&](const std::string& url, const std::string& password) {
    PostgresqlLedgerOptions options = database_.Options();
    options.url = url;
    options.password = [password]() -> absl::StatusOr<std::string> { return password; };
    std::vector<absl::Status> changes;
    options.observer.changed = [&](const absl::Status& status) { changes.push_back(status); };
    const auto ledger = Open(options);
    const absl::Status status = Await(ledger->Recover()).status();
    EXPECT_THAT(std::string(Await(ledger->Claim(RequestOf(1))).status().message()), Not(HasSubstr("keeper")));
    return status;
  };
  const std::string url = server_.TcpUrl("keeper", database_.name, "");
  const absl::Status wrong = start(url, "wrong");
  EXPECT_EQ(wrong.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(wrong.message(), HasSubstr("password authentication failed for user \"keeper\""));
  EXPECT_EQ(start(url, "").code(), absl::StatusCode::kPermissionDenied);
  const absl::Status none = start(server_.TcpUrl("keeper", "nowhere", ""), "right");
  EXPECT_EQ(none.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(none.message(), HasSubstr("database \"nowhere\" does not exist"));
  const absl::Status nobody = start(server_.TcpUrl("nobody", database_.name, ""), "");
  EXPECT_EQ(nobody.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(nobody.message(), HasSubstr("pg_hba.conf"));
  EXPECT_EQ(start(url, "right").code(), absl::StatusCode::kOk);
}

TEST_F(PostgresqlOutage, IsWhatADatabaseThatTakesNoConnectionsJustNowIs) {
  const auto let_in = [&](const char* whether) {
    server_.Query("postgres", absl::StrCat("ALTER DATABASE ", database_.name, " ALLOW_CONNECTIONS ", whether));
  };
  let_in("false");
  EXPECT_EQ(Await(Open(database_.Options())->Recover()).status().code(), absl::StatusCode::kUnavailable);
  let_in("true");
}

TEST_F(PostgresqlOutage, ShowsAndGoesWithoutAnyOrder) {
  PostgresqlLedgerOptions options = database_.Options();
  options.lease = absl::Seconds(15);
  options.call_limit = absl::Seconds(5);
  const auto ledger = Open(options);
  ASSERT_TRUE(Await(ledger->Recover()).ok());
  EXPECT_EQ(ledger->Health().trouble, "");
  server_.Crash();
  WaitFor("the ledger's notice", [&] {
    clock_.Advance(absl::Seconds(1));
    return ledger->Health().trouble == "PostgreSQL cannot be reached";
  });
  server_.Start();
  EXPECT_TRUE(Becomes([&] { return ledger->Health().trouble.empty(); })) << ledger->Health().trouble;
}

TEST_F(PostgresqlOutage, IsWhatADatabaseThatCanOnlyBeReadIs) {
  PostgresqlLedgerOptions options = database_.Options();
  options.lease = absl::Seconds(15);
  options.call_limit = absl::Seconds(5);
  std::vector<absl::Status> changes;
  options.observer.changed = [&](const absl::Status& status) { changes.push_back(status); };
  const auto ledger = Open(options);
  ASSERT_TRUE(Await(ledger->Recover()).ok());
  const auto set_read_only = [&](const char* on) {
    server_.Query("postgres",
                  absl::StrCat("ALTER DATABASE ", database_.name, " SET default_transaction_read_only = ", on));
    server_.EndSessions(database_.name);
  };
  set_read_only("on");
  EXPECT_TRUE(Becomes([&] { return absl::StrContains(ledger->Health().trouble, "read-only transaction"); }));
  EXPECT_TRUE(Await(ledger->Count()).ok());
  set_read_only("off");
  EXPECT_TRUE(Becomes([&] { return ledger->Health().trouble.empty(); })) << ledger->Health().trouble;
  for (size_t i = 0; i < changes.size(); ++i) EXPECT_EQ(changes[i].ok(), i % 2 == 1) << i << ": " << changes[i];
  EXPECT_EQ(changes.back(), absl::OkStatus());
}

TEST_F(PostgresqlOutage, DoesNotTryToConnectForEveryCall) {
  int attempts = 0;
  PostgresqlLedgerOptions options = database_.Options();
  options.connections = 1;
  options.password = [&]() -> absl::StatusOr<std::string> {
    ++attempts;
    return absl::NotFoundError("the file is gone");
  };
  const auto ledger = Open(options);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ReasonOf(Await(ledger->Count()).status()), "LEDGER_UNAVAILABLE");
  EXPECT_EQ(attempts, 1);
  clock_.Advance(absl::Milliseconds(100));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Await(ledger->Count()).ok());
  EXPECT_EQ(attempts, 2);
  clock_.Advance(absl::Milliseconds(199));
  EXPECT_FALSE(Await(ledger->Count()).ok());
  EXPECT_EQ(attempts, 2);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(Await(ledger->Count()).ok());
  EXPECT_EQ(attempts, 3);
}

TEST_F(PostgresqlOutage, NoCallFailsForASessionThatTheServerEndedWhileItWasIdle) {
  PostgresqlLedgerOptions options = database_.Options();
  options.connections = 1;
  const auto ledger = OpenRecovered(options);
  Claim(*ledger, 1);
  server_.EndSessions(database_.name);
  EXPECT_EQ(Claim(*ledger, 2).verdict, ClaimVerdict::kClaimed);
}

TEST_F(PostgresqlOutage, LeavesNothingInFlightThatItDidNotGrantWhenTheServerCrashesUnderLoad) {
  const auto ledger = Open();
  std::set<std::string> granted;
  bool refused = false;
  std::optional<std::thread> crash;
  loop_.restart();
  for (int number = 0; !refused;) {
    std::vector<Started<absl::StatusOr<ClaimAnswer>>> claims;
    for (int i = 0; i < 1000; ++i) claims.emplace_back(loop_, ledger->Claim(RequestOf(number++)));
    for (auto& claim : claims) {
      while (!claim.done()) loop_.run_one();
      if (!crash) crash.emplace([this] { server_.Crash(); });
      if (claim->ok()) {
        granted.insert((*claim)->operation.request_id);
      } else {
        refused = true;
        EXPECT_EQ(ReasonOf(claim->status()), "LEDGER_UNAVAILABLE");
      }
    }
  }
  crash->join();
  server_.Start();
  const auto in_flight = [&] { return database_.Query("SELECT count(*) FROM webex_operations WHERE state = 1"); };
  EXPECT_TRUE(Becomes([&] { return in_flight() == absl::StrCat(granted.size()); })) << in_flight();
  EXPECT_TRUE(Becomes([&] { return Await(ledger->Count()).ok(); }));
  for (const std::string& id : granted) {
    ASSERT_EQ((*Await(ledger->Get(id)))->state, OperationState::kInFlight) << id;
  }
}

TEST_F(PostgresqlOutage, AnswersWithinTheLimitWhenTheServerIsSilentAndFailsWhatIsGrantedTooLate) {
  PostgresqlLedgerOptions options = database_.Options();
  options.connections = 1;
  const auto ledger = Open(options);
  ASSERT_TRUE(Await(ledger->Recover()).ok());
  ASSERT_TRUE(Await(ledger->Count()).ok());  // comes after what Recover began
  Lock lock(database_);
  Started<absl::StatusOr<ClaimAnswer>> sent(loop_, ledger->Claim(RequestOf(1)));
  clock_.Advance(absl::Seconds(59));
  database_.AwaitLockWaiter();
  server_.Freeze();
  Started<absl::StatusOr<ClaimAnswer>> queued(loop_, ledger->Claim(RequestOf(2)));
  clock_.RunLoop();
  EXPECT_FALSE(sent.done());
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(sent.done());
  EXPECT_EQ(ReasonOf(sent->status()), "LEDGER_UNAVAILABLE");
  EXPECT_FALSE(queued.done());
  clock_.Advance(absl::Seconds(59));
  ASSERT_TRUE(queued.done());
  EXPECT_EQ(ReasonOf(queued->status()), "LEDGER_UNAVAILABLE");
  server_.Thaw();
  lock.Release();
  ASSERT_TRUE(Becomes([&] { return StateOf(1) == kFailedState; }));
  EXPECT_EQ(StateOf(2), "");  // it was never sent
  EXPECT_EQ((*Await(ledger->Get(IdOf(1))))->ending.error_reason, "LEDGER_UNAVAILABLE");
  EXPECT_EQ(Await(ledger->Count())->failed, 1);
  EXPECT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
}

// Claims whose fate is unknown

class DoubtfulClaim : public PostgresqlLedgerTest {
 protected:
  DoubtfulClaim() {
    PostgresqlLedgerOptions options = database_.Options();
    options.connections = 1;
    options.call_limit = absl::Seconds(1);  // of the server's silence, in real time
    ledger_ = Open(options);
  }

  // A claim is on its way to a session that is stopped; the ledger gives the session up.
  void LoseAClaim(const ClaimRequest& claim = RequestOf(1)) {
    ASSERT_TRUE(Await(ledger_->Count()).ok());
    server_.FreezeSessions(database_.name);
    ASSERT_EQ(ReasonOf(Await(ledger_->Claim(claim)).status()), "LEDGER_UNAVAILABLE");
  }

  std::unique_ptr<Ledger> ledger_;
};

TEST_F(DoubtfulClaim, OfANewOrderIsFailedBeforeItIsWrittenAndStaysSo) {
  ASSERT_TRUE(Await(ledger_->Recover()).ok());
  LoseAClaim();
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == kFailedState; }));
  server_.Thaw();  // now it is written
  EXPECT_TRUE(Becomes([&] {
    return server_.Query("postgres", absl::StrCat("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO"
                                                  " webex_operations%' AND datname = '",
                                                  database_.name, "'")) == "0";
  }));
  EXPECT_EQ(StateOf(1), kFailedState);
  EXPECT_EQ(Await(ledger_->Count())->failed, 1);
  EXPECT_EQ(Claim(*ledger_, 1).verdict, ClaimVerdict::kClaimed);
}

// Else it would pass for the result of an order that this or another gateway still has to put back.
TEST_F(DoubtfulClaim, IsNotFailedBeforeAFailoverIsOver) {
  ASSERT_TRUE(Await(ledger_->Recover()).ok());
  ASSERT_TRUE(Await(ledger_->Count()).ok());
  server_.FreezeSessions(database_.name);
  database_.Query("DELETE FROM webex_gateways");  // as in a copy of an earlier time
  ASSERT_EQ(ReasonOf(Await(ledger_->Claim(RequestOf(1))).status()), "LEDGER_UNAVAILABLE");
  const auto is_held = [&] { return absl::StrContains(ledger_->Health().trouble, "failed over"); };
  EXPECT_TRUE(Becomes([&] { return is_held() || StateOf(1) == kFailedState; }, absl::Seconds(10)));
  EXPECT_EQ(StateOf(1), "");
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == kFailedState; }, absl::Minutes(1)));
  EXPECT_FALSE(is_held());
  server_.Thaw();
}

TEST_F(DoubtfulClaim, IsFailedAfterItWasWritten) {
  ASSERT_TRUE(Await(ledger_->Recover()).ok());
  LoseAClaim();
  server_.Thaw();
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == kFailedState; }));
  EXPECT_EQ(Claim(*ledger_, 1).verdict, ClaimVerdict::kClaimed);
}

// That the second claim was not granted says nothing of the first.
TEST_F(DoubtfulClaim, OfAnOrderThatWasUnknownAndIsSentAgainLeavesItUnknown) {
  ASSERT_TRUE(Await(ledger_->Recover()).ok());
  for (const int number : {1, 2, 3, 4}) {
    const bool is_written_first = number % 2 == 1;
    const bool is_repeatable = number > 2;
    ClaimRequest request = is_repeatable ? UpdateClaim(number) : RequestOf(number);
    request.repeat_unknown = !is_repeatable;
    ASSERT_TRUE(Becomes([&] { return Await(ledger_->Claim(request)).ok(); }));
    ASSERT_EQ(*Await(ledger_->Complete(IdOf(number), 1, Ending{.error_reason = "WEBEX_INTERNAL"})),
              CompleteVerdict::kRecorded);
    LoseAClaim(request);
    if (is_written_first) server_.Thaw();
    EXPECT_TRUE(Becomes([&] { return StateOf(number) == "4" && Await(ledger_->Count()).ok(); }));
    if (!is_written_first) server_.Thaw();
    const auto again = Await(ledger_->Claim(request));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->verdict, ClaimVerdict::kClaimed);
    EXPECT_TRUE(again->after_unknown);
    EXPECT_EQ(again->operation.ending.error_reason, is_repeatable ? "" : "WEBEX_INTERNAL");
    EXPECT_EQ(Await(ledger_->Count())->failed, 0);
  }
}

// A claim that a session has written and not committed yet when the ledger sets about releasing it.
TEST_F(PostgresqlOutage, ReleasesAClaimThatIsBeingWritten) {
  ASSERT_TRUE(Await(Open()->Count()).ok());  // makes the tables
  const PostgresqlStore::Settings settings{NewGatewayId(), "host", absl::Hours(1), absl::Seconds(5)};
  const TicketedClaim claim{RequestOf(1), 1};
  const TicketedClaim* const claims[] = {&claim};
  const auto session = [this] {
    return *PgConnection::Open({.url = server_.Url(database_.name), .limit = absl::Minutes(1)});
  };
  for (const int64_t number : {1, 2}) {  // for the first time, and again after it has failed
    const auto cut_off = session();
    PostgresqlStore store(*cut_off, settings);
    ASSERT_EQ(store.Renew(), absl::OkStatus());
    ASSERT_EQ(cut_off->RunOnce("BEGIN").status(), absl::OkStatus());
    const absl::StatusOr<ClaimAnswer> answer = store.Claim(claims)[0];
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->verdict, ClaimVerdict::kClaimed);
    ASSERT_GE(answer->operation.claim, number);
    absl::Status released;
    std::thread other([&] {
      const auto connection = session();
      released = PostgresqlStore(*connection, settings).Release(claim);
    });
    database_.AwaitLockWaiter();
    EXPECT_EQ(cut_off->RunOnce("COMMIT").status(), absl::OkStatus());
    other.join();
    EXPECT_EQ(released, absl::OkStatus());
    EXPECT_EQ(StateOf(1), kFailedState);
  }
  EXPECT_EQ(Await(Open()->Count())->failed, 1);
  EXPECT_EQ(Await(Open()->Count())->in_flight, 0);
}

// The gateway's lease ran out meanwhile, so the order became UNKNOWN; but its claim was never granted, so nothing was
// sent.
TEST_F(PostgresqlOutage, ReleasesAClaimThatWasWrittenAndHasBecomeUnknown) {
  MakeTables();
  StoreAlone store = NewStore();
  ASSERT_EQ(store->Renew(), absl::OkStatus());
  for (const int number : {1, 2}) {
    TicketedClaim claim{number == 1 ? RequestOf(number) : UpdateClaim(number), number};
    claim.request.repeat_unknown = number == 1;
    const TicketedClaim* const claims[] = {&claim};
    ASSERT_EQ(store->Claim(claims)[0]->verdict, ClaimVerdict::kClaimed);
    database_.Query("UPDATE webex_operations SET state = 4 WHERE state = 1");
    EXPECT_EQ(store->Release(claim), absl::OkStatus());
    EXPECT_EQ(StateOf(number), kFailedState);
  }
}

// An earlier claim created two workspaces; the order is the first one's, and only the second must be removed.
TEST_F(PostgresqlOutage, ReleasesAClaimOfAnOrderThatAnEarlierClaimHasApplied) {
  MakeTables();
  StoreAlone store = NewStore();
  ASSERT_EQ(store->Renew(), absl::OkStatus());
  for (const int number : {1, 2}) {
    const TicketedClaim claim{RequestOf(number), number};
    const TicketedClaim* const claims[] = {&claim};
    ASSERT_EQ(store->Claim(claims)[0]->verdict, ClaimVerdict::kClaimed);
    database_.Query(absl::StrCat("UPDATE webex_operations SET other_workspace_ids = 'w1",
                                 number == 1 ? "" : "' || chr(10) || 'w2", "' WHERE state = 1"));
    EXPECT_EQ(store->Release(claim), absl::OkStatus());
    const Operation released = **store->Get(IdOf(number));
    EXPECT_EQ(released.state, OperationState::kSucceeded);
    EXPECT_EQ(released.workspace_id, "w1");
    EXPECT_EQ(released.other_workspace_ids, number == 1 ? std::vector<std::string>() : std::vector<std::string>{"w2"});
  }
}

// A session that was about to claim a failed order again, and comes to it only after the release.
TEST_F(PostgresqlOutage, ReleasesAClaimThatIsStillToBeWrittenAgain) {
  const auto ledger = Open();
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(ledger->Complete(IdOf(1), 1, kFailed)), CompleteVerdict::kRecorded);
  const PostgresqlStore::Settings settings{NewGatewayId(), "host", absl::Hours(1), absl::Seconds(5)};
  const TicketedClaim claim{RequestOf(1), 1};
  const auto connection = PgConnection::Open({.url = server_.Url(database_.name), .limit = absl::Minutes(1)});
  ASSERT_TRUE(connection.ok()) << connection.status();
  ASSERT_EQ(PostgresqlStore(**connection, settings).Release(claim), absl::OkStatus());
  EXPECT_EQ(database_.Query("SELECT count(*) FROM webex_operations WHERE state = 3 AND claim = 1"), "0");
  EXPECT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
}

}  // namespace
}  // namespace webex_gateway
