// The connections of the wire: to which address, under whose name, for how long, how much through them.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/server/testing/tunnel_proxy.h"
#include "tests/server/testing/wire_under_test.h"

namespace webex_gateway {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kHost[] = "webex.test";

const Loop& kStartedBeforeAnyTest = TheLoop();

BlockingLookup FoundAt(Addresses addresses) {
  return [addresses](const std::string&) { return addresses; };
}

WireOptions OptionsFor(const ScriptedServer& server, const std::string& scheme, Addresses addresses = {"127.0.0.1"}) {
  return {.base_url = absl::StrCat(scheme, "://", kHost, ":", server.port(), "/v1"),
          .max_answer_bytes = 1000,
          .ca_file = server.certificate_file(),
          .lookup = FoundAt(std::move(addresses))};
}

// Its connections last, however long they are silent.
WireOptions LastingFor(const ScriptedServer& server, const std::string& scheme) {
  WireOptions options = OptionsFor(server, scheme);
  options.idle_life = absl::Hours(1);
  return options;
}

// What the server saw of one exchange.
struct Seen {
  std::string headers;
  std::string server_name;
  bool resumed = false;
};

ScriptedServer::Action Note(Seen& seen) {
  return [&seen](ScriptedConnection& connection, const std::string& headers) {
    seen = {headers, connection.server_name(), connection.resumed()};
    connection.Write(ScriptedServer::Ok("{}"));
    return true;
  };
}

// Takes connections and says nothing.
class SilentListener {
 public:
  SilentListener(const char* ip, int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, ip, &address.sin_addr);
    const bool bound = bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    EXPECT_TRUE(bound && listen(socket_, 8) == 0) << ip << ":" << port;
  }
  ~SilentListener() {
    if (accepted_ >= 0) close(accepted_);
    close(socket_);
  }

  // Returns once there is a connection, and keeps it.
  void AcceptOne() { accepted_ = accept(socket_, nullptr, nullptr); }

 private:
  const int socket_;
  int accepted_ = -1;
};

// ---- Names and addresses

TEST(ConnectionTest, GoesToTheAddressUnderTheHostsName) {
  ScriptedServer server(/*tls=*/true, kHost);
  WireUnderTest wire(OptionsFor(server, "https"));
  Seen seen;
  server.Next(Note(seen));
  const absl::StatusOr<HttpAnswer> answer = wire.Post();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(seen.server_name, kHost);
  EXPECT_THAT(seen.headers, AllOf(testing::StartsWith("POST /v1/orders HTTP/1.1\r\n"),
                                  HasSubstr(absl::StrCat("Host:", kHost, ":", server.port(), "\r\n"))));
}

TEST(ConnectionTest, AsksForNoNameWhereTheHostIsAnAddress) {
  ScriptedServer server(/*tls=*/true);
  WireUnderTest wire(server, "https");
  Seen seen{.server_name = "?"};
  server.Next(Note(seen));
  ASSERT_TRUE(wire.Post().ok());
  EXPECT_EQ(seen.server_name, "");
}

TEST(ConnectionTest, TriesTheNextAddressWhereOneRefusesAndThenLeavesThatOneAloneForHalfAMinute) {
  for (const char* scheme : {"http", "https"}) {
    ScriptedServer server(scheme == std::string("https"), kHost);
    WireUnderTest wire(OptionsFor(server, scheme, {"127.0.0.2", "127.0.0.3", "127.0.0.1"}));
    ASSERT_TRUE(wire.Post().ok());
    const SilentListener back("127.0.0.2", server.port());  // it would hang there now
    ASSERT_TRUE(wire.Post().ok());
    wire.Elapse(absl::Seconds(29));
    ASSERT_TRUE(wire.Post().ok());
    EXPECT_EQ(server.whole_requests(), 3);
    EXPECT_EQ(wire.Counts().sends, 3);
  }
}

