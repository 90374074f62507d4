// Faults, the control endpoint, latency: what is sent for a request, without a socket.
#include "tests/sandbox/reply.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/sandbox/control.h"

namespace webex_gateway::sandbox {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr absl::string_view kCreated = R"("created":"1970-01-01T00:00:00.000Z"})";

class ReplyTest : public testing::Test {
 protected:
  Reply Send(const Request& request, bool keep_alive = true) {
    const std::shared_ptr<const Fault> fault = BeginRequest(world_, request);
    if (fault != nullptr && fault->when == Fault::When::kBefore) return ReplyBeforeBody(*fault);
    return ReplyTo(world_, request, fault.get(), keep_alive, absl::UnixEpoch());
  }

  // An order for a user who has no workspace yet.
  Request Order() {
    Request request;
    request.method = "POST";
    request.target = "/v1/broadworks/workspaces";
    request.authorization = "Bearer sandbox-token";
    request.content_type = "application/json";
    request.body =
        absl::StrCat(R"({"provisioningId":"p","userId":")", ++users_, R"(","spEnterpriseId":"e","displayName":"d"})");
    return request;
  }

  std::string Control(const std::string& method, const std::string& path, const std::string& body = "") {
    Request request;
    request.method = method;
    request.target = absl::StrCat("/sandbox/", path);
    request.body = body;
    return Send(request).bytes;
  }

  Reply OrderWithFault(const std::string& json) {
    EXPECT_THAT(Control("POST", "faults", json), StartsWith("HTTP/1.1 200 "));
    return Send(Order());
  }

  uint64_t Provisioned() const { return world_.stats.provisioned; }

