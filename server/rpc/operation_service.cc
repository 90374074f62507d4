#include "server/rpc/operation_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/trace_context.h"
#include "server/orders/validate.h"
#include "server/rpc/messages.h"
#include "server/rpc/operation_messages.h"

namespace webex_gateway {
namespace {

namespace v1 = webex::broadworks::v1;

// The record of a resolution always names someone: by that it is told from an operation that nobody resolved.
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
                   .message =
                       "no order with this request id is on record; that does not say that none was carried out: "
                       "one that has ended is kept for --ledger_retention only",
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
  const absl::Time whole_second = absl::FromUnixSeconds(absl::ToUnixSeconds(operation.sends_until) + 1);
  const std::string until = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", whole_second, absl::UTCTimeZone());
  return ToStatus(
      {.code = absl::StatusCode::kFailedPrecondition,
       .reason = "OPERATION_MAY_STILL_BE_SENT",
       .message = absl::StrCat("the gateway that claimed the order may still send it, until ", until,
                               ": resolve it as not applied after that; or say that this gateway is gone, "
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

// Who asks.
struct Caller {
  std::string identity;
  std::optional<std::string> only;  // whose operations it is shown, see ReadPolicy::Only

  bool MaySee(const Operation& operation) const { return !only || (!only->empty() && operation.caller == *only); }
};

class Service {
 public:
  Service(Clock& clock, Ledger& ledger, RpcObserver& observer, ResolveObserver& resolutions, absl::BitGenRef random,
          ReadPolicy readers)
      : clock_(clock),
        ledger_(ledger),
        observer_(observer),
        resolutions_(resolutions),
        random_(random),
        readers_(std::move(readers)) {}

  // One RPC: reads its request, has it handled, answers and reports.
  template <typename Request, typename Response>
  Async<absl::Status> Serve(RpcCall& call, absl::string_view method,
                            Async<absl::StatusOr<Response>> (Service::*handle)(Request, Caller)) {
    const Clock::Time begun = clock_.Now();
    const TraceContext trace = ReadTrace(call.Metadata(kTraceParentHeader), call.Metadata(kTraceStateHeader), random_);
    const std::optional<grpc::ByteBuffer> bytes = co_await call.Read();
    Request request;
    std::string request_id;
    absl::Status status = Check(bytes, request);
    if (status.ok()) {
      request_id = absl::AsciiStrToLower(IdIn(request));
      Caller caller = CallerOf(call);
      absl::StatusOr<Response> response = co_await (this->*handle)(std::move(request), std::move(caller));
      status = response.status();
      if (response.ok()) call.Answer(ToWire(*response));
    }
    if (!request_id.empty()) call.AddTrailer("x-request-id", request_id);
    observer_.OnAnswered({.method = method,
                          .status = status,
                          .request_id = request_id,
                          .tracking_id = "",
                          .elapsed = absl::FromChrono(clock_.Now() - begun),
                          .is_order = false,
                          .caller = call.caller(),
                          .trace_id = trace.trace_id,
                          .parent_span_id = trace.parent_span_id});
    co_return status;
  }

  Async<absl::StatusOr<v1::Operation>> Get(v1::GetOperationRequest request, Caller caller) {
    const absl::StatusOr<Operation> operation = co_await Find(request.request_id(), std::move(caller));
    if (!operation.ok()) co_return operation.status();
    co_return ToMessage(*operation, WorkspaceShown::kYes);
  }

  Async<absl::StatusOr<v1::ListOperationsResponse>> List(v1::ListOperationsRequest request, Caller caller) {
    if (caller.only && caller.only->empty()) co_return v1::ListOperationsResponse();
    ListQuery query = ToQuery(request);
    query.caller = caller.only.value_or("");
    const absl::StatusOr<OperationPage> page = co_await ledger_.List(std::move(query));
    if (page.status().code() == absl::StatusCode::kInvalidArgument) {
      std::vector<FieldViolation> fault = {{"pageToken", "is not one that ListOperations gave"}};
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

  Async<absl::StatusOr<v1::Operation>> Resolve(v1::ResolveOperationRequest request, Caller caller) {
    const std::string by = caller.identity.empty() ? kAnonymous : caller.identity;
    const absl::StatusOr<Operation> found = co_await Find(request.request_id(), std::move(caller));
    if (!found.ok()) co_return found.status();
    if (found->state != OperationState::kUnknown) co_return NotUnknown(*found);
    std::vector<FieldViolation> faults = Contradictions(request.applied(), *found);
    if (!faults.empty()) co_return InvalidRequest(std::move(faults), found->request_id);

    Resolution resolution{found->request_id, std::nullopt, by, request.note()};
    if (request.has_applied()) resolution.workspace = Completed(request.applied(), *found);
    resolution.gateway_is_gone = request.gateway_is_gone();
    const absl::StatusOr<ResolveAnswer> answer = co_await ledger_.Resolve(resolution);
    if (!answer.ok()) co_return answer.status();
    if (answer->verdict == ResolveVerdict::kNotFound) co_return NotFound(found->request_id);
    if (answer->verdict == ResolveVerdict::kNotUnknown) co_return NotUnknown(answer->operation);
    if (answer->verdict == ResolveVerdict::kMayStillBeSent) co_return MayStillBeSent(*answer);
    resolutions_.OnResolved({resolution.request_id, resolution.by, request.has_applied()});
    co_return ToMessage(answer->operation, WorkspaceShown::kYes);
  }

 private:
  template <typename Request>
  absl::Status Check(const std::optional<grpc::ByteBuffer>& bytes, Request& request) const {
    if (!ledger_.is_kept()) return NotKept();
    std::vector<FieldViolation> faults = Decode(bytes, request);
    if (faults.empty()) faults = FaultsOf(request);
    return faults.empty() ? absl::OkStatus() : InvalidRequest(std::move(faults), "");
  }

  Caller CallerOf(const RpcCall& call) const {
    std::string identity = call.caller();
    std::optional<std::string> only = readers_.Only(identity, call.on_unix_socket());
    return {std::move(identity), std::move(only)};
  }

  Async<absl::StatusOr<Operation>> Find(std::string request_id, Caller caller) {
    absl::StatusOr<std::optional<Operation>> found = co_await ledger_.Get(request_id);
    if (!found.ok()) co_return found.status();
    // What it may not see it is not told of.
    if (!*found || !caller.MaySee(**found)) co_return NotFound(absl::AsciiStrToLower(request_id));
    co_return **std::move(found);
  }

  Clock& clock_;
  Ledger& ledger_;
  RpcObserver& observer_;
  ResolveObserver& resolutions_;
  absl::BitGenRef random_;
  const ReadPolicy readers_;
};

}  // namespace

void AddOperationService(RpcServer& server, Clock& clock, Ledger& ledger, RpcObserver& observer,
                         ResolveObserver& resolutions, absl::BitGenRef random, ReadPolicy readers) {
  const auto service = std::make_shared<Service>(clock, ledger, observer, resolutions, random, std::move(readers));
  const auto add = [&server, service](const std::string& method, auto handle) {
    server.Handle("/webex.broadworks.v1.OperationService/" + method,
                  [service, method, handle](RpcCall& call) { return service->Serve(call, method, handle); });
  };
  add("GetOperation", &Service::Get);
  add("ListOperations", &Service::List);
  add("ResolveOperation", &Service::Resolve);
}

}  // namespace webex_gateway
