#include <boost/asio/executor_work_guard.hpp>
#include <cstdio>
#include <memory>
#include <optional>

#include "server/base/clock.h"
#include "server/rpc/messages.h"
#include "server/rpc/rpc_server.h"
#include "tests/bench/parts.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;

constexpr char kMethod[] = "/webex.broadworks.v1.WorkspaceService/ProvisionWorkspace";

const Workspace& ExampleWorkspace() {
  static const Workspace workspace = WorkspaceIn(
      ExampleResult("Y2lzY29zcGFyazovL3VzL1BMQUNFL2RkMjJlZGZlLTlmZWYtNDdmOS05ODFkLWYxYjA3MWFmMDcwYw").answer);
  return workspace;
}

Async<absl::Status> AnswerAtOnce(RpcCall& call) {
  const std::optional<grpc::ByteBuffer> bytes = co_await call.Read();
  ProvisionWorkspaceRequest order;
  if (!Decode(bytes, order).empty()) co_return absl::InvalidArgumentError("not an order");
  call.Answer(ToWire(ExampleWorkspace()));
  co_return absl::OkStatus();
}

}  // namespace

bool ServeGrpcAlone(int in_flight) {
  Loop loop;
  const auto work = boost::asio::make_work_guard(loop);
  const std::unique_ptr<Clock> clock = CreateSystemClock(loop);
  RpcServer server(loop, *clock, nullptr, {.max_calls = 2000 + in_flight, .max_streams = 100 + in_flight});
  server.Handle(kMethod, AnswerAtOnce);
  if (const absl::Status status = server.Start({"127.0.0.1:0"}); !status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return false;
  }
  std::fprintf(stderr, "{\"ports\":[%d]}\n", server.ports().front());
  loop.run();
  return true;
}

}  // namespace webex_gateway
