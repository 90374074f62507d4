// The rules of the record as tables; that the stores keep to them is conformance.cc's.
#include "server/ledger/claim_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using S = OperationState;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

constexpr char kId[] = "11111111-2222-4333-8444-555555555555";

Operation OperationIn(S state, const std::string& workspace = "") {
  Operation operation;
  operation.request_id = kId;
  operation.state = operation.ending.state = state;
  operation.claim = 3;
  operation.sends_until = kNow + absl::Seconds(10);
  operation.update_time = kNow - absl::Seconds(1);
  operation.workspace_id = operation.ending.workspace_id = workspace;
  return operation;
}

Ending EndingIn(S state, const std::string& workspace = "") { return {.state = state, .workspace_id = workspace}; }

// ---- A claim.

struct ClaimCase {
  std::optional<S> own;
  bool other_content = false;
  std::optional<S> blocking;
  ClaimVerdict verdict;
};

TEST(RulesTest, SaysWhatSpeaksAgainstAClaim) {
  using V = ClaimVerdict;
  const ClaimCase cases[] = {
      {{}, false, {}, V::kClaimed},
      {{}, false, S::kInFlight, V::kBlocked},
      {{}, false, S::kUnknown, V::kBlocked},
      {S::kInFlight, false, {}, V::kInProgress},
      {S::kSucceeded, false, {}, V::kReplay},
      {S::kUnknown, false, {}, V::kUnknown},
      {S::kFailed, false, {}, V::kClaimed},
      {S::kFailed, false, S::kInFlight, V::kBlocked},
      {S::kSucceeded, false, S::kUnknown, V::kReplay},  // the order's own operation decides first
      {S::kInFlight, true, {}, V::kReused},
      {S::kSucceeded, true, {}, V::kReused},
      {S::kUnknown, true, {}, V::kReused},
      {S::kFailed, true, S::kUnknown, V::kReused},
  };
  for (const ClaimCase& c : cases) {
    const Recorded own{OperationIn(c.own.value_or(S::kFailed)), c.other_content ? "other" : "same"};
    const Recorded blocking{OperationIn(c.blocking.value_or(S::kUnknown)), "another"};
    const ClaimAnswer answer = JudgeClaim({.request_id = kId, .fingerprint = "same"}, c.own ? &own : nullptr,
                                          c.blocking ? &blocking : nullptr, kNow);
    EXPECT_EQ(answer.verdict, c.verdict) << &c - cases;
  }
}

TEST(RulesTest, LetsARepeatableOrderBeSentAgainWhoseOutcomeIsUnknown) {
  struct Case {
    std::optional<S> own;
    std::optional<S> blocking;
    ClaimVerdict verdict;
    bool after_unknown;
  };
  using V = ClaimVerdict;
  const Case cases[] = {
      {{}, {}, V::kClaimed, false},
      {S::kUnknown, {}, V::kClaimed, true},
      {S::kUnknown, S::kInFlight, V::kBlocked, true},
      {S::kFailed, {}, V::kClaimed, false},
      {S::kFailed, S::kInFlight, V::kBlocked, false},
      {S::kInFlight, {}, V::kInProgress, false},
      {S::kSucceeded, {}, V::kReplay, false},
  };
  for (const Case& c : cases) {
    Recorded own{OperationIn(c.own.value_or(S::kFailed)), "same"};
    own.operation.repeatable = true;
    const Recorded blocking{OperationIn(c.blocking.value_or(S::kInFlight)), "another"};
    const ClaimRequest request{.request_id = kId, .repeatable = true, .fingerprint = "same"};
    const Recorded* const at = c.own ? &own : nullptr;
    const ClaimAnswer answer = JudgeClaim(request, at, c.blocking ? &blocking : nullptr, kNow);
    EXPECT_EQ(answer.verdict, c.verdict) << &c - cases;
    EXPECT_EQ(answer.after_unknown, c.after_unknown) << &c - cases;
    EXPECT_EQ(Claimed(request, at, "g", kNow).after_unknown, c.own == S::kUnknown) << &c - cases;
  }
}

