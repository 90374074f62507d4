#include "server/rpc/operation_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/orders/refusal.h"
#include "server/orders/validate.h"
#include "server/rpc/messages.h"
#include "server/rpc/operation_messages.h"
#include "server/rpc/unary.h"

namespace webex_gateway {
namespace {

namespace v1 = webex::broadworks::v1;

// The record of a resolution always names someone: that distinguishes it from an operation that nobody resolved.
constexpr char kAnonymous[] = "anonymous";

absl::Status NotKept() {
  return ToStatus({.code = absl::StatusCode::kUnimplemented,
                   .reason = "LEDGER_NOT_KEPT",
                   .message = "this gateway keeps no record of orders: it runs with --ledger=none",
                   .outcome = Outcome::kNotApplied});
}

absl::Status NotFound(const std::string& request_id) {
  return ToStatus({.code = absl::StatusCode::kNotFound,
                   .reason = "OPERATION_NOT_FOUND",
                   .message = "no order with this request id is on record; it may have been carried out nevertheless: "
                              "a completed order is kept only for --ledger_retention",
                   .outcome = Outcome::kNotApplied,
                   .metadata = {{"request_id", request_id}}});
}

absl::Status NotUnknown(const Operation& operation) {
  return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                   .reason = "OPERATION_NOT_UNKNOWN",
                   .message = absl::StrCat("the operation is ", NameOf(operation.state),
                                           "; only one that is UNKNOWN can be resolved"),
                   .outcome = Outcome::kNotApplied,
                   .metadata = {{"request_id", operation.request_id}, {"state", NameOf(operation.state)}}});
}

absl::Status MayStillBeSent(const ResolveAnswer& answer) {
  const Operation& operation = answer.operation;
  const std::string until = SentUntil(operation);
  return ToStatus(
      {.code = absl::StatusCode::kFailedPrecondition,
       .reason = "OPERATION_MAY_STILL_BE_SENT",
       .message = absl::StrCat("the gateway that claimed the order may still send it, until ", until,
                               ": resolve it as not applied after that, or state that this gateway is gone, "
                               "if that is certain"),
       .outcome = Outcome::kNotApplied,
       .metadata = {{"request_id", operation.request_id}, {"gateway", operation.gateway}, {"sends_until", until}},
       .retry_after = answer.wait});
}

const std::string& IdIn(const v1::ListOperationsRequest& /*request*/) {
  static const std::string none;
  return none;
}
template <typename Request>
const std::string& IdIn(const Request& request) {
  return request.request_id();
}

// The caller.
struct AskingCaller {
  std::string identity;
  std::optional<std::string> only;  // whose operations it may see, see ReadPolicy::Only

  bool MaySee(const Operation& operation) const { return !only || (!only->empty() && operation.caller == *only); }
};

class OperationHandlers {
 public:
  OperationHandlers(Ledger& ledger, ResolveObserver& resolutions, ReadPolicy readers)
      : ledger_(ledger), resolutions_(resolutions), readers_(std::move(readers)) {}

  template <typename Request, typename Response>
  Async<UnaryReply> Serve(UnaryRequest unary,
                          Async<absl::StatusOr<Response>> (OperationHandlers::*handle)(Request, AskingCaller)) {
    auto& request = static_cast<Request&>(*unary.message);
    if (const absl::Status fault = Check(std::move(unary.faults), request); !fault.ok()) co_return UnaryReply{fault};
    UnaryReply reply{.answer = absl::UnknownError("no answer"), .request_id = absl::AsciiStrToLower(IdIn(request))};
    AskingCaller caller = CallerOf(unary.call);
    const absl::StatusOr<Response> response = co_await (this->*handle)(std::move(request), std::move(caller));
    if (response.ok()) {
      reply.answer = ToWire(*response);
    } else {
      reply.answer = response.status();
    }
    co_return reply;
  }

  Async<absl::StatusOr<v1::Operation>> Get(v1::GetOperationRequest request, AskingCaller caller) {
    const absl::StatusOr<Operation> operation = co_await Find(request.request_id(), std::move(caller));
    if (!operation.ok()) co_return operation.status();
    co_return ToMessage(*operation, WorkspaceShown::kYes);
  }

