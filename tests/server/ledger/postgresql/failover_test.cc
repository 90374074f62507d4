// A standby that was behind takes over, or a copy of an earlier time is put in the database's place: what was last on
// record is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/server/ledger/postgresql/fixture.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/postgres_standby.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class PostgresqlFailover : public PostgresqlLedgerTest {
 protected:
  PostgresqlLedgerOptions Mortal(const std::string& url) {
    PostgresqlLedgerOptions options = database_.Options();
    options.url = url;
    options.lease = absl::Seconds(15);
    options.call_limit = absl::Seconds(5);
    options.upkeep = absl::Seconds(5);
    options.connections = 1;  // so that what is asked for comes after what time has set going
    options.observer.changed = [this](const absl::Status& status) { changes_.push_back(status); };
    return options;
  }

  // What the ledger says of the order in the end, while time goes on, a second at a time. (What has ended is put back
  // as under way first.)
  ClaimVerdict VerdictInTheEnd(Ledger& ledger, int number, ClaimVerdict expected, Ledger* other = nullptr) {
    absl::StatusOr<ClaimAnswer> answer;
    for (int i = 0; i < 3000; ++i) {
      answer = Await(ledger.Claim(RequestOf(number)));
      if (answer.ok() && (answer->verdict == expected || answer->verdict != ClaimVerdict::kInProgress)) break;
      clock_.Advance(absl::Seconds(1));
      Await(ledger.Count()).IgnoreError();
      if (other != nullptr) Await(other->Count()).IgnoreError();
    }
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->verdict : ClaimVerdict::kReused;
  }

  // As in a copy of an earlier time.
  void LoseRecords() {
    database_.Query("DELETE FROM webex_gateways");
    database_.Query("DELETE FROM webex_operations");
  }

  // A transaction that keeps others from inserting the operation in the table `kept`.
  std::unique_ptr<PgConnection> HoldUpKept() {
    auto other = *PgConnection::Open({.url = server_.Url(database_.name), .limit = absl::Minutes(1)});
    EXPECT_TRUE(other->RunOnce("BEGIN").ok());
    EXPECT_TRUE(other->RunOnce("INSERT INTO webex_operations SELECT * FROM kept").ok());
    return other;
  }

  std::vector<absl::Status> changes_;
};

