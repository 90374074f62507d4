#include "server/ops/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

constexpr char kRequestId[] = "11111111-2222-4333-8444-555555555555";
constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kIds[] = "request_id=11111111-2222-4333-8444-555555555555 trace_id=4bf92f3577b34da6a3ce929d0e0e4736 ";

class LogTest : public testing::Test {
 protected:
  ~LogTest() override { close(file_); }

  Log MakeLog(const std::string& level, const std::string& format = "text") {
    return Log({level, format}, [] { return absl::FromUnixSeconds(0); }, file_);
  }

  // The lines that `log` has written since the last time, without the time that each begins with.
  std::string Lines(Log& log) {
    log.Flush();
    std::string text(1 << 16, '\0');
    const ssize_t size = pread(file_, text.data(), text.size(), read_);
    text.resize(static_cast<size_t>(size));
    read_ += size;
    return absl::StrReplaceAll(text, {{"1970-01-01T00:00:00.000Z ", ""}});
  }
  std::string Lines() { return Lines(log_); }

  void Sent(Log& log, absl::string_view stage, const absl::StatusOr<HttpAnswer>& result) {
    log.OnSent({stage, "POST", call_, result, absl::Milliseconds(12)});
  }

  void Answered(const absl::Status& status, absl::string_view tracking_id = "T1") {
    log_.OnAnswered({"ProvisionWorkspace", status, kRequestId, tracking_id, 2, false, absl::Milliseconds(34)});
  }

  const int file_ = memfd_create("log", MFD_CLOEXEC);
  off_t read_ = 0;
  Log log_ = MakeLog("debug");
  const Call call_{
      .request_id = kRequestId, .trace = {.trace_id = kTraceId}, .attempts = 2, .span_id = "00f067aa0ba902b7"};
};

TEST_F(LogTest, ReportsAnAnswerOnlyByItsStatusAndTrackingId) {
  const HttpAnswer answer{400,
                          {{"TrackingID", "T1"}, {"Set-Cookie", "s3cret"}, {"Authorization", "Bearer s3cret"}},
                          R"({"message":"Conference Room s3cret","id":"s3cret"})"};
  Sent(log_, "attempt", answer);
  EXPECT_EQ(Lines(), absl::StrCat("info attempt ", kIds,
                                  "span_id=00f067aa0ba902b7 http_method=POST attempt=2 http_status=400 tracking_id=T1 "
                                  "ms=12.0\n"));
}

TEST_F(LogTest, ReportsAFailureInTheWiresWords) {
  Sent(log_, "attempt", SendError(SendFailure::kUnreachable, "connection refused"));
  EXPECT_EQ(Lines(), absl::StrCat("info attempt ", kIds,
                                  "span_id=00f067aa0ba902b7 http_method=POST attempt=2 failure=unreachable "
                                  "detail=\"connection refused\" ms=12.0\n"));
}

TEST_F(LogTest, AlsoReportsTheLibrarysMessageForAFailure) {
  Sent(log_, "attempt", WithCause(SendError(SendFailure::kAnswerLost, "the connection ended"), "Failed to read: EOF"));
  EXPECT_TRUE(absl::StrContains(Lines(), " detail=\"the connection ended (Failed to read: EOF)\" "));
}

TEST_F(LogTest, NamesEveryFailure) {
  const std::pair<SendFailure, const char*> names[] = {
      {SendFailure::kUnreachable, "unreachable"}, {SendFailure::kCertificate, "certificate_refused"},
      {SendFailure::kAnswerLost, "answer_lost"},  {SendFailure::kNoToken, "no_token"},
      {SendFailure::kOverloaded, "overloaded"},   {SendFailure::kDeadline, "deadline"},
      {SendFailure::kCancelled, "cancelled"},     {SendFailure::kRateLimited, "rate_limited"},
  };
  for (const auto& [failure, name] : names) {
    Sent(log_, "attempt", SendError(failure, ""));
    EXPECT_TRUE(absl::StrContains(Lines(), absl::StrCat(" failure=", name, " "))) << name;
  }
}

