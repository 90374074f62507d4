#include "tests/server/ledger/conformance.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/server/testing/details.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
// The answer to an order: bytes that only a method knows.
std::string AnswerOf(int number) {
  return absl::StrCat("id-", number, std::string("\0\xff\n\"\\'", 6), "Besprechung \xc3\x9c");
}

Resolution Applied(const std::string& id, int number, const std::string& note = "") {
  return {.request_id = id,
          .answer = AnswerOf(number),
          .workspace_id = absl::StrCat("id-", number),
          .by = "ops@sp",
          .note = note};
}

Resolution NotApplied(const std::string& id, const std::string& note = "") {
  return {.request_id = id, .by = "ops@sp", .note = note};
}

std::string Bytes(const std::optional<std::string>& answer) { return answer.value_or("(none)"); }

}  // namespace

LedgerConformance::LedgerConformance() : store_(GetParam()()) { Restart(); }

void LedgerConformance::Restart() {
  ledger_.reset();
  store_->LetLeasesRunOut();
  ledger_ = store_->Open(loop_, clock_, kRetention);
  EXPECT_TRUE(Await(ledger_->Recover()).ok());
}

ClaimAnswer LedgerConformance::Claim(int number) { return Claim(RequestOf(number)); }

ClaimAnswer LedgerConformance::Claim(const ClaimRequest& request) {
  absl::StatusOr<ClaimAnswer> answer = Await(ledger_->Claim(request));
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.ok() ? *std::move(answer) : ClaimAnswer();
}

ClaimVerdict LedgerConformance::Look(const ClaimRequest& request) {
  const absl::StatusOr<ClaimAnswer> answer = Await(ledger_->Look(request));
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.ok() ? answer->verdict : ClaimVerdict::kReused;
}

void LedgerConformance::Order(int number, const Ending& ending) {
  const ClaimAnswer answer = Claim(number);
  ASSERT_EQ(answer.verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(number), answer.operation.claim, ending)), CompleteVerdict::kRecorded);
}

Operation LedgerConformance::Get(int number) {
  const absl::StatusOr<std::optional<Operation>> found = Await(ledger_->Get(IdOf(number)));
  EXPECT_TRUE(found.ok() && found->has_value()) << number << " " << found.status();
  return found.ok() && *found ? **found : Operation();
}

bool LedgerConformance::Has(int number) {
  const absl::StatusOr<std::optional<Operation>> found = Await(ledger_->Get(IdOf(number)));
  EXPECT_TRUE(found.ok()) << found.status();
  return found.ok() && found->has_value();
}

LedgerCounts LedgerConformance::Count() {
  const absl::StatusOr<LedgerCounts> counts = Await(ledger_->Count());
  EXPECT_TRUE(counts.ok()) << counts.status();
  return counts.ok() ? *counts : LedgerCounts();
}

std::vector<std::string> LedgerConformance::List(ListQuery query) {
  std::vector<std::string> ids;
  do {
    const absl::StatusOr<OperationPage> page = Await(ledger_->List(query));
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) break;
    EXPECT_LE(page->operations.size(), static_cast<size_t>(query.page_size));
    if (!page->operations.empty()) {
      EXPECT_EQ(page->now, clock_.WallNow());
    }
    for (const Operation& operation : page->operations) ids.push_back(operation.request_id);
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  return ids;
}

Async<void> LedgerConformance::AwaitEnd(int number, absl::Duration patience, std::stop_token stop,
                                        std::shared_ptr<bool> over) {
  co_await ledger_->AwaitEnd(IdOf(number), Later(clock_.Now(), patience), std::move(stop));
  *over = true;
}

std::shared_ptr<bool> LedgerConformance::StartAwaitingEnd(int number, absl::Duration patience, std::stop_token stop) {
  const auto over = std::make_shared<bool>(false);
  Spawn(loop_, AwaitEnd(number, patience, std::move(stop), over));
  clock_.RunLoop();
  return over;
}

ClaimRequest LedgerConformance::RequestOf(int number) {
  ClaimRequest request = ProvisionClaim(number);
  request.sends_for = kSendsFor;
  return request;
}

Ending LedgerConformance::Succeeded(int number) {
  return {.state = OperationState::kSucceeded,
          .answer = AnswerOf(number),
          .workspace_id = absl::StrCat("id-", number),
          .tracking_id = "T-ok"};
}

Ending LedgerConformance::Failed() {
  return {.state = OperationState::kFailed,
          .error_code = absl::StatusCode::kNotFound,
          .error_reason = "WEBEX_NOT_FOUND",
          .tracking_id = "T-not"};
}

Ending LedgerConformance::Unknown() {
  return {.state = OperationState::kUnknown,
          .error_code = absl::StatusCode::kInternal,
          .error_reason = "WEBEX_INTERNAL",
          .tracking_id = "T-500",
          .attempts = 3};
}

// Claim

TEST_P(LedgerConformance, PutsAnOrderOnRecordAsInFlight) {
  const ClaimAnswer answer = Claim(1);
  EXPECT_EQ(answer.verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(answer.operation.claim, 1);
  for (const Operation& operation : {answer.operation, Get(1)}) {
    EXPECT_EQ(operation.request_id, IdOf(1));
    EXPECT_EQ(operation.sp_enterprise_id, "Reseller1+acme");
    EXPECT_EQ(operation.user_id, "user-1");
    EXPECT_EQ(operation.caller, "spiffe://bss/orders");
    EXPECT_EQ(operation.state, OperationState::kInFlight);
    EXPECT_EQ(operation.ending.answer, std::nullopt);
    EXPECT_EQ(operation.create_time, clock_.WallNow());
    EXPECT_EQ(operation.update_time, clock_.WallNow());
    EXPECT_EQ(operation.sends_until, clock_.WallNow() + kSendsFor);
    EXPECT_THAT(operation.gateway, StartsWith("host/"));
  }
}

TEST_P(LedgerConformance, ReplaysASuccessWithItsWorkspaceAndTrackingId) {
  Order(1, Succeeded(1));
  const ClaimAnswer answer = Claim(1);
  EXPECT_EQ(answer.verdict, ClaimVerdict::kReplay);
  EXPECT_EQ(Bytes(answer.operation.ending.answer), AnswerOf(1));
  EXPECT_EQ(answer.operation.ending.tracking_id, "T-ok");
}

TEST_P(LedgerConformance, ReplaysAfterARestart) {
  Order(1, Succeeded(1));
  Restart();
  const ClaimAnswer answer = Claim(1);
  EXPECT_EQ(answer.verdict, ClaimVerdict::kReplay);
  EXPECT_EQ(Bytes(answer.operation.ending.answer), AnswerOf(1));
}

TEST_P(LedgerConformance, SaysThatAnOrderIsInProgressUnderTheSameId) {
  Claim(1);
  EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kInProgress);
}