TEST_F(PostgresqlFailover, ToAStandbyThatWasBehindLosesNothingThatALivingGatewayKnows) {
  const PostgresStandby standby;
  std::string noticed;
  PostgresqlLedgerOptions options = Mortal(standby.Url(database_.name));
  options.observer.noticed = [&](const std::string& words) { noticed = words; };
  const auto one = OpenRecovered(options);
  EXPECT_THAT(noticed, HasSubstr("a standby for which no commit waits"));
  const auto two = OpenRecovered(Mortal(standby.Url(database_.name)));
  ASSERT_EQ(Claim(*one, 4).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(one->Complete(IdOf(4), 1, kFailed)), CompleteVerdict::kRecorded);
  ASSERT_EQ(Claim(*two, 5).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(Claim(*one, 7).verdict, ClaimVerdict::kClaimed);
  standby.CatchUp();
  standby.FallBehind();
  // What the standby never hears of: orders under way, ended, claimed again, and the end of one that it has heard of.
  ASSERT_EQ(Claim(*one, 1).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(Claim(*one, 2).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(one->Complete(IdOf(2), 1, kSucceeded)), CompleteVerdict::kRecorded);
  ASSERT_EQ(Claim(*one, 3).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(one->Complete(IdOf(3), 1, kFailed)), CompleteVerdict::kRecorded);
  ASSERT_EQ(Claim(*one, 4).operation.claim, 2);
  ASSERT_EQ(*Await(two->Complete(IdOf(5), 1, kSucceeded)), CompleteVerdict::kRecorded);
  ASSERT_EQ(*Await(one->Complete(IdOf(7), 1, kFailed)), CompleteVerdict::kRecorded);
  ASSERT_EQ(Claim(*two, 7).operation.claim, 2);
  ASSERT_EQ(*Await(two->Complete(IdOf(7), 2, kSucceeded)), CompleteVerdict::kRecorded);
  server_.Crash();
  standby.Promote();
  // Until the other gateway has put its orders back nobody may take them for new.
  EXPECT_EQ(VerdictInTheEnd(*two, 1, ClaimVerdict::kInProgress, one.get()), ClaimVerdict::kInProgress);
  EXPECT_EQ(VerdictInTheEnd(*two, 2, ClaimVerdict::kReplay, one.get()), ClaimVerdict::kReplay);
  EXPECT_EQ(VerdictInTheEnd(*two, 4, ClaimVerdict::kInProgress, one.get()), ClaimVerdict::kInProgress);
  EXPECT_EQ(VerdictInTheEnd(*one, 5, ClaimVerdict::kReplay, two.get()), ClaimVerdict::kReplay);
  EXPECT_EQ(VerdictInTheEnd(*one, 7, ClaimVerdict::kReplay, two.get()), ClaimVerdict::kReplay);
  EXPECT_EQ(VerdictInTheEnd(*two, 3, ClaimVerdict::kClaimed, one.get()), ClaimVerdict::kClaimed);
  EXPECT_EQ(VerdictInTheEnd(*one, 6, ClaimVerdict::kClaimed, two.get()), ClaimVerdict::kClaimed);
  EXPECT_EQ(*Await(one->Complete(IdOf(1), 1, kSucceeded)), CompleteVerdict::kRecorded);
  EXPECT_EQ(*Await(one->Complete(IdOf(4), 2, kSucceeded)), CompleteVerdict::kRecorded);
  const LedgerCounts counts = *Await(one->Count());
  EXPECT_EQ(counts.succeeded, 5);
  EXPECT_EQ(counts.failed, 0);
  EXPECT_EQ(counts.in_flight, 2);
  server_.Start();
}

TEST_F(PostgresqlFailover, HoldsNewOrdersForALeaseAndReportsIt) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  changes_.clear();
  LoseRecords();
  EXPECT_TRUE(Becomes([&] { return !changes_.empty(); }));
  EXPECT_THAT(changes_[0].message(), HasSubstr("failed over, or lost"));
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "1"; }));
  const absl::StatusOr<ClaimAnswer> held = Await(ledger->Claim(RequestOf(2)));
  EXPECT_EQ(ReasonOf(held.status()), "LEDGER_UNAVAILABLE");
  EXPECT_THAT(ledger->Health().trouble, HasSubstr("failed over"));
  EXPECT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kInProgress);
  ClaimRequest blocked = RequestOf(1);
  blocked.request_id = IdOf(3);
  EXPECT_EQ(ReasonOf(Await(ledger->Claim(blocked)).status()), "LEDGER_UNAVAILABLE") << "its own record may be lost";
  EXPECT_EQ(VerdictInTheEnd(*ledger, 2, ClaimVerdict::kClaimed), ClaimVerdict::kClaimed);
  EXPECT_EQ(Checked(Await(ledger->Claim(blocked))).verdict, ClaimVerdict::kBlocked);
  EXPECT_EQ(ledger->Health().trouble, "");
  ASSERT_EQ(changes_.size(), 3);
  EXPECT_THAT(changes_[1].message(), HasSubstr("on record again"));
  EXPECT_EQ(changes_[2], absl::OkStatus());
}

// An order that ends while what the gateway knew is put back: as it was before, under way.
TEST_F(PostgresqlFailover, LosesNoEndingThatComesWhileItPutsBack) {
  PostgresqlLedgerOptions options = Mortal(server_.Url(database_.name));
  options.connections = 2;
  const auto ledger = OpenRecovered(options);
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(Claim(*ledger, 2).verdict, ClaimVerdict::kClaimed);
  database_.Query(
      absl::StrCat("CREATE TABLE kept AS SELECT * FROM webex_operations WHERE request_id = '", IdOf(2), "'"));
  LoseRecords();
  const auto other = HoldUpKept();
  database_.AwaitLockWaiter([&] {
    clock_.Advance(absl::Seconds(1));
    Await(ledger->Count()).IgnoreError();
  });
  EXPECT_EQ(ReasonOf(Await(ledger->Complete(IdOf(1), 1, kSucceeded)).status()), "LEDGER_UNAVAILABLE");
  ASSERT_TRUE(other->RunOnce("ROLLBACK").ok());
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "1"; }));
  EXPECT_EQ(*Await(ledger->Complete(IdOf(1), 1, kSucceeded)), CompleteVerdict::kRecorded);
  EXPECT_EQ(StateOf(1), "2");
}