TEST_F(LogTest, ReportsTheCallAroundTheAttemptsOnlyAtDebug) {
  Sent(log_, "call", HttpAnswer{200, {}, ""});
  EXPECT_EQ(Lines(), absl::StrCat("debug call ", kIds, "http_method=POST attempts=2 http_status=200 ms=12.0\n"));
  Log info = MakeLog("info");
  Sent(info, "call", HttpAnswer{200, {}, ""});
  EXPECT_EQ(Lines(info), "");
}

TEST_F(LogTest, ReportsASuccessAsApplied) {
  Answered(absl::OkStatus());
  EXPECT_EQ(Lines(), absl::StrCat("info answer rpc=ProvisionWorkspace request_id=", kRequestId,
                                  " code=OK outcome=applied attempts=2 tracking_id=T1 ms=34.0\n"));
}

TEST_F(LogTest, DoesNotTakeACheckForAnOrder) {
  log_.OnAnswered({"ProvisionWorkspace", absl::OkStatus(), kRequestId, "", 0, true, absl::ZeroDuration()});
  EXPECT_TRUE(absl::StrContains(Lines(), " outcome=validated "));
}

TEST_F(LogTest, ReportsAnErrorByReasonAndOutcomeNeverByItsText) {
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

TEST_F(LogTest, NamesTheOrderOnRecordThatStoodInTheWay) {
  const auto answered = [this](const std::string& earlier) {
    Answered(ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                       .reason = "OUTCOME_UNKNOWN",
                       .message = "",
                       .outcome = Outcome::kUnknown,
                       .metadata = {{"earlier_request_id", earlier}}}),
             "");
    return Lines();
  };
  EXPECT_TRUE(absl::StrContains(answered("another"), " outcome=unknown earlier_request_id=another "));
  EXPECT_FALSE(absl::StrContains(answered(kRequestId), "earlier_request_id"));
}

TEST_F(LogTest, NeverTakesAFailureWithoutDetailsForASuccess) {
  Answered(absl::InternalError("no details"), "");
  EXPECT_EQ(Lines(), absl::StrCat("warning answer rpc=ProvisionWorkspace request_id=", kRequestId,
                                  " code=INTERNAL outcome=unknown attempts=2 ms=34.0\n"));
}

TEST_F(LogTest, ReportsThatAnRpcAboutOrdersCarriedOutNone) {
  log_.OnAnswered({.method = "GetOperation", .status = absl::OkStatus(), .request_id = kRequestId, .is_order = false});
  EXPECT_EQ(Lines(), absl::StrCat("info answer rpc=GetOperation request_id=", kRequestId,
                                  " code=OK outcome=none attempts=0 ms=0.0\n"));
}

TEST_F(LogTest, ReportsWhoWasRefusedAndWhatFor) {
  const absl::Status status = CallerPolicy({"billing"}, {}).Check({.identity = "stranger"}, "/any");
  log_.OnRefused({.identity = "stranger"}, "/a.Service/\n", status);
  log_.OnRefused({.on_unix_socket = true}, "/a.Service/Method", status);
  EXPECT_EQ(Lines(),
            "warning refused rpc=\"/a.Service/\\u000a\" caller=stranger code=PERMISSION_DENIED "
            "reason=CALLER_NOT_ALLOWED\n"
            "warning refused rpc=/a.Service/Method caller=unix code=PERMISSION_DENIED reason=CALLER_NOT_ALLOWED\n");
}

TEST_F(LogTest, ReportsWhoseHandshakeFailedAndHowMany) {
  log_.OnHandshakeFailed("192.0.2.7:50112", "peer did not return a certificate", 12);
  EXPECT_EQ(Lines(),
            "warning handshake_failed peer=192.0.2.7:50112 detail=\"peer did not return a certificate\" failures=12\n");
}

TEST_F(LogTest, ReportsWhoResolvedAnOrderAndHow) {
  log_.OnResolved({kRequestId, "spiffe://sp.com/ops\n", true});
  log_.OnResolved({kRequestId, "anonymous", false});
  EXPECT_EQ(Lines(), absl::StrCat("info resolved request_id=", kRequestId,
                                  " outcome=applied resolver=\"spiffe://sp.com/ops\\u000a\"\ninfo resolved request_id=",
                                  kRequestId, " outcome=not_applied resolver=anonymous\n"));
}

