#include "server/ledger/postgresql/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "server/ledger/postgresql/store.h"
#include "tests/server/ledger/postgresql/fixture.h"
#include "tests/server/testing/details.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

std::unique_ptr<LedgerUnderTest> NewDatabase() { return std::make_unique<PostgresqlDatabase>(); }

INSTANTIATE_TEST_SUITE_P(Postgresql, LedgerConformance, testing::Values(&NewDatabase));

// Several gateways

TEST_F(PostgresqlLedgerTest, GrantsEachOrderOnceToTwoGatewaysThatAreAskedAtOnce) {
  const auto one = Open();
  const auto two = Open();
  constexpr int kOrders = 300;
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
    const ClaimVerdict verdict = (*claim)->verdict;
    if (verdict == ClaimVerdict::kClaimed) ++granted[(*claim)->operation.request_id];
    EXPECT_TRUE(verdict == ClaimVerdict::kClaimed || verdict == ClaimVerdict::kInProgress);
  }
  EXPECT_EQ(granted.size(), static_cast<size_t>(kOrders));
  for (const auto& [id, times] : granted) EXPECT_EQ(times, 1) << id;
}

TEST_F(PostgresqlLedgerTest, GrantsAUserOneOrderOfManyAtTwoGateways) {
  const auto one = Open();
  const auto two = Open();
  ASSERT_EQ(Claim(*one, 1).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(one->Complete(IdOf(1), 1, kFailed)), CompleteVerdict::kRecorded);
  std::vector<Started<absl::StatusOr<ClaimAnswer>>> claims;
  for (int i = 1; i < 100; ++i) {  // the first is claimed again, the others for the first time
    ClaimRequest request = RequestOf(i);
    request.user_id = "user-1";
    request.subject = SubjectOf(request);
    claims.emplace_back(loop_, (i % 2 == 0 ? one : two)->Claim(request));
  }
  int granted = 0;
  loop_.restart();
  for (auto& claim : claims) {
    while (!claim.done()) loop_.run_one();
    ASSERT_TRUE(claim->ok()) << claim->status();
    granted += (*claim)->verdict == ClaimVerdict::kClaimed ? 1 : 0;
  }
  EXPECT_EQ(granted, 1);
}

TEST_F(PostgresqlLedgerTest, GrantsAnUnknownOrderToOneOfTwoGatewaysThatRepeatItAtOnce) {
  const auto one = Open();
  const auto two = Open();
  constexpr int kOrders = 10;
  for (int i = 0; i < kOrders; ++i) {
    ASSERT_EQ(Claim(*one, i).verdict, ClaimVerdict::kClaimed);
    ASSERT_TRUE(Await(one->Complete(IdOf(i), 1, {.error_reason = "WEBEX_INTERNAL"})).ok());
  }
  std::vector<Started<absl::StatusOr<ClaimAnswer>>> claims;
  for (int i = 0; i < kOrders; ++i) {
    ClaimRequest request = RequestOf(i);
    request.repeat_unknown = true;
    claims.emplace_back(loop_, one->Claim(request));
    claims.emplace_back(loop_, two->Claim(request));
  }
  std::map<std::string, int> granted;
  loop_.restart();
  for (auto& claim : claims) {
    while (!claim.done()) loop_.run_one();
    ASSERT_TRUE(claim->ok()) << claim->status();
    if ((*claim)->verdict == ClaimVerdict::kClaimed)
      ++granted[(*claim)->operation.request_id];
    else
      EXPECT_EQ((*claim)->verdict, ClaimVerdict::kInProgress);
  }
  EXPECT_EQ(granted.size(), static_cast<size_t>(kOrders));
  for (const auto& [id, times] : granted) EXPECT_EQ(times, 1) << id;
}

// The right to send

TEST_F(PostgresqlLedgerTest, NamesOnRecordWhoClaimsAndUntilWhenItMaySendByTheServersClock) {
  const auto ledger = Open();
  const ClaimAnswer answer = Claim(*ledger, 1);
  const Operation operation = **Await(ledger->Get(IdOf(1)));
  EXPECT_EQ(operation.gateway, answer.operation.gateway);
  EXPECT_THAT(operation.gateway, testing::StartsWith("host/"));
  EXPECT_EQ(operation.sends_until, operation.create_time + absl::Seconds(30));
  EXPECT_GT(operation.create_time, clock_.WallNow() + absl::Hours(24));  // the gateway's clock is years behind
}

