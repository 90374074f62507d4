#include "server/webex/oauth_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/http/stack.h"
#include "server/webex/errors.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"

namespace webex_gateway {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using TokenResult = absl::StatusOr<std::string>;

constexpr absl::Duration kLife = absl::Hours(10);

std::string GrantJson(const std::string& token, absl::Duration life = kLife, const std::string& refresh_token = "") {
  return absl::StrCat(R"({"access_token":")", token, R"(","expires_in":)", absl::ToInt64Seconds(life),
                      refresh_token.empty() ? "" : absl::StrCat(R"(,"refresh_token":")", refresh_token, "\""),
                      R"(,"refresh_token_expires_in":7776000})");
}

// The gateway's files, the token endpoint and the state file, each as the test has it.
class OAuthTokenTest : public testing::Test {
 protected:
  void Start(std::optional<OAuthState> saved = std::nullopt) {
    OAuthPorts ports;
    ports.read = [this] { return files_; };
    ports.saved = std::move(saved);
    ports.save = [this](std::string content, std::function<void(absl::Status)> done) {
      saves_.push_back(*ReadOAuthState(content));
      save_done_ = std::move(done);
      if (save_result_) save_done_(*save_result_);
    };
    ports.tell = [this](absl::string_view what, bool trouble) { (trouble ? troubles_ : news_).emplace_back(what); };
    tokens_ = CreateOAuthToken(loop_, clock_, random_, endpoint_, std::move(ports));
    tokens_->Start();
    clock_.RunLoop();
  }

  // Started, with the access token "T1".
  void StartWithToken(absl::Duration life = kLife) {
    Grant("T1", life);
    Start();
  }

  void Grant(const std::string& token, absl::Duration life = kLife, const std::string& refresh_token = "") {
    endpoint_.AnswerWith(200, {}, GrantJson(token, life, refresh_token));
  }

  Started<TokenResult> Ask() {
    Started<TokenResult> token{loop_, tokens_->Token(call_)};
    clock_.RunLoop();
    return token;
  }

  std::string Token() {
    auto token = Ask();
    if (!token.done()) return "(waits)";
    return token->ok() ? **token : std::string(token->status().message());
  }

  Started<bool> AskForOtherThan(const std::string& refused) {
    Started<bool> other{loop_, tokens_->HasOtherThan(refused, call_)};
    clock_.RunLoop();
    return other;
  }

  // Nothing where it waits.
  std::optional<bool> HasOtherThan(const std::string& refused) {
    auto other = AskForOtherThan(refused);
    return other.done() ? std::optional(*other) : std::nullopt;
  }

  size_t refreshes() const { return endpoint_.sent.size(); }

  // The refresh token that each refresh brought.
  std::vector<std::string> RefreshTokensSent() const {
    std::vector<std::string> tokens;
    for (const HttpRequest& sent : endpoint_.sent) {
      tokens.push_back(sent.body.substr(sent.body.find("refresh_token=", sent.body.find("client_secret")) + 14));
    }
    return tokens;
  }

