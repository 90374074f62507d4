#include "server/rpc/unary.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/rpc/messages.h"

namespace webex_gateway {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageFactory;

class FramedMethod {
 public:
  FramedMethod(const UnaryFrame& frame, const google::protobuf::MethodDescriptor& method, UnaryHandler handler)
      : frame_(frame),
        service_(method.service()->full_name()),
        name_(method.name()),
        request_(*MessageFactory::generated_factory()->GetPrototype(method.input_type())),
        handler_(std::move(handler)) {}

  Async<absl::Status> Serve(RpcCall& call) {
    const Clock::Time begun = frame_.clock.Now();
    TraceContext trace = ReadTrace(call.Metadata(kTraceParentHeader), call.Metadata(kTraceStateHeader), frame_.random);
    Sample(trace, frame_.sampler, frame_.random);
    const std::optional<grpc::ByteBuffer> bytes = co_await call.Read();
    UnaryRequest request{call, begun, trace, std::unique_ptr<Message>(request_.New()), {}};
    request.faults = Decode(bytes, *request.message);
    UnaryReply reply = co_await handler_(std::move(request));
    if (const auto error = ErrorIn(reply.answer.status())) reply.tracking_id = error->tracking_id;
    AddTrailers(reply, call);
    if (reply.answer.ok()) call.Answer(*reply.answer);
    Report(reply, call, begun, trace);
    co_return reply.answer.status();
  }

 private:
  static void AddTrailers(const UnaryReply& reply, RpcCall& call) {
    if (!reply.request_id.empty()) call.AddTrailer("x-request-id", reply.request_id);
    if (!reply.tracking_id.empty()) call.AddTrailer("x-webex-tracking-id", reply.tracking_id);
    if (reply.replayed) call.AddTrailer("x-idempotent-replayed", "true");
    if (reply.webex_limit) call.AddTrailer("x-webex-rate-limit", absl::StrFormat("%.2f", *reply.webex_limit));
  }

  void Report(const UnaryReply& reply, const RpcCall& call, Clock::Time begun, const TraceContext& trace) {
    frame_.observer.OnAnswered({.method = name_,
                                .status = reply.answer.status(),
                                .request_id = reply.request_id,
                                .tracking_id = reply.tracking_id,
                                .attempts = reply.attempts,
                                .validated_only = reply.validated_only,
                                .elapsed = absl::FromChrono(frame_.clock.Now() - begun),
                                .is_order = frame_.is_order,
                                .caller = call.caller(),
                                .service = service_,
                                .trace = trace,
                                .begun = begun});
  }

  UnaryFrame frame_;
  const std::string& service_;
  const std::string& name_;
  const Message& request_;
  const UnaryHandler handler_;
};

}  // namespace

void AddUnaryMethod(RpcServer& server, const UnaryFrame& frame, const google::protobuf::MethodDescriptor& method,
                    UnaryHandler handler) {
  const auto framed = std::make_shared<FramedMethod>(frame, method, std::move(handler));
  server.Handle(absl::StrCat("/", method.service()->full_name(), "/", method.name()),
                [framed](RpcCall& call) { return framed->Serve(call); });
}

}  // namespace webex_gateway