TEST_F(PostgresqlLedgerTest, TakesNoWordOfNotAppliedWhileAGatewayThatSeemsDeadMayStillSend) {
  const auto held_up = OpenAtRest();
  const auto other = OpenAtRest();
  ASSERT_EQ(Claim(*held_up, 1).verdict, ClaimVerdict::kClaimed);
  database_.LetLeasesRunOut();
  EXPECT_EQ(Claim(*other, 1).verdict, ClaimVerdict::kUnknown);
  Resolution word{.request_id = IdOf(1), .by = "ops", .note = ""};
  const absl::StatusOr<ResolveAnswer> refused = Await(other->Resolve(word));
  EXPECT_EQ(refused->verdict, ResolveVerdict::kMayStillBeSent);
  EXPECT_GT(refused->wait, absl::ZeroDuration());
  EXPECT_LE(refused->wait, absl::Seconds(30));
  word.gateway_is_gone = true;
  EXPECT_EQ(Await(other->Resolve(word))->verdict, ResolveVerdict::kResolved);
}

TEST_F(PostgresqlLedgerTest, GrantsClaimsUnderALeaseThatRenewalsKeep) {
  const auto ledger = Open();
  const std::shared_ptr<const Lease> lease = Claim(*ledger, 1).lease;
  ASSERT_NE(lease, nullptr);
  EXPECT_EQ(lease->until, Later(clock_.Now(), absl::Hours(1)));
  for (int i = 0; i < 6; ++i) {  // 20 minutes each
    const Clock::Time before = lease->until;
    EXPECT_TRUE(Becomes([&] { return lease->until > before; }, absl::Minutes(1)));
  }
  EXPECT_EQ(Claim(*ledger, 2).lease, lease);
}

// As of a gateway that was held up for longer than its lease.
TEST_F(PostgresqlLedgerTest, GivesNothingBackOfALeaseThatHasRunOut) {
  const auto ledger = Open();
  const std::shared_ptr<const Lease> lost = Claim(*ledger, 1).lease;
  clock_.Jump(absl::Hours(1));
  EXPECT_FALSE(lost->Holds(clock_.Now()));
  EXPECT_EQ(ReasonOf(Await(ledger->Claim(RequestOf(2))).status()), "LEDGER_UNAVAILABLE");
  absl::StatusOr<ClaimAnswer> granted;
  int number = 3;
  EXPECT_TRUE(Becomes([&] {
    granted = Await(ledger->Claim(RequestOf(number++)));
    return granted.ok();
  }));
  EXPECT_FALSE(lost->Holds(clock_.Now()));
  EXPECT_NE(granted->lease, lost);
  EXPECT_TRUE(Becomes([&] { return StateOf(2) == "3"; })) << "what was not granted is FAILED";
}

TEST_F(PostgresqlLedgerTest, ReplaysAnotherGatewaysResult) {
  const auto one = Open();
  const auto two = Open();
  const ClaimAnswer claimed = Claim(*one, 1);
  EXPECT_EQ(Claim(*two, 1).verdict, ClaimVerdict::kInProgress);
  ASSERT_EQ(*Await(one->Complete(IdOf(1), claimed.operation.claim, kSucceeded)), CompleteVerdict::kRecorded);
  EXPECT_EQ(Claim(*two, 1).verdict, ClaimVerdict::kReplay);
}

Async<void> AwaitEnd(std::shared_ptr<bool> ended, Ledger& ledger, std::string id, Clock::Time until,
                     std::stop_token stop) {
  co_await ledger.AwaitEnd(std::move(id), until, std::move(stop));
  *ended = true;
}

TEST_F(PostgresqlLedgerTest, HearsOfTheEndOfAnotherGatewaysOperation) {
  const auto one = Open();
  const auto two = Open();
  const ClaimAnswer claimed = Claim(*one, 1);
  const auto ended = std::make_shared<bool>(false);
  Spawn(loop_, AwaitEnd(ended, *two, IdOf(1), Later(clock_.Now(), absl::Hours(10)), std::stop_token()));
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(absl::Milliseconds(200));
    EXPECT_TRUE(Await(two->Get(IdOf(1))).ok());
  }
  EXPECT_FALSE(*ended);
  ASSERT_EQ(*Await(one->Complete(IdOf(1), claimed.operation.claim, kSucceeded)), CompleteVerdict::kRecorded);
  EXPECT_TRUE(Becomes([&] { return *ended; }));
}

TEST_F(PostgresqlLedgerTest, GivesUpWaitingForAnotherGatewayInTimeEvenIfTheServerIsSilent) {
  const auto one = Open();
  const auto two = Open();
  Claim(*one, 1);
  ASSERT_TRUE(Await(two->Get(IdOf(1))).ok());
  const auto late = std::make_shared<bool>(false);
  const auto gone = std::make_shared<bool>(false);
  std::stop_source caller;
  const Clock::Time until = Later(clock_.Now(), absl::Seconds(10));
  server_.Freeze();
  Spawn(loop_, AwaitEnd(late, *two, IdOf(1), until, std::stop_token()));
  Spawn(loop_, AwaitEnd(gone, *two, IdOf(1), until, caller.get_token()));
  clock_.Advance(absl::Milliseconds(9999));
  EXPECT_FALSE(*gone);
  caller.request_stop();
  clock_.RunLoop();
  EXPECT_TRUE(*gone);
  EXPECT_FALSE(*late);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(*late);
  server_.Thaw();
}