  // How long until the next refresh begins; a minute more than `limit` where none does.
  absl::Duration UntilNextRefresh(absl::Duration limit, absl::Duration step) {
    const size_t before = refreshes();
    absl::Duration waited;
    while (refreshes() == before && waited <= limit) {
      clock_.Advance(step);
      waited += step;
    }
    return waited;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  std::mt19937_64 random_{1};
  FakeHttp endpoint_;
  absl::StatusOr<OAuthCredentials> files_ = OAuthCredentials{"id", "secret", "A"};
  std::vector<OAuthState> saves_;
  std::function<void(absl::Status)> save_done_;
  std::optional<absl::Status> save_result_ = absl::OkStatus();  // nothing: the test calls save_done_
  std::vector<std::string> news_;
  std::vector<std::string> troubles_;
  std::unique_ptr<TokenSource> tokens_;
  std::stop_source caller_;
  Call call_{.request_id = "r", .deadline = Later(clock_.Now(), absl::Hours(1000)), .stop = caller_.get_token()};
};

// ---- At the start.

TEST_F(OAuthTokenTest, FetchesATokenAtTheStartWithWhatTheFilesHold) {
  StartWithToken();
  ASSERT_EQ(refreshes(), 1u);
  EXPECT_EQ(endpoint_.sent[0].body, "grant_type=refresh_token&client_id=id&client_secret=secret&refresh_token=A");
  EXPECT_EQ(Token(), "T1");
  EXPECT_EQ(refreshes(), 1u);
  EXPECT_THAT(news_, ElementsAre("a new access token, valid for 10h; the refresh token is valid for 2160h"));
}

TEST_F(OAuthTokenTest, LetsCallsWaitForTheFirstToken) {
  Start();
  auto first = Ask();
  auto second = Ask();
  EXPECT_FALSE(first.done() || second.done());
  EXPECT_FALSE(tokens_->Health().usable);
  endpoint_.Finish(HttpAnswer{200, {}, GrantJson("T1")});
  clock_.RunLoop();
  EXPECT_EQ(**first, "T1");
  EXPECT_EQ(**second, "T1");
  EXPECT_EQ(refreshes(), 1u);
}

TEST_F(OAuthTokenTest, LetsACallGoAtItsDeadlineAndGoesOnFetching) {
  Start();
  call_.deadline = Later(clock_.Now(), absl::Seconds(2));
  auto token = Ask();
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(token.done());
  EXPECT_EQ(SendFailureOf(token->status()), SendFailure::kDeadline);
  endpoint_.Finish(HttpAnswer{200, {}, GrantJson("T1")});
  clock_.RunLoop();
  EXPECT_EQ(Token(), "T1");
}

TEST_F(OAuthTokenTest, LetsACallGoWhoseCallerLeavesAndGoesOnFetching) {
  Start();
  auto token = Ask();
  caller_.request_stop();
  clock_.RunLoop();
  ASSERT_TRUE(token.done());
  EXPECT_EQ(SendFailureOf(token->status()), SendFailure::kCancelled);
  endpoint_.Finish(HttpAnswer{200, {}, GrantJson("T1")});
  clock_.RunLoop();
  EXPECT_EQ(Token(), "T1");
}

TEST_F(OAuthTokenTest, ReportsToCallsWhyThereIsNoToken) {
  Start();
  auto waiting = Ask();
  endpoint_.Finish(HttpAnswer{400, {}, R"({"error":"invalid_grant","error_description":"A is expired"})"});
  clock_.RunLoop();
  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(SendFailureOf(waiting->status()), SendFailure::kNoToken);
  EXPECT_EQ(waiting->status().message(),
            "Webex refuses the refresh token: a person must authorise the gateway again (HTTP status 400, "
            "invalid_grant)");
  EXPECT_EQ(Token(), waiting->status().message());  // at once, without another refresh
  EXPECT_EQ(refreshes(), 1u);
}

TEST_F(OAuthTokenTest, SaysWhenTheNextRefreshBeginsWhereOnlyTimeIsNeeded) {
  endpoint_.AnswerWith(503, {{"Retry-After", "20"}});
  Start();
  clock_.Advance(absl::Seconds(8));
  auto refused = Ask();
  ASSERT_TRUE(refused.done());
  EXPECT_EQ(SendFailureOf(refused->status()), SendFailure::kNoToken);
  EXPECT_EQ(RetryAfterOf(refused->status()), absl::Seconds(12));
  Grant("T1");
  clock_.Advance(absl::Seconds(12));
  EXPECT_EQ(Token(), "T1");
}

TEST_F(OAuthTokenTest, NamesNoTimeWhereAPersonMustHelp) {
  endpoint_.AnswerWith(400);
  Start();
  auto refused = Ask();
  ASSERT_TRUE(refused.done());
  EXPECT_EQ(SendFailureOf(refused->status()), SendFailure::kNoToken);
  EXPECT_EQ(RetryAfterOf(refused->status()), std::nullopt);
  files_ = absl::NotFoundError("cannot open /run/secrets/id");
  clock_.Advance(absl::Minutes(2));
  auto unreadable = Ask();
  ASSERT_TRUE(unreadable.done());
  EXPECT_EQ(unreadable->status().message(), "the gateway's OAuth files cannot be read");
  EXPECT_EQ(RetryAfterOf(unreadable->status()), std::nullopt);
}

// ---- Ahead of expiry.

TEST_F(OAuthTokenTest, RefreshesBetweenAFifthAndATenthOfTheLifeBeforeItsEndThoughNoCallComes) {
  for (int i = 0; i < 30; ++i) {
    endpoint_.sent.clear();
    StartWithToken();
    Grant("T2");
    const absl::Duration waited = UntilNextRefresh(kLife, absl::Minutes(1));
    EXPECT_GE(waited, kLife * 0.8);
    EXPECT_LE(waited, kLife * 0.9 + absl::Minutes(1));
    EXPECT_EQ(Token(), "T2");
  }
}

TEST_F(OAuthTokenTest, RefreshesAMinuteOrTwoBeforeTheEndOfAShortLife) {
  StartWithToken(absl::Minutes(6));
  const absl::Duration waited = UntilNextRefresh(absl::Minutes(6), absl::Seconds(1));
  EXPECT_GE(waited, absl::Minutes(4));
  EXPECT_LE(waited, absl::Minutes(5) + absl::Seconds(1));
}

TEST_F(OAuthTokenTest, RefreshesInTheSecondHalfOfAVeryShortLife) {
  StartWithToken(absl::Seconds(40));
  const absl::Duration waited = UntilNextRefresh(absl::Seconds(40), absl::Seconds(1));
  EXPECT_GE(waited, absl::Seconds(20));
  EXPECT_LE(waited, absl::Seconds(31));
}

// Of a life that is nearly nothing, as JSON has it.
class OAuthTinyLifeTest : public OAuthTokenTest, public testing::WithParamInterface<const char*> {};

TEST_P(OAuthTinyLifeTest, RefreshesAtMostOnceInFiveSecondsHoweverManyCallsAsk) {
  for (int i = 0; i < 1000; ++i) {
    endpoint_.AnswerWith(200, {}, absl::StrCat(R"({"access_token":"T","expires_in":)", GetParam(), "}"));
  }
  Start();
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(Token(), "T");
    clock_.Advance(absl::Milliseconds(100));
  }
  EXPECT_LE(refreshes(), 13u);
  EXPECT_GE(refreshes(), 8u);
  ASSERT_EQ(troubles_.size(), refreshes());
  EXPECT_THAT(troubles_[0], EndsWith("; that is very short, so it counts as valid for 10s"));
}