TEST_P(LedgerConformance, SaysThatAnOrdersFateIsUnknownUnderTheSameId) {
  Order(1, Unknown());
  const ClaimAnswer answer = Claim(1);
  EXPECT_EQ(answer.verdict, ClaimVerdict::kUnknown);
  EXPECT_EQ(answer.operation.ending.error_reason, "WEBEX_INTERNAL");
  EXPECT_EQ(answer.operation.ending.tracking_id, "T-500");
}

TEST_P(LedgerConformance, GrantsAFailedOrderAgainUnderTheSameId) {
  Order(1, Failed());
  clock_.Advance(absl::Seconds(7));
  const ClaimAnswer again = Claim(1);
  EXPECT_EQ(again.verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(again.operation.claim, 2);
  const Operation operation = Get(1);
  EXPECT_EQ(operation.state, OperationState::kInFlight);
  EXPECT_EQ(operation.claim, 2);
  EXPECT_EQ(operation.ending.error_reason, "");
  EXPECT_EQ(operation.ending.tracking_id, "");
  EXPECT_EQ(operation.ending.attempts, 0);
  EXPECT_EQ(operation.update_time - operation.create_time, absl::Seconds(7));
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), again.operation.claim, Succeeded(1))), CompleteVerdict::kRecorded);
  EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kReplay);
}

TEST_P(LedgerConformance, RefusesAnIdThatIsUsedAgainForAnotherPayloadWhateverBecameOfIt) {
  Claim(1);
  Order(2, Succeeded(2));
  Order(3, Failed());
  Order(4, Unknown());
  for (int number = 1; number <= 4; ++number) {
    ClaimRequest request = RequestOf(number);
    request.fingerprint = RequestOf(99).fingerprint;
    EXPECT_EQ(Claim(request).verdict, ClaimVerdict::kReused) << number;
    request.user_id = "user-99";
    request.subject = SubjectOf(request);
    EXPECT_EQ(Claim(request).verdict, ClaimVerdict::kReused) << number;
  }
}

TEST_P(LedgerConformance, BlocksAnotherIdForTheSameUserWhileOneIsInFlightOrUnknown) {
  Claim(1);
  ClaimRequest request = RequestOf(2);
  request.user_id = "user-1";
  request.subject = SubjectOf(request);
  ClaimAnswer answer = Claim(request);
  EXPECT_EQ(answer.verdict, ClaimVerdict::kBlocked);
  EXPECT_EQ(answer.operation.request_id, IdOf(1));
  EXPECT_EQ(answer.operation.state, OperationState::kInFlight);
  EXPECT_FALSE(Has(2));

  Order(3, Unknown());
  request.user_id = "user-3";
  request.subject = SubjectOf(request);
  answer = Claim(request);
  EXPECT_EQ(answer.verdict, ClaimVerdict::kBlocked);
  EXPECT_EQ(answer.operation.request_id, IdOf(3));
  EXPECT_EQ(answer.operation.state, OperationState::kUnknown);
  EXPECT_FALSE(Has(2));
}

TEST_P(LedgerConformance, LetsAnotherIdPassOnceTheUsersOperationHasSucceededOrFailed) {
  Order(1, Succeeded(1));
  Order(2, Failed());
  for (const int number : {1, 2}) {
    ClaimRequest request = RequestOf(number + 10);
    request.user_id = RequestOf(number).user_id;
    request.subject = SubjectOf(request);
    EXPECT_EQ(Claim(request).verdict, ClaimVerdict::kClaimed) << number;
  }
}

TEST_P(LedgerConformance, BlocksAFailedOrdersRepetitionWhileAnotherIdIsAtWorkForItsUser) {
  Order(1, Failed());
  ClaimRequest other = RequestOf(2);
  other.user_id = "user-1";
  other.subject = SubjectOf(other);
  ASSERT_EQ(Claim(other).verdict, ClaimVerdict::kClaimed);
  const ClaimAnswer answer = Claim(1);
  EXPECT_EQ(answer.verdict, ClaimVerdict::kBlocked);
  EXPECT_EQ(answer.operation.request_id, IdOf(2));
  EXPECT_EQ(Get(1).state, OperationState::kFailed);
}

TEST_P(LedgerConformance, TakesTheSameUserIdInAnotherEnterpriseForAnotherUser) {
  Claim(1);
  ClaimRequest request = RequestOf(2);
  request.user_id = "user-1";
  request.subject = SubjectOf(request);
  request.sp_enterprise_id = "Reseller1+other";
  request.subject = SubjectOf(request);
  EXPECT_EQ(Claim(request).verdict, ClaimVerdict::kClaimed);
  // Nor do the two run into each other.
  request = RequestOf(3);
  request.sp_enterprise_id = "Reseller1+acmeuser";
  request.subject = SubjectOf(request);
  request.user_id = "-1";
  request.subject = SubjectOf(request);
  EXPECT_EQ(Claim(request).verdict, ClaimVerdict::kClaimed);
}

TEST_P(LedgerConformance, TakesIdsInAnyLetterCaseForTheSame) {
  ClaimRequest request = RequestOf(0xab);
  request.request_id = absl::AsciiStrToUpper(request.request_id);
  const ClaimAnswer answer = Claim(request);
  EXPECT_EQ(answer.operation.request_id, IdOf(0xab));
  EXPECT_EQ(Claim(0xab).verdict, ClaimVerdict::kInProgress);
  EXPECT_TRUE(Await(ledger_->Get(request.request_id))->has_value());
}

TEST_P(LedgerConformance, KeepsAnyTextAsItIs) {
  ClaimRequest request = RequestOf(1);
  request.user_id = "'; DROP TABLE operations; -- \xf0\x9f\x93\x9e \\ \" %_";
  request.subject = SubjectOf(request);
  request.sp_enterprise_id = std::string(1024, 'x');
  request.subject = SubjectOf(request);
  Claim(request);
  EXPECT_EQ(Get(1).user_id, request.user_id);
  EXPECT_EQ(Get(1).sp_enterprise_id, request.sp_enterprise_id);
  request.request_id = IdOf(2);
  EXPECT_EQ(Claim(request).verdict, ClaimVerdict::kBlocked);
}

TEST_P(LedgerConformance, GrantsOneOfManyClaimsThatComeAtOnce) {
  std::vector<Started<absl::StatusOr<ClaimAnswer>>> claims;
  for (int i = 0; i < 100; ++i) claims.emplace_back(loop_, ledger_->Claim(RequestOf(1)));
  for (int i = 0; i < 100; ++i) {
    ClaimRequest other = RequestOf(100 + i);
    other.user_id = "user-1";
    other.subject = SubjectOf(other);
    claims.emplace_back(loop_, ledger_->Claim(other));
  }
  Count();  // comes after them
  int granted = 0;
  for (auto& claim : claims) {
    while (!claim.done()) loop_.run_one();
    granted += (*claim)->verdict == ClaimVerdict::kClaimed ? 1 : 0;
  }
  EXPECT_EQ(granted, 1);
}

