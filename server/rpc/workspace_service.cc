#include "server/rpc/workspace_service.h"

#include <memory>
#include <utility>

#include "server/rpc/answer_margin.h"
#include "server/rpc/messages.h"
#include "server/rpc/unary.h"
#include "server/webex/methods.h"

namespace webex_gateway {
namespace {

// By this metadata gRPC's clients mark a call that their library makes again on its own account (gRPC's proposal A6).
constexpr char kRetryMark[] = "grpc-previous-rpc-attempts";

class Service {
 public:
  Service(Orders& orders, WorkspaceServiceOptions options) : orders_(orders), options_(options) {}

  Async<UnaryReply> Serve(const Method& method, UnaryRequest request) {
    OrderResult result = co_await Take(method, std::move(request));
    UnaryReply reply{.answer = absl::UnknownError("no answer"),
                     .request_id = std::move(result.request_id),
                     .tracking_id = std::move(result.tracking_id),
                     .attempts = result.attempts,
                     .validated_only = result.validated_only,
                     .replayed = result.replayed};
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
    Caller caller{
        DeadlineOf(call, request.begun),   call.gone(), call.caller(), call.account(), std::move(request.trace),
        !call.Metadata(kRetryMark).empty()};
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
  const UnaryFrame frame{clock, observer, random, /*is_order=*/true};
  const auto service = std::make_shared<Service>(orders, options);
  for (const Method& method : Methods()) {
    AddUnaryMethod(server, frame, *method.rpc,
                   [service, &method](UnaryRequest request) { return service->Serve(method, std::move(request)); });
  }
}

}  // namespace webex_gateway