INSTANTIATE_TEST_SUITE_P(All, OAuthTinyLifeTest, testing::Values("1e-9", "0.0001", "1", "\"0.5\"", "9.9"));

TEST_F(OAuthTokenTest, TakesATokenThatHasExpiredWhenItComesForAFailure) {
  Start();
  auto call = Ask();
  clock_.Advance(absl::Seconds(25));
  endpoint_.Finish(HttpAnswer{200, {}, GrantJson("T1", absl::Seconds(20), "B")});
  clock_.RunLoop();
  constexpr char kDead[] = "Webex's access token had expired when it arrived";
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call->status().message(), kDead);
  EXPECT_EQ(Token(), kDead);
  EXPECT_EQ(refreshes(), 1u);
  EXPECT_FALSE(tokens_->Health().usable);
  EXPECT_EQ(saves_.size(), 1u);  // the refresh token that came with it is good
  const absl::Duration waited = UntilNextRefresh(absl::Minutes(2), absl::Milliseconds(100));
  EXPECT_GE(waited, absl::Milliseconds(500));
  EXPECT_LE(waited, absl::Milliseconds(1100));
  EXPECT_THAT(RefreshTokensSent(), ElementsAre("A", "B"));
}

TEST_F(OAuthTokenTest, ServesTheOldTokenWhileItRefreshes) {
  StartWithToken();
  clock_.Advance(kLife * 0.9);
  EXPECT_EQ(refreshes(), 2u);
  EXPECT_EQ(Token(), "T1");
}

TEST_F(OAuthTokenTest, CountsTheLifeFromBeforeTheRequestLeft) {
  Start();
  clock_.Advance(absl::Seconds(20));
  endpoint_.Finish(HttpAnswer{200, {}, GrantJson("T1", absl::Seconds(60))});
  clock_.RunLoop();
  EXPECT_EQ(tokens_->Health().token_expires_in, absl::Seconds(40));
}

TEST_F(OAuthTokenTest, KeepsATokenWithoutAnEndUntilItIsRefused) {
  endpoint_.AnswerWith(200, {}, R"({"access_token":"T1"})");
  Start();
  clock_.Advance(absl::Hours(24 * 300));
  EXPECT_EQ(refreshes(), 1u);
  EXPECT_EQ(Token(), "T1");
  EXPECT_EQ(tokens_->Health().token_expires_in, std::nullopt);
}

// ---- When a refresh fails.

TEST_F(OAuthTokenTest, KeepsServingTheValidTokenAndRetriesUntilItSucceeds) {
  StartWithToken();
  for (int i = 0; i < 5; ++i) endpoint_.AnswerWith(503);
  UntilNextRefresh(kLife, absl::Seconds(1));
  EXPECT_EQ(Token(), "T1");
  const TokenHealth health = tokens_->Health();
  EXPECT_TRUE(health.usable);
  EXPECT_THAT(health.troubles,
              ElementsAre("the access token cannot be refreshed: Webex's token endpoint returns no token "
                          "(HTTP status 503)"));
  Grant("T2");
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(Token(), "T2");
  EXPECT_THAT(tokens_->Health().troubles, IsEmpty());
  EXPECT_EQ(troubles_.size(), 5u);
  EXPECT_THAT(troubles_[0], HasSubstr("the previous one stays in use; next attempt "));
}

