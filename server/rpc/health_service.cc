#include "server/rpc/health_service.h"

#include <optional>
#include <utility>

#include "server/rpc/messages.h"

namespace webex_gateway {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

grpc::ByteBuffer Response(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return ToWire(response);
}

}  // namespace

HealthService::HealthService(RpcServer& server) {
  server.Handle("/grpc.health.v1.Health/Check", [this](RpcCall& call) { return Check(call); });
  server.Handle("/grpc.health.v1.Health/Watch", [this](RpcCall& call) { return Watch(call); }, RpcType::kServerStream);
}

void HealthService::Set(const std::string& service, bool serving) {
  statuses_[service] = serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  for (Event* watcher : watchers_) watcher->Set();
}

void HealthService::Stop() {
  stopped_ = true;
  for (auto& [service, status] : statuses_) status = HealthCheckResponse::NOT_SERVING;
  for (Event* watcher : watchers_) watcher->Set();
}

HealthService::Status HealthService::Of(const std::string& service) const {
  const auto found = statuses_.find(service);
  return found == statuses_.end() ? HealthCheckResponse::SERVICE_UNKNOWN : found->second;
}

Async<absl::Status> HealthService::Check(RpcCall& call) {
  const std::optional<grpc::ByteBuffer> bytes = co_await call.Read();
  HealthCheckRequest request;
  if (!bytes || !FromWire(*bytes, request)) co_return absl::InvalidArgumentError("no HealthCheckRequest");
  const Status status = Of(request.service());
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) co_return absl::NotFoundError("unknown service");
  call.Answer(Response(status));
  co_return absl::OkStatus();
}

Async<absl::Status> HealthService::Watch(RpcCall& call) {
  const std::optional<grpc::ByteBuffer> bytes = co_await call.Read();
  HealthCheckRequest request;
  if (!bytes || !FromWire(*bytes, request)) co_return absl::InvalidArgumentError("no HealthCheckRequest");
  std::optional<Status> told;
  while (!call.gone().stop_requested()) {
    Event changed;
    if (const Status status = Of(request.service()); told != status) {
      told = status;
      const bool written = co_await call.Write(Response(status));
      if (!written) break;
      continue;  // it may have changed meanwhile
    }
    if (stopped_) co_return absl::UnavailableError("the server is stopping");
    const auto place = watchers_.insert(watchers_.end(), &changed);
    const auto leave = [&changed] { changed.Set(); };
    const std::stop_callback on_gone(call.gone(), leave);
    co_await changed.Wait();
    watchers_.erase(place);
  }
  co_return absl::CancelledError("the watcher has disconnected");
}

}  // namespace webex_gateway