TEST_P(LedgerConformance, DoesNotLetOneRefusalSpoilTheOthersOfItsBatch) {
  Claim(1);
  std::vector<Started<absl::StatusOr<ClaimAnswer>>> claims;
  for (int i = 0; i < 100; ++i) {
    ClaimRequest request = RequestOf(100 + i);
    if (i % 2 == 0) request.subject = RequestOf(1).subject;
    claims.emplace_back(loop_, ledger_->Claim(request));
  }
  for (int i = 0; i < 100; ++i) {
    while (!claims[i].done()) loop_.run_one();
    EXPECT_EQ((*claims[i])->verdict, i % 2 == 0 ? ClaimVerdict::kBlocked : ClaimVerdict::kClaimed) << i;
  }
  EXPECT_EQ(Count().in_flight, 51);
}

// Repeatable orders

TEST_P(LedgerConformance, KeepsWhatAnOrderOfAnyMethodIsAbout) {
  ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(1)))->verdict, ClaimVerdict::kClaimed);
  ASSERT_EQ(Await(ledger_->Complete(IdOf(1), 1, Failed())).value(), CompleteVerdict::kRecorded);
  for (int life = 0; life < 2; ++life) {
    const Operation operation = Get(1);
    EXPECT_EQ(operation.method, "UpdateWorkspace");
    EXPECT_TRUE(operation.repeatable);
    EXPECT_EQ(operation.subject, "id-1");
    EXPECT_EQ(operation.sp_enterprise_id, "");
    EXPECT_EQ(operation.user_id, "");
    EXPECT_EQ(operation.workspace_id, "id-1");
    Restart();
  }
}

TEST_P(LedgerConformance, RefusesAnIdThatAnotherMethodHasUsed) {
  Order(1, Succeeded(1));
  ClaimRequest update = UpdateClaim(1);
  update.fingerprint = RequestOf(1).fingerprint;
  EXPECT_EQ(Await(ledger_->Claim(update))->verdict, ClaimVerdict::kReused);
  EXPECT_EQ(Get(1).method, "ProvisionWorkspace");
}

TEST_P(LedgerConformance, DistinguishesSubjectsThatDifferOnlyInMethod) {
  ClaimRequest remove = UpdateClaim(1);
  remove.request_id = IdOf(2);
  remove.method = "RemoveWorkspace";
  ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(1)))->verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(Await(ledger_->Claim(remove))->verdict, ClaimVerdict::kBlocked) << "one of a workspace at a time";
  EXPECT_EQ(Claim(3).verdict, ClaimVerdict::kClaimed) << "a user is no workspace";
  ASSERT_TRUE(Await(ledger_->Complete(IdOf(1), 1, Failed())).ok());
  EXPECT_EQ(Await(ledger_->Claim(remove))->verdict, ClaimVerdict::kClaimed);
}

TEST_P(LedgerConformance, LetsARepeatableOrderThatIsUnknownBlockNobody) {
  ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(1)))->verdict, ClaimVerdict::kClaimed);
  ASSERT_TRUE(Await(ledger_->Complete(IdOf(1), 1, Unknown())).ok());
  ClaimRequest other = UpdateClaim(1);
  other.request_id = IdOf(2);
  EXPECT_EQ(Await(ledger_->Claim(other))->verdict, ClaimVerdict::kClaimed);
  const ClaimAnswer again = *Await(ledger_->Claim(UpdateClaim(1)));
  EXPECT_EQ(again.verdict, ClaimVerdict::kBlocked) << "by the other, which is under way";
  EXPECT_EQ(again.operation.request_id, IdOf(2));
  EXPECT_TRUE(again.after_unknown);
}

TEST_P(LedgerConformance, ClaimsARepeatableOrderAnewThatIsUnknown) {
  ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(1)))->verdict, ClaimVerdict::kClaimed);
  ASSERT_TRUE(Await(ledger_->Complete(IdOf(1), 1, Unknown())).ok());
  const ClaimAnswer look = *Await(ledger_->Look(UpdateClaim(1)));
  EXPECT_EQ(look.verdict, ClaimVerdict::kClaimed);
  EXPECT_TRUE(look.after_unknown);
  const ClaimAnswer again = *Await(ledger_->Claim(UpdateClaim(1)));
  EXPECT_EQ(again.verdict, ClaimVerdict::kClaimed);
  EXPECT_TRUE(again.after_unknown);
  EXPECT_EQ(again.operation.claim, 2);
  EXPECT_EQ(Get(1).state, OperationState::kInFlight);
  EXPECT_EQ(Count().failed, 0);
  ASSERT_TRUE(Await(ledger_->Complete(IdOf(1), 2, Succeeded(1))).ok());
  EXPECT_EQ(Get(1).state, OperationState::kSucceeded);
  EXPECT_EQ(Get(1).workspace_id, "id-1");
  const ClaimAnswer replay = *Await(ledger_->Claim(UpdateClaim(1)));
  EXPECT_EQ(replay.verdict, ClaimVerdict::kReplay);
  EXPECT_EQ(replay.operation.ending.answer, AnswerOf(1));
}

// That the last claim had no effect says nothing of the first.
TEST_P(LedgerConformance, LeavesARepeatableOrderUnknownWhoseLaterClaimFailed) {
  ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(1)))->verdict, ClaimVerdict::kClaimed);
  Restart();
  EXPECT_EQ(Get(1).state, OperationState::kUnknown);
  ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(1)))->verdict, ClaimVerdict::kClaimed);
  ASSERT_TRUE(Await(ledger_->Complete(IdOf(1), 2, Failed())).ok());
  EXPECT_EQ(Get(1).state, OperationState::kUnknown);
  EXPECT_EQ(Get(1).ending.error_reason, "WEBEX_NOT_FOUND");
  EXPECT_TRUE(Await(ledger_->Claim(UpdateClaim(1)))->after_unknown);
}

// Orders that are sent once more