// An order that ends before its gateway has noticed the failover: nothing on record says a word about it.
TEST_F(PostgresqlFailover, LosesNoEndingThatComesBeforeItIsNoticed) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  LoseRecords();
  EXPECT_EQ(ReasonOf(Await(ledger->Complete(IdOf(1), 1, kSucceeded)).status()), "LEDGER_UNAVAILABLE");
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "2"; }));
  EXPECT_EQ(*Await(ledger->Complete(IdOf(1), 1, kSucceeded)), CompleteVerdict::kRecorded);
}

// Nor does what blocks an order prove that the order itself was not sent.
TEST_F(PostgresqlFailover, SaysNothingOfABlockedOrderThatMayBeLost) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  database_.Query("DELETE FROM webex_gateways");
  database_.Query(absl::StrCat("UPDATE webex_operations SET request_id = '", IdOf(7), "'"));
  EXPECT_EQ(ReasonOf(Await(ledger->Claim(RequestOf(1))).status()), "LEDGER_UNAVAILABLE");
  EXPECT_TRUE(Becomes([&] { return !ledger->Health().trouble.empty(); }));
  EXPECT_EQ(ReasonOf(Await(ledger->Look(RequestOf(1))).status()), "LEDGER_UNAVAILABLE");
  EXPECT_EQ(ReasonOf(Await(ledger->Look(RequestOf(2))).status()), "LEDGER_UNAVAILABLE");
}

// What it says is on record, whatever else is lost.
TEST_F(PostgresqlFailover, ReportsThatASuccessContradictsAResolution) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  database_.Query("UPDATE webex_operations SET state = 3, resolved_by = 'ops'");
  database_.Query("DELETE FROM webex_gateways");
  EXPECT_EQ(*Await(ledger->Complete(IdOf(1), 1, kSucceeded)), CompleteVerdict::kContradicted);
}

// The answer to the last step is lost, so it is not known that all is back.
TEST_F(PostgresqlFailover, PutsBackAgainWhatItMayHavePutBackAlready) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  database_.Query("CREATE TABLE kept AS SELECT * FROM webex_operations");
  database_.Query("CREATE TABLE kept_gateways AS SELECT * FROM webex_gateways");
  LoseRecords();
  const auto other = HoldUpKept();
  database_.AwaitLockWaiter([&] { clock_.Advance(absl::Seconds(1)); });
  database_.Query("DELETE FROM webex_gateways");
  database_.Query("INSERT INTO webex_gateways SELECT * FROM kept_gateways");  // as if it had finished
  database_.Query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  ASSERT_TRUE(other->RunOnce("ROLLBACK").ok());
  EXPECT_EQ(VerdictInTheEnd(*ledger, 1, ClaimVerdict::kInProgress), ClaimVerdict::kInProgress);
  EXPECT_TRUE(Becomes([&] { return ledger->Health().trouble.empty(); }));
  EXPECT_EQ(StateOf(1), "1");
}