// Leases

TEST_F(PostgresqlLedgerTest, MakesUnknownWhatADeadGatewayHadInFlightWithinALease) {
  PostgresqlLedgerOptions mortal = database_.Options();
  mortal.call_limit = absl::Milliseconds(500);
  mortal.lease = absl::Seconds(2);
  auto dead = OpenRecovered(mortal);
  const auto other = Open(database_.Options());
  ASSERT_EQ(Await(other->Recover()).value_or(-1), 0);
  ASSERT_EQ(Claim(*dead, 1).verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(Claim(*other, 1).verdict, ClaimVerdict::kInProgress);
  dead.reset();
  EXPECT_TRUE(Becomes([&] { return (*Await(other->Get(IdOf(1))))->state == OperationState::kUnknown; }));
  EXPECT_EQ((*Await(other->Get(IdOf(1))))->ending.error_reason, "WEBEX_ANSWER_LOST");
}

TEST_F(PostgresqlLedgerTest, NoticesADeadGatewayAtOnceIfItBlocksAClaim) {
  const auto dead = OpenAtRest();
  const auto other = OpenAtRest();
  Claim(*dead, 1);
  Claim(*dead, 2);
  database_.LetLeasesRunOut();
  EXPECT_EQ(Claim(*other, 1).verdict, ClaimVerdict::kUnknown);
  ClaimRequest same_user = RequestOf(3);
  same_user.user_id = "user-2";
  same_user.subject = SubjectOf(same_user);
  const ClaimAnswer blocked = Checked(Await(other->Claim(same_user)));
  EXPECT_EQ(blocked.verdict, ClaimVerdict::kBlocked);
  EXPECT_EQ(blocked.operation.state, OperationState::kUnknown);
}

TEST_F(PostgresqlLedgerTest, TakesTheLateEndingOfAGatewayThatLostItsLeaseAndGrantsItNewOrders) {
  const auto late = OpenAtRest();
  const auto other = OpenAtRest();
  const ClaimAnswer claimed = Claim(*late, 1);
  database_.LetLeasesRunOut();
  ASSERT_EQ(Claim(*other, 1).verdict, ClaimVerdict::kUnknown);
  EXPECT_EQ(Claim(*late, 2).verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(Claim(*other, 2).verdict, ClaimVerdict::kInProgress);
  EXPECT_EQ(Claim(*late, 1).verdict, ClaimVerdict::kUnknown);
  EXPECT_EQ(*Await(late->Complete(IdOf(1), claimed.operation.claim, kSucceeded)), CompleteVerdict::kRecorded);
  EXPECT_EQ(Claim(*other, 1).verdict, ClaimVerdict::kReplay);
}

TEST_F(PostgresqlLedgerTest, KeepsItsLeaseWhileItLives) {
  PostgresqlLedgerOptions options = database_.Options();
  options.lease = absl::Seconds(15);
  options.call_limit = absl::Seconds(5);
  const auto ledger = Open(options);
  ASSERT_TRUE(Await(ledger->Recover()).ok());
  Claim(*ledger, 1);
  database_.LetLeasesRunOut();
  EXPECT_TRUE(Becomes([&] {
    return database_.Query("SELECT lease_until > clock_timestamp() + '10 seconds'::interval FROM webex_gateways") ==
           "t";
  }));
}

// With the store itself, since a ledger's lease is always longer.
TEST_F(PostgresqlLedgerTest, GrantsNothingOnALeaseThatMayRunOutBeforeTheCallHasEnded) {
  ASSERT_TRUE(Await(Open()->Count()).ok());  // makes the tables
  const auto connection = PgConnection::Open({.url = server_.Url(database_.name)});
  ASSERT_TRUE(connection.ok()) << connection.status();
  const PostgresqlStore::Settings settings{NewGatewayId(), "host", absl::Seconds(4), absl::Seconds(5)};
  PostgresqlStore store(**connection, settings);
  const TicketedClaim claim{RequestOf(1), 1};
  const TicketedClaim* const claims[] = {&claim};
  EXPECT_EQ(store.Claim(claims)[0].status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(StateOf(1), "");
}

// The database

TEST_F(PostgresqlLedgerTest, MakesItsTablesOnceForManyGatewaysThatComeAtOnce) {
  constexpr int kGateways = 6;
  std::vector<std::unique_ptr<Ledger>> ledgers;
  for (int i = 0; i < kGateways; ++i) ledgers.push_back(Open(database_.Options()));
  std::vector<Started<absl::StatusOr<int64_t>>> recoveries;
  for (const auto& ledger : ledgers) recoveries.emplace_back(loop_, ledger->Recover());
  loop_.restart();
  for (auto& recovery : recoveries) {
    while (!recovery.done()) loop_.run_one();
    EXPECT_TRUE(recovery->ok()) << recovery->status();
  }
  EXPECT_EQ(database_.Query("SELECT count(*) FROM webex_ledger WHERE id = 1"), "1");
}

TEST_F(PostgresqlLedgerTest, RefusesADatabaseThatCannotHoldEveryText) {
  server_.Query("postgres", "CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0");
  PostgresqlLedgerOptions options = database_.Options();
  options.url = server_.Url("latin");
  EXPECT_THAT(Await(Open(options)->Recover()).status().message(), HasSubstr("LATIN1"));
  server_.Drop("latin");
}

TEST_F(PostgresqlLedgerTest, ReportsEachCommit) {
  std::vector<bool> commits;
  PostgresqlLedgerOptions options = database_.Options();
  options.connections = 1;  // so that Count comes after the renewal that Recover began
  options.observer.committed = [&](bool ok, absl::Duration /*took*/) { commits.push_back(ok); };
  const auto ledger = Open(options);
  ASSERT_TRUE(Await(ledger->Recover()).ok());
  ASSERT_TRUE(Await(ledger->Count()).ok());
  commits.clear();
  Claim(*ledger, 1);
  EXPECT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kInProgress);  // writes nothing
  EXPECT_EQ(*Await(ledger->Complete(IdOf(1), 1, kSucceeded)), CompleteVerdict::kRecorded);
  EXPECT_EQ(commits, std::vector<bool>({true, true}));
}

TEST_F(PostgresqlLedgerTest, RecordsAnEndingWhoseTrackingIdIsNoText) {
  const auto ledger = Open();
  Claim(*ledger, 1);
  Ending ending = kSucceeded;
  ending.tracking_id = std::string("T\xff\0", 3);
  EXPECT_EQ(*Await(ledger->Complete(IdOf(1), 1, ending)), CompleteVerdict::kRecorded);
  EXPECT_EQ(Claim(*ledger, 1).operation.ending.tracking_id, "T??");
}

TEST_F(PostgresqlLedgerTest, ReadsThePasswordAnewForEachConnection) {
  server_.SetPassword("first");
  std::string file = "first\n";
  std::vector<absl::Status> changes;
  PostgresqlLedgerOptions options = database_.Options();
  options.url = server_.TcpUrl("keeper", database_.name, "");
  options.connections = 1;
  options.password = [&]() -> absl::StatusOr<std::string> { return file; };
  options.observer.changed = [&](const absl::Status& status) { changes.push_back(status); };
  const auto ledger = Open(options);
  EXPECT_TRUE(Await(ledger->Count()).ok());
  server_.SetPassword("second");
  server_.EndSessions(database_.name);
  EXPECT_EQ(ReasonOf(Await(ledger->Count()).status()), "LEDGER_UNAVAILABLE");
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_THAT(changes[0].message(), HasSubstr("password authentication failed"));
  EXPECT_THAT(changes[0].message(), Not(HasSubstr("first")));
  file = "second";
  EXPECT_TRUE(Becomes([&] { return Await(ledger->Count()).ok(); }));
}

TEST_F(PostgresqlLedgerTest, AsksForTlsAsTheUrlSays) {
  const auto count = [&](const std::string& parameters) {
    PostgresqlLedgerOptions options = database_.Options();
    options.url = server_.TcpUrl("postgres", database_.name, parameters);
    const auto ledger = Open(options);
    return Await(ledger->Count()).ok();
  };
  EXPECT_TRUE(count("sslmode=verify-full&sslrootcert=" + server_.certificate()));
  EXPECT_FALSE(count("sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt"));
}

TEST_F(PostgresqlLedgerTest, FindsTheNewestOnRecordThoughRepeatsHaveTakenNumbers) {
  const auto ledger = Open(database_.Options());
  ASSERT_TRUE(Await(ledger->Recover()).ok());
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kInProgress);
  ASSERT_EQ(Claim(*ledger, 2).verdict, ClaimVerdict::kClaimed);
  const absl::StatusOr<OperationPage> page = Await(ledger->List({.user_id = RequestOf(1).user_id, .newest = 2}));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->operations.size(), 1u);
}

}  // namespace
}  // namespace webex_gateway