TEST_P(LedgerConformance, ClaimsAnOrderAnewThatIsUnknownWhereItsCallerSaysSo) {
  Order(1, Unknown());
  ClaimRequest request = RequestOf(1);
  request.repeat_unknown = true;
  EXPECT_EQ(Look(RequestOf(1)), ClaimVerdict::kUnknown);
  EXPECT_EQ(Look(request), ClaimVerdict::kClaimed);
  const ClaimAnswer again = Claim(request);
  EXPECT_EQ(again.verdict, ClaimVerdict::kClaimed);
  EXPECT_TRUE(again.after_unknown);
  EXPECT_EQ(again.operation.claim, 2);
  for (const Operation& operation : {again.operation, Get(1)}) {
    EXPECT_EQ(operation.state, OperationState::kInFlight);
    EXPECT_TRUE(operation.after_unknown);
    EXPECT_EQ(operation.ending.error_reason, "WEBEX_INTERNAL") << "which someone has to look for";
    EXPECT_EQ(operation.ending.tracking_id, "T-500");
    EXPECT_EQ(operation.ending.attempts, 3);
  }
  EXPECT_EQ(Count().unknown, 0);
  EXPECT_EQ(Count().in_flight, 1);
  EXPECT_EQ(Claim(request).verdict, ClaimVerdict::kInProgress) << "claimed as any: one at a time";
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), 2, Succeeded(1))), CompleteVerdict::kRecorded);
  EXPECT_EQ(Get(1).workspace_id, "id-1");
  EXPECT_EQ(Get(1).ending.error_reason, "");
  EXPECT_EQ(Claim(request).verdict, ClaimVerdict::kReplay);
}

TEST_P(LedgerConformance, RecordsOfAnOrderThatWasSentOnceMoreThatWebexHadItAlready) {
  Order(1, Unknown());
  ClaimRequest request = RequestOf(1);
  request.repeat_unknown = true;
  Claim(request);
  Ending met = Succeeded(1);
  met.workspace_id = "";
  met.error_code = absl::StatusCode::kAlreadyExists;
  met.error_reason = "WEBEX_ALREADY_EXISTS";
  met.answer = "as ordered";
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), 2, met)), CompleteVerdict::kRecorded);
  EXPECT_EQ(Get(1).state, OperationState::kSucceeded);
  EXPECT_EQ(Get(1).ending.error_code, absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Get(1).ending.error_reason, "WEBEX_ALREADY_EXISTS");
  EXPECT_EQ(Get(1).workspace_id, "");
  EXPECT_EQ(Bytes(Claim(1).operation.ending.answer), "as ordered");
  // The first claim's gateway was cut off, and hears from Webex after all.
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), 1, Succeeded(1))), CompleteVerdict::kRecorded);
  EXPECT_EQ(Get(1).workspace_id, "id-1");
  EXPECT_THAT(Get(1).other_workspace_ids, IsEmpty());
  EXPECT_EQ(Bytes(Claim(1).operation.ending.answer), AnswerOf(1));
}

TEST_P(LedgerConformance, LeavesAnOrderUnknownThatWasSentOnceMoreWithoutEffect) {
  Ending named = Unknown();
  named.workspace_id = "perhaps";
  Order(1, named);
  ClaimRequest request = RequestOf(1);
  request.repeat_unknown = true;
  for (int64_t claim = 2; claim <= 3; ++claim) {
    ASSERT_EQ(Claim(request).operation.claim, claim);
    ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), claim, Failed())), CompleteVerdict::kRecorded);
    EXPECT_EQ(Get(1).state, OperationState::kUnknown);
    EXPECT_EQ(Get(1).ending.error_reason, "WEBEX_INTERNAL");
    EXPECT_EQ(Get(1).ending.error_code, absl::StatusCode::kInternal);
    EXPECT_EQ(Get(1).ending.tracking_id, "T-500");
    EXPECT_EQ(Get(1).ending.attempts, 3);
    EXPECT_EQ(Get(1).ending.workspace_id, "perhaps");
    EXPECT_EQ(Count().unknown, 1);
    EXPECT_EQ(Count().failed, 0);
    EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kUnknown) << "it holds back what its caller does not repeat";
  }
}

TEST_P(LedgerConformance, MakesUnknownAgainWhatWasSentOnceMoreWhenTheGatewayEnded) {
  Order(1, Unknown());
  ClaimRequest request = RequestOf(1);
  request.repeat_unknown = true;
  Claim(request);
  Restart();
  EXPECT_EQ(Get(1).state, OperationState::kUnknown);
  EXPECT_EQ(Get(1).ending.error_reason, "WEBEX_ANSWER_LOST");
  EXPECT_EQ(Count().unknown, 1);
  clock_.Advance(kSendsFor);
  const ClaimAnswer again = Claim(request);
  EXPECT_EQ(again.verdict, ClaimVerdict::kClaimed);
  EXPECT_TRUE(again.after_unknown);
}

TEST_P(LedgerConformance, GrantsOneOfManyThatRepeatAnUnknownOrderAtOnce) {
  Order(1, Unknown());
  ClaimRequest request = RequestOf(1);
  request.repeat_unknown = true;
  std::vector<Started<absl::StatusOr<ClaimAnswer>>> claims;
  for (int i = 0; i < 50; ++i) claims.emplace_back(loop_, ledger_->Claim(request));
  int granted = 0;
  for (auto& claim : claims) {
    while (!claim.done()) loop_.run_one();
    granted += (*claim)->verdict == ClaimVerdict::kClaimed ? 1 : 0;
  }
  EXPECT_EQ(granted, 1);
}

TEST_P(LedgerConformance, CountsRepeatableOrdersThatAreUnknownApart) {
  Order(1, Unknown());
  for (int number = 2; number <= 3; ++number) {
    ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(number)))->verdict, ClaimVerdict::kClaimed);
  }
  ASSERT_TRUE(Await(ledger_->Complete(IdOf(2), 1, Unknown())).ok());
  for (int life = 0; life < 2; ++life) {
    const LedgerCounts counts = Count();
    EXPECT_EQ(counts.in_flight, 1 - life);
    EXPECT_EQ(counts.unknown, 1);
    EXPECT_EQ(counts.unknown_repeatable, 1 + life);
    ASSERT_THAT(counts.oldest_unknown, SizeIs(1));
    EXPECT_EQ(counts.oldest_unknown[0].request_id, IdOf(1));
    Restart();
  }
}

TEST_P(LedgerConformance, ForgetsRepeatableOrdersThatAreUnknown) {
  Order(1, Unknown());
  ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(2)))->verdict, ClaimVerdict::kClaimed);
  ASSERT_TRUE(Await(ledger_->Complete(IdOf(2), 1, Unknown())).ok());
  clock_.Advance(kRetention - absl::Minutes(30));
  EXPECT_TRUE(Has(2));
  for (int minute = 0; minute < 120 && Has(2); ++minute) clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(Has(2));
  EXPECT_TRUE(Has(1));
  EXPECT_EQ(Count().unknown_repeatable, 0);
}