  World world_{Settings(), 1};
  int users_ = 0;
};

TEST_F(ReplyTest, KeepsTheConnectionUnlessTheClientDoesNot) {
  EXPECT_EQ(Send(Order()).then, Reply::Then::kKeep);
  const Reply reply = Send(Order(), false);
  EXPECT_EQ(reply.then, Reply::Then::kEnd);
  EXPECT_THAT(reply.bytes, HasSubstr("\r\nConnection: close\r\n\r\n{"));
}

TEST_F(ReplyTest, TrackingIdIsEchoedOrMade) {
  Request request = Order();
  EXPECT_THAT(Send(request).bytes, HasSubstr("\r\nTrackingID: ROUTERGW_"));
  request.tracking_id = "mine";
  const Reply reply = Send(request);
  EXPECT_THAT(reply.bytes, HasSubstr("\r\nTrackingID: mine\r\n"));
  EXPECT_THAT(reply.bytes, HasSubstr("\"trackingId\":\"mine\""));
}

TEST_F(ReplyTest, LatencyIsDrawnFromLatencyToLatencyAndJitter) {
  Control("PUT", "config", R"({"latencyMs":10,"jitterMs":5})");
  for (int i = 0; i < 100; ++i) {
    const Reply reply = Send(Order());
    EXPECT_GE(reply.wait, absl::Milliseconds(10));
    EXPECT_LE(reply.wait, absl::Milliseconds(15));
  }
}

TEST_F(ReplyTest, StatusFaultIsSentAsGivenAndNotApplied) {
  const Reply reply = OrderWithFault(
      R"({"kind":"status","status":503,"headers":{"rEtRy-AfTeR":"","X":["a","b"]},"contentType":"text/html","body":"<p>"})");
  EXPECT_THAT(reply.bytes,
              StartsWith("HTTP/1.1 503 Service Unavailable\r\nX: a\r\nX: b\r\nrEtRy-AfTeR: \r\nTrackingID: "));
  EXPECT_THAT(reply.bytes, EndsWith("\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>"));
  EXPECT_EQ(Provisioned(), 0u);
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 200 "));
}

TEST_F(ReplyTest, StatusFaultMayLeaveOutWhatIsUsuallyAdded) {
  const Reply reply = OrderWithFault(
      R"({"kind":"status","status":200,"headers":{"TrackingID":null,"content-length":null},"contentType":"","body":"x"})");
  EXPECT_EQ(reply.bytes, "HTTP/1.1 200 OK\r\n\r\nx");
  EXPECT_EQ(reply.then, Reply::Then::kEnd);
}

TEST_F(ReplyTest, StatusFaultMayLieAboutItsLength) {
  const Reply reply = OrderWithFault(
      R"({"kind":"status","status":200,"headers":{"Content-Length":"abc","Content-Type":"a"},"body":"x"})");
  EXPECT_THAT(reply.bytes, StartsWith("HTTP/1.1 200 OK\r\nContent-Length: abc\r\nContent-Type: a\r\nTrackingID: "));
  EXPECT_EQ(reply.then, Reply::Then::kKeep);
}

TEST_F(ReplyTest, StatusFaultWithoutBodyCarriesWebexsError) {
  EXPECT_THAT(OrderWithFault(R"({"kind":"status","status":423})").bytes, HasSubstr("\r\n\r\n{\"message\":"));
  EXPECT_THAT(OrderWithFault(R"({"kind":"status","status":204})").bytes, EndsWith("\r\n\r\n"));
  EXPECT_THAT(OrderWithFault(R"({"kind":"status","status":502,"body":""})").bytes,
              EndsWith("\r\nContent-Length: 0\r\n\r\n"));
}

TEST_F(ReplyTest, StatusFaultMayBeApplied) {
  EXPECT_THAT(OrderWithFault(R"({"kind":"status","status":500,"applied":true})").bytes, StartsWith("HTTP/1.1 500 "));
  EXPECT_EQ(Provisioned(), 1u);
}

TEST_F(ReplyTest, InterimStatusIsFollowedByTheTrueAnswer) {
  const Reply reply = OrderWithFault(R"({"kind":"status","status":103,"headers":{"Link":"</a>","TrackingID":null}})");
  EXPECT_THAT(reply.bytes, StartsWith("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(reply.bytes, EndsWith(std::string(kCreated)));
  const Reply alone = OrderWithFault(R"({"kind":"status","status":100,"applied":false,"headers":{"TrackingID":null}})");
  EXPECT_EQ(alone.bytes, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(Provisioned(), 1u);
}

TEST_F(ReplyTest, CloseAndResetLoseTheAnswerOfAnOrderThatWasApplied) {
  const Reply close = OrderWithFault(R"({"kind":"close"})");
  EXPECT_THAT(close.bytes, IsEmpty());
  EXPECT_EQ(close.then, Reply::Then::kClose);
  const Reply reset = OrderWithFault(R"({"kind":"reset","when":"headers"})");
  EXPECT_THAT(reset.bytes, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(reset.bytes, Not(HasSubstr("\r\n\r\n")));
  EXPECT_EQ(reset.then, Reply::Then::kReset);
  EXPECT_EQ(Provisioned(), 2u);
}

TEST_F(ReplyTest, FaultBeforeTheBodyIsNotApplied) {
  EXPECT_EQ(OrderWithFault(R"({"kind":"reset","when":"before"})").then, Reply::Then::kReset);
  EXPECT_EQ(world_.stats.posts_started, 1u);
  EXPECT_EQ(world_.stats.posts_received, 0u);
  EXPECT_EQ(Provisioned(), 0u);
}

TEST_F(ReplyTest, CountsAttemptsThatAreDeliveredTwiceAndUsersThatAreOrderedTwice) {
  Request order = Order();
  order.tracking_id = "ATTEMPT_1";
  Send(order);
  EXPECT_EQ(world_.stats.posts_repeated, 0u);
  Send(order);
  EXPECT_EQ(world_.stats.posts_repeated, 1u);
  order.tracking_id = "ATTEMPT_2";
  Send(order);
  order.tracking_id.clear();
  Send(order);
  Send(order);
  EXPECT_EQ(world_.stats.posts_repeated, 1u);
  EXPECT_EQ(world_.stats.already_associated, 4u);
}

TEST_F(ReplyTest, ShowsTheLastHundredAttemptsByTheirHeaders) {
  Request order = Order();
  order.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  order.tracestate = "a=1";
  for (int i = 0; i < 101; ++i) {
    order.tracking_id = absl::StrCat("ATTEMPT_", i);
    Send(order);
  }
  const std::vector<Attempt> last = world_.attempts.Last();
  ASSERT_EQ(last.size(), 100u);
  EXPECT_EQ(last.front().tracking_id, "ATTEMPT_1");
  EXPECT_EQ(last.back().tracking_id, "ATTEMPT_100");
  EXPECT_THAT(
      Control("GET", "attempts"),
      EndsWith(R"({"trackingId":"ATTEMPT_100",)"
               R"("traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","tracestate":"a=1"}]})"));
  Control("POST", "reset");
  EXPECT_THAT(Control("GET", "attempts"), EndsWith(R"({"items":[]})"));
}

TEST_F(ReplyTest, HalfHasTheWholeHeadAndHalfTheBody) {
  const Reply reply = OrderWithFault(R"({"kind":"half","status":200,"body":"123456","headers":{"TrackingID":null}})");
  EXPECT_EQ(reply.bytes, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n123");
  EXPECT_EQ(reply.then, Reply::Then::kClose);
}

TEST_F(ReplyTest, GarbageDripAndHang) {
  EXPECT_THAT(OrderWithFault(R"({"kind":"garbage"})").bytes, Not(HasSubstr("HTTP")));
  const Reply drip = OrderWithFault(R"({"kind":"drip","delayMs":3})");
  EXPECT_EQ(drip.gap, absl::Milliseconds(3));
  EXPECT_EQ(drip.then, Reply::Then::kKeep);
  EXPECT_THAT(drip.bytes, EndsWith(std::string(kCreated)));
  EXPECT_EQ(OrderWithFault(R"({"kind":"hang"})").then, Reply::Then::kHang);
  EXPECT_EQ(Provisioned(), 3u);
  EXPECT_EQ(world_.stats.faults_injected, 3u);
}

TEST_F(ReplyTest, FaultsStrikeTheRequestsTheyWereSetFor) {
  Control("POST", "faults", R"([{"at":2,"count":2,"kind":"status","status":500},{"at":4,"count":0,"kind":"close"}])");
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Control("GET", "faults"), HasSubstr(R"([{"at":1,"count":2,)"));
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 500 "));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Send(Order()).then, Reply::Then::kClose);
  EXPECT_THAT(Control("DELETE", "faults"), EndsWith(R"({"items":[]})"));
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 200 "));
}

TEST_F(ReplyTest, TokenRequestsHaveFaultsOfTheirOwn) {
  Control("POST", "faults", R"({"path":"token","kind":"status","status":503})");
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 200 "));
  Request request;
  request.method = "POST";
  request.target = "/v1/access_token";
  EXPECT_THAT(Send(request).bytes, StartsWith("HTTP/1.1 503 "));
}

TEST_F(ReplyTest, WrongFaultsAreNamed) {
  for (const auto& [json, word] : std::vector<std::pair<std::string, std::string>>{
           {R"({})", "kind"},
           {R"({"kind":"x"})", "kind"},
           {R"({"kind":"status"})", "status"},
           {R"({"kind":"status","status":99})", "status"},
           {R"({"kind":"status","status":200.5})", "status"},
           {R"({"kind":"close","at":0})", "at"},
           {R"({"kind":"close","count":-1})", "count"},
           {R"({"kind":"close","when":"before","applied":true})", "applied"},
           {R"({"kind":"hang","when":"headers"})", "when"},
           {R"({"kind":"half","body":"x"})", "status"},
           {R"({"kind":"status","status":200,"headers":{"A":1}})", "A"},
           {R"({"kind":"close","colour":"red"})", "colour"},
           {R"([{"kind":"close"},3])", "object"},
           {R"({)", "JSON"}}) {
    const std::string bytes = Control("POST", "faults", json);
    EXPECT_THAT(bytes, StartsWith("HTTP/1.1 400 ")) << json;
    EXPECT_THAT(bytes, HasSubstr(word)) << json;
  }
  EXPECT_THAT(world_.faults.Pending(), IsEmpty());
}

TEST_F(ReplyTest, ControlSetsEveryKindOfLimit) {
  const std::string limit =
      R"("limiter":"fixed_window","rateLimit":0.5,"burst":3,"windowMs":60000,"retryAfter":"rest")";
  EXPECT_THAT(Control("PUT", "config", absl::StrCat("{", limit, "}")), HasSubstr(limit));
  EXPECT_THAT(Control("GET", "config"), HasSubstr(limit));
  for (const std::string wrong : {R"("limiter":"leaky")", R"("limiter":"bucket","burst":-1)", R"("burst":0.5)",
                                  R"("windowMs":0)", R"("rateLimit":-1)"}) {
    EXPECT_THAT(Control("PUT", "config", absl::StrCat("{", wrong, "}")), StartsWith("HTTP/1.1 400 ")) << wrong;
  }
  EXPECT_THAT(Control("GET", "config"), HasSubstr(limit));
  for (int i = 0; i < 30; ++i) EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 429 "));
  Control("POST", "reset");
  EXPECT_THAT(Control("GET", "config"), HasSubstr(R"("limiter":"bucket","rateLimit":0,"burst":0,"windowMs":1000)"));
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 200 "));
}

TEST_F(ReplyTest, OrderIsUnderWayUntilItsReplyIsDoneWith) {
  Control("PUT", "config", R"({"limiter":"under_way","burst":1})");
  Reply first = Send(Order());
  EXPECT_THAT(first.bytes, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 429 "));
  first = {};
  first = OrderWithFault(R"({"kind":"status","status":500,"applied":true})");
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 429 "));
  first = {};
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 200 "));
}

TEST_F(ReplyTest, ControlShowsChangesAndResets) {
  Send(Order());
  EXPECT_THAT(Control("GET", "stats"), HasSubstr(R"("provisioned":1,)"));
  EXPECT_THAT(Control("GET", "stats"), EndsWith(R"("byStatus":{"200":1}})"));
  EXPECT_THAT(Control("GET", "workspaces"), HasSubstr(R"("userId":"1")"));
  EXPECT_THAT(Control("PUT", "config", R"({"token":"other","rateLimit":1.5})"), HasSubstr(R"("rateLimit":1.5)"));
  EXPECT_THAT(Control("PUT", "config", R"({"latencyMs":-1})"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(Control("GET", "reset"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(Control("POST", "nothing"), StartsWith("HTTP/1.1 404 "));
  Control("POST", "reset");
  EXPECT_THAT(Control("GET", "workspaces"), EndsWith(R"({"items":[]})"));
  EXPECT_THAT(Control("GET", "stats"), EndsWith(R"("byStatus":{}})"));
  EXPECT_THAT(Send(Order()).bytes, StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace webex_gateway::sandbox
