// The wire: what it sends and returns, when it sends nothing, whom it trusts, and what it makes of connections that are
// none any more. hostile_server_test.cc holds what a server can do wrong within an exchange.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <future>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/http/cpprest/client.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/scripted_server.h"
#include "tests/server/testing/wire_under_test.h"

namespace webex_gateway {
namespace {

TEST(WireTest, ReturnsStatusHeadersAndBody) {
  ScriptedServer server;
  WireUnderTest wire(server);
  server.Next(ScriptedServer::Answer("HTTP/1.1 404 Not Found\r\nTrackingID: T\r\nContent-Length: 2\r\n\r\nno"));
  const absl::StatusOr<HttpAnswer> answer = wire.Post();
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(FindHeader(answer->headers, "trackingid"), "T");
  EXPECT_EQ(answer->body, "no");
}

TEST(WireTest, SendsTargetHeadersAndBodyAsTheyAre) {
  ScriptedServer server;
  WireUnderTest wire(absl::StrCat("http://127.0.0.1:", server.port(), "/v1"), "");
  std::string seen;
  server.Next([&seen](ScriptedConnection& connection, const std::string& headers) {
    seen = headers;
    connection.Write(ScriptedServer::Ok("{}"));
    return true;
  });
  ASSERT_TRUE(wire.Post().ok());
  EXPECT_THAT(seen, testing::StartsWith("POST /v1/orders HTTP/1.1\r\n"));
  EXPECT_THAT(seen, testing::HasSubstr("Content-Type:application/json\r\n"));
  EXPECT_THAT(seen, testing::HasSubstr("Content-Length:7\r\n"));
}

TEST(WireTest, EndsAtTheAttemptsLimitAlthoughTheServerHangs) {
  for (const bool reused : {false, true}) {
    ScriptedServer server;
    WireUnderTest wire(server);
    wire.deadline_ = absl::Seconds(10);
    if (reused) {
      ASSERT_TRUE(wire.Post().ok());
    }
    server.Next(ScriptedServer::Hang());
    wire.Begin(WireUnderTest::Order());
    server.AwaitWholeRequests(reused ? 2 : 1);
    wire.Elapse(absl::Seconds(20));  // the deadline passes: what has left runs on
    EXPECT_TRUE(wire.call_->in_flight);
    wire.Elapse(absl::Seconds(10));
    EXPECT_EQ(SendFailureOf(wire.End().status()), SendFailure::kAnswerLost);
    ASSERT_TRUE(wire.Post().ok());
    EXPECT_EQ(server.whole_requests(), reused ? 3 : 2) << "the library sent it again";
  }
}

// The library would send again, and its failure to connect would look like that of the first transmission.
TEST(WireTest, KeepsALostAnswerUnknownAlthoughTheServerIsGone) {
  auto server = std::make_unique<ScriptedServer>();
  WireUnderTest wire(*server);
  ASSERT_TRUE(wire.Post().ok());
  server->Next(ScriptedServer::Hang());
  wire.Begin(WireUnderTest::Order());
  server->AwaitWholeRequests(2);
  server.reset();  // its listener and connections go
  EXPECT_EQ(SendFailureOf(wire.End().status()), SendFailure::kAnswerLost);
}

TEST(WireTest, KeepsALostAnswerUnknownAlthoughTheNextHandshakeFails) {
  ScriptedServer server(/*tls=*/true);
  WireUnderTest wire(server, "https");
  ASSERT_TRUE(wire.Post().ok());
  server.BreakHandshakes();
  server.Next(ScriptedServer::AnswerAndClose(""));
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kAnswerLost);
  EXPECT_EQ(server.whole_requests(), 2);
}

// Each order is sent although the connection in the pool is none any more, and at no cost: neither unknown nor an
// attempt.
TEST(WireTest, NoticesThatAPooledConnectionIsStale) {
  for (const bool tls : {false, true}) {
    for (const bool stray_answer : {false, true}) {
      ScriptedServer server(tls);
      WireUnderTest wire(server, tls ? "https" : "http");
      ASSERT_TRUE(wire.Post().ok());
      std::promise<void> answered;
      server.Next([&](ScriptedConnection& connection, const std::string&) {
        const std::string stray = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
        connection.Write(ScriptedServer::Ok("x") + (stray_answer ? stray : ""));
        if (!stray_answer) connection.HalfClose();
        answered.set_value();
        return true;
      });
      ASSERT_TRUE(wire.Post().ok());
      answered.get_future().wait();
      const absl::StatusOr<HttpAnswer> answer = wire.Post();
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(answer->body, "{}");
      EXPECT_EQ(server.whole_requests(), 3);
    }
  }
}

// The library's own re-sending may be what finds a stale connection: by then the order has left.
TEST(WireTest, KeepsALostAnswerUnknownAlthoughTheNextConnectionIsStale) {
  ScriptedServer server;
  WireUnderTest wire(server);
  std::promise<void> answer_first, close_second, closed_second;
  server.Next([&](ScriptedConnection& connection, const std::string&) {
    answer_first.get_future().wait();
    connection.Write(ScriptedServer::Ok("first"));
    return true;
  });
  wire.Begin(WireUnderTest::Order());
  server.AwaitWholeRequests(1);
  server.Next([&](ScriptedConnection& connection, const std::string&) {
    connection.Write(ScriptedServer::Ok("second"));
    close_second.get_future().wait();
    connection.HalfClose();
    closed_second.set_value();
    return true;
  });
  ASSERT_THAT(wire.PostBeside(1), testing::ElementsAre("second"));
  answer_first.set_value();
  ASSERT_TRUE(wire.End().ok());  // its connection is the one that is taken next
  close_second.set_value();
  closed_second.get_future().wait();

  server.Next(ScriptedServer::AnswerAndClose(""));
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kAnswerLost);
  EXPECT_EQ(server.whole_requests(), 3);
}