// An order that was resolved, and then forgotten, would hold its user back once more.
TEST_F(PostgresqlFailover, PutsNothingBackThatTheLedgerHasForgottenSince) {
  PostgresqlLedgerOptions options = Mortal(server_.Url(database_.name));
  options.retention = absl::Hours(1);
  const auto ledger = OpenRecovered(options);
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(ledger->Complete(IdOf(1), 1, Ending{})), CompleteVerdict::kRecorded);
  clock_.Advance(options.retention);
  ASSERT_EQ(VerdictInTheEnd(*ledger, 2, ClaimVerdict::kClaimed), ClaimVerdict::kClaimed);
  const int64_t claim = (**Await(ledger->Get(IdOf(2)))).claim;
  ASSERT_EQ(*Await(ledger->Complete(IdOf(2), claim, Ending{})), CompleteVerdict::kRecorded);
  LoseRecords();
  EXPECT_TRUE(Becomes([&] { return StateOf(2) == "4"; }));
  EXPECT_EQ(StateOf(1), "");
}

TEST_F(PostgresqlFailover, PutsBackThatAnEarlierRunMayHaveActed) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Checked(Await(ledger->Claim(UpdateClaim(1)))).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(ledger->Complete(IdOf(1), 1, Ending{})), CompleteVerdict::kRecorded);
  ASSERT_EQ(Checked(Await(ledger->Claim(UpdateClaim(1)))).operation.claim, 2);
  LoseRecords();
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "1"; }));
  EXPECT_EQ(*Await(ledger->Complete(IdOf(1), 2, kFailed)), CompleteVerdict::kRecorded);
  const Operation operation = *Await(ledger->Get(IdOf(1))).value();
  EXPECT_EQ(operation.state, OperationState::kUnknown);
  EXPECT_EQ(operation.method, "UpdateWorkspace");
  EXPECT_EQ(operation.subject, "id-1");
  EXPECT_EQ(operation.workspace_id, "id-1");
  EXPECT_TRUE(operation.repeatable);
}

// Update 2 has ended, update 1 of the same workspace is under way.
TEST_F(PostgresqlFailover, PutsBackWhatHasEndedThoughALaterOrderForTheSameSubjectIsUnderWay) {
  PostgresqlLedgerOptions options = Mortal(server_.Url(database_.name));
  options.upkeep = absl::Hours(1);  // or one may find the other's order before the other has its lease again: UNKNOWN
  const auto ledger = OpenRecovered(options);
  options.gateway_id = NewGatewayId();
  const auto other = OpenRecovered(options);
  ClaimRequest ended = UpdateClaim(2);
  ended.subject = ended.workspace_id = "id-1";
  ASSERT_EQ(Checked(Await(ledger->Claim(ended))).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(ledger->Complete(IdOf(2), 1, kSucceeded)), CompleteVerdict::kRecorded);
  ASSERT_EQ(Checked(Await(other->Claim(UpdateClaim(1)))).verdict, ClaimVerdict::kClaimed);
  LoseRecords();
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "1" && StateOf(2) == "2"; })) << StateOf(1) << StateOf(2);
  const LedgerCounts counts = *Await(ledger->Count());
  EXPECT_EQ(counts.in_flight, 1);
}

// Order 2 failed, which the database has lost; then order 1 for the same user became unknown.
TEST_F(PostgresqlFailover, PutsBackWhatIsUnknownThoughAnEarlierOrderForTheSameSubjectIsStillOpenOnRecord) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 2).verdict, ClaimVerdict::kClaimed);
  database_.Query("CREATE TABLE kept AS SELECT * FROM webex_operations");
  ASSERT_EQ(*Await(ledger->Complete(IdOf(2), 1, kFailed)), CompleteVerdict::kRecorded);
  ClaimRequest next = RequestOf(2);
  next.request_id = IdOf(1);
  ASSERT_EQ(Checked(Await(ledger->Claim(next))).verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(ledger->Complete(IdOf(1), 1, Ending{})), CompleteVerdict::kRecorded);
  LoseRecords();
  database_.Query("INSERT INTO webex_operations SELECT * FROM kept");
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "4" && StateOf(2) == "3"; })) << StateOf(1) << StateOf(2);
}

