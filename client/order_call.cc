#include "client/order_call.h"

#include <type_traits>
#include <utility>

#include "absl/time/clock.h"

namespace webex_gateway::client {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::UpdateWorkspaceRequest;
using webex::broadworks::v1::WorkspaceService;

OrderCall::OrderCall(WorkspaceService::Stub& stub, grpc::CompletionQueue& queue, const BatchOrder& order,
                     const OrderCallOptions& options, void* tag)
    : request_id_(order.request_id()), validate_only_(options.validate_only) {
  context_.set_deadline(absl::ToChronoTime(absl::Now() + options.timeout));
  std::visit(
      [&](auto request) {
        request.set_validate_only(validate_only_);
        using Request = decltype(request);
        if constexpr (std::is_same_v<Request, ProvisionWorkspaceRequest>) {
          request.set_if_unknown(options.if_unknown);
          workspace_reader_ = stub.AsyncProvisionWorkspace(&context_, request, &queue);
        } else if constexpr (std::is_same_v<Request, UpdateWorkspaceRequest>) {
          workspace_reader_ = stub.AsyncUpdateWorkspace(&context_, request, &queue);
        } else {
          empty_reader_ = stub.AsyncRemoveWorkspace(&context_, request, &queue);
        }
      },
      order.request);
  if (workspace_reader_) workspace_reader_->Finish(&workspace_, &status_, tag);
  if (empty_reader_) empty_reader_->Finish(&empty_, &status_, tag);
}

BatchResult OrderCall::Take() {
  BatchResult result{.workspace_id = workspace_.id(), .metadata = ReadCallMetadata(context_, request_id_)};
  if (status_.ok()) return result;
  CallError error = ReadCallError(status_, result.metadata);
  if (error.reason.empty() && validate_only_) error.outcome = Outcome::kNotApplied;
  result.metadata = error.metadata;
  result.error = std::move(error);
  return result;
}

}  // namespace webex_gateway::client
