// The checker finds each kind of lie, and takes no honest history for one. The histories are scripted: no gateway runs.

#include "tests/e2e/promise/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace webex_gateway::promise {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CheckerTest : public testing::Test {
 protected:
  using Call = Checker::Call;

  Call Order(const std::string& id = "id") { return checker_.Begin(Checker::Kind::kOrder, id, "user", "a"); }
  void Answer(const Call& call, Word word, const std::string& workspace = "") {
    checker_.End(call, {.word = word, .workspace_id = workspace});
  }
  void Get(Word word) { Answer(checker_.Begin(Checker::Kind::kGet, "id", "user", "a"), word); }
  std::string Act(const std::string& id = "id") { return checker_.Act(id, "user"); }

  std::vector<Rule> Broken() const {
    std::vector<Rule> rules;
    for (const Fault& fault : checker_.faults()) rules.push_back(fault.rule);
    return rules;
  }

  Checker checker_;
};

TEST_F(CheckerTest, TakesAnOrderThatIsMadeAndToldSo) {
  const Call call = Order();
  Answer(call, Word::kOk, Act());
  EXPECT_THAT(Broken(), IsEmpty());
  EXPECT_EQ(checker_.WorkspaceOf("user"), "workspace-1");
}

TEST_F(CheckerTest, TakesAnOrderThatFailsAndIsOrderedAnew) {
  Answer(Order("first"), Word::kNotApplied);
  Call again = Order("second");
  Answer(again, Word::kOk, Act("second"));
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, TakesAnUnknownOrderThatIsActedOnLate) {
  Answer(Order(), Word::kUnknown);
  Act();
  Answer(Order(), Word::kUnchanged);
  Answer(Order(), Word::kOk);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, FindsASecondPostOfTheSameOrder) {
  const Call call = Order();
  Act();
  Answer(call, Word::kOk, Act());
  EXPECT_THAT(Broken(), ElementsAre(Rule::kTwice));
}

TEST_F(CheckerTest, FindsTwoOrdersOfOneUser) {
  Call first = Order("first");
  Act("first");
  Answer(first, Word::kUnknown);
  Call second = Order("second");
  Answer(second, Word::kOk, Act("second"));
  EXPECT_THAT(Broken(), ElementsAre(Rule::kTwice));
}

TEST_F(CheckerTest, FindsNotAppliedOfAnOrderThatThisCallMade) {
  const Call call = Order();
  Act();
  Answer(call, Word::kNotApplied);
  EXPECT_THAT(Broken(), ElementsAre(Rule::kNotApplied));
}

TEST_F(CheckerTest, FindsNotAppliedOfAnOrderThatAnEarlierCallMade) {
  const Call call = Order();
  Act();
  Answer(call, Word::kUnknown);
  Answer(Order(), Word::kNotApplied);
  EXPECT_THAT(Broken(), ElementsAre(Rule::kNotApplied));
}

TEST_F(CheckerTest, FindsFailedOnRecordOfAnOrderThatExists) {
  const Call call = Order();
  Act();
  Answer(call, Word::kUnknown);
  Get(Word::kNotApplied);
  EXPECT_THAT(Broken(), ElementsAre(Rule::kNotApplied));
}

TEST_F(CheckerTest, FindsAnOrderThatIsActedOnAfterNotApplied) {
  Answer(Order(), Word::kUnknown);
  Answer(Order(), Word::kNotApplied);
  Act();
  EXPECT_THAT(Broken(), ElementsAre(Rule::kActedLater));
}

TEST_F(CheckerTest, AskingAboutAnOrderDoesNotExcuseThatItIsActedOnLater) {
  Answer(Order(), Word::kNotApplied);
  Call get = checker_.Begin(Checker::Kind::kGet, "id", "user", "a");
  Act();
  Answer(get, Word::kNothing);
  EXPECT_THAT(Broken(), ElementsAre(Rule::kActedLater));
}

TEST_F(CheckerTest, FindsAnOrderThatIsActedOnAfterItWasResolvedAsNotApplied) {
  Answer(Order(), Word::kUnknown);
  checker_.Resolved("id", "user", "");
  Act();
  EXPECT_THAT(Broken(), ElementsAre(Rule::kActedLater));
}

TEST_F(CheckerTest, FindsAResolutionThatWasWrongWhenItWasTaken) {
  Answer(Order(), Word::kUnknown);
  Act();
  checker_.Resolved("id", "user", "");
  EXPECT_THAT(Broken(), ElementsAre(Rule::kActedLater));
}