// The other gateways wait for it.
TEST_F(PostgresqlFailover, PutsThousandsBackInAFewStatements) {
  MakeTables();
  std::vector<PgKnown> known;
  for (int i = 1; i <= 2500; ++i) {
    const Ending succeeded{.state = OperationState::kSucceeded, .answer = "", .workspace_id = absl::StrCat("id-", i)};
    known.push_back({{i % 3 == 0 ? UpdateClaim(i) : RequestOf(i), i}, 1, false, i % 2 == 0 ? kFailed : succeeded});
  }
  StoreAlone store = NewStore();
  EXPECT_THAT(*store->PutBack(known), IsEmpty());
  EXPECT_EQ(store->writes().size(), 1);
  EXPECT_THAT(*store->PutBack(known), IsEmpty());
  EXPECT_EQ(store->writes().size(), 1) << "what is on record needs nothing";
  database_.Query("DELETE FROM webex_operations WHERE state = 3");
  EXPECT_THAT(*store->PutBack(known), IsEmpty());
  EXPECT_EQ(store->writes().size(), 2);
  const LedgerCounts counts = *store->Count();
  EXPECT_EQ(counts.succeeded, 1250);
  EXPECT_EQ(counts.failed, 2500) << "those deleted by hand still count";
}

// Update 1 was sent twice and then succeeded; update 2 became unknown. Later ones of both workspaces are under way.
TEST_F(PostgresqlFailover, PutsBackHowAnUpdateEndedThoughALaterOneIsUnderWay) {
  MakeTables();
  StoreAlone store = NewStore();
  ASSERT_EQ(store->Renew(), absl::OkStatus());
  for (const int number : {1, 2}) {
    TicketedClaim later{UpdateClaim(number), number};
    later.request.request_id = IdOf(number + 10);
    const TicketedClaim* const claims[] = {&later};
    ASSERT_EQ(store->Claim(claims)[0]->verdict, ClaimVerdict::kClaimed);
  }
  const PgKnown known[] = {{{UpdateClaim(1), 3}, 2, true, kSucceeded},
                           {{UpdateClaim(2), 4}, 1, false, Ending{}},
                           {{UpdateClaim(3), 5}, 2, true, kFailed}};
  EXPECT_THAT(*store->PutBack(known), IsEmpty());
  EXPECT_EQ(StateOf(1), "2");
  EXPECT_EQ(StateOf(2), "4");
  EXPECT_EQ(StateOf(3), "4") << "an earlier claim may have had an effect";
  EXPECT_THAT(*store->PutBack(known), IsEmpty());
  EXPECT_EQ(StateOf(1) + StateOf(2) + StateOf(3), "244");
}

// A claim under the same id that was not granted has been released: FAILED.
TEST_F(PostgresqlFailover, PutsBackAnOrderOfWhichARepeatWasNotGranted) {
  MakeTables();
  StoreAlone store = NewStore();
  ASSERT_EQ(store->Release({RequestOf(1), 8}), absl::OkStatus());
  ASSERT_EQ(StateOf(1), "3");
  const PgKnown under_way{{RequestOf(1), 7}, 1, false, {}};
  EXPECT_THAT(*store->PutBack({&under_way, 1}), IsEmpty());
  EXPECT_EQ(StateOf(1), "1");
}

// Another gateway has still to put back how the order ended that blocks this one.
TEST_F(PostgresqlFailover, PutsBackWhatIsBlockedOnceAnotherGatewayMakesRoom) {
  PostgresqlLedgerOptions options = Mortal(server_.Url(database_.name));
  options.upkeep = absl::Hours(1);  // or one may find the other's order before the other has its lease again: UNKNOWN
  const auto one = OpenRecovered(options);
  const std::string one_id = std::exchange(options.gateway_id, NewGatewayId());
  const auto two = OpenRecovered(options);
  ASSERT_EQ(Claim(*two, 1).verdict, ClaimVerdict::kClaimed);
  database_.Query("CREATE TABLE kept AS SELECT * FROM webex_operations");
  ASSERT_EQ(*Await(two->Complete(IdOf(1), 1, kFailed)), CompleteVerdict::kRecorded);
  ClaimRequest next = RequestOf(1);
  next.request_id = IdOf(2);
  ASSERT_EQ(Checked(Await(one->Claim(next))).verdict, ClaimVerdict::kClaimed);
  database_.Query("DELETE FROM webex_operations");
  database_.Query("INSERT INTO webex_operations SELECT * FROM kept");
  database_.Query(absl::StrCat("DELETE FROM webex_gateways WHERE id = '", one_id, "'"));  // it notices first
  EXPECT_TRUE(Becomes([&] { return absl::StrContains(one->Health().trouble, IdOf(2)); }));
  EXPECT_EQ(StateOf(2), "");
  database_.Query(absl::StrCat("DELETE FROM webex_gateways WHERE id <> '", one_id, "'"));
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "3" && StateOf(2) == "1"; })) << StateOf(1) << StateOf(2);
}

