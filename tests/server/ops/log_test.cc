#include "server/ops/log.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

constexpr char kRequestId[] = "11111111-2222-4333-8444-555555555555";

class LogTest : public testing::Test {
 protected:
  // The lines logged since the last time, without the time stamps that each begins with.
  std::string Lines() {
    std::istringstream text(out_.str());
    out_.str("");
    std::string lines;
    for (std::string line; std::getline(text, line);) {
      const size_t stamp = sizeof("2000-01-01T00:00:00.000Z");
      EXPECT_EQ(line.find("Z "), stamp - 2) << line;
      lines += line.substr(std::min(stamp, line.size())) + "\n";
    }
    return lines;
  }

  void Sent(Log& log, absl::string_view stage, const absl::StatusOr<HttpAnswer>& result) {
    log.OnSent({stage, "POST", call_, result, absl::Milliseconds(12)});
  }

  void Answered(const absl::Status& status, absl::string_view tracking_id = "T1") {
    log_.OnAnswered({"ProvisionWorkspace", status, kRequestId, tracking_id, 2, false, absl::Milliseconds(34)});
  }

  std::ostringstream out_;
  const std::shared_ptr<spdlog::sinks::sink> sink_ = std::make_shared<spdlog::sinks::ostream_sink_mt>(out_);
  Log log_{"debug", sink_};
  const Call call_{.request_id = kRequestId, .attempts = 2};
};

TEST_F(LogTest, TellsOfAnAnswerByItsStatusAndTrackingIdAlone) {
  const HttpAnswer answer{400,
                          {{"TrackingID", "T1"}, {"Set-Cookie", "s3cret"}, {"Authorization", "Bearer s3cret"}},
                          R"({"message":"Conference Room s3cret","id":"s3cret"})"};
  Sent(log_, "attempt", answer);
  EXPECT_EQ(Lines(), absl::StrCat("info attempt method=POST request_id=", kRequestId,
                                  " attempt=2 http_status=400 tracking_id=T1 ms=12.0\n"));
}

TEST_F(LogTest, TellsOfAFailureInTheWiresWords) {
  Sent(log_, "attempt", SendError(SendFailure::kUnreachable, "connection refused"));
  EXPECT_EQ(Lines(), absl::StrCat("info attempt method=POST request_id=", kRequestId,
                                  " attempt=2 failure=unreachable detail=\"connection refused\" ms=12.0\n"));
}

TEST_F(LogTest, NamesEveryFailure) {
  const std::pair<SendFailure, const char*> names[] = {
      {SendFailure::kUnreachable, "unreachable"}, {SendFailure::kCertificate, "certificate_refused"},
      {SendFailure::kAnswerLost, "answer_lost"},  {SendFailure::kNoToken, "no_token"},
      {SendFailure::kOverloaded, "overloaded"},   {SendFailure::kDeadline, "deadline"},
      {SendFailure::kCancelled, "cancelled"},
  };
  for (const auto& [failure, name] : names) {
    Sent(log_, "attempt", SendError(failure, ""));
    EXPECT_TRUE(absl::StrContains(Lines(), absl::StrCat(" failure=", name, " "))) << name;
  }
}

TEST_F(LogTest, TellsOfTheCallRoundTheAttemptsAtDebugOnly) {
  Sent(log_, "call", HttpAnswer{200, {}, ""});
  EXPECT_EQ(Lines(), absl::StrCat("debug call method=POST request_id=", kRequestId,
                                  " attempt=2 http_status=200 tracking_id= ms=12.0\n"));
  Log info("info", sink_);
  Sent(info, "call", HttpAnswer{200, {}, ""});
  EXPECT_EQ(Lines(), "");
}

TEST_F(LogTest, TellsOfASuccessThatItWasApplied) {
  Answered(absl::OkStatus());
  EXPECT_EQ(Lines(), absl::StrCat("info answer rpc=ProvisionWorkspace request_id=", kRequestId,
                                  " code=OK reason= outcome=applied attempts=2 tracking_id=T1 ms=34.0\n"));
}

TEST_F(LogTest, DoesNotTakeACheckForAnOrder) {
  log_.OnAnswered({"ProvisionWorkspace", absl::OkStatus(), kRequestId, "", 0, true, absl::ZeroDuration()});
  EXPECT_TRUE(absl::StrContains(Lines(), " outcome=validated "));
}

TEST_F(LogTest, TellsOfAnErrorByReasonAndOutcomeNeverInItsWords) {
  Answered(ToStatus({.code = absl::StatusCode::kNotFound,
                     .reason = "WEBEX_NOT_FOUND",
                     .message = "no Conference Room s3cret at +1-240-555-1212",
                     .outcome = Outcome::kNotApplied,
                     .metadata = {{"webex_error_code", "s3cret"}},
                     .tracking_id = "T1",
                     .violations = {{"userId", "s3cret"}}}));
  EXPECT_EQ(Lines(), absl::StrCat("info answer rpc=ProvisionWorkspace request_id=", kRequestId,
                                  " code=NOT_FOUND reason=WEBEX_NOT_FOUND outcome=not_applied attempts=2 "
                                  "tracking_id=T1 ms=34.0\n"));
}

TEST_F(LogTest, NeverTakesAFailureWithoutDetailsForASuccess) {
  Answered(absl::InternalError("no details"), "");
  EXPECT_EQ(Lines(), absl::StrCat("warning answer rpc=ProvisionWorkspace request_id=", kRequestId,
                                  " code=INTERNAL reason= outcome=unknown attempts=2 tracking_id= ms=34.0\n"));
}

TEST_F(LogTest, TellsOfARpcAboutOrdersThatNoneWasCarriedOut) {
  log_.OnAnswered({.method = "GetOperation", .status = absl::OkStatus(), .request_id = kRequestId, .is_order = false});
  EXPECT_EQ(Lines(), absl::StrCat("info answer rpc=GetOperation request_id=", kRequestId,
                                  " code=OK reason= outcome=none attempts=0 tracking_id= ms=0.0\n"));
}

TEST_F(LogTest, TellsWhoResolvedAnOrderAndHow) {
  log_.OnResolved({kRequestId, "spiffe://sp.com/ops\n", true});
  log_.OnResolved({kRequestId, "anonymous", false});
  EXPECT_EQ(Lines(), absl::StrCat("info resolved request_id=", kRequestId,
                                  " outcome=applied resolver=\"spiffe://sp.com/ops\\n\"\ninfo resolved request_id=",
                                  kRequestId, " outcome=not_applied resolver=\"anonymous\"\n"));
}

TEST_F(LogTest, KeepsEachEventOnALineOfItsOwn) {
  Sent(log_, "attempt", SendError(SendFailure::kAnswerLost, "odd\r\ninfo forged \"line\""));
  const std::string lines = Lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1) << lines;
  EXPECT_FALSE(absl::StrContains(lines, "\r"));
}

TEST_F(LogTest, KeepsToItsLevel) {
  Log log("error", sink_);
  log.Info("i");
  log.Warn("w");
  log.OnAnswered({"ProvisionWorkspace", absl::OkStatus(), kRequestId, "", 0, false, absl::ZeroDuration()});
  Sent(log, "attempt", HttpAnswer{200, {}, ""});
  EXPECT_EQ(Lines(), "");
  log.Fail("it {} went");
  EXPECT_EQ(Lines(), "error it {} went\n");
}

}  // namespace
}  // namespace webex_gateway