TEST(RulesTest, SendsAnOrderOnceMoreThatIsUnknownWhereItsCallerSaysSo) {
  struct Case {
    std::optional<S> own;
    bool other_content = false;
    std::optional<S> blocking;
    absl::Duration later;  // than sends_until
    ClaimVerdict verdict;
    bool after_unknown = false;
  };
  using V = ClaimVerdict;
  const auto almost = -absl::Nanoseconds(1);
  const Case cases[] = {
      {{}, false, {}, {}, V::kClaimed},
      {{}, false, S::kUnknown, {}, V::kBlocked},  // by another order, of which its caller says nothing
      {S::kUnknown, false, {}, {}, V::kClaimed, true},
      {S::kUnknown, false, {}, almost, V::kMayStillBeSent},
      {S::kUnknown, true, {}, {}, V::kReused},
      {S::kUnknown, false, S::kInFlight, {}, V::kBlocked, true},
      {S::kFailed, false, {}, almost, V::kClaimed},
      {S::kInFlight, false, {}, {}, V::kInProgress},
      {S::kSucceeded, false, {}, {}, V::kReplay},
  };
  for (const Case& c : cases) {
    const Recorded own{OperationIn(c.own.value_or(S::kFailed)), c.other_content ? "other" : "same"};
    const Recorded blocking{OperationIn(c.blocking.value_or(S::kUnknown)), "another"};
    const ClaimRequest request{.request_id = kId, .fingerprint = "same", .repeat_unknown = true};
    const ClaimAnswer answer = JudgeClaim(request, c.own ? &own : nullptr, c.blocking ? &blocking : nullptr,
                                          own.operation.sends_until + c.later);
    EXPECT_EQ(answer.verdict, c.verdict) << &c - cases;
    EXPECT_EQ(answer.after_unknown, c.after_unknown) << &c - cases;
  }
}

TEST(RulesTest, SaysWhatBlocksOthers) {
  for (const bool repeatable : {false, true}) {
    for (const S state : {S::kInFlight, S::kSucceeded, S::kFailed, S::kUnknown}) {
      Operation operation = OperationIn(state);
      operation.repeatable = repeatable;
      const bool blocks = state == S::kInFlight || (state == S::kUnknown && !repeatable);
      EXPECT_EQ(IsOpen(operation), blocks) << repeatable << static_cast<int>(state);
    }
  }
}

TEST(RulesTest, RefusesAnIdThatAnotherMethodHasUsed) {
  Recorded own{OperationIn(S::kSucceeded), "same"};
  own.operation.method = "UpdateWorkspace";
  const ClaimRequest request{.request_id = kId, .method = "RemoveWorkspace", .fingerprint = "same"};
  EXPECT_EQ(JudgeClaim(request, &own, nullptr, kNow).verdict, ClaimVerdict::kReused);
}

TEST(RulesTest, ClaimsAnewWithNothingOfTheLastClaimButWhatMustNotBeForgotten) {
  Recorded failed{OperationIn(S::kFailed), "same"};
  failed.operation.ending.error_reason = "WEBEX_NOT_FOUND";
  failed.operation.resolved_by = "ops";
  failed.operation.create_time = kNow - absl::Hours(1);
  failed.operation.other_workspace_ids = {"w1"};
  const ClaimRequest request{.request_id = kId, .caller = "bss", .sends_for = absl::Seconds(8)};
  const Operation claimed = Claimed(request, &failed, "host/id", kNow);
  EXPECT_EQ(claimed.state, S::kInFlight);
  EXPECT_EQ(claimed.claim, 4);
  EXPECT_EQ(claimed.gateway, "host/id");
  EXPECT_EQ(claimed.sends_until, kNow + absl::Seconds(8));
  EXPECT_EQ(claimed.create_time, kNow - absl::Hours(1));
  EXPECT_EQ(claimed.update_time, kNow);
  EXPECT_EQ(claimed.ending.error_reason, "");
  EXPECT_EQ(claimed.resolved_by, "");
  EXPECT_THAT(claimed.other_workspace_ids, ElementsAre("w1"));
}