// It ends meanwhile, and so blocks nobody: there is room for it, although the other order stays open.
TEST_F(PostgresqlFailover, PutsBackHowABlockedOrderEnds) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  database_.Query("UPDATE webex_gateways SET renewals = 0");
  database_.Query(absl::StrCat("UPDATE webex_operations SET state = 4, request_id = '", IdOf(7), "'"));
  EXPECT_TRUE(Becomes([&] { return absl::StrContains(ledger->Health().trouble, IdOf(1)); }));
  EXPECT_EQ(ReasonOf(Await(ledger->Complete(IdOf(1), 1, kSucceeded)).status()), "LEDGER_UNAVAILABLE");
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "2"; }));
  EXPECT_EQ(*Await(ledger->Complete(IdOf(1), 1, kSucceeded)), CompleteVerdict::kRecorded);
}

TEST_F(PostgresqlFailover, PutsBackWhatIsBlockedAlsoAfterTheHold) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  database_.Query("UPDATE webex_gateways SET renewals = 0");
  database_.Query(absl::StrCat("UPDATE webex_operations SET state = 4, request_id = '", IdOf(7), "'"));
  EXPECT_TRUE(Becomes([&] { return absl::StrContains(ledger->Health().trouble, IdOf(1)); }));
  EXPECT_TRUE(Becomes([&] { return ledger->Health().trouble.empty(); }));
  EXPECT_EQ(StateOf(1), "");
  EXPECT_EQ(ReasonOf(Await(ledger->Claim(RequestOf(1))).status()), "LEDGER_UNAVAILABLE") << "it may have been sent";
  EXPECT_EQ(ReasonOf(Await(ledger->Look(RequestOf(1))).status()), "LEDGER_UNAVAILABLE");
  ASSERT_EQ(Await(ledger->Resolve({.request_id = IdOf(7), .by = "ops", .note = "n", .gateway_is_gone = true}))->verdict,
            ResolveVerdict::kResolved);
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "1"; }));
}

// Claim 1 is FAILED on record, claim 2 succeeded, and another gateway's order for the same subject is open by now.
TEST_F(PostgresqlFailover, PutsBackHowARepeatEndedThoughALaterOrderIsOpen) {
  MakeTables();
  StoreAlone store = NewStore();
  ASSERT_EQ(store->Renew(), absl::OkStatus());
  EXPECT_THAT(*store->PutBack(std::vector<PgKnown>{{{RequestOf(1), 1}, 1, false, kFailed}}), IsEmpty());
  database_.Query("UPDATE webex_operations SET resolved_by = 'ops'");
  TicketedClaim later{RequestOf(1), 3};
  later.request.request_id = IdOf(2);
  const TicketedClaim* const claims[] = {&later};
  ASSERT_EQ(store->Claim(claims)[0]->verdict, ClaimVerdict::kClaimed);
  EXPECT_THAT(*store->PutBack(std::vector<PgKnown>{{{RequestOf(1), 2}, 2, false, kSucceeded}}), IsEmpty());
  const Operation operation = **store->Get(IdOf(1));
  EXPECT_EQ(operation.state, OperationState::kSucceeded);
  EXPECT_EQ(operation.claim, 2);
  EXPECT_EQ(operation.resolved_by, "");
  const LedgerCounts counts = *store->Count();
  EXPECT_EQ(counts.succeeded, 1);
  EXPECT_EQ(counts.failed, 0);
}