TEST_F(OAuthTokenTest, BacksOffAtRandomUpToAMinute) {
  for (int i = 0; i < 12; ++i) endpoint_.FailWith(SendFailure::kUnreachable);
  Start();
  for (const int ceiling : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    const absl::Duration waited = UntilNextRefresh(absl::Minutes(2), absl::Milliseconds(100));
    EXPECT_GE(waited, absl::Seconds(ceiling) / 2);
    EXPECT_LE(waited, absl::Seconds(ceiling) + absl::Milliseconds(100));
  }
}

TEST_F(OAuthTokenTest, SaysWhenItTriesAgain) {
  for (int i = 0; i < 3; ++i) endpoint_.FailWith(SendFailure::kUnreachable);
  Start();
  clock_.Advance(absl::Seconds(6));
  ASSERT_EQ(troubles_.size(), 3u);
  EXPECT_THAT(troubles_[0], AnyOf(EndsWith("; next attempt now"), EndsWith("; next attempt in 1s")));
  for (const std::string& trouble : troubles_) EXPECT_THAT(trouble, Not(HasSubstr("in 0")));
}

TEST_F(OAuthTokenTest, BeginsTheBackoffAnewAfterASuccess) {
  for (int i = 0; i < 6; ++i) endpoint_.AnswerWith(500);
  Grant("T1", absl::Minutes(10));
  Start();
  clock_.Advance(absl::Minutes(2));
  ASSERT_EQ(Token(), "T1");
  endpoint_.AnswerWith(500);
  UntilNextRefresh(absl::Minutes(10), absl::Milliseconds(100));
  EXPECT_LE(UntilNextRefresh(absl::Minutes(2), absl::Milliseconds(100)), absl::Milliseconds(1100));
}

TEST_F(OAuthTokenTest, WaitsAsLongAsWebexAsksButTenMinutesAtMost) {
  endpoint_.AnswerWith(429, {{"Retry-After", "300"}});
  endpoint_.AnswerWith(429, {{"Retry-After", "99999999"}});
  Start();
  EXPECT_EQ(UntilNextRefresh(absl::Hours(2), absl::Seconds(1)), absl::Seconds(300));
  EXPECT_EQ(UntilNextRefresh(absl::Hours(2), absl::Seconds(1)), absl::Minutes(10));
}

TEST_F(OAuthTokenTest, RefusesCallsOnceTheTokenHasExpiredUntilARefreshSucceeds) {
  StartWithToken(absl::Minutes(10));
  for (int i = 0; i < 50; ++i) endpoint_.AnswerWith(503);
  clock_.Advance(absl::Minutes(10) - absl::Seconds(1));
  EXPECT_EQ(Token(), "T1");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Token(), "Webex's token endpoint returns no token (HTTP status 503)");
  EXPECT_FALSE(tokens_->Health().usable);
  EXPECT_LE(*tokens_->Health().token_expires_in, absl::ZeroDuration());
}

TEST_F(OAuthTokenTest, TriesTheSameRefreshTokenAgainAfterALostAnswer) {
  endpoint_.FailWith(SendFailure::kAnswerLost);
  Grant("T1");
  Start();
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Token(), "T1");
  EXPECT_THAT(RefreshTokensSent(), ElementsAre("A", "A"));
}

TEST_F(OAuthTokenTest, DoesNotHammerWithCredentialsThatAreRefused) {
  for (int i = 0; i < 200; ++i) endpoint_.AnswerWith(i % 2 == 0 ? 400 : 401);
  Start();
  clock_.Advance(absl::Hours(1));
  EXPECT_GE(refreshes(), 30u);
  EXPECT_LE(refreshes(), 61u);
}

TEST_F(OAuthTokenTest, TriesAtOnceWhenTheOperatorGivesOtherCredentials) {
  endpoint_.AnswerWith(400);
  endpoint_.AnswerWith(401);
  Start();
  files_->refresh_token = "B";
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(RefreshTokensSent(), ElementsAre("A", "B"));
  Grant("T1");
  files_->client_secret = "other";
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Token(), "T1");
}