  Async<absl::StatusOr<v1::ListOperationsResponse>> List(v1::ListOperationsRequest request, AskingCaller caller) {
    if (caller.only && caller.only->empty()) co_return v1::ListOperationsResponse();
    ListQuery query = ToQuery(request);
    query.caller = caller.only.value_or("");
    const absl::StatusOr<OperationPage> page = co_await ledger_.List(std::move(query));
    if (page.status().code() == absl::StatusCode::kInvalidArgument) {
      std::vector<FieldViolation> fault = {{"pageToken", "is not one that ListOperations returned"}};
      co_return InvalidRequest(std::move(fault), "");
    }
    if (!page.ok()) co_return page.status();
    v1::ListOperationsResponse response;
    for (const Operation& operation : page->operations) {
      *response.add_operations() = ToMessage(operation, WorkspaceShown::kNo);
    }
    response.set_next_page_token(page->next_page_token);
    co_return response;
  }

  Async<absl::StatusOr<v1::Operation>> Resolve(v1::ResolveOperationRequest request, AskingCaller caller) {
    const std::string by = caller.identity.empty() ? kAnonymous : caller.identity;
    const absl::StatusOr<Operation> found = co_await Find(request.request_id(), std::move(caller));
    if (!found.ok()) co_return found.status();
    if (found->state != OperationState::kUnknown) co_return NotUnknown(*found);
    std::vector<FieldViolation> faults = FaultsBeside(*found, request);
    if (!faults.empty()) co_return InvalidRequest(std::move(faults), found->request_id);

    const Resolution resolution = ResolutionOf(request, *found, by);
    const absl::StatusOr<ResolveAnswer> answer = co_await ledger_.Resolve(resolution);
    if (!answer.ok()) co_return WithOutcome(answer.status(), Outcome::kUnknown);  // it may be on record nevertheless
    if (answer->verdict == ResolveVerdict::kNotFound) co_return NotFound(found->request_id);
    if (answer->verdict == ResolveVerdict::kNotUnknown) co_return NotUnknown(answer->operation);
    if (answer->verdict == ResolveVerdict::kMayStillBeSent) co_return MayStillBeSent(*answer);
    resolutions_.OnResolved({resolution.request_id, resolution.by, request.has_applied()});
    co_return ToMessage(answer->operation, WorkspaceShown::kYes);
  }

 private:
  template <typename Request>
  absl::Status Check(std::vector<FieldViolation> faults, const Request& request) const {
    if (!ledger_.is_kept()) return NotKept();
    if (faults.empty()) faults = FaultsOf(request);
    return faults.empty() ? absl::OkStatus() : InvalidRequest(std::move(faults), "");
  }

  AskingCaller CallerOf(const RpcCall& call) const {
    std::string identity = call.caller();
    std::optional<std::string> only = readers_.Only(identity, call.on_unix_socket());
    return {std::move(identity), std::move(only)};
  }

  Async<absl::StatusOr<Operation>> Find(std::string request_id, AskingCaller caller) {
    absl::StatusOr<std::optional<Operation>> found = co_await ledger_.Get(request_id);
    if (!found.ok()) co_return found.status();
    // Operations that it may not see look as if they did not exist.
    if (!*found || !caller.MaySee(**found)) co_return NotFound(absl::AsciiStrToLower(request_id));
    co_return **std::move(found);
  }

  Ledger& ledger_;
  ResolveObserver& resolutions_;
  const ReadPolicy readers_;
};

}  // namespace

void AddOperationService(RpcServer& server, Clock& clock, Ledger& ledger, RpcObserver& observer,
                         ResolveObserver& resolutions, absl::BitGenRef random, ReadPolicy readers, Sampler sampler) {
  const UnaryFrame frame{clock, observer, random, /*is_order=*/false, std::move(sampler)};
  const auto service = std::make_shared<OperationHandlers>(ledger, resolutions, std::move(readers));
  const auto& methods = *v1::GetOperationRequest::descriptor()->file()->FindServiceByName("OperationService");
  const auto add = [&](const char* method, auto handle) {
    AddUnaryMethod(server, frame, *methods.FindMethodByName(method),
                   [service, handle](UnaryRequest request) { return service->Serve(std::move(request), handle); });
  };
  add("GetOperation", &OperationHandlers::Get);
  add("ListOperations", &OperationHandlers::List);
  add("ResolveOperation", &OperationHandlers::Resolve);
}

}  // namespace webex_gateway