TEST_F(LogTest, ReportsAnOrderThatWebexTookAgainstSomeonesWordAsAnError) {
  log_.OnContradicted(kRequestId);
  EXPECT_EQ(Lines(),
            absl::StrCat("error contradicted request_id=", kRequestId,
                         " outcome=applied detail=\"Webex carried out the order although its operation was resolved "
                         "otherwise: there may be two workspaces; see webexctl operations get, and list the "
                         "user's operations\"\n"));
}

TEST_F(LogTest, KeepsEachEventOnALineOfItsOwn) {
  Sent(log_, "attempt", SendError(SendFailure::kAnswerLost, "odd\r\ninfo forged \"line\""));
  const std::string lines = Lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1) << lines;
  EXPECT_FALSE(absl::StrContains(lines, "\r"));
}

TEST_F(LogTest, ReportsWhoCalledAndInWhichTrace) {
  log_.OnAnswered({.method = "GetOperation",
                   .status = absl::OkStatus(),
                   .request_id = kRequestId,
                   .is_order = false,
                   .caller = "spiffe://sp.com/billing",
                   .trace = {.trace_id = kTraceId, .parent_span_id = "00f067aa0ba902b7"}});
  EXPECT_EQ(Lines(), absl::StrCat("info answer rpc=GetOperation caller=spiffe://sp.com/billing ", kIds,
                                  "parent_span_id=00f067aa0ba902b7 code=OK outcome=none attempts=0 ms=0.0\n"));
}

TEST_F(LogTest, ReportsWhereItServes) {
  Log log = MakeLog("info", "json");
  const std::vector<int> ports = {50051};
  log.OnServing({"1.2.3", "127.0.0.1:0,unix:/run/x", ports, "127.0.0.1:0", 9464, "https://webexapis.com/v1"});
  log.OnServing({.version = "1.2.3", .listen = "unix:/run/x", .ports = {}, .webex_base_url = "b"});
  EXPECT_EQ(Lines(log),
            R"({"time":"1970-01-01T00:00:00.000Z","level":"info","event":"serving","version":"1.2.3",)"
            R"("listen":"127.0.0.1:0,unix:/run/x","ports":[50051],"webex_base_url":"https://webexapis.com/v1",)"
            R"("admin_listen":"127.0.0.1:0","admin_port":9464})"
            "\n"
            R"({"time":"1970-01-01T00:00:00.000Z","level":"info","event":"serving","version":"1.2.3",)"
            R"("listen":"unix:/run/x","webex_base_url":"b"})"
            "\n");
}

// An operator must be able to stop the gateway, and orders must go on, where whoever reads the log has stopped.
TEST_F(LogTest, ContinuesIfNobodyReadsAndReportsItAfterwards) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::string text;
  std::thread reader;
  int64_t dropped = 0;
  {
    Log log({"info", "json"}, [] { return absl::UnixEpoch(); }, ends[1]);
    close(ends[1]);
    for (int i = 0; i < 100'000; ++i) Sent(log, "attempt", HttpAnswer{200, {}, ""});
    dropped = log.lines_dropped();
    EXPECT_GT(dropped, 0);
    reader = std::thread([&] {
      char buffer[1 << 16];
      for (ssize_t n = read(ends[0], buffer, sizeof buffer); n > 0; n = read(ends[0], buffer, sizeof buffer)) {
        text.append(buffer, static_cast<size_t>(n));
      }
    });
  }
  reader.join();
  close(ends[0]);
  EXPECT_TRUE(absl::EndsWith(text, absl::StrCat(R"({"time":"1970-01-01T00:00:00.000Z","level":"warning",)"
                                                R"("event":"lines_dropped","lines":)",
                                                dropped, "}\n")));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100'000 - dropped + 1);
}

TEST_F(LogTest, KeepsToItsLevel) {
  Log log = MakeLog("error");
  log.Info("i");
  log.Warn("w");
  log.OnAnswered({"ProvisionWorkspace", absl::OkStatus(), kRequestId, "", 0, false, absl::ZeroDuration()});
  Sent(log, "attempt", HttpAnswer{200, {}, ""});
  EXPECT_EQ(Lines(log), "");
  log.Fail("it {} went");
  EXPECT_EQ(Lines(log), "error it {} went\n");
}

}  // namespace
}  // namespace webex_gateway