TEST_F(OAuthTokenTest, ReadsTheFilesBeforeEachRefresh) {
  StartWithToken();
  files_ = OAuthCredentials{"id2", "secret2", "B"};
  Grant("T2");
  clock_.Advance(kLife * 0.9);
  EXPECT_EQ(endpoint_.sent.back().body, "grant_type=refresh_token&client_id=id2&client_secret=secret2&refresh_token=B");
}

TEST_F(OAuthTokenTest, ServesOnWhileTheFilesCannotBeReadAndNamesNoPathToCallers) {
  StartWithToken(absl::Minutes(10));
  files_ = absl::NotFoundError("cannot open /run/secrets/id");
  clock_.Advance(absl::Minutes(9));
  EXPECT_EQ(Token(), "T1");
  EXPECT_THAT(tokens_->Health().troubles, ElementsAre("the access token cannot be refreshed: the gateway's OAuth files "
                                                      "cannot be read: cannot open /run/secrets/id"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Token(), "the gateway's OAuth files cannot be read");
  EXPECT_EQ(refreshes(), 1u);
  files_ = OAuthCredentials{"id", "secret", "A"};
  Grant("T2");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Token(), "T2");
}

TEST_F(OAuthTokenTest, NeverRevealsASecret) {
  files_ = OAuthCredentials{"s3cret-id", "s3cret-secret", "s3cret-A"};
  endpoint_.AnswerWith(400, {}, R"({"error":"s3cret","error_description":"s3cret-A is expired"})");
  endpoint_.AnswerWith(500, {}, "s3cret-A");
  Grant("s3cret-T", absl::Minutes(10), "s3cret-R");
  save_result_ = absl::PermissionDeniedError("cannot write");
  Start();
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(Token(), "s3cret-T");
  const std::string told = absl::StrCat(absl::StrJoin(news_, "\n"), absl::StrJoin(troubles_, "\n"),
                                        absl::StrJoin(tokens_->Health().troubles, "\n"));
  EXPECT_FALSE(absl::StrContains(told, "s3cret")) << told;
}

// ---- A refused token.

TEST_F(OAuthTokenTest, ReplacesARefusedToken) {
  StartWithToken();
  Grant("T2");
  EXPECT_EQ(HasOtherThan("T1"), true);
  EXPECT_EQ(Token(), "T2");
  EXPECT_EQ(refreshes(), 2u);
}

TEST_F(OAuthTokenTest, DoesNotReplaceATokenThatIsReplacedAlready) {
  StartWithToken();
  EXPECT_EQ(HasOtherThan("T0"), true);
  EXPECT_EQ(refreshes(), 1u);
}

TEST_F(OAuthTokenTest, RefreshesOnceForAllWhoMeetTheSameRefusedToken) {
  StartWithToken();
  std::deque<Started<bool>> others;
  for (int i = 0; i < 50; ++i) others.push_back(AskForOtherThan("T1"));
  auto newcomer = Ask();
  EXPECT_EQ(refreshes(), 2u);
  EXPECT_FALSE(newcomer.done());
  endpoint_.Finish(HttpAnswer{200, {}, GrantJson("T2")});
  clock_.RunLoop();
  for (auto& other : others) EXPECT_TRUE(*other);
  EXPECT_EQ(**newcomer, "T2");
  EXPECT_EQ(refreshes(), 2u);
}

TEST_F(OAuthTokenTest, JoinsTheRefreshThatIsUnderWay) {
  StartWithToken();
  clock_.Advance(kLife * 0.9);
  ASSERT_EQ(refreshes(), 2u);
  auto other = AskForOtherThan("T1");
  EXPECT_FALSE(other.done());
  endpoint_.Finish(HttpAnswer{200, {}, GrantJson("T2")});
  clock_.RunLoop();
  EXPECT_TRUE(*other);
  EXPECT_EQ(refreshes(), 2u);
}

TEST_F(OAuthTokenTest, DoesNotWaitForABackoffWhenTheTokenIsRefused) {
  StartWithToken();
  endpoint_.AnswerWith(503, {{"Retry-After", "600"}});
  UntilNextRefresh(kLife, absl::Seconds(1));
  Grant("T2");
  EXPECT_EQ(HasOtherThan("T1"), true);
}

TEST_F(OAuthTokenTest, HasNoOtherWhereTheRefreshFailsAndGoesOnWithTheRefusedOne) {
  StartWithToken();
  endpoint_.AnswerWith(503);
  EXPECT_EQ(HasOtherThan("T1"), false);
  EXPECT_TRUE(tokens_->Health().usable);
  EXPECT_EQ(tokens_->Health().token_expires_in, kLife);
  EXPECT_EQ(Token(), "T1");
  EXPECT_EQ(HasOtherThan("T1"), false);  // without another refresh
  EXPECT_EQ(refreshes(), 2u);
  EXPECT_THAT(troubles_, ElementsAre(HasSubstr("the previous one stays in use")));
}