TEST_F(CheckerTest, FindsAPostThatNobodyOrdered) {
  Act("made up");
  EXPECT_THAT(Broken(), ElementsAre(Rule::kActedLater));
}

TEST_F(CheckerTest, FindsOkWithoutAWorkspace) {
  Answer(Order(), Word::kOk, "workspace-1");
  EXPECT_THAT(Broken(), ElementsAre(Rule::kOk));
}

TEST_F(CheckerTest, FindsOkThatNamesNoneWhereNoneExists) {
  Answer(Order(), Word::kOk);
  EXPECT_THAT(Broken(), ElementsAre(Rule::kOk));
}

TEST_F(CheckerTest, FindsOkWithTheWorkspaceOfAnother) {
  Call other = checker_.Begin(Checker::Kind::kOrder, "other", "other user", "a");
  const std::string theirs = checker_.Act("other", "other user");
  const Call call = Order();
  Act();
  Answer(call, Word::kOk, theirs);
  EXPECT_THAT(Broken(), ElementsAre(Rule::kOk));
  Answer(other, Word::kOk, theirs);
}

TEST_F(CheckerTest, FindsUnchangedOfACallThatWasActedOn) {
  const Call call = Order();
  Act();
  Answer(call, Word::kUnchanged);
  EXPECT_THAT(Broken(), ElementsAre(Rule::kUnchanged));
}

TEST_F(CheckerTest, UnchangedClaimsNothingAboutEarlierCalls) {
  Answer(Order(), Word::kUnknown);
  const Call call = Order();
  Act();  // of the first call
  Answer(call, Word::kUnchanged);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, UnchangedDoesNotExcuseWhatComesAfterNotApplied) {
  Answer(Order(), Word::kNotApplied);
  Answer(Order(), Word::kUnchanged);
  Act();
  EXPECT_THAT(Broken(), ElementsAre(Rule::kActedLater));
}

TEST_F(CheckerTest, FindsAnAnswerThatIsTakenBack) {
  const Call call = Order();
  Answer(call, Word::kOk, Act());
  checker_.End(Order(), {.word = Word::kUnknown, .reason = "OUTCOME_UNKNOWN", .by_the_record = true});
  EXPECT_THAT(Broken(), ElementsAre(Rule::kTakenBack));
}

TEST_F(CheckerTest, ALostConnectionTakesNoAnswerBack) {
  const Call call = Order();
  Answer(call, Word::kOk, Act());
  Answer(Order(), Word::kUnknown);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, OfTwoCallsAtOnceOneMayFailBeforeTheOtherIsActedOn) {
  Call first = Order();
  Call second = Order();
  Act();
  Answer(first, Word::kNotApplied);
  Answer(second, Word::kOk);
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, OfTwoCallsAtOnceNoneMayFailThatBeganAfterTheOrderWasActedOn) {
  Call first = Order();
  Act();
  Call second = Order();
  Answer(second, Word::kNotApplied);
  Answer(first, Word::kOk);
  EXPECT_THAT(Broken(), ElementsAre(Rule::kNotApplied));
}

TEST_F(CheckerTest, AnOrderWithoutAnIdIsKnownByTheOneThatWebexOrTheAnswerNames) {
  const Call call = Order("");
  Act("made by the gateway");
  checker_.End(call, {.word = Word::kUnknown, .request_id = "made by the gateway"});
  Answer(Order("made by the gateway"), Word::kNotApplied);
  EXPECT_THAT(Broken(), ElementsAre(Rule::kNotApplied));
}

TEST_F(CheckerTest, TakesTheWorkspaceOfAResolution) {
  Answer(Order(), Word::kUnknown);
  checker_.Resolved("id", "user", Act());
  Answer(Order(), Word::kOk, "workspace-1");
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(CheckerTest, ReportsTheStoryOfAnOrderThatBreaksARule) {
  Answer(Order(), Word::kUnknown);
  checker_.Note("id", "user", "asked for two minutes");
  checker_.Complain(Rule::kUnresolved, "id", "user");
  Act();
  EXPECT_THAT(Broken(), ElementsAre(Rule::kUnresolved));
  const std::string story = checker_.faults()[0].story;
  for (const char* const event : {"ordered at a", "answers unknown", "asked for two minutes", "makes workspace-1"}) {
    EXPECT_THAT(story, testing::HasSubstr(event));
  }
}

}  // namespace
}  // namespace webex_gateway::promise
