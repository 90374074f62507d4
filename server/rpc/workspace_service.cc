#include "server/rpc/workspace_service.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "server/rpc/answer_margin.h"
#include "server/rpc/messages.h"
#include "server/rpc/unary.h"
#include "server/webex/methods.h"

namespace webex_gateway {
namespace {

// Marks of a call that a library or a proxy repeats by itself: gRPC's clients send the number of earlier attempts
// (gRPC's proposal A6), Envoy the number of this one (if configured: include_request_attempt_count).
constexpr char kAttemptsBefore[] = "grpc-previous-rpc-attempts";
constexpr char kAttempt[] = "x-envoy-attempt-count";

bool HasAbove(const RpcCall& call, const std::string& name, int bound) {
  const std::vector<std::string> values = call.Metadata(name);
  return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    int number = 0;
    return absl::SimpleAtoi(value, &number) && number > bound;
  });
}

bool IsRetry(const RpcCall& call) { return HasAbove(call, kAttemptsBefore, 0) || HasAbove(call, kAttempt, 1); }

class WorkspaceHandlers {
 public:
  WorkspaceHandlers(Orders& orders, WorkspaceServiceOptions options) : orders_(orders), options_(std::move(options)) {}

  Async<UnaryReply> Serve(const Method& method, UnaryRequest request) {
    OrderResult result = co_await Take(method, std::move(request));
    UnaryReply reply{.answer = absl::UnknownError("no answer"),
                     .request_id = std::move(result.request_id),
                     .tracking_id = std::move(result.tracking_id),
                     .attempts = result.attempts,
                     .validated_only = result.validated_only,
                     .replayed = result.replayed,
                     .webex_limit = options_.felt_limit()};
    if (result.answer.ok()) {
      reply.answer = ToWire(*result.answer);
    } else {
      reply.answer = std::move(result.answer).status();
    }
    co_return reply;
  }

 private:
  Async<OrderResult> Take(const Method& method, UnaryRequest request) {
    if (!request.faults.empty()) co_return orders_.Refuse(std::move(request.faults));
    const RpcCall& call = request.call;
    Caller caller{DeadlineOf(call, request.begun), call.gone(),  call.caller(), call.account(),
                  std::move(request.trace),        IsRetry(call)};
    co_return co_await orders_.Take(method, std::move(request.message), std::move(caller));
  }

  Clock::Time DeadlineOf(const RpcCall& call, Clock::Time begun) const {
    if (call.deadline() == Clock::Time::max()) return Later(begun, options_.default_deadline);
    const absl::Duration left = absl::FromChrono(call.deadline() - begun);
    return Later(begun, left - AnswerMargin(left));
  }

  Orders& orders_;
  const WorkspaceServiceOptions options_;
};

}  // namespace

void AddWorkspaceService(RpcServer& server, Clock& clock, Orders& orders, RpcObserver& observer, absl::BitGenRef random,
                         WorkspaceServiceOptions options) {
  const UnaryFrame frame{clock, observer, random, /*is_order=*/true, options.sampler};
  const auto service = std::make_shared<WorkspaceHandlers>(orders, std::move(options));
  for (const Method& method : Methods()) {
    AddUnaryMethod(server, frame, *method.rpc,
                   [service, &method](UnaryRequest request) { return service->Serve(method, std::move(request)); });
  }
}

}  // namespace webex_gateway