TEST_F(OAuthTokenTest, HasNoneWhereTheRefreshFailsAfterTheRefusedOneHasExpired) {
  StartWithToken(absl::Seconds(40));
  auto other = AskForOtherThan("T1");
  clock_.Advance(absl::Seconds(40));
  endpoint_.Finish(HttpAnswer{503, {}, ""});
  clock_.RunLoop();
  EXPECT_FALSE(*other);
  EXPECT_FALSE(tokens_->Health().usable);
  EXPECT_EQ(Token(), "Webex's token endpoint returns no token (HTTP status 503)");
}

TEST_F(OAuthTokenTest, KeepsARefusedTokenForTheGuardUntilItHasAnother) {
  StartWithToken();
  auto other = AskForOtherThan("T1");
  EXPECT_TRUE(tokens_->IsCurrent("T1"));
  endpoint_.Finish(HttpAnswer{200, {}, GrantJson("T2")});
  clock_.RunLoop();
  EXPECT_TRUE(*other);
  EXPECT_FALSE(tokens_->IsCurrent("T1"));
  EXPECT_TRUE(tokens_->IsCurrent("T2"));
}

TEST_F(OAuthTokenTest, HasNoOtherWhereTheRefreshGivesTheSame) {
  StartWithToken();
  Grant("T1");
  EXPECT_EQ(HasOtherThan("T1"), false);
  EXPECT_EQ(Token(), "T1");
}

TEST_F(OAuthTokenTest, RefreshesAtMostOnceAMinuteWhereEvenNewTokensAreRefused) {
  StartWithToken();
  Grant("T2");
  EXPECT_EQ(HasOtherThan("T1"), true);
  EXPECT_EQ(HasOtherThan("T2"), false);
  EXPECT_EQ(Token(), "T2");
  EXPECT_EQ(refreshes(), 2u);
  clock_.Advance(absl::Minutes(1));
  Grant("T3");
  EXPECT_EQ(HasOtherThan("T2"), true);
}

TEST_F(OAuthTokenTest, LetsACallGoAtItsDeadlineThatWaitsForAnotherToken) {
  StartWithToken();
  call_.deadline = Later(clock_.Now(), absl::Seconds(2));
  auto other = AskForOtherThan("T1");
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(other.done());
  EXPECT_FALSE(*other);
}

// ---- A new refresh token.

TEST_F(OAuthTokenTest, SavesANewRefreshTokenBeforeItUsesWhatCameWithIt) {
  save_result_.reset();
  Grant("T1", absl::Minutes(10), "R");
  Start();
  EXPECT_EQ(saves_.size(), 1u);
  EXPECT_EQ(saves_[0].refresh_token, "R");
  auto token = Ask();
  EXPECT_FALSE(token.done());
  save_done_(absl::OkStatus());
  clock_.RunLoop();
  EXPECT_EQ(**token, "T1");
  EXPECT_THAT(tokens_->Health().troubles, IsEmpty());
  UntilNextRefresh(absl::Minutes(10), absl::Seconds(10));
  EXPECT_THAT(RefreshTokensSent(), ElementsAre("A", "R"));
}

TEST_F(OAuthTokenTest, UsesARefreshTokenThatCannotBeSavedAndReportsItUntilItCan) {
  save_result_ = absl::PermissionDeniedError("cannot create /state.new");
  Grant("T1", kLife, "R");
  Start();
  EXPECT_EQ(Token(), "T1");
  const char* trouble =
      "the refresh token from Webex is not saved, so a restart may require a new authorisation: cannot create "
      "/state.new";
  EXPECT_TRUE(tokens_->Health().usable);
  EXPECT_THAT(tokens_->Health().troubles, ElementsAre(trouble));
  EXPECT_THAT(troubles_, ElementsAre(trouble));
  save_result_ = absl::OkStatus();
  clock_.Advance(absl::Seconds(61));
  EXPECT_THAT(tokens_->Health().troubles, IsEmpty());
  EXPECT_EQ(news_.back(), "the new refresh token is now saved");
  EXPECT_EQ(refreshes(), 1u);
}

