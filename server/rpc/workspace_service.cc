#include "server/rpc/workspace_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/base/error.h"
#include "server/base/trace_context.h"
#include "server/rpc/messages.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;

// By this metadata gRPC's clients mark a call that their library makes again on its own account (gRPC's proposal A6).
constexpr char kRetryMark[] = "grpc-previous-rpc-attempts";

constexpr char kProvision[] = "/webex.broadworks.v1.WorkspaceService/ProvisionWorkspace";

class Service {
 public:
  Service(Clock& clock, Provisioner& provisioner, RpcObserver& observer, absl::BitGenRef random,
          WorkspaceServiceOptions options)
      : clock_(clock), provisioner_(provisioner), observer_(observer), random_(random), options_(options) {}

  Async<absl::Status> Provision(RpcCall& call) {
    const Clock::Time begun = clock_.Now();
    const TraceContext trace = ReadTrace(call.Metadata(kTraceParentHeader), call.Metadata(kTraceStateHeader), random_);
    ProvisionResult result = co_await Order(call, begun, trace);
    if (const auto info = DetailOf<google::rpc::RequestInfo>(result.workspace.status())) {
      result.tracking_id = info->request_id();
    }
    call.AddTrailer("x-request-id", result.request_id);
    if (!result.tracking_id.empty()) call.AddTrailer("x-webex-tracking-id", result.tracking_id);
    if (result.replayed) call.AddTrailer("x-idempotent-replayed", "true");
    if (result.workspace.ok()) call.Answer(ToWire(*result.workspace));
    observer_.OnAnswered({.method = "ProvisionWorkspace",
                          .status = result.workspace.status(),
                          .request_id = result.request_id,
                          .tracking_id = result.tracking_id,
                          .attempts = result.attempts,
                          .validated_only = result.validated_only,
                          .elapsed = absl::FromChrono(clock_.Now() - begun),
                          .caller = call.caller(),
                          .trace_id = trace.trace_id,
                          .parent_span_id = trace.parent_span_id});
    co_return result.workspace.status();
  }

 private:
  Async<ProvisionResult> Order(RpcCall& call, Clock::Time begun, TraceContext trace) {
    const std::optional<grpc::ByteBuffer> bytes = co_await call.Read();
    ProvisionWorkspaceRequest request;
    std::vector<FieldViolation> violations = Decode(bytes, request);
    if (!violations.empty()) co_return provisioner_.Refuse(std::move(violations));
    const bool is_retry = !call.Metadata(kRetryMark).empty();
    Caller caller{DeadlineOf(call, begun), call.gone(), call.caller(), call.account(), std::move(trace), is_retry};
    co_return co_await provisioner_.Provision(std::move(request), std::move(caller));
  }

  Clock::Time DeadlineOf(const RpcCall& call, Clock::Time begun) const {
    if (call.deadline() == Clock::Time::max()) return Later(begun, options_.default_deadline);
    const absl::Duration left = absl::FromChrono(call.deadline() - begun);
    return Later(begun, left - AnswerMargin(left));
  }

  Clock& clock_;
  Provisioner& provisioner_;
  RpcObserver& observer_;
  absl::BitGenRef random_;
  const WorkspaceServiceOptions options_;
};

}  // namespace

absl::Duration AnswerMargin(absl::Duration left) {
  constexpr absl::Duration kOnTheWay = absl::Milliseconds(20);
  if (left < absl::Seconds(10)) return std::min(kOnTheWay, left / 5);
  if (left < absl::Seconds(100)) return kOnTheWay + absl::Milliseconds(100);
  return kOnTheWay + (left < absl::Seconds(1000) ? absl::Seconds(1) : absl::Seconds(10));
}

void AddWorkspaceService(RpcServer& server, Clock& clock, Provisioner& provisioner, RpcObserver& observer,
                         absl::BitGenRef random, WorkspaceServiceOptions options) {
  const auto service = std::make_shared<Service>(clock, provisioner, observer, random, options);
  server.Handle(kProvision, [service](RpcCall& call) { return service->Provision(call); });
}

}  // namespace webex_gateway