TEST_P(LedgerConformance, ListsByMethodAndWorkspace) {
  Order(1, Succeeded(1));
  for (int number = 2; number <= 3; ++number) {
    ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(number)))->verdict, ClaimVerdict::kClaimed);
  }
  ClaimRequest same = UpdateClaim(1);
  same.request_id = IdOf(4);
  ASSERT_EQ(Await(ledger_->Claim(same))->verdict, ClaimVerdict::kClaimed);
  EXPECT_THAT(List({.method = "UpdateWorkspace"}), ElementsAre(IdOf(4), IdOf(3), IdOf(2)));
  EXPECT_THAT(List({.method = "RemoveWorkspace"}), IsEmpty());
  EXPECT_THAT(List({.workspace_id = "id-1"}), ElementsAre(IdOf(4), IdOf(1)));
  EXPECT_THAT(List({.method = "ProvisionWorkspace", .workspace_id = "id-1"}), ElementsAre(IdOf(1)));
  EXPECT_THAT(List({.state = OperationState::kInFlight, .workspace_id = "id-1"}), ElementsAre(IdOf(4)));
}

// Complete

TEST_P(LedgerConformance, RecordsHowAnOperationEnded) {
  Order(1, Succeeded(1));
  Order(2, Failed());
  Order(3, Unknown());
  EXPECT_EQ(Get(1).state, OperationState::kSucceeded);
  EXPECT_EQ(Bytes(Get(1).ending.answer), AnswerOf(1));
  EXPECT_EQ(Get(1).ending.tracking_id, "T-ok");
  EXPECT_EQ(Get(2).state, OperationState::kFailed);
  EXPECT_EQ(Get(2).ending.state, OperationState::kFailed);
  EXPECT_EQ(Get(2).ending.error_code, absl::StatusCode::kNotFound);
  EXPECT_EQ(Get(2).ending.error_reason, "WEBEX_NOT_FOUND");
  EXPECT_EQ(Get(2).ending.tracking_id, "T-not");
  EXPECT_EQ(Get(3).state, OperationState::kUnknown);
  EXPECT_EQ(Get(3).ending.error_code, absl::StatusCode::kInternal);
  EXPECT_EQ(Get(3).ending.attempts, 3);
}

TEST_P(LedgerConformance, KeepsWhatWebexNamedOfAnOrderThatIsUnknown) {
  Ending named = Unknown();
  named.workspace_id = "id-9";
  Order(1, named);
  EXPECT_EQ(Get(1).state, OperationState::kUnknown);
  EXPECT_EQ(Get(1).ending.workspace_id, "id-9");
  EXPECT_EQ(Get(1).workspace_id, "id-9");
  EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kUnknown);
}

TEST_P(LedgerConformance, TakesTheSameCompletionTwice) {
  const ClaimAnswer answer = Claim(1);
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), answer.operation.claim, Succeeded(1))), CompleteVerdict::kRecorded);
  const Operation before = Get(1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), answer.operation.claim, Succeeded(1))), CompleteVerdict::kRecorded);
  EXPECT_EQ(Get(1).update_time, before.update_time);
}

TEST_P(LedgerConformance, DoesNotLetAnEndingBeOverwritten) {
  const ClaimAnswer answer = Claim(1);
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), answer.operation.claim, Succeeded(1))), CompleteVerdict::kRecorded);
  for (const Ending& other : {Failed(), Unknown()}) {
    EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), answer.operation.claim, other)), CompleteVerdict::kSuperseded);
  }
  EXPECT_EQ(Bytes(Get(1).ending.answer), AnswerOf(1));
}

TEST_P(LedgerConformance, KeepsAnEarlierClaimsSuccessBesideALaterClaim) {
  const ClaimAnswer first = Claim(1);
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), first.operation.claim, Failed())), CompleteVerdict::kRecorded);
  const ClaimAnswer second = Claim(1);
  ASSERT_EQ(second.verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), first.operation.claim, Failed())), CompleteVerdict::kSuperseded);
  EXPECT_THAT(Get(1).other_workspace_ids, IsEmpty());
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), first.operation.claim, Succeeded(1))), CompleteVerdict::kContradicted);
  EXPECT_EQ(Get(1).state, OperationState::kInFlight);
  EXPECT_THAT(Get(1).other_workspace_ids, ElementsAre("id-1"));
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), second.operation.claim, Succeeded(7))), CompleteVerdict::kRecorded);
  EXPECT_EQ(Get(1).ending.workspace_id, "id-7");
  EXPECT_THAT(Get(1).other_workspace_ids, ElementsAre("id-1"));
  EXPECT_EQ(Count().succeeded, 1);
  EXPECT_EQ(Count().failed, 0);
}

TEST_P(LedgerConformance, IsAppliedByAnEarlierClaimThoughALaterOneFails) {
  const ClaimAnswer first = Claim(1);
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), first.operation.claim, Failed())), CompleteVerdict::kRecorded);
  const ClaimAnswer second = Claim(1);
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), 1, Succeeded(1))), CompleteVerdict::kContradicted);
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), second.operation.claim, Failed())), CompleteVerdict::kSuperseded);
  EXPECT_EQ(Get(1).state, OperationState::kSucceeded);
  EXPECT_EQ(Get(1).ending.workspace_id, "id-1");
  EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kReplay);
  EXPECT_EQ(Count().succeeded, 1);
}

TEST_P(LedgerConformance, TakesALateResultForAnOperationThatBecameUnknownMeanwhile) {
  const ClaimAnswer answer = Claim(1);
  Restart();
  ASSERT_EQ(Get(1).state, OperationState::kUnknown);
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), answer.operation.claim, Succeeded(1))), CompleteVerdict::kRecorded);
  EXPECT_EQ(Get(1).state, OperationState::kSucceeded);
  EXPECT_EQ(Count().unknown, 0);
}

TEST_P(LedgerConformance, DoesNotCompleteWhatItHasNoRecordOf) {
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), 1, Failed())), CompleteVerdict::kSuperseded);
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), 1, Succeeded(1))), CompleteVerdict::kContradicted);
  EXPECT_FALSE(Has(1));
}

// AwaitEnd

TEST_P(LedgerConformance, WakesWhoAwaitsTheEndOfAnOperation) {
  const ClaimAnswer answer = Claim(1);
  std::vector<std::shared_ptr<bool>> over;
  for (int i = 0; i < 3; ++i) over.push_back(StartAwaitingEnd(1, absl::Seconds(10)));
  for (const auto& flag : over) EXPECT_FALSE(*flag);
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(1), answer.operation.claim, Succeeded(1))), CompleteVerdict::kRecorded);
  clock_.RunLoop();
  for (const auto& flag : over) EXPECT_TRUE(*flag);
}

TEST_P(LedgerConformance, DoesNotWaitForAnOperationThatHasEnded) {
  Order(1, Failed());
  for (const int number : {1, 2}) {
    const auto over = StartAwaitingEnd(number, absl::Hours(1));
    while (!*over) loop_.run_one();
  }
}

TEST_P(LedgerConformance, GivesUpWaitingAtTheDeadlineOrWhenTheCallerLeaves) {
  Claim(1);
  std::stop_source caller;
  const auto late = StartAwaitingEnd(1, absl::Seconds(10));
  const auto gone = StartAwaitingEnd(1, absl::Seconds(10), caller.get_token());
  clock_.Advance(absl::Milliseconds(9999));
  EXPECT_FALSE(*gone);
  caller.request_stop();
  clock_.RunLoop();
  EXPECT_TRUE(*gone);
  EXPECT_FALSE(*late);
  clock_.Advance(absl::Milliseconds(1));
  while (!*late) loop_.run_one();
}