TEST(ConnectionTest, TriesTheNextAddressWhereOneGivesNoConnectionInTime) {
  ScriptedServer server(/*tls=*/true, kHost);
  SilentListener silent("127.0.0.2", server.port());
  WireUnderTest wire(OptionsFor(server, "https", {"127.0.0.2", "127.0.0.1"}));
  wire.Begin(WireUnderTest::Order());
  silent.AcceptOne();
  wire.Elapse(absl::Seconds(5));
  const absl::StatusOr<HttpAnswer> answer = wire.End();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(server.whole_requests(), 1);
}

TEST(ConnectionTest, LeavesTimeForTheNextAddressWhereTheDeadlineIsNear) {
  ScriptedServer server(/*tls=*/true, kHost);
  SilentListener silent("127.0.0.2", server.port());
  WireUnderTest wire(OptionsFor(server, "https", {"127.0.0.2", "127.0.0.1"}));
  wire.deadline_ = absl::Seconds(3);
  wire.Begin(WireUnderTest::Order());
  silent.AcceptOne();
  wire.Elapse(absl::Milliseconds(1500));
  const absl::StatusOr<HttpAnswer> answer = wire.End();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(wire.Post().ok());  // and goes to the good one at once
  EXPECT_EQ(server.whole_requests(), 2);
}

TEST(ConnectionTest, SaysThatNothingWasSentWhereAllAddressesRefuse) {
  ScriptedServer server;
  WireUnderTest wire(OptionsFor(server, "http", {"127.0.0.2", "127.0.0.3"}));
  const absl::Status status = wire.Post().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kUnreachable) << status;
  EXPECT_EQ(wire.Counts().sends, 0);
}

TEST(ConnectionTest, DoesNotTryAnotherAddressForAnOrderThatHasLeft) {
  ScriptedServer server;
  WireUnderTest wire(OptionsFor(server, "http", {"127.0.0.1", "127.0.0.2"}));
  server.Next(ScriptedServer::AnswerAndClose(""));
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kAnswerLost);
  EXPECT_EQ(server.whole_requests(), 1);
}

TEST(ConnectionTest, SaysWhatTheNameLookupSays) {
  ScriptedServer server;
  WireOptions options = OptionsFor(server, "http");
  options.lookup = [](const std::string& host) -> absl::StatusOr<Addresses> {
    return absl::UnavailableError(absl::StrCat("no address of ", host, ": for the test"));
  };
  WireUnderTest wire(options);
  const absl::Status status = wire.Post().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kUnreachable);
  EXPECT_EQ(status.message(), "no address of webex.test: for the test");
}

TEST(ConnectionTest, KeepsToTheDeadlineAndToTheAttemptsLimitWhileTheNameLookupHangs) {
  const std::pair<absl::Duration, SendFailure> limits[] = {{absl::Seconds(2), SendFailure::kDeadline},
                                                           {absl::Minutes(2), SendFailure::kUnreachable}};
  for (const auto& [deadline, failure] : limits) {
    ScriptedServer server;
    std::promise<void> begun;
    std::promise<void> end;
    WireOptions options = OptionsFor(server, "http");
    options.lookup = [&begun, ended = end.get_future().share()](const std::string&) -> absl::StatusOr<Addresses> {
      begun.set_value();
      ended.wait();
      return Addresses{"127.0.0.1"};
    };
    WireUnderTest wire(options);
    wire.deadline_ = deadline;
    wire.Begin(WireUnderTest::Order());
    begun.get_future().wait();
    wire.Elapse(std::min(deadline, absl::Seconds(30)));
    const absl::Status status = wire.End().status();
    EXPECT_EQ(SendFailureOf(status), failure);
    EXPECT_EQ(LackedConnection(status), failure == SendFailure::kDeadline);
    EXPECT_EQ(server.connections(), 0);
    end.set_value();
  }
}

// ---- Use again

