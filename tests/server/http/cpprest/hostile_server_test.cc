// The wire against a server that does everything wrong, over http and TLS, on fresh and on reused connections: what
// Send says, how often the server saw the order, and that the next order works and gets its own answer.
//
// One rule decides which result is right: an order of which the server may have every byte is kAnswerLost (unknown)
// unless an answer with a final status has come whole. All else is kUnreachable (not applied). Where a row names two
// results, the network's timing decides which of them the wire can know; neither says anything that is not true.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/testing/scripted_server.h"
#include "tests/server/testing/wire_under_test.h"

namespace webex_gateway {
namespace {

using Point = ScriptedServer::Point;

// What Send may say: a failure, or an answer with this status.
using Verdict = std::variant<SendFailure, int>;
constexpr SendFailure kLost = SendFailure::kAnswerLost;
constexpr SendFailure kNotSent = SendFailure::kUnreachable;

enum class Scheme { kAny, kHttp, kTls };

struct Scenario {
  std::string name;
  std::function<void(ScriptedServer& server)> arm;  // for the order to come
  std::vector<Verdict> right;
  std::string why;
  int whole = 1;            // POSTs that the server sees whole
  bool hangs = false;       // until the attempt's limit
  bool closes = false;      // behind the answer, without a word; the next order comes later
  bool connecting = false;  // the order must open a connection
  size_t order_bytes = 7;
  bool without_body = true;  // it can happen to a request that has none
  Scheme scheme = Scheme::kAny;
};

// ---- Exchanges that end before the server has read the order.

constexpr size_t kMoreThanSocketsHold = 48 << 20;

struct NamedEnding {
  const char* name;
  ScriptedServer::Ending ending;
  bool hangs = false;
  bool takes_the_rest = false;  // of what is being sent, and drops it
};

std::vector<NamedEnding> Endings() {
  return {{"Closes", ScriptedServer::Close},
          {"EndsOrderly", ScriptedServer::EndOrderly, false, true},
          {"Resets", ScriptedServer::Reset},
          {"Hangs", ScriptedServer::Stall, true}};
}

std::vector<Scenario> BrokenOffRequests() {
  const std::vector<Verdict> either = {kLost, kNotSent};
  std::vector<Scenario> all;
  for (const auto& [name, ending, hangs, takes_the_rest] : Endings()) {
    const auto at = [ending = ending](Point point) {
      return [=](ScriptedServer& server) { server.BreakOff(point, ending); };
    };
    const std::vector<Verdict> lost = {kLost};
    const std::vector<Verdict> timing = hangs ? lost : either;
    const auto add = [&all, name = name, hangs = hangs](Scenario scenario, const char* where) {
      scenario.name = absl::StrCat(name, where);
      scenario.whole = 0;
      scenario.hangs = hangs;
      all.push_back(std::move(scenario));
    };
    add({.arm = at(Point::kAccepted),
         .right = timing,
         .why = "the kernel takes the order, read or not",
         .connecting = true,
         .scheme = Scheme::kHttp},
        "AtAccept");
    add({.arm = at(Point::kAccepted),
         .right = {kNotSent},
         .why = "nothing leaves before the handshake is over",
         .connecting = true,
         .scheme = Scheme::kTls},
        "AtAccept");
    add({.arm = at(Point::kInHandshake),
         .right = {kNotSent},
         .why = "nothing leaves before the handshake is over",
         .connecting = true,
         .scheme = Scheme::kTls},
        "InHandshake");
    add({.arm = at(Point::kBeforeRequest), .right = timing, .why = "the body may be out when the end comes"},
        "BeforeRequest");
    add({.arm = at(Point::kInHeaders), .right = timing, .why = "the body may be out when the end comes"}, "InHeaders");
    add({.arm = at(Point::kInBody), .right = {kLost}, .why = "a small body leaves as one", .without_body = false},
        "InBody");
    add({.arm = at(Point::kInBody),
         .right = takes_the_rest ? lost : std::vector<Verdict>{kNotSent},
         .why = "without its last bytes no body arrives",
         .order_bytes = kMoreThanSocketsHold,
         .without_body = false},
        "InLargeBody");
  }
  return all;
}

// ---- Answers that end too early.

std::vector<Scenario> TruncatedAnswers() {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string length = ok + "Content-Length: 10\r\n\r\n";
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  const std::pair<const char*, std::string> starts[] = {
      {"AfterRequest", ""},
      {"InStatusLine", "HTTP/1.1 20"},
      {"AfterStatusLine", ok},
      {"InAnswersHeaders", ok + "Content-Len"},
      {"AfterInterimAnswer", "HTTP/1.1 100 Continue\r\n\r\n"},
      {"BeforeAnswersBody", length},
      {"InAnswersBody", length + "123456789"},
      {"BeforeFirstChunk", chunked},
      {"InChunkHeader", chunked + "f"},
      {"InChunk", chunked + "f\r\n12"},
      {"BeforeNextChunk", chunked + "2\r\nok\r\n"},
      {"BeforeLastChunk", chunked + "2\r\nok\r\n0"},
  };
  std::vector<Scenario> all;
  for (const auto& [where, bytes] : starts) {
    for (const auto& [name, ending, hangs, takes_the_rest] : Endings()) {
      const auto arm = [bytes = bytes, ending = ending](ScriptedServer& server) {
        server.Next([=](ScriptedConnection& connection, const std::string&) {
          connection.Write(bytes);
          ending(connection);
          return false;
        });
      };
      all.push_back({.name = absl::StrCat(name, where),
                     .arm = arm,
                     .right = {kLost},
                     .why = "the server had the order, and no whole answer came",
                     .hangs = hangs});
    }
  }
  return all;
}

// ---- Answers that are wrong in themselves.

// One after which the server waits for the next request on the same connection.
Scenario Answering(std::string name, std::string bytes, std::vector<Verdict> right, std::string why) {
  return {.name = std::move(name),
          .arm = [bytes = std::move(bytes)](ScriptedServer& server) { server.Next(ScriptedServer::Answer(bytes)); },
          .right = std::move(right),
          .why = std::move(why)};
}

// One that the wire waits on.
Scenario Waiting(std::string name, std::string bytes, std::vector<Verdict> right, std::string why) {
  Scenario scenario = Answering(std::move(name), std::move(bytes), std::move(right), std::move(why));
  scenario.hangs = true;
  return scenario;
}

// One behind which the server closes.
Scenario Closing(std::string name, std::string bytes, std::vector<Verdict> right, std::string why) {
  Scenario scenario = Answering(std::move(name), "", std::move(right), std::move(why));
  scenario.arm = [bytes = std::move(bytes)](ScriptedServer& server) {
    server.Next(ScriptedServer::AnswerAndClose(bytes));
  };
  scenario.closes = true;
  return scenario;
}

std::string Chunked(const std::string& chunks) {
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

std::string WithHeaders(const std::string& headers, const std::string& body) {
  return absl::StrCat("HTTP/1.1 200 OK\r\n", headers, "\r\n", body);
}

std::string WithStatus(const std::string& status) {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Length: 2\r\n\r\n{}");
}

std::vector<Scenario> OddFraming() {
  const char* const unframed = "no one can tell where such a body ends";
  const char* const end_known = "the status is whole; the body's reader judges the rest";
  const std::vector<Verdict> lost_or_ok = {kLost, 200};
  return {
      Closing("ChunkOfSizeMinusOne", Chunked("-1\r\nx"), {kLost}, unframed),
      Closing("ChunkOfTwoGiB", Chunked("7fffffff\r\nx"), {kLost}, "the chunk never comes whole"),
      Waiting("ChunkOfTwoGiBThatNeverComes", Chunked("7fffffff\r\nx"), {kLost}, "the chunk never comes whole"),
      Closing("ChunkOfAllBits", Chunked("ffffffffffffffff\r\nx"), {kLost}, unframed),
      Closing("ChunkBeyondAllBits", Chunked("10000000000000002\r\nok\r\n0\r\n\r\n"), {kLost}, unframed),
      Closing("ChunkSizeNoNumber", Chunked("size\r\nok\r\n0\r\n\r\n"), lost_or_ok, unframed),
      Closing("ChunkSizeEmpty", Chunked("\r\nok\r\n0\r\n\r\n"), lost_or_ok, unframed),
      Closing("ChunkSizeTooSmall", Chunked("1\r\nok\r\n0\r\n\r\n"), lost_or_ok, unframed),
      Answering("ChunkWithExtension", Chunked("2;a=b\r\n{}\r\n0\r\n\r\n"), {200}, "an extension is allowed"),
      Answering("ChunksWithTrailers", Chunked("2\r\n{}\r\n0\r\nA: b\r\n\r\n"), lost_or_ok,
                "trailers are allowed, if rare"),
      Answering("ChunkWithoutLineEnd", Chunked("2\r\n{}xx0\r\n\r\n"), lost_or_ok, unframed),
      Answering("ChunkSizeNoNumberAndNoClose", Chunked("size\r\nok\r\n0\r\n\r\n"), lost_or_ok, unframed),
      Closing("LengthNoNumber", WithHeaders("Content-Length: abc\r\n", "{}"), lost_or_ok, unframed),
      Closing("LengthNegative", WithHeaders("Content-Length: -2\r\n", "{}"), lost_or_ok, unframed),
      Closing("LengthBeyondAllBits", WithHeaders("Content-Length: 18446744073709551618\r\n", "{}"), lost_or_ok,
              unframed),
      Answering("LengthTooShort", WithHeaders("Content-Length: 1\r\n", "{}"), lost_or_ok, end_known),
      Waiting("LengthTooLong", WithHeaders("Content-Length: 3\r\n", "{}"), {kLost}, "the last byte never comes"),
      Closing("LengthTwice", WithHeaders("Content-Length: 2\r\nContent-Length: 1\r\n", "{}"), lost_or_ok, unframed),
      Closing("LengthAndChunks",
              WithHeaders("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), lost_or_ok,
              "chunks come first, but a proxy on the way may have seen it otherwise"),
      Closing("BodyUntilClose", WithHeaders("", "{}"), lost_or_ok, "allowed, though a cut of it cannot be seen"),
      Closing("LengthBeyondTheLimit", WithHeaders("Content-Length: 1001\r\n", std::string(1001, 'x')), {kLost},
              "longer than we take"),
      Closing("ChunksBeyondTheLimit",
              Chunked(absl::StrCat("1f4\r\n", std::string(500, 'x'), "\r\n1f5\r\n", std::string(501, 'x'),
                                   "\r\n0\r\n\r\n")),
              {kLost}, "longer than we take"),
      Closing("BodyUntilCloseBeyondTheLimit", WithHeaders("", std::string(1001, 'x')), {kLost}, "longer than we take"),
      Answering("BodyAtTheLimit", WithHeaders("Content-Length: 1000\r\n", std::string(1000, 'x')), {200},
                "as long as we take"),
  };
}

// Bytes that belong to no request; the test's next order would take them for its answer.
std::vector<Scenario> Leftovers() {
  const std::string stray = ScriptedServer::Ok("stray");
  const char* const answered = "its own answer came whole; what follows belongs to nobody";
  const std::string long_body(900, 'x');
  const std::string longest_body(1000, 'x');
  return {
      Answering("SecondAnswer", ScriptedServer::Ok("{}") + stray, {200}, answered),
      Answering("SecondAnswerBehindALongBody", ScriptedServer::Ok(long_body) + stray, {200}, answered),
      Answering("ManyMoreAnswers", ScriptedServer::Ok(longest_body) + ScriptedServer::Ok(longest_body) + stray + stray,
                {200}, answered),
      Answering("SecondAnswerBehindChunks", Chunked("2\r\n{}\r\n0\r\n\r\n") + stray, {200}, answered),
      Answering("SecondAnswerBehindALongChunk", Chunked(absl::StrCat("384\r\n", long_body, "\r\n0\r\n\r\n")) + stray,
                {200}, answered),
      Answering("BodyBehind204", "HTTP/1.1 204 No Content\r\n\r\n" + stray, {204}, answered),
      Answering("LengthBehind204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nstray", {204, kLost}, answered),
      Answering("BodyBehind304", "HTTP/1.1 304 Not Modified\r\n\r\n" + stray, {304}, answered),
      Answering("LengthBehind304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nstray", {304, kLost},
                answered),
      Answering("OneByteTooMany", ScriptedServer::Ok("{}") + "\n", {200}, answered),
  };
}

std::vector<Scenario> OddHeads() {
  const char* const interim = "an interim answer is none; the wire may wait for the final one or give up";
  const char* const no_http = "no HTTP/1.x answer";
  const char* const no_status = "no status that HTTP knows";
  const char* const status_whole = "a status is a status; webex/errors has the row for it";
  const char* const lenient = "what the rest of the head says is clear";
  const std::vector<Verdict> lost_or_ok = {kLost, 200};
  const std::string ok = ScriptedServer::Ok("{}");
  return {
      Answering("Only100", "HTTP/1.1 100 Continue\r\n\r\n" + ok, lost_or_ok, interim),
      Answering("Only103", "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n" + ok, lost_or_ok, interim),
      Answering("ManyInterim", "HTTP/1.1 100 a\r\n\r\nHTTP/1.1 102 b\r\n\r\nHTTP/1.1 103 c\r\n\r\n" + ok, lost_or_ok,
                interim),
      Answering("InterimWithABody", "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n{}" + ok, lost_or_ok, interim),
      Answering("SwitchesProtocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", {kLost},
                "what follows is no HTTP/1.x"),
      Closing("Http10", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", {200}, "HTTP/1.0 is understood"),
      Answering("Http10ThatStaysOpen", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", {200},
                "HTTP/1.0 is understood, and the connection is not used again"),
      Closing("Http10UntilClose", "HTTP/1.0 200 OK\r\n\r\n{}", lost_or_ok, "allowed, though a cut cannot be seen"),
      Closing("Http09", "<html>{}</html>\r\n", {kLost}, no_http),
      Closing("Http09WithEmptyLine", "{}\r\n\r\n", {kLost}, no_http),
      Closing("Http2", "HTTP/2 200\r\nContent-Length: 2\r\n\r\n{}", lost_or_ok, no_http),
      Closing("AnotherProtocol", "ICY 200 OK\r\nContent-Length: 2\r\n\r\n{}", lost_or_ok, no_http),
      Closing("Garbage", "\x01\x02 no HTTP\r\n\r\n", {kLost}, no_http),
      Answering("Status99", WithStatus("99 Early"), {kLost}, no_status),
      Answering("Status0", WithStatus("0 Nothing"), {kLost}, no_status),
      Answering("StatusNegative", WithStatus("-200 OK"), {kLost}, no_status),
      Answering("Status99WithoutBody", "HTTP/1.1 99 Early\r\nContent-Length: 0\r\n\r\n", {kLost}, no_status),
      Answering("Status1000WithoutBody", "HTTP/1.1 1000 Late\r\nContent-Length: 0\r\n\r\n", {kLost}, no_status),
      Answering("StatusNoNumber", WithStatus("abc"), {kLost}, no_status),
      Answering("StatusAbsent", WithStatus(""), {kLost}, no_status),
      Answering("Status600", WithStatus("600 Beyond"), {600, kLost}, status_whole),
      Answering("Status999", WithStatus("999 Beyond"), {999, kLost}, status_whole),
      Answering("StatusOfSixteenBits", WithStatus("65736 OK"), {kLost}, no_status),
      Answering("NoReason", WithStatus("200"), lost_or_ok, lenient),
      Answering("HeaderWithoutColon", WithHeaders("no colon here\r\nContent-Length: 2\r\n", "{}"), lost_or_ok, lenient),
      Answering("HeaderWithoutName", WithHeaders(": value\r\nContent-Length: 2\r\n", "{}"), lost_or_ok, lenient),
      Answering("HeaderWithNul", WithHeaders(std::string("A: b\0c\r\nContent-Length: 2\r\n", 27), "{}"), lost_or_ok,
                lenient),
      Answering("HeaderFolded", WithHeaders("A: b\r\n  c\r\nContent-Length: 2\r\n", "{}"), lost_or_ok, lenient),
      Answering("HeaderNotUtf8", WithHeaders("A: \xff\xc3\x28\r\nContent-Length: 2\r\n", "{}"), lost_or_ok, lenient),
      Waiting("BareLineFeeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", lost_or_ok, no_http),
      Answering("CompressedBody", WithHeaders("Content-Encoding: gzip\r\nContent-Length: 4\r\n", "\x1f\x8b\x08\xff"),
                {200}, "never asked for and never inflated: its reader finds no workspace"),
      Answering("NoContentType", WithHeaders("Content-Length: 2\r\n", "{}"), {200}, "the body is read for what it is"),
      Answering("OtherContentType",
                WithHeaders("Content-Type: text/html; charset=utf-7\r\nContent-Length: 2\r\n", "{}"), {200},
                "the body is read for what it is"),
  };
}

std::vector<Scenario> Scenarios() {
  std::vector<Scenario> all;
  for (const auto& some : {BrokenOffRequests(), TruncatedAnswers(), OddFraming(), Leftovers(), OddHeads()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

struct Case {
  const Scenario* scenario;
  bool tls = false;
  bool reused = false;
  bool has_body = true;
};

// Otherwise GoogleTest prints the bytes of each, at every start.
void PrintTo(const Case& the_case, std::ostream* out) { *out << the_case.scenario->name; }

std::vector<Case> Cases() {
  static const auto& scenarios = *new std::vector<Scenario>(Scenarios());
  std::vector<Case> cases;
  for (const Scenario& scenario : scenarios) {
    for (const bool tls : {false, true}) {
      if (scenario.scheme == (tls ? Scheme::kHttp : Scheme::kTls)) continue;
      for (const bool reused : {false, true}) {
        cases.push_back({&scenario, tls, reused});
        if (scenario.without_body) cases.push_back({&scenario, tls, reused, /*has_body=*/false});
      }
    }
  }
  return cases;
}

std::string Describe(const Verdict& verdict) {
  if (const int* status = std::get_if<int>(&verdict)) return absl::StrCat("status ", *status);
  return absl::StrCat("failure ", static_cast<int>(std::get<SendFailure>(verdict)));
}

Verdict VerdictOf(const absl::StatusOr<HttpAnswer>& answer) {
  return answer.ok() ? Verdict(answer->status) : Verdict(SendFailureOf(answer.status()));
}

// All that callers are told of a server's misdeeds.
constexpr const char* kWords[] = {
    "the answer is longer than allowed",
    "the answer is not readable HTTP",
    "Webex closed the connection without an answer",
    "the connection ended before the request was sent",
    "the connection ended during the TLS handshake",
    "the connection ended during the answer",
    "no connection could be opened",
    "no answer within the attempt's time limit",
    "the request was not sent within the attempt's time limit",
};

class HostileServerTest : public testing::TestWithParam<Case> {
 protected:
  // A good exchange, so that there is a connection in the pool; where the order to come must open one, it is stale.
  void Warm() {
    std::promise<void> answered;
    server_.Next([&](ScriptedConnection& connection, const std::string&) {
      connection.Write(ScriptedServer::Ok("warm"));
      if (scenario_.connecting) connection.HalfClose();
      answered.set_value();
      return true;
    });
    ASSERT_TRUE(wire_.Post().ok());
    answered.get_future().wait();
  }

  HttpRequest TheRequest() const {
    if (!GetParam().has_body) return WireUnderTest::Removal();
    HttpRequest order = WireUnderTest::Order();
    order.body.resize(scenario_.order_bytes, 'x');
    return order;
  }

  absl::StatusOr<HttpAnswer> SendIt() {
    wire_.Begin(TheRequest());
    if (scenario_.hangs) LetTheLimitPass();
    return wire_.End();
  }

  void LetTheLimitPass() {
    if (scenario_.whole > 0) {
      server_.AwaitWholeRequests(earlier() + 1);
    } else {
      server_.AwaitBreaks(1);
      if (scenario_.right.front() == Verdict(kLost)) wire_.AwaitLeft();
    }
    wire_.Elapse(absl::Seconds(30));
  }

  // Requests before the order.
  static int earlier() { return GetParam().reused ? 1 : 0; }

  const Scenario& scenario_ = *GetParam().scenario;
  ScriptedServer server_{GetParam().tls};
  WireUnderTest wire_{server_, GetParam().tls ? "https" : "http"};
};

TEST_P(HostileServerTest, SeesTheRequestOnceAndTheNextOneWorks) {
  if (GetParam().reused) {
    ASSERT_NO_FATAL_FAILURE(Warm());
  }
  scenario_.arm(server_);
  const absl::StatusOr<HttpAnswer> answer = SendIt();
  const Verdict verdict = VerdictOf(answer);
  EXPECT_THAT(scenario_.right, testing::Contains(verdict))
      << Describe(verdict) << ": " << answer.status() << "; but " << scenario_.why;
  EXPECT_FALSE(wire_.call_->in_flight);

  if (scenario_.closes) server_.AwaitNoConnection();
  const int connections = server_.connections();
  server_.Next(ScriptedServer::Answer(ScriptedServer::Ok("mine")));
  const absl::StatusOr<HttpAnswer> next = wire_.Post();
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->body, "mine");
  EXPECT_EQ(server_.whole_requests(), earlier() + scenario_.whole + 1);
  if (!answer.ok()) {
    EXPECT_THAT(kWords, testing::Contains(answer.status().message())) << CauseOf(answer.status());
    EXPECT_EQ(server_.connections(), connections + 1) << "the rest of a bad answer may come yet";
  }
  EXPECT_LE(server_.requests(), earlier() + 1 + 1) << "not even the headers may come twice";
}

INSTANTIATE_TEST_SUITE_P(Wire, HostileServerTest, testing::ValuesIn(Cases()), [](const auto& test) {
  return absl::StrCat(test.param.scenario->name, test.param.tls ? "_Tls" : "_Http",
                      test.param.reused ? "_Reused" : "_Fresh", test.param.has_body ? "" : "_NoBody");
});

// ---- Redirects: answers like any other, and nobody else gets the request, least of all its credentials.

class RedirectTest : public testing::TestWithParam<std::tuple<int, bool>> {};

TEST_P(RedirectTest, IsNotFollowed) {
  const auto [status, to_another_host] = GetParam();
  ScriptedServer other;
  ScriptedServer server;
  WireUnderTest wire(server);
  const int port = to_another_host ? other.port() : server.port();
  server.Next(ScriptedServer::Answer(absl::StrCat(
      "HTTP/1.1 ", status, " Elsewhere\r\nLocation: http://127.0.0.1:", port, "/stolen\r\nContent-Length: 0\r\n\r\n")));
  HttpRequest order = WireUnderTest::Order();
  order.headers.push_back({"Authorization", "Bearer secret"});
  wire.Begin(order);
  const absl::StatusOr<HttpAnswer> answer = wire.End();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, status);
  EXPECT_TRUE(wire.Post().ok());
  EXPECT_EQ(other.connections(), 0);
  EXPECT_EQ(server.requests(), 2);
}

INSTANTIATE_TEST_SUITE_P(Wire, RedirectTest,
                         testing::Combine(testing::Values(300, 301, 302, 303, 305, 307, 308), testing::Bool()),
                         [](const auto& test) {
                           return absl::StrCat(std::get<0>(test.param),
                                               std::get<1>(test.param) ? "_AnotherHost" : "_SameHost");
                         });

// ---- Answers without end. The test decides when time goes on.

// An answer that begins with `head` and goes on with one byte at a time, whenever it is told to.
class Drip {
 public:
  explicit Drip(std::string head) : head_(std::move(head)) {}

  ScriptedServer::Action Action() {
    return [this](ScriptedConnection& connection, const std::string&) {
      connection.Write(head_);
      for (char byte = 0; (byte = next_.Take()) != 0;) connection.Write(std::string(1, byte));
      return false;
    };
  }

  void Fall(char byte) { next_.Give(byte); }
  void End() { next_.Give(0); }

 private:
  // A hand that passes one byte at a time from the test to the server's thread.
  class Hand {
   public:
    char Take() {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return full_; });
      full_ = false;
      changed_.notify_all();
      return byte_;
    }
    void Give(char byte) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !full_; });
      byte_ = byte;
      full_ = true;
      changed_.notify_all();
    }

   private:
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    bool full_ = false;
    char byte_ = 0;
  };

