// A request without a body is whole with its headers: it may have arrived as soon as these can have left, and has not
// before. What else the wire promises holds for it as for every other (hostile_server_test.cc tries both).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "tests/server/testing/scripted_server.h"
#include "tests/server/testing/tunnel_proxy.h"
#include "tests/server/testing/wire_under_test.h"

namespace webex_gateway {
namespace {

absl::StatusOr<HttpAnswer> Remove(WireUnderTest& wire) {
  wire.Begin(WireUnderTest::Removal());
  return wire.End();
}

TEST(BodilessTest, ArrivesWithoutABodyAndIsCounted) {
  for (const bool tls : {false, true}) {
    ScriptedServer server(tls);
    WireUnderTest wire(server, tls ? "https" : "http");
    std::string headers;
    server.Next([&](ScriptedConnection& connection, const std::string& seen) {
      headers = seen;
      return connection.Write("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const absl::StatusOr<HttpAnswer> answer = Remove(wire);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->status, 204);
    EXPECT_THAT(headers, testing::StartsWith("DELETE /orders/1 HTTP/1.1\r\n"));
    EXPECT_THAT(headers, testing::Not(testing::HasSubstr("Transfer-Encoding")));
    EXPECT_FALSE(wire.call_->in_flight);
    EXPECT_TRUE(Remove(wire).ok());
    EXPECT_EQ(wire.Counts().sends, 2);
  }
}

TEST(BodilessTest, IsNotSentWhereTheConnectionIsRefused) {
  std::string url;
  {
    const ScriptedServer gone;
    url = absl::StrCat("http://127.0.0.1:", gone.port());
  }
  WireUnderTest wire(url, "");
  EXPECT_EQ(SendFailureOf(Remove(wire).status()), SendFailure::kUnreachable);
  EXPECT_EQ(wire.Counts().sends, 0);
}

TEST(BodilessTest, GoesToTheNextAddressWhereOneRefuses) {
  ScriptedServer server;
  WireUnderTest wire({.base_url = absl::StrCat("http://webex.test:", server.port()),
                      .lookup = [](const std::string&) { return Addresses{"127.0.0.2", "127.0.0.1"}; }});
  EXPECT_TRUE(Remove(wire).ok());
  EXPECT_EQ(server.whole_requests(), 1);
  EXPECT_EQ(wire.Counts().sends, 1);
}

TEST(BodilessTest, IsNotSentWhereTheHandshakeFails) {
  ScriptedServer server(/*tls=*/true);
  server.BreakHandshakes();
  WireUnderTest wire(server, "https");
  EXPECT_EQ(SendFailureOf(Remove(wire).status()), SendFailure::kUnreachable);
  EXPECT_EQ(wire.Counts().sends, 0);
}

TEST(BodilessTest, IsNotSentWhereTheCertificateIsRefused) {
  ScriptedServer server(/*tls=*/true);
  const ScriptedServer other(/*tls=*/true);
  WireUnderTest wire(absl::StrCat("https://127.0.0.1:", server.port()), other.certificate_file());
  EXPECT_EQ(SendFailureOf(Remove(wire).status()), SendFailure::kCertificate);
  EXPECT_EQ(server.requests(), 0);
}

// A server that stays silent in the handshake.
class SilentHandshakeTest : public testing::Test {
 protected:
  SilentHandshakeTest() { server_.BreakOff(ScriptedServer::Point::kInHandshake, ScriptedServer::Stall); }

  void BeginAndAwaitTheHandshake() {
    wire_.Begin(WireUnderTest::Removal());
    server_.AwaitBreaks(1);
  }

  ScriptedServer server_{/*tls=*/true};
  WireUnderTest wire_{server_, "https"};
};

TEST_F(SilentHandshakeTest, EndsAtTheDeadlineUnsent) {
  wire_.deadline_ = absl::Seconds(2);
  BeginAndAwaitTheHandshake();
  wire_.Elapse(absl::Seconds(2));
  const absl::Status status = wire_.End().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kDeadline);
  EXPECT_EQ(status.message(), "no connection to Webex before the deadline");
  EXPECT_TRUE(LackedConnection(status));
}

TEST_F(SilentHandshakeTest, BlamesNobodyWhereTheTimeIsTooShortForAConnection) {
  wire_.deadline_ = absl::Milliseconds(900);
  BeginAndAwaitTheHandshake();
  wire_.Elapse(absl::Milliseconds(900));
  const absl::Status status = wire_.End().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kDeadline);
  EXPECT_FALSE(LackedConnection(status));
}

TEST_F(SilentHandshakeTest, EndsUnsentWhenTheCallerLeaves) {
  BeginAndAwaitTheHandshake();
  wire_.OnLoop([this] { wire_.stop_.request_stop(); });
  EXPECT_EQ(SendFailureOf(wire_.End().status()), SendFailure::kCancelled);
}

TEST_F(SilentHandshakeTest, EndsUnsentAtTheAttemptsLimit) {
  BeginAndAwaitTheHandshake();
  wire_.Elapse(absl::Seconds(30));
  EXPECT_EQ(SendFailureOf(wire_.End().status()), SendFailure::kUnreachable);
  EXPECT_EQ(wire_.Counts().sends, 0);
}

// As after a standstill, and at a start's first look at Webex, whose two limits are microseconds apart.
TEST_F(SilentHandshakeTest, EndsOnceWhereItsDeadlineAndItsLimitPassTogether) {
  wire_.deadline_ = absl::Seconds(2);
  BeginAndAwaitTheHandshake();
  wire_.Elapse(absl::Seconds(30));
  EXPECT_EQ(SendFailureOf(wire_.End().status()), SendFailure::kDeadline);
}

TEST_F(SilentHandshakeTest, EndsOnceWhereItsDeadlinePassesAndItsCallerLeavesTogether) {
  wire_.deadline_ = absl::Seconds(2);
  BeginAndAwaitTheHandshake();
  wire_.OnLoop([this] {
    wire_.clock_->Elapse(absl::Seconds(2));
    wire_.stop_.request_stop();
  });
  EXPECT_EQ(SendFailureOf(wire_.End().status()), SendFailure::kDeadline);
}

TEST(BodilessTest, RunsOnPastTheDeadlineAndTheCallerOnceItMayHaveLeft) {
  for (const bool tls : {false, true}) {
    ScriptedServer server(tls);
    WireUnderTest wire(server, tls ? "https" : "http");
    wire.deadline_ = absl::Seconds(2);
    std::promise<void> answer;
    server.Next([&](ScriptedConnection& connection, const std::string&) {
      answer.get_future().wait();
      return connection.Write(ScriptedServer::Ok("late"));
    });
    wire.Begin(WireUnderTest::Removal());
    server.AwaitWholeRequests(1);
    wire.Elapse(absl::Seconds(2));
    wire.OnLoop([&] {
      wire.stop_.request_stop();
      EXPECT_TRUE(wire.call_->in_flight);
    });
    answer.set_value();
    const absl::StatusOr<HttpAnswer> late = wire.End();
    ASSERT_TRUE(late.ok()) << late.status();
    EXPECT_EQ(late->body, "late");
  }
}

TEST(BodilessTest, MayHaveArrivedWhereNoAnswerComesInTime) {
  for (const bool tls : {false, true}) {
    ScriptedServer server(tls);
    WireUnderTest wire(server, tls ? "https" : "http");
    server.Next(ScriptedServer::Hang());
    wire.Begin(WireUnderTest::Removal());
    server.AwaitWholeRequests(1);
    wire.Elapse(absl::Seconds(30));
    EXPECT_EQ(SendFailureOf(wire.End().status()), SendFailure::kAnswerLost);
    EXPECT_EQ(wire.Counts().sends, 1);
  }
}

// There the library does not show its connection.
class ThroughProxyTest : public testing::Test {
 protected:
  ScriptedServer server_{/*tls=*/true};
  TunnelProxy proxy_{server_.port()};
  WireUnderTest wire_{WireOptions{.base_url = absl::StrCat("https://127.0.0.1:", server_.port()),
                                  .ca_file = server_.certificate_file(),
                                  .proxy = absl::StrCat("http://127.0.0.1:", proxy_.port())}};
};

TEST_F(ThroughProxyTest, ArrivesAndIsCounted) {
  const absl::StatusOr<HttpAnswer> answer = Remove(wire_);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(wire_.Counts().sends, 1);
}

TEST_F(ThroughProxyTest, MayHaveArrivedWhereItsAnswerIsLost) {
  server_.Next(ScriptedServer::AnswerAndClose(""));
  EXPECT_EQ(SendFailureOf(Remove(wire_).status()), SendFailure::kAnswerLost);
}

TEST_F(ThroughProxyTest, MayHaveArrivedWhereNoAnswerComesInTime) {
  wire_.deadline_ = absl::Seconds(2);
  server_.Next(ScriptedServer::Hang());
  wire_.Begin(WireUnderTest::Removal());
  server_.AwaitWholeRequests(1);
  wire_.Elapse(absl::Seconds(2));
  wire_.Elapse(absl::Seconds(28));
  EXPECT_EQ(SendFailureOf(wire_.End().status()), SendFailure::kAnswerLost);
}

TEST_F(ThroughProxyTest, IsNotSentWhereTheHandshakeFails) {
  server_.BreakHandshakes();
  EXPECT_EQ(SendFailureOf(Remove(wire_).status()), SendFailure::kUnreachable);
  EXPECT_EQ(wire_.Counts().sends, 0);
}

}  // namespace
}  // namespace webex_gateway