// This gateway's claim 1 was lost, and another gateway was granted claim 1 for lack of it.
TEST_F(PostgresqlFailover, TakesAnotherGatewaysClaimForALaterOne) {
  MakeTables();
  StoreAlone late = NewStore();
  StoreAlone other = NewStore();
  ASSERT_EQ(late->Renew(), absl::OkStatus());
  ASSERT_EQ(other->Renew(), absl::OkStatus());
  const TicketedClaim claim{RequestOf(1), 1};
  const TicketedClaim* const claims[] = {&claim};
  ASSERT_EQ(other->Claim(claims)[0]->verdict, ClaimVerdict::kClaimed);
  const Completion failed{IdOf(1), 1, kFailed};
  const Completion* const completions[] = {&failed};
  EXPECT_EQ(late->Complete(completions)[0]->verdict, CompleteVerdict::kSuperseded);
  EXPECT_FALSE(late->Complete(completions)[0]->is_on_record);
  EXPECT_EQ(StateOf(1), "1") << "the other gateway's";
  const Completion unknown{IdOf(1), 1, {.error_reason = "WEBEX_ANSWER_LOST"}};
  const Completion* const others_completions[] = {&unknown};
  EXPECT_EQ(other->Complete(others_completions)[0]->verdict, CompleteVerdict::kRecorded);
  EXPECT_THAT(*late->PutBack(std::vector<PgKnown>{{claim, 1, false, kFailed}}), IsEmpty());
  EXPECT_EQ(StateOf(1), "4") << "the other gateway's claim may have had an effect";
  EXPECT_EQ((*late->Get(IdOf(1)))->ending.error_reason, "WEBEX_ANSWER_LOST");
}

// Another gateway was granted a claim of the same number, which failed; by now a third order for the subject is open.
TEST_F(PostgresqlFailover, PutsBackASuccessBesideAnotherGatewaysFailure) {
  MakeTables();
  StoreAlone late = NewStore();
  StoreAlone other = NewStore();
  ASSERT_EQ(other->Renew(), absl::OkStatus());
  EXPECT_THAT(*other->PutBack(std::vector<PgKnown>{{{RequestOf(1), 1}, 1, false, kFailed}}), IsEmpty());
  TicketedClaim later{RequestOf(1), 2};
  later.request.request_id = IdOf(2);
  const TicketedClaim* const claims[] = {&later};
  ASSERT_EQ(other->Claim(claims)[0]->verdict, ClaimVerdict::kClaimed);
  EXPECT_THAT(*late->PutBack(std::vector<PgKnown>{{{RequestOf(1), 1}, 1, false, kSucceeded}}), IsEmpty());
  EXPECT_EQ(StateOf(1), "2");
}

// The others wait only for a gateway that they see.
TEST_F(PostgresqlFailover, ShowsItselfAtOnce) {
  PostgresqlLedgerOptions options = Mortal(server_.Url(database_.name));
  const auto ledger = OpenRecovered(options);
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  ASSERT_TRUE(Await(ledger->Count()).ok());
  database_.Query("DELETE FROM webex_gateways");
  clock_.Advance(absl::Seconds(5));  // which asks for the renewal; nothing here heeds its answer
  WaitFor("the mark", [&] { return database_.Query("SELECT left(epoch, 1) FROM webex_gateways") == "?"; });
}

// A second failover, between two steps: the later order was put back already.
TEST_F(PostgresqlFailover, PutsEverythingBackOnceMoreIfItFailsOverMeanwhile) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  database_.Query("CREATE TABLE kept AS SELECT * FROM webex_operations");
  ASSERT_EQ(Claim(*ledger, 2).verdict, ClaimVerdict::kClaimed);
  LoseRecords();
  const auto other = HoldUpKept();
  database_.AwaitLockWaiter([&] { clock_.Advance(absl::Seconds(1)); });
  ASSERT_EQ(StateOf(2), "1");
  database_.Query("UPDATE webex_gateways SET epoch = '?00000000'");
  database_.Query(absl::StrCat("DELETE FROM webex_operations WHERE request_id = '", IdOf(2), "'"));
  ASSERT_TRUE(other->RunOnce("ROLLBACK").ok());
  EXPECT_TRUE(Becomes([&] { return StateOf(1) == "1" && StateOf(2) == "1"; })) << StateOf(1) << StateOf(2);
}