// The library knows "close" only where it stands alone; and it takes the rest of trailers for the next answer.
TEST(ConnectionTest, UsesNoConnectionAgainThatEndsOrMayHoldMoreOfTheAnswer) {
  for (const char* header : {"Connection: close, TE\r\n", "Connection: TE , CLOSE\r\n", "Trailer: X-Sum\r\n"}) {
    for (const char* scheme : {"http", "https"}) {
      ScriptedServer server(scheme == std::string("https"), kHost);
      WireUnderTest wire(OptionsFor(server, scheme));
      server.Next(ScriptedServer::Answer(absl::StrCat("HTTP/1.1 200 OK\r\n", header, "Content-Length: 2\r\n\r\n{}")));
      ASSERT_TRUE(wire.Post().ok());
      ASSERT_TRUE(wire.Post().ok());
      EXPECT_EQ(server.connections(), 2) << header << scheme;
      ASSERT_TRUE(wire.Post().ok());
      EXPECT_EQ(server.connections(), 2) << header << scheme;
    }
  }
}

// ---- TLS

TEST(ConnectionTest, TakesUpTheTlsSessionOfAnEarlierConnection) {
  ScriptedServer server(/*tls=*/true, kHost);
  WireUnderTest wire(OptionsFor(server, "https"));
  Seen first;
  Seen second;
  server.Next([&first](ScriptedConnection& connection, const std::string& headers) {
    Note(first)(connection, headers);
    return false;  // the next order needs a new connection
  });
  server.Next(Note(second));
  ASSERT_TRUE(wire.Post().ok());
  ASSERT_TRUE(wire.Post().ok());
  EXPECT_EQ(server.connections(), 2);
  EXPECT_FALSE(first.resumed);
  EXPECT_TRUE(second.resumed);
}

// In TLS 1.3 the order is out before the server says so; but no server looks at an order before the handshake is over.
TEST(ConnectionTest, KnowsThatAServerWhichDemandsACertificateHasReadNoOrder) {
  ScriptedServer server(/*tls=*/true);
  server.DemandCertificates(TLS1_3_VERSION);
  WireUnderTest wire(server, "https");
  const absl::Status status = wire.Post().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kCertificate) << status;
  EXPECT_EQ(std::string(status.message()), "it requires a client certificate, and the gateway has none");
  EXPECT_FALSE(wire.call_->in_flight);
  EXPECT_EQ(server.requests(), 0);
}

TEST(ConnectionTest, SendsNothingToAServerWhichDemandsACertificateInTls12) {
  ScriptedServer server(/*tls=*/true);
  server.DemandCertificates(TLS1_2_VERSION);
  WireUnderTest wire(server, "https");
  const absl::Status status = wire.Post().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kUnreachable) << status;
  EXPECT_EQ(std::string(status.message()), "the TLS handshake failed: sslv3 alert handshake failure");
}

TEST(ConnectionTest, SaysPlainlyThatThereWasNoneAndWhatTheLibrarySaidBesides) {
  const int port = ScriptedServer().port();  // nobody listens there any more
  WireUnderTest wire(absl::StrCat("http://127.0.0.1:", port), "");
  const absl::Status status = wire.Post().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kUnreachable);
  EXPECT_EQ(status.message(), "no connection could be opened");
  EXPECT_THAT(CauseOf(status), HasSubstr("Failed to connect"));
}

TEST(ConnectionTest, KnowsAHostByItsNameAlsoWhereTheUrlEndsThatWithAFullStop) {
  ScriptedServer server(/*tls=*/true, kHost);
  WireOptions options = OptionsFor(server, "https");
  options.base_url = absl::StrCat("https://", kHost, ".:", server.port());
  WireUnderTest wire(options);
  std::string name;
  server.Next([&name](ScriptedConnection& connection, const std::string&) {
    name = connection.server_name();
    return connection.Write(ScriptedServer::Ok("{}"));
  });
  EXPECT_TRUE(wire.Post().ok());
  EXPECT_EQ(name, kHost);
}

