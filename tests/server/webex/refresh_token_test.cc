#include "server/webex/refresh_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "server/base/sha256.h"
#include "tests/server/testing/fake_clock.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RefreshTokenTest : public testing::Test {
 protected:
  // As after a start with this state file.
  void Start(std::optional<OAuthState> saved) { token_.emplace(clock_, std::move(saved), save_); }

  // Starts saving; it goes on until `done_` is called or time is up.
  void Save() {
    Spawn(loop_, token_->Save());
    clock_.RunLoop();
  }

  void SaveEnds(const absl::Status& status) {
    Save();
    done_(status);
    clock_.RunLoop();
  }

  static OAuthState After(const std::string& given, const std::string& token) { return {Sha256Hex(given), token}; }

  Loop loop_;
  FakeClock clock_{loop_};
  std::vector<OAuthState> saves_;
  std::function<void(absl::Status)> done_;
  const SaveState save_ = [this](const std::string& content, std::function<void(absl::Status)> done) {
    saves_.push_back(*ReadOAuthState(content));
    done_ = std::move(done);
  };
  std::optional<RefreshToken> token_{std::in_place, clock_, std::nullopt, save_};
};

TEST_F(RefreshTokenTest, IsTheOperatorsUntilWebexGivesAnother) {
  EXPECT_EQ(token_->InUse("A"), "A");
  token_->Replace("R");
  EXPECT_EQ(token_->InUse("A"), "R");
}

TEST_F(RefreshTokenTest, NeedsNoSavingWhileItIsTheOperators) {
  token_->InUse("A");
  Save();
  EXPECT_THAT(saves_, IsEmpty());
  EXPECT_EQ(token_->saved(), absl::OkStatus());
}

TEST_F(RefreshTokenTest, IsSavedWithAHashOfTheOperatorsInPlaceOfIt) {
  token_->InUse("A");
  token_->Replace("R");
  SaveEnds(absl::OkStatus());
  EXPECT_THAT(saves_, ElementsAre(After("A", "R")));
  EXPECT_EQ(token_->saved(), absl::OkStatus());
  Save();
  EXPECT_EQ(saves_.size(), 1u);  // nothing new
}

TEST_F(RefreshTokenTest, IsTheSavedOneAfterARestart) {
  Start(After("A", "R"));
  EXPECT_EQ(token_->InUse("A"), "R");
  Save();
  EXPECT_THAT(saves_, IsEmpty());
}

TEST_F(RefreshTokenTest, IsTheOperatorsWhereThatIsNewSinceTheStateWasSaved) {
  Start(After("A", "R"));
  EXPECT_EQ(token_->InUse("B"), "B");
  SaveEnds(absl::OkStatus());
  EXPECT_THAT(saves_, ElementsAre(After("B", "")));
  Start(saves_.back());
  EXPECT_EQ(token_->InUse("A"), "A");  // given anew, so what followed from it once does not count
}

TEST_F(RefreshTokenTest, IsTheSavedOneAgainWhereTheOperatorTakesAMistakeBack) {
  Start(After("A", "R"));
  EXPECT_EQ(token_->InUse("oops"), "oops");
  EXPECT_EQ(token_->InUse("A"), "R");
}

TEST_F(RefreshTokenTest, StaysInUseAndIsDueAgainAfterAMinuteWhereItCannotBeSaved) {
  token_->InUse("A");
  token_->Replace("R");
  SaveEnds(absl::PermissionDeniedError("read-only"));
  EXPECT_EQ(token_->saved(), absl::PermissionDeniedError("read-only"));
  EXPECT_EQ(token_->InUse("A"), "R");
  clock_.Advance(absl::Seconds(59));
  EXPECT_FALSE(token_->save_due());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(token_->save_due());
  SaveEnds(absl::OkStatus());
  EXPECT_EQ(token_->saved(), absl::OkStatus());
  EXPECT_FALSE(token_->save_due());
}

TEST_F(RefreshTokenTest, WaitsFiveSecondsForADiskAndSurvivesItsLateAnswer) {
  token_->InUse("A");
  token_->Replace("R");
  Save();
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(token_->saved(), absl::DeadlineExceededError("it takes longer than 5 s"));
  token_.reset();
  done_(absl::OkStatus());
  clock_.RunLoop();
}

TEST_F(RefreshTokenTest, SaysThatNothingSavesIt) {
  token_.emplace(clock_, std::nullopt, nullptr);
  token_->InUse("A");
  EXPECT_EQ(token_->saved(), absl::OkStatus());
  token_->Replace("R");
  Save();
  EXPECT_EQ(token_->saved(), absl::FailedPreconditionError("it is kept only in memory"));
  EXPECT_FALSE(token_->save_due());
}

}  // namespace
}  // namespace webex_gateway