// Recover

TEST_P(LedgerConformance, MakesUnknownWhatWasInFlightWhenTheGatewayEnded) {
  Claim(1);
  Order(2, Succeeded(2));
  Order(3, Failed());
  Restart();
  EXPECT_EQ(Get(1).state, OperationState::kUnknown);
  EXPECT_EQ(Get(1).ending.error_reason, "WEBEX_ANSWER_LOST");
  EXPECT_EQ(Get(2).state, OperationState::kSucceeded);
  EXPECT_EQ(Get(3).state, OperationState::kFailed);
  EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kUnknown);
  ClaimRequest other = RequestOf(4);
  other.user_id = "user-1";
  other.subject = SubjectOf(other);
  EXPECT_EQ(Claim(other).verdict, ClaimVerdict::kBlocked);
}

TEST_P(LedgerConformance, SaysHowManyItMadeUnknown) {
  for (int number = 0; number < 3; ++number) Claim(number);
  ledger_.reset();
  store_->LetLeasesRunOut();
  ledger_ = store_->Open(loop_, clock_, kRetention);
  const absl::StatusOr<int64_t> recovered = Await(ledger_->Recover());
  EXPECT_EQ(recovered.value_or(-1), 3);
}

// Resolve

TEST_P(LedgerConformance, ResolvesAnUnknownOperationAsApplied) {
  Order(1, Unknown());
  clock_.Advance(absl::Hours(100));
  const auto resolved = Await(ledger_->Resolve(Applied(IdOf(1), 1, "seen in Control Hub")));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->verdict, ResolveVerdict::kResolved);
  for (const Operation& operation : {resolved->operation, Get(1)}) {
    EXPECT_EQ(operation.state, OperationState::kSucceeded);
    EXPECT_EQ(Bytes(operation.ending.answer), AnswerOf(1));
    EXPECT_EQ(operation.ending.tracking_id, "T-500");
    EXPECT_EQ(operation.resolved_by, "ops@sp");
    EXPECT_EQ(operation.resolve_note, "seen in Control Hub");
    EXPECT_EQ(operation.update_time, clock_.WallNow());
  }
  const ClaimAnswer replay = Claim(1);
  EXPECT_EQ(replay.verdict, ClaimVerdict::kReplay);
  EXPECT_EQ(Bytes(replay.operation.ending.answer), AnswerOf(1));
}

TEST_P(LedgerConformance, ResolvesAnUnknownOperationAsNotAppliedSoThatItCanBeOrderedAgain) {
  Order(1, Unknown());
  const auto resolved = Await(ledger_->Resolve(NotApplied(IdOf(1), "not there")));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->verdict, ResolveVerdict::kResolved);
  EXPECT_EQ(Get(1).state, OperationState::kFailed);
  EXPECT_EQ(Get(1).ending.error_reason, "WEBEX_INTERNAL");
  EXPECT_EQ(Get(1).resolve_note, "not there");
  EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(Get(1).resolved_by, "");
}

TEST_P(LedgerConformance, LetsAnotherIdPassOnceTheUsersOperationIsResolved) {
  Order(1, Unknown());
  EXPECT_EQ(Await(ledger_->Resolve(NotApplied(IdOf(1))))->verdict, ResolveVerdict::kResolved);
  ClaimRequest other = RequestOf(2);
  other.user_id = "user-1";
  other.subject = SubjectOf(other);
  EXPECT_EQ(Claim(other).verdict, ClaimVerdict::kClaimed);
}

TEST_P(LedgerConformance, ResolvesNothingThatIsNotUnknown) {
  Claim(1);
  Order(2, Succeeded(2));
  Order(3, Failed());
  for (int number = 1; number <= 3; ++number) {
    const OperationState before = Get(number).state;
    const auto answer = Await(ledger_->Resolve(Applied(IdOf(number), 9)));
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->verdict, ResolveVerdict::kNotUnknown) << number;
    EXPECT_EQ(answer->operation.state, before);
    EXPECT_EQ(Get(number).state, before);
    EXPECT_EQ(Get(number).resolved_by, "");
  }
  EXPECT_EQ(Await(ledger_->Resolve(NotApplied(IdOf(4))))->verdict, ResolveVerdict::kNotFound);
}

TEST_P(LedgerConformance, HidesNoSuccessThatComesAfterSomeonesWordThatTheOrderWasNotApplied) {
  const ClaimAnswer answer = Claim(1);
  Restart();
  clock_.Advance(kSendsFor);
  ASSERT_EQ(Await(ledger_->Resolve(NotApplied(IdOf(1), "not there")))->verdict, ResolveVerdict::kResolved);
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), answer.operation.claim, Unknown())), CompleteVerdict::kSuperseded);
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), answer.operation.claim, Succeeded(1))), CompleteVerdict::kContradicted);
  const Operation operation = Get(1);
  EXPECT_EQ(operation.state, OperationState::kSucceeded);
  EXPECT_EQ(Bytes(operation.ending.answer), AnswerOf(1));
  EXPECT_EQ(operation.resolved_by, "ops@sp");
  EXPECT_EQ(operation.resolve_note, "not there");
  EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kReplay);
  EXPECT_EQ(Count().succeeded, 1);
  EXPECT_EQ(Count().failed, 0);
}

TEST_P(LedgerConformance, KeepsBothWorkspacesWhereSomeonesWordAndWebexNameDifferentOnes) {
  const ClaimAnswer answer = Claim(1);
  Restart();
  ASSERT_EQ(Await(ledger_->Resolve(Applied(IdOf(1), 9)))->verdict, ResolveVerdict::kResolved);
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(1), answer.operation.claim, Succeeded(1))), CompleteVerdict::kContradicted);
  EXPECT_EQ(Get(1).ending.workspace_id, "id-1");
  EXPECT_THAT(Get(1).other_workspace_ids, ElementsAre("id-9"));
}

TEST_P(LedgerConformance, TakesTheWordThatAnOrderWasNotAppliedAsSoonAsItsOwnGatewayHasEndedIt) {
  Order(1, Unknown());
  EXPECT_EQ(Get(1).sends_until, clock_.WallNow());
  EXPECT_EQ(Await(ledger_->Resolve(NotApplied(IdOf(1))))->verdict, ResolveVerdict::kResolved);
}

// Look