TEST(ConnectionTest, SaysWhichCertificateWasRefusedAndWhy) {
  ScriptedServer server(/*tls=*/true, "another.test");
  WireUnderTest other_name(OptionsFor(server, "https"));
  absl::Status status = other_name.Post().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kCertificate);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("ostname mismatch"), HasSubstr("certificate /CN=test")));

  const ScriptedServer other(/*tls=*/true, kHost);
  WireOptions options = OptionsFor(server, "https");
  options.ca_file = other.certificate_file();
  WireUnderTest other_authority(options);
  status = other_authority.Post().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kCertificate);
  EXPECT_THAT(std::string(status.message()), HasSubstr("self-signed certificate"));
}

// ---- How long, how much

TEST(ConnectionTest, IsNotUsedAgainAfterASilenceLongerThanItsIdleLife) {
  for (const char* scheme : {"http", "https"}) {
    ScriptedServer server(scheme == std::string("https"), kHost);
    WireOptions options = OptionsFor(server, scheme);
    options.idle_life = -absl::Milliseconds(1);  // however short the silence was
    WireUnderTest wire(options);
    ASSERT_TRUE(wire.Post().ok());
    ASSERT_TRUE(wire.Post().ok());
    EXPECT_EQ(server.connections(), 2);
    EXPECT_EQ(wire.Counts().stale, 1);
    EXPECT_EQ(wire.Counts().sends, 2);
  }
}

TEST(ConnectionTest, IsUsedAgainWithinItsIdleLife) {
  for (const char* scheme : {"http", "https"}) {
    ScriptedServer server(scheme == std::string("https"), kHost);
    WireUnderTest wire(LastingFor(server, scheme));
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(wire.Post().ok());
    EXPECT_LE(server.connections(), 2) << "the library gives one back a little late";
    EXPECT_EQ(wire.Counts().stale, 0);
  }
}

TEST(ConnectionTest, CarriesALaterOrderInOneSegment) {
  for (const char* scheme : {"http", "https"}) {
    std::map<const ScriptedConnection*, int64_t> before;  // for the server's threads, which end with it
    std::atomic<int> later_ones = 0;
    ScriptedServer server(scheme == std::string("https"), kHost);
    WireUnderTest wire(LastingFor(server, scheme));
    for (int i = 0; i < 5; ++i) {
      server.Next([&](ScriptedConnection& connection, const std::string& /*headers*/) {
        const int64_t segments = connection.segments();
        if (before.contains(&connection)) {
          EXPECT_EQ(segments - before[&connection], 1) << scheme;
          ++later_ones;
        }
        before[&connection] = segments;
        return connection.Write(ScriptedServer::Ok("{}"));
      });
      ASSERT_TRUE(wire.Post().ok());
    }
    EXPECT_GE(later_ones, 3) << "the library gives one back a little late";
  }
}

// Never more than the limit and what comes in between two looks is held, although the library would take it all.
void ExpectGivenUpForItsLength(ScriptedServer& server, WireUnderTest& wire) {
  int expected = 0;
  for (const char* beginning : {"Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n", "X-Endless: "}) {
    server.Next([beginning](ScriptedConnection& connection, const std::string&) {
      connection.Write(absl::StrCat("HTTP/1.1 200 OK\r\n", beginning));
      while (connection.Write(std::string(16 << 10, 'x'))) {
      }
      return false;
    });
    wire.Begin(WireUnderTest::Order());
    wire.AwaitLeft();
    auto result = wire.result_.get_future();
    while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready) wire.Elapse(absl::Milliseconds(10));
    const absl::Status status = result.get().status();
    EXPECT_EQ(SendFailureOf(status), SendFailure::kAnswerLost);
    EXPECT_EQ(status.message(), "the answer is longer than allowed");
    EXPECT_EQ(wire.Counts().too_long, ++expected);
    ASSERT_TRUE(wire.Post().ok());
  }
}

