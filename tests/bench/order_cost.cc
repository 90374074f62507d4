// order-cost COUNT: carries out this many orders, one after the other, through everything between gRPC and the wire,
// both of which are simulated. For tests/checks/order_cost.sh, which counts the instructions executed meanwhile.

#include <fcntl.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "server/http/stack.h"
#include "server/ledger/open.h"
#include "server/ops/observers.h"
#include "server/orders/orders.h"
#include "server/rpc/messages.h"
#include "server/webex/errors.h"
#include "server/webex/webex.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_tokens.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {
namespace {

constexpr char kRequestId[] = "11111111-2222-4333-8444-555555555555";
constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";

class OrderCost {
 public:
  OrderCost() : order_bytes_(ToWire(ExampleOrder())) {
    ledger_ = *OpenLedger({.subject_of_user = SubjectOfUserOnBroadWorks}, loop_, clock_);
    stack_ = CreateStack(wire_, clock_, random_, tokens_, RefusesAccessToken, observers_, {});
    webex_ = *CreateWebex(stack_->client(), clock_);
    orders_ = std::make_unique<Orders>(loop_, clock_, *ledger_, *webex_, observers_, [] { return kRequestId; });
  }

  // Whether the order was carried out.
  bool CarryOut() {
    wire_.sent.clear();
    wire_.AnswerWith(200, {{"Content-Type", "application/json"}, {"TrackingID", "ROUTER_1"}}, kExampleAnswer);
    const Method& method = MethodOf(webex::broadworks::v1::ProvisionWorkspaceRequest());
    std::unique_ptr<google::protobuf::Message> request(method.request->New());
    if (!Decode(order_bytes_, *request).empty()) return false;
    Caller caller{.deadline = Later(clock_.Now(), absl::Seconds(30)), .identity = "billing", .account = "billing"};
    caller.trace = trace_;
    Started<OrderResult> result(loop_, orders_->Take(method, std::move(request), std::move(caller)));
    clock_.RunLoop();
    if (!result.done() || !result->answer.ok() || wire_.sent.size() != 1) return false;
    observers_.OnAnswered({.method = "ProvisionWorkspace",
                           .status = result->answer.status(),
                           .request_id = result->request_id,
                           .tracking_id = result->tracking_id,
                           .attempts = result->attempts,
                           .caller = "billing",
                           .trace = trace_});
    return ToWire(*result->answer).Length() > 0;
  }

 private:
  Loop loop_;
  FakeClock clock_{loop_};
  std::mt19937_64 random_{1};
  FakeHttp wire_;
  FakeTokens tokens_;
  const int nowhere_ = open("/dev/null", O_WRONLY | O_CLOEXEC);
  Log log_{{}, [this] { return clock_.WallNow(); }, nowhere_};
  Metrics metrics_{"0", absl::UnixEpoch()};
  History history_{clock_};
  AppliedWatch applied_{clock_};
  Observers observers_{log_, metrics_, history_, applied_};
  const TraceContext trace_{.trace_id = kTraceId};
  const grpc::ByteBuffer order_bytes_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<HttpStack> stack_;
  std::unique_ptr<Webex> webex_;
  std::unique_ptr<Orders> orders_;
};

}  // namespace
}  // namespace webex_gateway

int main(int argc, char** argv) {
  webex_gateway::OrderCost cost;
  for (int left = argc > 1 ? std::atoi(argv[1]) : 1; left > 0; --left) {
    if (cost.CarryOut()) continue;
    std::fputs("order-cost: an order was not carried out\n", stderr);
    return 1;
  }
  return 0;
}