// ---- A completion.

struct CompletionCase {
  S state;
  std::string workspace;
  int64_t claim;  // of the operation: 3
  S ending;
  std::string with;
  CompleteVerdict verdict;
  S then;
  std::string its;     // workspace
  std::string others;  // comma-separated
};

TEST(RulesTest, SaysWhatACompletionMakesOfAnOperation) {
  constexpr auto kRecorded = CompleteVerdict::kRecorded;
  constexpr auto kSuperseded = CompleteVerdict::kSuperseded;
  constexpr auto kContradicted = CompleteVerdict::kContradicted;
  const CompletionCase cases[] = {
      // The claim that it is under.
      {S::kInFlight, "", 3, S::kSucceeded, "w", kRecorded, S::kSucceeded, "w", ""},
      {S::kInFlight, "", 3, S::kFailed, "", kRecorded, S::kFailed, "", ""},
      {S::kInFlight, "", 3, S::kUnknown, "", kRecorded, S::kUnknown, "", ""},
      {S::kUnknown, "", 3, S::kSucceeded, "w", kRecorded, S::kSucceeded, "w", ""},
      {S::kUnknown, "", 3, S::kFailed, "", kRecorded, S::kFailed, "", ""},
      {S::kUnknown, "", 3, S::kUnknown, "", kRecorded, S::kUnknown, "", ""},
      // Again.
      {S::kSucceeded, "w", 3, S::kSucceeded, "w", kRecorded, S::kSucceeded, "w", ""},
      {S::kFailed, "", 3, S::kFailed, "", kRecorded, S::kFailed, "", ""},
      // After someone's word.
      {S::kFailed, "", 3, S::kSucceeded, "w", kContradicted, S::kSucceeded, "w", ""},
      {S::kFailed, "", 3, S::kUnknown, "", kSuperseded, S::kFailed, "", ""},
      {S::kSucceeded, "v", 3, S::kSucceeded, "w", kContradicted, S::kSucceeded, "w", "v"},
      {S::kSucceeded, "v", 3, S::kSucceeded, "", kSuperseded, S::kSucceeded, "v", ""},
      {S::kSucceeded, "v", 3, S::kFailed, "", kSuperseded, S::kSucceeded, "v", ""},
      {S::kSucceeded, "v", 3, S::kUnknown, "", kSuperseded, S::kSucceeded, "v", ""},
      // An earlier claim.
      {S::kInFlight, "", 2, S::kSucceeded, "w", kContradicted, S::kInFlight, "", "w"},
      {S::kUnknown, "", 2, S::kSucceeded, "w", kContradicted, S::kUnknown, "", "w"},
      {S::kSucceeded, "v", 2, S::kSucceeded, "w", kContradicted, S::kSucceeded, "v", "w"},
      {S::kSucceeded, "w", 2, S::kSucceeded, "w", kContradicted, S::kSucceeded, "w", ""},
      {S::kFailed, "", 2, S::kSucceeded, "w", kContradicted, S::kSucceeded, "w", ""},
      {S::kInFlight, "", 2, S::kFailed, "", kSuperseded, S::kInFlight, "", ""},
      {S::kInFlight, "", 2, S::kUnknown, "", kSuperseded, S::kInFlight, "", ""},
      // One that is not on record.
      {S::kInFlight, "", 4, S::kSucceeded, "w", kContradicted, S::kInFlight, "", ""},
      {S::kFailed, "", 4, S::kFailed, "", kSuperseded, S::kFailed, "", ""},
  };
  for (const CompletionCase& c : cases) {
    SCOPED_TRACE(&c - cases);
    const Operation before = OperationIn(c.state, c.workspace);
    const Completed completed = Complete(before, c.claim, EndingIn(c.ending, c.with), kNow);
    const Operation after = completed.operation.value_or(before);
    EXPECT_EQ(completed.verdict, c.verdict);
    EXPECT_EQ(after.state, c.then);
    EXPECT_EQ(after.ending.workspace_id, c.its);
    EXPECT_EQ(absl::StrJoin(after.other_workspace_ids, ","), c.others);
  }
}