// While the server takes nothing of a request, the kernel may leave out that something arrived.
TEST(ConnectionTest, IsGivenUpWithinASecondWhereMoreComesBeforeTheRequestIsAcknowledged) {
  ScriptedServer server;
  server.BufferOnly(2 << 10);
  std::promise<void> written;
  server.BreakOff(ScriptedServer::Point::kInBody, [&written](ScriptedConnection& connection) {
    connection.Write(absl::StrCat("HTTP/1.1 200 OK\r\nX-Endless: ", std::string(200 << 10, 'x')));
    written.set_value();
    connection.Stall();
  });
  WireUnderTest wire(server);
  HttpRequest order = WireUnderTest::Order();
  order.body = std::string(1800 << 10, ' ');  // nearly fills the buffer that the kernel has for loopback
  wire.Begin(order);
  written.get_future().wait();
  for (int turn = 0; turn < 1000; ++turn) wire.OnLoop([] {});  // in which the library reads it
  for (int looks = 0; looks < 100; ++looks) wire.Elapse(absl::Milliseconds(10));
  EXPECT_EQ(wire.Counts().too_long, 1);
  wire.Elapse(absl::Minutes(1));
  EXPECT_EQ(wire.End().status().message(), "the answer is longer than allowed");
}

TEST(ConnectionTest, IsGivenUpWhereMoreComesThanAnAnswerMayHave) {
  for (const char* scheme : {"http", "https"}) {
    ScriptedServer server(scheme == std::string("https"), kHost);
    WireOptions options = OptionsFor(server, scheme);
    options.attempt_timeout = absl::Hours(1);
    WireUnderTest wire(options);
    ExpectGivenUpForItsLength(server, wire);
  }
}

TEST(ConnectionTest, IsGivenUpWhereMoreComesThanAnAnswerMayHaveAlsoAmongManyThatAreSilent) {
  constexpr int kAtOnce = 50;  // the server's queue of connections has room for these
  constexpr int kSilent = 3 * kAtOnce;
  ScriptedServer server;
  WireOptions options = OptionsFor(server, "http");
  options.attempt_timeout = absl::Hours(1);
  WireUnderTest wire(options);
  std::atomic<bool> answers = false;
  for (int i = 0; i < kSilent; ++i) {
    server.Next([&answers](ScriptedConnection& connection, const std::string& /*headers*/) {
      answers.wait(false);
      return connection.Write(ScriptedServer::Ok("{}"));
    });
  }
  std::vector<std::future<std::vector<std::string>>> silent;
  for (int begun = kAtOnce; begun <= kSilent; begun += kAtOnce) {
    silent.push_back(std::async(std::launch::async, [&wire] { return wire.PostBeside(kAtOnce); }));
    server.AwaitWholeRequests(begun);
  }
  ExpectGivenUpForItsLength(server, wire);
  answers = true;
  answers.notify_all();
  for (auto& bodies : silent) EXPECT_THAT(bodies.get(), testing::Each("{}"));
}

// ---- The library's own re-sending

TEST(ConnectionTest, IsTheOnlyOneOnWhichARequestLeaves) {
  ScriptedServer server;
  WireUnderTest wire(server);
  ASSERT_TRUE(wire.Post().ok());
  server.Next(ScriptedServer::AnswerAndClose(""));
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kAnswerLost);
  EXPECT_EQ(server.requests(), 2) << "not even the headers go out again";
  EXPECT_EQ(wire.Counts().vetoed_resends, 1);
  EXPECT_EQ(wire.Counts().sends, 2);
}

TEST(ConnectionTest, IsTheOnlyOneOnWhichARequestWithoutABodyLeaves) {
  ScriptedServer server;
  WireUnderTest wire(server);
  ASSERT_TRUE(wire.Post().ok());
  server.Next(ScriptedServer::AnswerAndClose(""));
  wire.Begin(WireUnderTest::Removal());
  EXPECT_EQ(SendFailureOf(wire.End().status()), SendFailure::kAnswerLost);
  EXPECT_EQ(server.requests(), 2);
  EXPECT_EQ(wire.Counts().vetoed_resends, 1);
}

// ---- Through a proxy