TEST_P(LedgerConformance, LooksAndClaimsNothing) {
  EXPECT_EQ(Look(RequestOf(1)), ClaimVerdict::kClaimed);
  EXPECT_FALSE(Has(1));
  Claim(1);
  EXPECT_EQ(Look(RequestOf(1)), ClaimVerdict::kInProgress);
  ClaimRequest other = RequestOf(2);
  other.user_id = "user-1";
  other.subject = SubjectOf(other);
  EXPECT_EQ(Look(other), ClaimVerdict::kBlocked);
  other = RequestOf(1);
  other.fingerprint = RequestOf(2).fingerprint;
  EXPECT_EQ(Look(other), ClaimVerdict::kReused);
  Order(3, Succeeded(3));
  EXPECT_EQ(Look(RequestOf(3)), ClaimVerdict::kReplay);
  Order(4, Unknown());
  EXPECT_EQ(Look(RequestOf(4)), ClaimVerdict::kUnknown);
  Order(5, Failed());
  EXPECT_EQ(Look(RequestOf(5)), ClaimVerdict::kClaimed);
  EXPECT_EQ(Get(5).state, OperationState::kFailed);
}

// Get, List, Count

TEST_P(LedgerConformance, FindsNothingWhereThereIsNothing) {
  EXPECT_FALSE(Has(1));
  EXPECT_FALSE(Await(ledger_->Get("no uuid"))->has_value());
  EXPECT_THAT(List({}), IsEmpty());
  EXPECT_EQ(Count().in_flight + Count().succeeded + Count().failed + Count().unknown, 0);
  EXPECT_THAT(Count().oldest_unknown, IsEmpty());
}

TEST_P(LedgerConformance, ListsTheNewestFirst) {
  Order(2, Succeeded(2));
  Order(1, Failed());
  Claim(3);
  EXPECT_THAT(List({}), ElementsAre(IdOf(3), IdOf(1), IdOf(2)));
}

TEST_P(LedgerConformance, ListsByStateAndByEnterpriseAndUser) {
  Claim(1);
  Order(2, Succeeded(2));
  Order(3, Failed());
  Order(4, Unknown());
  ClaimRequest other = RequestOf(5);
  other.sp_enterprise_id = "Reseller1+other";
  other.subject = SubjectOf(other);
  Claim(other);
  EXPECT_THAT(List({.state = OperationState::kInFlight}), ElementsAre(IdOf(5), IdOf(1)));
  EXPECT_THAT(List({.state = OperationState::kSucceeded}), ElementsAre(IdOf(2)));
  EXPECT_THAT(List({.state = OperationState::kFailed}), ElementsAre(IdOf(3)));
  EXPECT_THAT(List({.state = OperationState::kUnknown}), ElementsAre(IdOf(4)));
  EXPECT_THAT(List({.sp_enterprise_id = "Reseller1+other"}), ElementsAre(IdOf(5)));
  EXPECT_THAT(List({.user_id = "user-5"}), ElementsAre(IdOf(5)));
  EXPECT_THAT(List({.sp_enterprise_id = "Reseller1+acme", .user_id = "user-3"}), ElementsAre(IdOf(3)));
  EXPECT_THAT(List({.sp_enterprise_id = "Reseller1+other", .user_id = "user-3"}), IsEmpty());
  EXPECT_THAT(List({.state = OperationState::kInFlight, .sp_enterprise_id = "Reseller1+acme"}), ElementsAre(IdOf(1)));
}

TEST_P(LedgerConformance, ListsWhatOneCallerOrderedLast) {
  for (const int number : {1, 2, 3}) {
    ClaimRequest request = RequestOf(number);
    request.caller = number == 2 ? "spiffe://bss/other" : "spiffe://bss/orders";
    Claim(request);
  }
  EXPECT_THAT(List({.caller = "spiffe://bss/orders"}), ElementsAre(IdOf(3), IdOf(1)));
  EXPECT_THAT(List({.caller = "spiffe://bss/orders", .page_size = 1}), ElementsAre(IdOf(3), IdOf(1)));
  EXPECT_THAT(List({.state = OperationState::kInFlight, .caller = "spiffe://bss/other"}), ElementsAre(IdOf(2)));
  EXPECT_THAT(List({.state = OperationState::kUnknown, .caller = "spiffe://bss/other"}), IsEmpty());
  EXPECT_THAT(List({.caller = "spiffe://bss"}), IsEmpty());
}

TEST_P(LedgerConformance, ListsTheNewestOnRecordAloneWhereSoAsked) {
  for (int number = 1; number <= 5; ++number) Claim(number);
  EXPECT_THAT(List({.newest = 2}), ElementsAre(IdOf(5), IdOf(4)));
  EXPECT_THAT(List({.newest = 3, .page_size = 1}), ElementsAre(IdOf(5), IdOf(4), IdOf(3)));
  EXPECT_THAT(List({.user_id = "user-4", .newest = 2}), ElementsAre(IdOf(4)));
  EXPECT_THAT(List({.user_id = "user-3", .newest = 2}), IsEmpty());
  EXPECT_THAT(List({.state = OperationState::kInFlight, .newest = 1}), ElementsAre(IdOf(5)));
  EXPECT_THAT(List({.newest = 6}), SizeIs(5));
}

TEST_P(LedgerConformance, ListsWithWhatGetSays) {
  Order(1, Succeeded(1));
  const auto page = Await(ledger_->List({}));
  ASSERT_TRUE(page.ok() && page->operations.size() == 1u);
  EXPECT_EQ(Bytes(page->operations[0].ending.answer), AnswerOf(1));
  EXPECT_EQ(page->operations[0].update_time, Get(1).update_time);
}

TEST_P(LedgerConformance, ListsInPagesOfTheSizeThatIsAsked) {
  for (int number = 0; number < 7; ++number) Claim(number);
  for (const int size : {1, 2, 3, 6, 7, 8}) {
    const std::vector<std::string> ids = List({.page_size = size});
    ASSERT_THAT(ids, SizeIs(7)) << size;
    EXPECT_TRUE(std::is_sorted(ids.rbegin(), ids.rend())) << size;
  }
  EXPECT_THAT(List({.state = OperationState::kInFlight, .page_size = 2}), SizeIs(7));
}

TEST_P(LedgerConformance, PagesOnWithoutGapOrRepetitionWhateverHappensMeanwhile) {
  for (int number = 0; number < 6; ++number) Order(number, Failed());
  const auto first = Await(ledger_->List({.page_size = 3}));
  ASSERT_TRUE(first.ok()) << first.status();
  Order(6, Failed());  // comes in front of what was seen
  Order(2, Failed());  // moves not, though it is tried again
  const auto rest = List({.page_size = 3, .page_token = first->next_page_token});
  EXPECT_THAT(rest, ElementsAre(IdOf(2), IdOf(1), IdOf(0)));
}

TEST_P(LedgerConformance, RefusesAPageTokenThatItNeverGave) {
  for (const char* token : {"x", "-1", "1 OR 1", "99999999999999999999999"}) {
    EXPECT_EQ(Await(ledger_->List({.page_token = token})).status().code(), absl::StatusCode::kInvalidArgument) << token;
  }
}