TEST_F(PostgresqlFailover, RestoresOnlyForOneLifeOfTheDatabase) {
  MakeTables();
  StoreAlone store = NewStore();
  ASSERT_EQ(store->MarkRestoring(), absl::OkStatus());
  EXPECT_EQ(store->GoOnRestoring(), absl::OkStatus());
  database_.Query("UPDATE webex_gateways SET epoch = '?00000000'");  // the next one
  EXPECT_EQ(store->GoOnRestoring().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(store->EndRestoring().code(), absl::StatusCode::kDataLoss);
  ASSERT_EQ(store->MarkRestoring(), absl::OkStatus());
  EXPECT_EQ(store->EndRestoring(), absl::OkStatus());
}

TEST_F(PostgresqlFailover, HoldsNewOrdersUntilEveryLivingGatewayHasPutBackWhatItKnows) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  LoseRecords();
  const std::string other = NewGatewayId();
  database_.Query(absl::StrCat("INSERT INTO webex_gateways (id, lease_until, epoch) VALUES ('", other,
                               "', clock_timestamp() + '1 hour', '?')"));
  EXPECT_TRUE(Becomes([&] { return absl::StrContains(ledger->Health().trouble, other); }));
  EXPECT_EQ(ReasonOf(Await(ledger->Claim(RequestOf(2))).status()), "LEDGER_UNAVAILABLE");
  database_.Query(absl::StrCat("UPDATE webex_gateways SET lease_until = clock_timestamp() WHERE id = '", other, "'"));
  EXPECT_EQ(VerdictInTheEnd(*ledger, 2, ClaimVerdict::kClaimed), ClaimVerdict::kClaimed);
}

TEST_F(PostgresqlFailover, ShowsTheOthersThatItIsStillPuttingBack) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  database_.Query("CREATE TABLE kept AS SELECT * FROM webex_operations");
  LoseRecords();
  const auto other = HoldUpKept();
  database_.AwaitLockWaiter([&] { clock_.Advance(absl::Seconds(1)); });
  EXPECT_EQ(database_.Query("SELECT left(epoch, 1) FROM webex_gateways WHERE lease_until > clock_timestamp()"), "?");
  StoreAlone another = NewStore();
  EXPECT_NE(*another->StillRestoring(), "");
  ASSERT_TRUE(other->RunOnce("ROLLBACK").ok());
  EXPECT_TRUE(Becomes([&] { return another->StillRestoring()->empty(); }));
}

TEST_F(PostgresqlFailover, NamesOrdersThatCannotBePutBack) {
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  ASSERT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kClaimed);
  database_.Query("UPDATE webex_gateways SET renewals = 0");
  database_.Query(absl::StrCat("UPDATE webex_operations SET request_id = '", IdOf(7), "'"));  // the user's other order
  EXPECT_TRUE(
      Becomes([&] { return !changes_.empty() && changes_.back().message().find(IdOf(1)) != std::string::npos; }));
}

TEST_F(PostgresqlFailover, HoldsTheNewOrdersOfAGatewayThatStartsAfterIt) {
  ASSERT_TRUE(Await(Open()->Count()).ok());
  database_.Query("UPDATE webex_gateways SET epoch = '00000000', lease_until = clock_timestamp()");
  const auto ledger = OpenRecovered(Mortal(server_.Url(database_.name)));
  EXPECT_EQ(ReasonOf(Await(ledger->Claim(RequestOf(1))).status()), "LEDGER_UNAVAILABLE");
  EXPECT_EQ(VerdictInTheEnd(*ledger, 1, ClaimVerdict::kClaimed), ClaimVerdict::kClaimed);
}

}  // namespace
}  // namespace webex_gateway