TEST(RulesTest, LeavesUnknownWhatAnEarlierClaimMayHaveDone) {
  for (const S ending : {S::kSucceeded, S::kFailed, S::kUnknown}) {
    Operation operation = OperationIn(S::kInFlight);
    operation.after_unknown = true;
    const Operation ended = *Complete(operation, 3, EndingIn(ending), kNow).operation;
    EXPECT_EQ(ended.state, ending == S::kFailed ? S::kUnknown : ending);
    EXPECT_EQ(ended.ending.state, ended.state);
  }
  // Whoever has looked speaks of all claims.
  Operation unknown = OperationIn(S::kUnknown);
  unknown.after_unknown = true;
  EXPECT_EQ(Resolve(unknown, {.request_id = kId, .gateway_is_gone = true}, kNow).operation.state, S::kFailed);
}

// An order that was sent once more, at its caller's word: claim 3, after claim 2 had become UNKNOWN.
Operation SentOnceMore() {
  Recorded unknown{OperationIn(S::kUnknown, "perhaps"), "same"};
  unknown.operation.claim = 2;
  unknown.operation.ending.error_code = absl::StatusCode::kInternal;
  unknown.operation.ending.error_reason = "WEBEX_INTERNAL";
  unknown.operation.ending.tracking_id = "T1";
  return Claimed({.request_id = kId, .repeat_unknown = true}, &unknown, "host/id", kNow);
}

// Webex refused it, as what was ordered was there already.
Ending Met() {
  return {.state = S::kSucceeded,
          .answer = "as ordered",
          .error_code = absl::StatusCode::kAlreadyExists,
          .error_reason = "WEBEX_ALREADY_EXISTS"};
}