TEST_P(LedgerConformance, CountsByState) {
  for (int number = 0; number < 10; ++number) Claim(number);
  for (int number = 10; number < 13; ++number) Order(number, Succeeded(number));
  for (int number = 13; number < 15; ++number) Order(number, Failed());
  Order(15, Unknown());
  const absl::Time since = clock_.WallNow();
  clock_.Advance(absl::Minutes(5));
  Order(16, Unknown());
  Order(13, Succeeded(13));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Count().in_flight, i == 0 ? 10 : 0);
    EXPECT_EQ(Count().succeeded, 4);
    EXPECT_EQ(Count().failed, 1);
    EXPECT_EQ(Count().unknown, i == 0 ? 2 : 12);
    EXPECT_EQ(Count().oldest_unknown.front().since, since);
    Restart();
  }
}

TEST_P(LedgerConformance, CountsTheAgeOfAnUnknownOperationFromWhenItBecameSo) {
  Order(1, Failed());
  clock_.Advance(absl::Hours(1));
  Order(2, Unknown());
  const absl::Time since = clock_.WallNow();
  clock_.Advance(absl::Hours(1));
  Order(1, Unknown());
  EXPECT_EQ(Count().oldest_unknown.front().since, since);
  EXPECT_EQ(Await(ledger_->Resolve(NotApplied(IdOf(2))))->verdict, ResolveVerdict::kResolved);
  EXPECT_EQ(Count().oldest_unknown.front().since, clock_.WallNow());
}

TEST_P(LedgerConformance, CountsUnknownOrdersByReasonAndTheQuarterOfAnHourInWhichTheyWereOrdered) {
  const auto groups = [this] {
    std::vector<std::string> all;
    for (const UnknownGroup& group : Count().unknown_groups) {
      all.push_back(absl::StrCat(absl::ToUnixSeconds(group.ordered_since) % 3600 / 60, " ", group.error_reason, " ",
                                 group.orders));
    }
    return all;
  };
  const auto ended_by = [](const char* reason) {
    Ending ending = Unknown();
    ending.error_reason = reason;
    return ending;
  };
  clock_.Advance(absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.WallNow()) / 3600 * 3600 + 3600) - clock_.WallNow());
  Order(1, ended_by("WEBEX_TIMEOUT"));
  clock_.Advance(absl::Minutes(14));
  Order(2, ended_by("WEBEX_TIMEOUT"));
  Order(3, ended_by("WEBEX_INTERNAL"));
  Order(4, Failed());
  clock_.Advance(absl::Minutes(2));
  Order(5, ended_by("WEBEX_INTERNAL"));
  Order(4, ended_by("WEBEX_INTERNAL"));  // ordered before, and UNKNOWN now
  ASSERT_EQ(Await(ledger_->Claim(UpdateClaim(6)))->verdict, ClaimVerdict::kClaimed);
  ASSERT_TRUE(Await(ledger_->Complete(IdOf(6), 1, Unknown())).ok());
  Claim(7);
  EXPECT_THAT(groups(), ElementsAre("15 WEBEX_INTERNAL 1", "0 WEBEX_TIMEOUT 2", "0 WEBEX_INTERNAL 2"));
  EXPECT_EQ(Await(ledger_->Resolve(NotApplied(IdOf(1))))->verdict, ResolveVerdict::kResolved);
  EXPECT_EQ(Await(ledger_->Resolve(NotApplied(IdOf(5))))->verdict, ResolveVerdict::kResolved);
  EXPECT_THAT(groups(), ElementsAre("0 WEBEX_TIMEOUT 1", "0 WEBEX_INTERNAL 2"));
  Restart();
  EXPECT_THAT(groups(), ElementsAre("15 WEBEX_ANSWER_LOST 1", "0 WEBEX_TIMEOUT 1", "0 WEBEX_INTERNAL 2"));
}

TEST_P(LedgerConformance, NamesTheOldestUnknownOperationsTheOldestFirst) {
  for (int number = 20; number > 0; --number) {
    Order(number, Unknown());
    clock_.Advance(absl::Milliseconds(1));
  }
  const std::vector<UnknownOperation> oldest = Count().oldest_unknown;
  ASSERT_THAT(oldest, SizeIs(kOldestUnknown));
  for (int i = 0; i < kOldestUnknown; ++i) EXPECT_EQ(oldest[i].request_id, IdOf(20 - i));
  EXPECT_EQ(oldest[0].error_reason, Unknown().error_reason);
}

TEST_P(LedgerConformance, KnowsItsStateWithoutACall) {
  Claim(1);
  Order(2, Succeeded(2));
  Order(3, Failed());
  for (int number = 4; number < 6; ++number) Order(number, Unknown());
  clock_.Advance(absl::Hours(1));
  Count();  // comes after what time has set going
  const LedgerHealth health = ledger_->Health();
  EXPECT_EQ(health.trouble, "");
  EXPECT_EQ(health.counts.in_flight, 1);
  EXPECT_EQ(health.counts.succeeded, 1);
  EXPECT_EQ(health.counts.failed, 1);
  EXPECT_EQ(health.counts.unknown, 2);
  ASSERT_THAT(health.counts.oldest_unknown, SizeIs(2));
  EXPECT_EQ(health.counts.oldest_unknown[0].request_id, IdOf(4));
}

// Retention

TEST_P(LedgerConformance, ForgetsWhatEndedBeforeTheRetentionButNothingUnknownOrInFlight) {
  Claim(1);
  Order(2, Succeeded(2));
  Order(3, Failed());
  Order(4, Unknown());
  clock_.Advance(kRetention - absl::Minutes(30));
  EXPECT_TRUE(Has(2) && Has(3));
  for (int minute = 0; minute < 120 && (Has(2) || Has(3)); ++minute) clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(Has(2));
  EXPECT_FALSE(Has(3));
  EXPECT_EQ(Get(1).state, OperationState::kInFlight);
  EXPECT_EQ(Get(4).state, OperationState::kUnknown);
  EXPECT_EQ(Count().succeeded + Count().failed, 0);
  EXPECT_EQ(Claim(2).verdict, ClaimVerdict::kClaimed);
}

TEST_P(LedgerConformance, CountsTheRetentionFromTheEndNotFromTheOrder) {
  Order(1, Unknown());
  clock_.Advance(absl::Hours(100));
  ASSERT_EQ(Await(ledger_->Resolve(Applied(IdOf(1), 1)))->verdict, ResolveVerdict::kResolved);
  clock_.Advance(kRetention - absl::Minutes(30));
  EXPECT_TRUE(Has(1));
  for (int minute = 0; minute < 120 && Has(1); ++minute) clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(Has(1));
}

}  // namespace webex_gateway