TEST_F(OAuthTokenTest, IsNotHeldUpByADiskThatHangs) {
  save_result_.reset();
  Grant("T1", kLife, "R");
  Start();
  auto token = Ask();
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(**token, "T1");
  EXPECT_EQ(tokens_->Health().troubles.size(), 1u);
}

TEST_F(OAuthTokenTest, SavesNothingWhereTheRefreshTokenStaysTheSame) {
  Grant("T1", kLife, "A");
  Start();
  EXPECT_THAT(saves_, IsEmpty());
}

TEST_F(OAuthTokenTest, BeginsWithTheSavedRefreshToken) {
  Grant("T1", kLife, "R");
  Start();
  tokens_->Stop([] {});
  Grant("T2");
  Start(saves_.back());
  EXPECT_THAT(RefreshTokensSent(), ElementsAre("A", "R"));
}

TEST_F(OAuthTokenTest, BeginsWithTheOperatorsWhereThatIsNew) {
  Grant("T1", kLife, "R");
  Start();
  files_->refresh_token = "B";
  Grant("T2");
  Start(saves_.back());
  EXPECT_THAT(RefreshTokensSent(), ElementsAre("A", "B"));
}

// ---- Health and end.

TEST_F(OAuthTokenTest, KnowsWhatTimeIsLeft) {
  StartWithToken();
  clock_.Advance(absl::Hours(1));
  const TokenHealth health = tokens_->Health();
  EXPECT_TRUE(health.usable);
  EXPECT_EQ(health.token_expires_in, absl::Hours(9));
  EXPECT_EQ(health.refresh_token_expires_in, absl::Hours(90 * 24 - 1));
}

TEST_F(OAuthTokenTest, KnowsNotHowLongARefusedRefreshTokenLives) {
  StartWithToken();
  clock_.Advance(absl::Hours(9) + absl::Minutes(30));
  endpoint_.Finish(HttpAnswer{400, {}, R"({"error":"invalid_grant"})"});
  clock_.RunLoop();
  const TokenHealth health = tokens_->Health();
  EXPECT_TRUE(health.usable);
  EXPECT_THAT(health.troubles, ElementsAre(HasSubstr("refuses the refresh token")));
  EXPECT_EQ(health.refresh_token_expires_in, std::nullopt);
}