TEST(RulesTest, SaysWhatBecomesOfAnOrderThatWasSentOnceMore) {
  struct Case {
    Ending ending;
    S then;
    std::string its;  // workspace
    std::string reason;
    std::string tracking_id;
  };
  const Ending refused{.state = S::kFailed, .error_reason = "WEBEX_FORBIDDEN", .tracking_id = "T2"};
  const Ending lost{.state = S::kUnknown, .error_reason = "WEBEX_ANSWER_LOST"};
  const Case cases[] = {
      {EndingIn(S::kSucceeded, "w"), S::kSucceeded, "w", "", ""},
      {Met(), S::kSucceeded, "", "WEBEX_ALREADY_EXISTS", ""},
      // Only the last claim had no effect. What someone has to look for is what the one before has left.
      {refused, S::kUnknown, "perhaps", "WEBEX_INTERNAL", "T1"},
      {lost, S::kUnknown, "", "WEBEX_ANSWER_LOST", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(&c - cases);
    const Completed completed = Complete(SentOnceMore(), 3, c.ending, kNow);
    EXPECT_EQ(completed.verdict, CompleteVerdict::kRecorded);
    EXPECT_EQ(completed.operation->state, c.then);
    EXPECT_EQ(completed.operation->ending.state, c.then);
    EXPECT_EQ(completed.operation->workspace_id, c.its);
    EXPECT_EQ(completed.operation->ending.error_reason, c.reason);
    EXPECT_EQ(completed.operation->ending.tracking_id, c.tracking_id);
    EXPECT_EQ(IsOpen(*completed.operation), c.then == S::kUnknown);
  }
}

// The first claim's gateway was taken for dead, and hears from Webex after all.
TEST(RulesTest, TakesALateSuccessOfAnOrderThatWasSentOnceMoreForWhatItIs) {
  constexpr auto kRecorded = CompleteVerdict::kRecorded;
  constexpr auto kSuperseded = CompleteVerdict::kSuperseded;
  constexpr auto kContradicted = CompleteVerdict::kContradicted;
  const Ending w = EndingIn(S::kSucceeded, "w");
  struct Case {
    std::vector<std::pair<int, Ending>> endings;  // by claim, in the order in which they come
    CompleteVerdict last;
    std::string its;     // workspace
    std::string others;  // comma-separated
  };
  const Case cases[] = {
      {{{2, w}}, kRecorded, "w", ""},
      {{{3, EndingIn(S::kUnknown)}, {2, w}}, kRecorded, "w", ""},
      {{{2, w}, {3, Met()}}, kSuperseded, "w", ""},
      {{{3, Met()}, {2, w}}, kRecorded, "w", ""},
      {{{2, w}, {3, EndingIn(S::kFailed)}}, kSuperseded, "w", ""},
      {{{2, w}, {3, EndingIn(S::kUnknown)}}, kSuperseded, "w", ""},
      {{{2, w}, {3, w}}, kRecorded, "w", ""},
      {{{3, w}, {2, w}}, kRecorded, "w", ""},
      // Webex has made two, which it was relied on not to do.
      {{{3, EndingIn(S::kSucceeded, "v")}, {2, w}}, kContradicted, "v", "w"},
      {{{2, w}, {3, EndingIn(S::kSucceeded, "v")}}, kContradicted, "v", "w"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(&c - cases);
    Operation operation = SentOnceMore();
    CompleteVerdict last = kRecorded;
    for (const auto& [claim, ending] : c.endings) {
      const Completed completed = Complete(operation, claim, ending, kNow);
      last = completed.verdict;
      operation = completed.operation.value_or(operation);
    }
    EXPECT_EQ(last, c.last);
    EXPECT_EQ(operation.state, S::kSucceeded);
    EXPECT_EQ(operation.workspace_id, c.its);
    EXPECT_EQ(operation.ending.workspace_id, c.its);
    EXPECT_EQ(absl::StrJoin(operation.other_workspace_ids, ","), c.others);
  }
}

// What was sent twice has done no harm, so it contradicts nobody.
TEST(RulesTest, TakesALateSuccessOfARepeatableOrderForWhatItIs) {
  Operation operation = OperationIn(S::kUnknown, "w");
  operation.repeatable = true;
  Completed completed = Complete(operation, 2, EndingIn(S::kSucceeded, "w"), kNow);
  EXPECT_EQ(completed.verdict, CompleteVerdict::kRecorded);
  EXPECT_EQ(completed.operation->state, S::kSucceeded);
  EXPECT_THAT(completed.operation->other_workspace_ids, ElementsAre());
  operation.state = S::kInFlight;
  completed = Complete(operation, 2, EndingIn(S::kSucceeded, "w"), kNow);
  EXPECT_EQ(completed.verdict, CompleteVerdict::kRecorded) << "a success is never hidden";
  EXPECT_EQ(completed.operation->state, S::kSucceeded);
  // The later claim's own failure comes after that.
  EXPECT_EQ(Complete(*completed.operation, 3, EndingIn(S::kFailed), kNow).verdict, CompleteVerdict::kSuperseded);
}

TEST(RulesTest, CountsAnOrderAsAppliedThatAnEarlierClaimHasAppliedWhateverBecameOfTheLaterOne) {
  for (const S ending : {S::kFailed, S::kUnknown}) {
    Operation operation = OperationIn(S::kInFlight);
    operation.other_workspace_ids = {"w1", "w2"};
    const Completed completed = Complete(operation, 3, EndingIn(ending), kNow);
    EXPECT_EQ(completed.verdict, CompleteVerdict::kSuperseded);
    EXPECT_EQ(completed.operation->state, S::kSucceeded);
    EXPECT_EQ(completed.operation->ending.workspace_id, "w1");
    EXPECT_THAT(completed.operation->other_workspace_ids, ElementsAre("w2"));
  }
}

TEST(RulesTest, SendsNothingAnyMoreOnceItsOwnGatewayHasEndedIt) {
  for (const S state : {S::kInFlight, S::kUnknown}) {
    const Completed completed = Complete(OperationIn(state), 3, EndingIn(S::kUnknown), kNow);
    EXPECT_EQ(completed.operation->sends_until, kNow);
  }
  Operation past = OperationIn(S::kInFlight);
  past.sends_until = kNow - absl::Seconds(5);
  EXPECT_EQ(Complete(past, 3, EndingIn(S::kUnknown), kNow).operation->sends_until, kNow - absl::Seconds(5));
}

TEST(RulesTest, KeepsTheTimeSinceWhenAnOrderIsUnknown) {
  const Completed completed = Complete(OperationIn(S::kUnknown), 3, EndingIn(S::kUnknown), kNow);
  EXPECT_EQ(completed.operation->update_time, kNow - absl::Seconds(1));
}

TEST(RulesTest, CountsASuccessWithoutARecordAsAContradiction) {
  EXPECT_EQ(OfNoRecord(EndingIn(S::kSucceeded, "w")), CompleteVerdict::kContradicted);
  EXPECT_EQ(OfNoRecord(EndingIn(S::kFailed)), CompleteVerdict::kSuperseded);
  EXPECT_EQ(OfNoRecord(EndingIn(S::kUnknown)), CompleteVerdict::kSuperseded);
}

// ---- Someone's word.

TEST(RulesTest, TakesNoWordOfNotAppliedWhileTheOrderMayStillBeSent) {
  const Operation unknown = OperationIn(S::kUnknown);  // sends for 10 s more
  const auto verdict = [&](bool applied, bool gone, absl::Duration later) {
    Resolution resolution{.request_id = kId, .by = "ops", .note = "n", .gateway_is_gone = gone};
    if (applied) resolution.answer = "w";
    return Resolve(unknown, resolution, kNow + later).verdict;
  };
  const auto almost = absl::Seconds(10) - absl::Nanoseconds(1);
  EXPECT_EQ(verdict(false, false, almost), ResolveVerdict::kMayStillBeSent);
  EXPECT_EQ(verdict(false, false, absl::Seconds(10)), ResolveVerdict::kResolved);
  EXPECT_EQ(verdict(false, true, almost), ResolveVerdict::kResolved);
  EXPECT_EQ(verdict(true, false, almost), ResolveVerdict::kResolved);
}

TEST(RulesTest, SendsNothingThatHasEndedThoughTheClockWasSetBackSince) {
  const Operation ended = *Complete(OperationIn(S::kInFlight), 3, EndingIn(S::kUnknown), kNow).operation;
  const absl::Time before = kNow - absl::Hours(1);
  EXPECT_EQ(Resolve(ended, {.request_id = kId, .by = "ops", .note = "n"}, before).verdict, ResolveVerdict::kResolved);
  const ClaimRequest again{.request_id = kId, .fingerprint = "same", .repeat_unknown = true};
  const Recorded own{ended, "same"};
  EXPECT_EQ(JudgeClaim(again, &own, nullptr, before).verdict, ClaimVerdict::kClaimed);
}

TEST(RulesTest, ResolvesNothingThatIsNotUnknown) {
  for (const S state : {S::kInFlight, S::kSucceeded, S::kFailed}) {
    EXPECT_EQ(Resolve(OperationIn(state), {.request_id = kId}, kNow).verdict, ResolveVerdict::kNotUnknown);
  }
}

TEST(RulesTest, RecordsWhoResolvedItAndWhy) {
  const Operation unknown = OperationIn(S::kUnknown);
  const ResolveAnswer answer = Resolve(unknown, {.request_id = kId, .by = "ops", .note = "n"}, kNow + absl::Minutes(1));
  EXPECT_EQ(answer.operation.state, S::kFailed);
  EXPECT_EQ(answer.operation.ending.answer, std::nullopt);
  EXPECT_EQ(answer.operation.resolved_by, "ops");
  EXPECT_EQ(answer.operation.resolve_note, "n");
  EXPECT_EQ(answer.operation.update_time, kNow + absl::Minutes(1));
}

}  // namespace
}  // namespace webex_gateway