  const std::string head_;
  Hand next_;
};

struct DripCase {
  const char* name;
  std::string head;
  std::string bytes;  // again and again
};

std::vector<DripCase> DripCases() {
  return {{"StatusLine", "", "H"},
          {"Reason", "HTTP/1.1 200 ", "x"},
          {"Headers", "HTTP/1.1 200 OK\r\n", "A: b\r\n"},
          {"OneHeader", "HTTP/1.1 200 OK\r\nA: ", "x"},
          {"Interim", "", "HTTP/1.1 100 Continue\r\n\r\n"},
          {"Body", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "x"},
          {"BodyUntilClose", "HTTP/1.1 200 OK\r\n\r\n", "x"},
          {"ChunkSize", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"},
          {"Chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"}};
}

class DripTest : public testing::TestWithParam<std::tuple<DripCase, bool>> {};

// The limit is one for the whole attempt, whatever comes meanwhile.
TEST_P(DripTest, EndsAtTheAttemptsLimit) {
  const auto& [drip_case, tls] = GetParam();
  Drip drip(drip_case.head);  // the server's threads use it to their end
  ScriptedServer server(tls);
  WireUnderTest wire(server, tls ? "https" : "http");
  server.Next(drip.Action());
  wire.Begin(WireUnderTest::Order());
  server.AwaitWholeRequests(1);
  for (size_t second = 0; second < 30; ++second) {
    drip.Fall(drip_case.bytes[second % drip_case.bytes.size()]);
    wire.Elapse(absl::Seconds(1));
  }
  EXPECT_EQ(SendFailureOf(wire.End().status()), SendFailure::kAnswerLost);
  EXPECT_TRUE(wire.Post().ok());
  EXPECT_EQ(server.whole_requests(), 2);
  drip.End();
}

INSTANTIATE_TEST_SUITE_P(Wire, DripTest, testing::Combine(testing::ValuesIn(DripCases()), testing::Bool()),
                         [](const auto& test) {
                           return absl::StrCat(std::get<0>(test.param).name,
                                               std::get<1>(test.param) ? "_Tls" : "_Http");
                         });

// Far more than a wire may take, and more than the sockets between hold.
constexpr size_t kEndless = 128 << 20;

std::string Repeated(const std::string& text) {
  std::string piece;
  while (piece.size() < (64 << 10)) piece += text;
  return piece;
}

// An answer that begins with `head` and goes on with `text`, again and again, for as long as the peer takes it, or
// nearly.
class Flood {
 public:
  Flood(std::string head, const std::string& text) : head_(std::move(head)), piece_(Repeated(text)) {}

  ScriptedServer::Action Action() {
    return [this](ScriptedConnection& connection, const std::string&) {
      // In one piece, so that what follows a whole answer is there before another order is: what comes once that one
      // has left nobody could tell from its answer.
      bool goes_on = connection.Write(head_ + piece_);
      while (goes_on && written_ < kEndless) {
        goes_on = connection.Write(piece_);
        written_ += goes_on ? piece_.size() : 0;
      }
      ended_ = true;
      return false;
    };
  }

  bool ended() const { return ended_; }
  size_t written() const { return written_; }

 private:
  const std::string head_;
  const std::string piece_;
  std::atomic<bool> ended_{false};
  std::atomic<size_t> written_{0};
};

struct FloodCase {
  const char* name;
  std::string head;
  std::string text;
  std::optional<std::string> body = {};  // where the answer can be whole before the flood begins
};

std::vector<FloodCase> FloodCases() {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  return {{"StatusLine", "HTTP/1.1 200 ", "x"},
          {"Headers", ok, "Name: value\r\n"},
          {"OneHeader", ok + "Name: ", "x"},
          {"NoLines", "", "x"},
          {"HugeChunk", chunked + "7fffffff\r\n", "x"},
          {"ChunkSize", chunked, "0"},
          {"ChunkExtension", chunked + "1;", "x"},
          {"Chunks", chunked, "1\r\nx\r\n"},
          {"Trailers", chunked + "0\r\n", "Name: value\r\n", ""},
          {"LongBody", ok + "Content-Length: 1000000000000\r\n\r\n", "x"},
          {"BodyUntilClose", ok + "\r\n", "x"},
          {"InterimAnswers", "", "HTTP/1.1 100 Continue\r\n\r\n"},
          {"Answers", ScriptedServer::Ok("{}"), ScriptedServer::Ok("stray"), "{}"}};
}

class FloodTest : public testing::TestWithParam<std::tuple<FloodCase, bool, bool>> {};

// Nothing but the order's own answer is taken, and of that no more than is allowed, give or take what comes between
// two looks.
TEST_P(FloodTest, IsCutOff) {
  const auto& [flood_case, tls, has_body] = GetParam();
  Flood flood(flood_case.head, flood_case.text);  // the server's threads use it to their end
  ScriptedServer server(tls);
  WireUnderTest wire(server, tls ? "https" : "http");
  server.Next(flood.Action());
  wire.Begin(has_body ? WireUnderTest::Order() : WireUnderTest::Removal());
  server.AwaitWholeRequests(1);
  for (size_t round = 1; !flood.ended(); ++round) {
    wire.Elapse(absl::Milliseconds(10));
    // What follows a whole answer is noticed when the connection is to be used again: when every round's orders, one
    // more than there were before, take all connections that there are.
    if (flood_case.body) {
      EXPECT_THAT(wire.PostBeside(round), testing::Each("{}"));
    }
  }
  EXPECT_LT(flood.written(), kEndless);
  const absl::StatusOr<HttpAnswer> answer = wire.End();
  if (answer.ok()) {
    EXPECT_EQ(answer->body, flood_case.body);
  } else {
    EXPECT_EQ(SendFailureOf(answer.status()), SendFailure::kAnswerLost);
  }
  EXPECT_TRUE(wire.Post().ok());
}

INSTANTIATE_TEST_SUITE_P(Wire, FloodTest,
                         testing::Combine(testing::ValuesIn(FloodCases()), testing::Bool(), testing::Bool()),
                         [](const auto& test) {
                           return absl::StrCat(std::get<0>(test.param).name, std::get<1>(test.param) ? "_Tls" : "_Http",
                                               std::get<2>(test.param) ? "" : "_NoBody");
                         });

}  // namespace
}  // namespace webex_gateway