TEST_F(OAuthTokenTest, StopsAtOnceWhereNothingIsUnderWay) {
  StartWithToken();
  bool stopped = false;
  tokens_->Stop([&stopped] { stopped = true; });
  EXPECT_TRUE(stopped);
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(OAuthTokenTest, StopsWhenTheRefreshUnderWayHasEndedWithItsRefreshTokenSaved) {
  save_result_.reset();
  Start();
  bool stopped = false;
  tokens_->Stop([&] {
    stopped = true;
    tokens_.reset();
  });
  endpoint_.Finish(HttpAnswer{200, {}, GrantJson("T1", kLife, "R")});
  clock_.RunLoop();
  EXPECT_FALSE(stopped);
  save_done_(absl::OkStatus());
  clock_.RunLoop();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(OAuthTokenTest, SavesARefreshTokenOnceMoreBeforeItStopsWhereThatHadFailed) {
  save_result_ = absl::ResourceExhaustedError("the disk is full");
  Grant("T1", kLife, "R");
  Start();
  ASSERT_EQ(saves_.size(), 1u);
  save_result_.reset();
  bool stopped = false;
  tokens_->Stop([&] {
    stopped = true;
    tokens_.reset();
  });
  clock_.RunLoop();
  ASSERT_EQ(saves_.size(), 2u);
  EXPECT_EQ(saves_[1].refresh_token, "R");
  EXPECT_FALSE(stopped);
  save_done_(absl::OkStatus());
  clock_.RunLoop();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(news_.back(), "the new refresh token is now saved");
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(OAuthTokenTest, SavesNothingAtItsStopWhereItCanSaveNothing) {
  OAuthPorts ports;
  ports.read = [this] { return files_; };
  ports.tell = [](absl::string_view, bool) {};
  const auto tokens = CreateOAuthToken(loop_, clock_, random_, endpoint_, std::move(ports));
  Grant("T1", kLife, "R");
  tokens->Start();
  clock_.RunLoop();
  bool stopped = false;
  tokens->Stop([&stopped] { stopped = true; });
  EXPECT_TRUE(stopped);
}

// ---- Through the stack.

// Webex with its token endpoint: takes the one access token that is valid, and answers when it is told.
class FakeWebex : public HttpClient {
 public:
  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call&) override {
    HttpAnswer answer{.status = 200};
    if (request.target == "/access_token") {
      ++refreshes;
      valid = absl::StrCat("T", refreshes);
      answer.body = GrantJson(valid);
    } else if (FindHeader(request.headers, "Authorization") == absl::StrCat("Bearer ", valid)) {
      ++taken;
    } else {
      ++refused;
      answer.status = 401;
    }
    Event told;
    waiting_.push_back(&told);
    co_await told.Wait();
    co_return answer;
  }

  // Answers all that have come so far.
  void Answer(FakeClock& clock) {
    for (Event* told : std::exchange(waiting_, {})) told->Set();
    clock.RunLoop();
  }

  std::string valid;
  int refreshes = 0;
  int taken = 0;
  int refused = 0;

 private:
  std::vector<Event*> waiting_;
};

class NoObserver : public SendObserver {
 public:
  void OnSent(const SendReport&) override {}
  void OnRetry(RetryCause) override {}
};

TEST_F(OAuthTokenTest, FiftyOrdersMeetingARevokedTokenCauseOneRefresh) {
  FakeWebex webex;
  NoObserver observer;
  OAuthPorts ports;
  ports.read = [this] { return files_; };
  ports.tell = [](absl::string_view, bool) {};
  const auto tokens = CreateOAuthToken(loop_, clock_, random_, webex, std::move(ports));
  const auto stack =
      CreateStack(webex, clock_, random_, *tokens, RefusesAccessToken, observer, {.admission = {.max_calls = 50}});
  tokens->Start();
  clock_.RunLoop();
  webex.Answer(clock_);
  webex.valid = "another";
  std::deque<Call> calls;
  std::deque<Started<absl::StatusOr<HttpAnswer>>> orders;
  for (int i = 0; i < 50; ++i) {
    calls.push_back({.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60))});
    orders.emplace_back(loop_, stack->client().Send({.method = "POST", .target = "/orders"}, calls.back()));
  }
  clock_.RunLoop();
  EXPECT_EQ(webex.refused, 50);
  for (const char* what : {"the orders", "the refresh", "the orders again"}) {
    SCOPED_TRACE(what);
    webex.Answer(clock_);
  }
  for (auto& order : orders) {
    ASSERT_TRUE(order.done());
    EXPECT_EQ((*order)->status, 200);
  }
  EXPECT_EQ(webex.refused, 50);
  EXPECT_EQ(webex.taken, 50);
  EXPECT_EQ(webex.refreshes, 2);  // the first one, and one for all
}

TEST_F(OAuthTokenTest, OneRefusalAndAFailedRefreshStopNoFurtherOrder) {
  NoObserver observer;
  StartWithToken();
  const auto stack =
      CreateStack(endpoint_, clock_, random_, *tokens_, RefusesAccessToken, observer, {.admission = {.max_calls = 1}});
  endpoint_.AnswerWith(401);
  endpoint_.AnswerWith(503);  // to the refresh
  endpoint_.AnswerWith(201);
  for (const int status : {401, 201}) {
    Call call{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60))};
    Started<absl::StatusOr<HttpAnswer>> order{loop_, stack->client().Send({.method = "POST"}, call)};
    clock_.RunLoop();
    ASSERT_TRUE(order.done());
    ASSERT_TRUE(order->ok()) << order->status();
    EXPECT_EQ((*order)->status, status);
  }
  EXPECT_EQ(FindHeader(endpoint_.sent.back().headers, "Authorization"), "Bearer T1");
}

TEST_F(OAuthTokenTest, ATokenThatIsRefusedForLongIsHeldBackAlsoWhileARefreshFails) {
  NoObserver observer;
  StartWithToken();
  const auto stack =
      CreateStack(endpoint_, clock_, random_, *tokens_, RefusesAccessToken, observer, {.admission = {.max_calls = 9}});
  const auto order = [&] {
    Call call{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60))};
    Started<absl::StatusOr<HttpAnswer>> started{loop_, stack->client().Send({.method = "POST"}, call)};
    clock_.RunLoop();
    EXPECT_TRUE(started.done());
    return started->ok();  // Webex answered
  };
  for (int i = 0; i < 20; ++i) endpoint_.AnswerWith(i == 1 ? 503 : 401);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(order());
  EXPECT_FALSE(order());
  const absl::Time since = stack->Token().refused->since;
  clock_.Advance(absl::Minutes(2));
  EXPECT_TRUE(order());  // the probe, for which a refresh fails again
  EXPECT_FALSE(order());
  EXPECT_EQ(stack->Token().refused->since, since);
}

}  // namespace
}  // namespace webex_gateway
