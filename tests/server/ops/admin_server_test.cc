// The admin port over real sockets.

#include "server/ops/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/sandbox/raw_client.h"
#include "tests/server/testing/loop_thread.h"

namespace webex_gateway {
namespace {

using sandbox::RawClient;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

Async<AdminAnswer> Ok() { co_return AdminAnswer{.body = "ok\n"}; }

std::string Request(absl::string_view line) { return absl::StrCat(line, " HTTP/1.1\r\nHost: localhost\r\n\r\n"); }

class AdminServerTest : public testing::Test {
 protected:
  void Start(AdminOptions options = {}, std::map<std::string, AdminPage> pages = {{"/page", Ok}}) {
    options.listen = "127.0.0.1:0";
    auto server = StartAdminServer(thread_.loop(), options, std::move(pages));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // Everything that the server says to these bytes, up to the end of the connection.
  std::string Exchange(absl::string_view bytes) {
    RawClient client(server_->port());
    client.Send(bytes);
    std::string answer = client.ReadAll();
    EXPECT_EQ(client.how_it_ended(), "fin");
    return answer;
  }

  LoopThread thread_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, AnswersWithThePageAndEndsTheConnection) {
  const auto page = []() -> Async<AdminAnswer> {
    co_return AdminAnswer{.status = 503, .content_type = "application/json", .body = "{}\n"};
  };
  Start({}, {{"/page", page}});
  const std::string answer = Exchange(Request("GET /page"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 3\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n{}\n"));
}

TEST_F(AdminServerTest, SendsThePagesHeadersToo) {
  const auto page = []() -> Async<AdminAnswer> {
    AdminAnswer answer;
    answer.headers.emplace_back("Content-Security-Policy", "default-src 'none'");
    co_return answer;
  };
  Start({}, {{"/page", page}});
  const std::string answer = Exchange(Request("GET /page"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Security-Policy: default-src 'none'\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nCache-Control: no-store\r\n"));
}

TEST_F(AdminServerTest, MakesPagesOnTheLoop) {
  const std::thread::id loop = thread_.id();
  const auto page = [loop]() -> Async<AdminAnswer> {
    return [](bool on_loop) -> Async<AdminAnswer> {
      co_return AdminAnswer{.body = on_loop ? "loop" : "elsewhere"};
    }(std::this_thread::get_id() == loop);
  };
  Start({}, {{"/page", page}});
  EXPECT_THAT(Exchange(Request("GET /page")), EndsWith("\r\n\r\nloop"));
}

TEST_F(AdminServerTest, LooksAtThePathAlone) {
  Start();
  EXPECT_THAT(Exchange(Request("GET /page?a=b")), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(AdminServerTest, AnswersHeadWithoutThePage) {
  Start();
  const std::string answer = Exchange(Request("HEAD /page"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 3\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(AdminServerTest, SaysWhichPagesThereAre) {
  Start({}, {{"/a", Ok}, {"/b", Ok}});
  for (const char* path : {"/", "/page/", "/..", "*", "http://gateway/c"}) {
    const std::string answer = Exchange(Request(absl::StrCat("GET ", path)));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 Not Found\r\n")) << path;
    EXPECT_THAT(answer, EndsWith("\r\n\r\nthere is /a /b\n")) << path;
  }
}

TEST_F(AdminServerTest, ChangesNothing) {
  Start();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    const std::string answer =
        Exchange(absl::StrCat(method, " /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n")) << method;
  }
}

TEST_F(AdminServerTest, RefusesWhatIsNotHttp) {
  Start();
  for (const char* bytes : {"\x16\x03\x01\x02 hello\r\n\r\n", "GET\r\n\r\n", "GET /page HTTP/9.9\r\n\r\n"}) {
    EXPECT_THAT(Exchange(bytes), StartsWith("HTTP/1.1 400 Bad Request\r\n")) << bytes;
  }
}

TEST_F(AdminServerTest, RefusesARequestThatIsTooLong) {
  Start();
  const std::string longest(16 << 10, 'a');
  EXPECT_THAT(Exchange(absl::StrCat("GET /", longest)), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Exchange(absl::StrCat("GET /page HTTP/1.1\r\nX: ", longest, "\r\n\r\n")), StartsWith("HTTP/1.1 431 "));
}

TEST_F(AdminServerTest, DoesNotWaitForAClientThatDoesNotFinishItsRequest) {
  Start({.io_time = absl::Milliseconds(50)});
  EXPECT_EQ(Exchange("GET /page HTTP/1.1\r\nX: "), "");
  EXPECT_EQ(Exchange(""), "");
  EXPECT_THAT(Exchange(Request("GET /page")), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(AdminServerTest, DoesNotWaitForAClientThatDoesNotTakeItsAnswer) {
  const auto page = []() -> Async<AdminAnswer> {
    AdminAnswer answer;
    answer.body.assign(64 << 20, 'x');  // more than the sockets' buffers hold
    co_return answer;
  };
  Start({.io_time = absl::Milliseconds(50)}, {{"/large", page}});
  RawClient idle(server_->port());
  idle.Send(Request("GET /large"));
  EXPECT_THAT(idle.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  while (idle.IsTaken("x")) std::this_thread::yield();
}

TEST_F(AdminServerTest, ServesManyClients) {
  Start({.max_connections = 100});
  std::list<RawClient> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(server_->port()).Send(Request("GET /page"));
  for (RawClient& client : clients) EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(AdminServerTest, EndsTheOldestConnectionWhereThereIsNoRoomForAnother) {
  Start({.max_connections = 2, .io_time = absl::Hours(1), .linger = absl::Hours(1)});
  RawClient oldest(server_->port());
  RawClient half(server_->port());
  half.Send("GET /pa");
  EXPECT_THAT(Exchange(Request("GET /page")), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(oldest.ReadAll(), "");
  half.Send("ge HTTP/1.1\r\n\r\n");
  EXPECT_THAT(half.ReadAll(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

// One at a time they would take twenty seconds; kubelet waits one for a probe.
TEST_F(AdminServerTest, AnswersBehindThousandsOfConnectionsThatAskNothing) {
  Start({.accept_every = absl::Milliseconds(10)});
  for (int i = 0; i < 2000; ++i) RawClient(server_->port());
  const absl::Time begun = absl::Now();
  EXPECT_THAT(Exchange(Request("GET /page")), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_LT(absl::Now() - begun, absl::Seconds(5));
}

TEST_F(AdminServerTest, EndsThoseThatAskNothingBeforeThoseThatWaitForTheirAnswer) {
  Event made;
  std::promise<void> begun;
  // The server keeps the closure. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  const auto slow = [&]() -> Async<AdminAnswer> {
    begun.set_value();
    co_await made.Wait();
    co_return AdminAnswer{.body = "slow\n"};
  };
  Start({.max_connections = 2, .io_time = absl::Hours(1), .loop_time = absl::Hours(1), .linger = absl::Hours(1)},
        {{"/slow", slow}, {"/page", Ok}});
  RawClient waits(server_->port());
  waits.Send(Request("GET /slow"));
  begun.get_future().wait();
  RawClient silent(server_->port());
  RawClient asks(server_->port());
  asks.Send(Request("GET /page"));
  EXPECT_THAT(asks.ReadUntil("ok\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(silent.ReadAll(), "");
  EXPECT_THAT(Exchange(Request("GET /page")), StartsWith("HTTP/1.1 200 OK\r\n"));  // where the last one lingered
  thread_.Run([&made] { made.Set(); });
  EXPECT_THAT(waits.ReadUntil("slow\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

// A page from elsewhere whose name is made to mean this machine (DNS rebinding) sends that name.
TEST_F(AdminServerTest, AnswersToAddressesLocalhostAndItsOwnNamesAlone) {
  Start({.names = {"gateway.example.com"}});
  const auto ask = [this](absl::string_view host) {
    return Exchange(absl::StrCat("GET /page HTTP/1.1\r\nHost: ", host, "\r\n\r\n"));
  };
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:9464", "10.1.2.3:9464", "[::1]", "[fd00::1]:9464", "localhost", "LocalHost:1",
        "localhost.:9464", "gateway.example.com", "Gateway.Example.com:9464", "gateway.example.com.", ""}) {
    EXPECT_THAT(ask(host), StartsWith("HTTP/1.1 200 OK\r\n")) << host;
  }
  for (const char* host :
       {"gateway", "example.com", "evil.gateway.example.com", "gateway.example.com.evil.net", "localhost.evil.net",
        "127.0.0.1.evil.net", "127.0.0.1@evil.net", "[::1", "[::1]evil.net", "[gateway.example.com]", "::1", ":9464"}) {
    const std::string answer = ask(host);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 421 Misdirected Request\r\n")) << host;
    EXPECT_THAT(answer, HasSubstr("--admin_names")) << host;
  }
  EXPECT_THAT(Exchange("GET /page HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));  // no browser omits it
  EXPECT_THAT(Exchange("GET /page HTTP/1.1\r\nHost: localhost\r\nHost: evil.net\r\n\r\n"), StartsWith("HTTP/1.1 421 "));
}

TEST_F(AdminServerTest, MakesAPageOnceForAllWhoWaitForIt) {
  std::atomic<int> made = 0;
  // The server keeps the closure. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  const auto page = [&]() -> Async<AdminAnswer> {
    ++made;
    co_return AdminAnswer{.body = "ok\n"};
  };
  Start({.loop_time = absl::Minutes(1), .make_every = absl::Seconds(1)}, {{"/page", page}});
  EXPECT_THAT(Exchange(Request("GET /page")), EndsWith("ok\n"));
  std::list<RawClient> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(server_->port()).Send(Request("GET /page"));
  for (RawClient& client : clients) EXPECT_THAT(client.ReadAll(), EndsWith("ok\n"));
  EXPECT_EQ(made, 2);
}

TEST_F(AdminServerTest, ReportsAStuckLoop) {
  Start({.loop_time = absl::Milliseconds(50)});
  std::promise<void> go_on;
  boost::asio::post(thread_.loop(), [&] { go_on.get_future().wait(); });
  const std::string stuck = Exchange(Request("GET /page"));
  go_on.set_value();
  EXPECT_THAT(stuck, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(stuck, EndsWith("\r\n\r\nthe gateway's loop is stuck\n"));
  thread_.Run([] {});
  EXPECT_THAT(Exchange(Request("GET /page")), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(AdminServerTest, EndsWhateverItsClientsDo) {
  Start();
  RawClient silent(server_->port());
  RawClient half(server_->port());
  half.Send("GET /pa");
  RawClient done(server_->port());
  done.Send(Request("GET /page"));
  done.ReadUntil("ok\n");
  server_ = nullptr;
  EXPECT_EQ(silent.ReadAll(), "");
  EXPECT_EQ(half.ReadAll(), "");
}

TEST_F(AdminServerTest, WaitsForAPageUnderWayBeforeItEnds) {
  Event made;
  std::promise<void> begun;
  bool ended = false;
  // The server keeps the closure. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  const auto page = [&]() -> Async<AdminAnswer> {
    begun.set_value();
    co_await made.Wait();
    ended = true;
    co_return AdminAnswer{};
  };
  Start({}, {{"/page", page}});
  RawClient client(server_->port());
  client.Send(Request("GET /page"));
  begun.get_future().wait();
  auto stopped = std::async(std::launch::async, [this] { server_ = nullptr; });
  EXPECT_EQ(client.ReadAll(), "");  // the connection has ended, the server not yet
  thread_.Run([&made] { made.Set(); });
  stopped.wait();
  EXPECT_TRUE(ended);
}

TEST_F(AdminServerTest, NamesTheAddressThatCannotBeHad) {
  Start();
  const std::string taken = absl::StrCat("127.0.0.1:", server_->port());
  for (const std::string& address : {taken, std::string("192.0.2.1:0")}) {
    const auto second = StartAdminServer(thread_.loop(), {.listen = address}, {});
    EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(second.status().message()), HasSubstr(address));
  }
}

TEST_F(AdminServerTest, TakesAName) {
  const auto server = StartAdminServer(thread_.loop(), {.listen = "localhost:0"}, {{"/page", Ok}});
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_GT((*server)->port(), 0);
}

}  // namespace
}  // namespace webex_gateway
