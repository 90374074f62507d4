#include "server/provisioning/provisioner.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/uuid.h"
#include "server/provisioning/validate.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;

// The caller gets no result, and Webex may have the order.
absl::Status LeftBehind(const Call& call) {
  const bool gone = call.stop.stop_requested();
  return ToStatus({.code = gone ? absl::StatusCode::kCancelled : absl::StatusCode::kDeadlineExceeded,
                   .reason = gone ? "CANCELLED_AFTER_SENT" : "DEADLINE_AFTER_SENT",
                   .message = absl::StrCat(gone ? "the call was given up" : "the deadline came",
                                           " after the order had been sent and before Webex answered"),
                   .outcome = Outcome::kUnknown,
                   .metadata = {{"attempts", absl::StrCat(call.attempts)}, {"request_id", call.request_id}}});
}

}  // namespace

// Shared by the caller's coroutine and the order's own, which may outlive it.
struct Provisioner::Order {
  ProvisionWorkspaceRequest request;
  Call call;
  std::optional<absl::StatusOr<ProvisionedWorkspace>> result;
  Event settled;  // the result is there
  Event woken;    // that, or the deadline, or the caller has gone
};

Provisioner::Provisioner(Loop& loop, Clock& clock, Workspaces& workspaces, std::function<std::string()> new_request_id)
    : loop_(loop), clock_(clock), workspaces_(workspaces), new_request_id_(std::move(new_request_id)) {}

Async<ProvisionResult> Provisioner::Provision(ProvisionWorkspaceRequest request, Caller caller) {
  // One that is no UUID is refused below; it must not get into metadata and logs all the same.
  const std::string request_id = IsUuid(request.request_id()) ? request.request_id() : new_request_id_();
  if (std::vector<FieldViolation> violations = Validate(request); !violations.empty()) {
    co_return ProvisionResult{InvalidRequest(std::move(violations), request_id), request_id};
  }
  if (request.validate_only())
    co_return ProvisionResult{.workspace = AsOrdered(request), .request_id = request_id, .validated_only = true};

  auto order = std::make_shared<Order>();
  order->request = std::move(request);
  order->call.request_id = request_id;
  order->call.deadline = caller.deadline;
  order->call.stop = caller.gone;
  ++under_way_;
  Spawn(loop_, Run(order));

  const auto wake = [order] { order->woken.Set(); };
  const auto timer = clock_.At(caller.deadline, wake);
  const std::stop_callback on_gone(caller.gone, wake);
  co_await order->woken.Wait();
  // Where nothing has left, the layers below give up by themselves, at once, and say so.
  if (!order->result && !order->call.in_flight) co_await order->settled.Wait();

  const int attempts = order->call.attempts;
  if (!order->result) co_return ProvisionResult{LeftBehind(order->call), request_id, "", attempts};
  absl::StatusOr<ProvisionedWorkspace>& provisioned = *order->result;
  if (!provisioned.ok()) co_return ProvisionResult{provisioned.status(), request_id, "", attempts};
  co_return ProvisionResult{std::move(provisioned->workspace), request_id, std::move(provisioned->tracking_id),
                            attempts};
}

ProvisionResult Provisioner::Refuse(std::vector<FieldViolation> violations) const {
  const std::string request_id = new_request_id_();
  return {InvalidRequest(std::move(violations), request_id), request_id};
}

void Provisioner::WhenIdle(absl::AnyInvocable<void()> then) {
  if (under_way_ == 0) return then();
  when_idle_ = std::move(then);
}

Async<void> Provisioner::Run(std::shared_ptr<Order> order) {
  order->result = co_await workspaces_.Provision(order->request, order->call);
  --under_way_;
  order->settled.Set();
  order->woken.Set();
  if (under_way_ == 0 && when_idle_) std::exchange(when_idle_, nullptr)();
}

}  // namespace webex_gateway