WireOptions OptionsThrough(const TunnelProxy& proxy, const ScriptedServer& server) {
  WireOptions options = OptionsFor(server, "https");
  options.base_url = absl::StrCat("https://", kHost, "/v1");
  options.proxy = absl::StrCat("http://proxy.test:", proxy.port());
  options.lookup = [](const std::string& host) -> absl::StatusOr<Addresses> {
    if (host == "proxy.test") return Addresses{"127.0.0.1"};
    return absl::UnavailableError("the proxy looks that up");
  };
  return options;
}

TEST(ConnectionTest, IsATunnelThroughTheProxyForEachRequest) {
  ScriptedServer server(/*tls=*/true, kHost);
  TunnelProxy proxy(server.port());
  WireUnderTest wire(OptionsThrough(proxy, server));
  Seen first;
  Seen second;
  server.Next(Note(first));
  server.Next(Note(second));
  for (int i = 0; i < 2; ++i) {
    const absl::StatusOr<HttpAnswer> answer = wire.Post();
    ASSERT_TRUE(answer.ok()) << answer.status();
  }
  EXPECT_THAT(proxy.requests(), ElementsAre("CONNECT webex.test:443 HTTP/1.1", "CONNECT webex.test:443 HTTP/1.1"));
  EXPECT_EQ(first.server_name, kHost);
  EXPECT_THAT(first.headers, HasSubstr("Host:webex.test\r\n"));
  EXPECT_TRUE(second.resumed);
  EXPECT_EQ(wire.Counts().sends, 2);
}

TEST(ConnectionTest, ThroughAProxyIsGivenUpWhereMoreComesThanAnAnswerMayHave) {
  ScriptedServer server(/*tls=*/true, kHost);
  TunnelProxy proxy(server.port());
  WireOptions options = OptionsThrough(proxy, server);
  options.attempt_timeout = absl::Hours(1);
  WireUnderTest wire(options);
  ExpectGivenUpForItsLength(server, wire);
}

TEST(ConnectionTest, ThroughAProxyLosesNoOrderTwice) {
  ScriptedServer server(/*tls=*/true, kHost);
  TunnelProxy proxy(server.port());
  WireUnderTest wire(OptionsThrough(proxy, server));
  ASSERT_TRUE(wire.Post().ok());
  server.Next(ScriptedServer::AnswerAndClose(""));
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kAnswerLost);
  EXPECT_EQ(server.requests(), 2);
  ASSERT_TRUE(wire.Post().ok());
}

TEST(ConnectionTest, ThroughAProxyIsCheckedForTheHostsCertificate) {
  ScriptedServer server(/*tls=*/true, "another.test");
  TunnelProxy proxy(server.port());
  WireUnderTest wire(OptionsThrough(proxy, server));
  EXPECT_EQ(SendFailureOf(wire.Post().status()), SendFailure::kCertificate);
  EXPECT_EQ(server.requests(), 0);
}

TEST(ConnectionTest, IsNoneWhereTheProxyRefuses) {
  ScriptedServer server(/*tls=*/true, kHost);
  TunnelProxy proxy(server.port(), "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  WireUnderTest wire(OptionsThrough(proxy, server));
  const absl::Status status = wire.Post().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kUnreachable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("403"));
  EXPECT_EQ(server.connections(), 0);
}

TEST(ConnectionTest, KeepsToTheDeadlineWhileTheProxyHangs) {
  ScriptedServer server(/*tls=*/true, kHost);
  TunnelProxy proxy(server.port(), "hang");
  WireUnderTest wire(OptionsThrough(proxy, server));
  wire.deadline_ = absl::Seconds(2);
  wire.Begin(WireUnderTest::Order());
  while (proxy.requests().empty()) std::this_thread::yield();
  wire.Elapse(absl::Seconds(2));
  const absl::Status status = wire.End().status();
  EXPECT_EQ(SendFailureOf(status), SendFailure::kDeadline);
  EXPECT_TRUE(LackedConnection(status));
}

}  // namespace
}  // namespace webex_gateway