// A wire that also begins one order, and on each turn of the loop another.
class RacingWire : public WireUnderTest {
 public:
  using WireUnderTest::WireUnderTest;

  // Until the first has ended, at most `others`. What the others got.
  std::vector<std::string> PostWhileTheFirstRuns(int others) {
    Race race;
    const std::function<void()> begin_more = [&] {
      if (race.first_over || static_cast<int>(race.calls.size()) > others) return;
      ++race.open;
      Spawn(TheLoop(), TakePart(race, /*first=*/false));
      boost::asio::post(TheLoop(), begin_more);
    };
    OnLoop([&] {
      ++race.open;
      Spawn(TheLoop(), TakePart(race, /*first=*/true));
      boost::asio::post(TheLoop(), begin_more);
    });
    race.over.get_future().wait();
    OnLoop([] {});  // whatever was posted last
    return race.bodies;
  }

 private:
  struct Race {
    std::deque<Call> calls;
    std::vector<std::string> bodies;
    bool first_over = false;
    int open = 0;
    std::promise<void> over;
  };

  Async<void> TakePart(Race& race, bool first) {
    Call& call = race.calls.emplace_back();
    call.deadline = Later(clock_->Now(), absl::Minutes(1));
    const absl::StatusOr<HttpAnswer> answer = co_await wire_->Send(Order(), call);
    if (first) race.first_over = true;
    if (!first) race.bodies.push_back(answer.ok() ? answer->body : std::string(answer.status().message()));
    if (--race.open == 0 && race.first_over) race.over.set_value();
  }
};

// Orders begin on every turn of the loop while one of them gets an interim answer and then the final one.
TEST(WireTest, GivesAnInterimAnswersSequelToNobody) {
  for (int round = 0; round < 10; ++round) {
    ScriptedServer server;
    RacingWire wire(server);
    ASSERT_TRUE(wire.Post().ok());
    server.Next(ScriptedServer::Answer("HTTP/1.1 103 Early Hints\r\n\r\n" + ScriptedServer::Ok("first")));
    EXPECT_THAT(wire.PostWhileTheFirstRuns(12), testing::Each(testing::Ne("first")));
  }
}

TEST(WireTest, SendsNothingForACallerWhoHasGone) {
  ScriptedServer server;
  WireUnderTest wire(server);
  wire.stop_.request_stop();
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kCancelled);
  EXPECT_EQ(server.connections(), 0);
}

TEST(WireTest, SendsNothingAfterTheDeadline) {
  ScriptedServer server;
  WireUnderTest wire(server);
  wire.deadline_ = absl::ZeroDuration();
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kDeadline);
  EXPECT_EQ(server.connections(), 0);
}

TEST(WireTest, SaysThatARefusedConnectionSentNothing) {
  std::string url;
  {
    const ScriptedServer gone;
    url = absl::StrCat("http://127.0.0.1:", gone.port());
  }
  WireUnderTest wire(url, "");
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kUnreachable);
}

TEST(WireTest, TrustsACertificateOfTheGivenAuthority) {
  ScriptedServer server(/*tls=*/true);
  WireUnderTest wire(server, "https");
  const absl::StatusOr<HttpAnswer> answer = wire.Post();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
}

TEST(WireTest, RefusesACertificateOfAnotherAuthority) {
  ScriptedServer server(/*tls=*/true);
  const ScriptedServer other(/*tls=*/true);
  WireUnderTest wire(absl::StrCat("https://127.0.0.1:", server.port()), other.certificate_file());
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kCertificate);
  EXPECT_EQ(server.requests(), 0);
}

TEST(WireTest, RefusesACertificateForAnotherHost) {
  ScriptedServer server(/*tls=*/true, "webexapis.com");
  WireUnderTest wire(server, "https");
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kCertificate);
  EXPECT_EQ(server.requests(), 0);
}

TEST(WireTest, NeedsCertificatesThatCanBeRead) {
  FakeClock clock(TheLoop());
  const auto wire = CreateCpprestClient(clock, {.base_url = "https://127.0.0.1", .ca_file = "/nonexistent"});
  EXPECT_EQ(wire.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace webex_gateway
