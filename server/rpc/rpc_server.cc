#include "server/rpc/rpc_server.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/on_loop.h"
#include "server/rpc/server_call.h"
#include "server/rpc/tls_credentials.h"

namespace webex_gateway {
namespace {

// A caller may have received its answers, and begun as many new RPCs, before we learn that the answers have left.
constexpr int kRpcsPerStream = 2;

constexpr absl::Duration kTellFullEvery = absl::Minutes(1);
constexpr absl::Duration kOverloadPause = absl::Seconds(1);

Places::Bounds PlacesWithin(const Limits& limits) {
  return {.calls = limits.max_calls,
          .calls_per_connection = kRpcsPerStream * limits.max_streams,
          .streams = limits.max_watches,
          .streams_per_connection = limits.max_watches_per_connection,
          .streams_per_account = limits.max_watches_per_account};
}

}  // namespace

RpcServer::RpcServer(Loop& loop, Clock& clock, ServerObserver* observer, Limits limits)
    : loop_(loop),
      clock_(clock),
      observer_(observer),
      limits_(limits),
      flood_guard_(limits.floods, [this](int connections) { tell_floods_(connections); }),
      handshakes_(clock, [this](const std::string& peer, const std::string& why,
                                int64_t failures) { tell_handshakes_(peer, why, failures); }),
      refusals_told_(clock, kTellFullEvery),
      places_(PlacesWithin(limits)),
      full_told_(clock, kTellFullEvery),
      hold_(clock) {}

RpcServer::~RpcServer() { Shutdown(absl::ZeroDuration()); }

void RpcServer::Handle(const std::string& method, RpcHandler handler, RpcType type) {
  methods_[method] = {std::move(handler), type};
  if (observer_ != nullptr) observer_->OnMethod(method, type);
}

absl::Status RpcServer::Listen(const std::vector<std::string>& addresses, std::vector<Acceptor::Port>& ports) {
  ports_.clear();
  for (const std::string& address : addresses) {
    absl::StatusOr<std::vector<ListeningSocket>> sockets = webex_gateway::Listen(address);
    if (!sockets.ok()) return sockets.status();
    if (!sockets->front().is_unix()) ports_.push_back(sockets->front().port());
    for (ListeningSocket& socket : *sockets) {
      const bool tls = tls_ != nullptr && !socket.is_unix();
      ports.push_back({std::move(socket), [this, tls](int descriptor) {
                         tls ? TakeTls(descriptor) : Take(descriptor, plain_connections_);
                       }});
    }
  }
  return absl::OkStatus();
}

void RpcServer::Take(int descriptor, Connections& connections) {
  flood_guard_.Add(descriptor);
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.fd = descriptor;
  connections->HandleNewConnection(&connection);
}

void RpcServer::TakeTls(int descriptor) {
  handshakes_.Watch(descriptor, [this, descriptor] { Take(descriptor, tls_connections_); });
}

absl::Status RpcServer::Start(const std::vector<std::string>& addresses,
                              std::shared_ptr<ServerCertificate> certificate) {
  if (certificate != nullptr) tls_ = CreateTlsCredentials(std::move(certificate));
  std::vector<Acceptor::Port> ports;
  if (absl::Status status = Listen(addresses, ports); !status.ok()) return status;
  grpc::ServerBuilder builder;
  Limit(builder, limits_);
  using Type = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
  plain_connections_ =
      builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, grpc::InsecureServerCredentials());
  if (tls_ != nullptr) {
    tls_connections_ = builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, tls_);
  }
  builder.RegisterAsyncGenericService(&service_);
  queue_ = builder.AddCompletionQueue();
  to_poller_ = std::make_unique<HandOver>(*queue_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    queue_->Shutdown();
    queue_ = nullptr;
    return absl::InternalError("gRPC cannot start");
  }
  AcceptNext();
  poller_ = std::thread([this] { Poll(); });
  if (absl::Status status = CheckRoomForCallers(); !status.ok()) return status;
  acceptor_ = std::make_unique<Acceptor>(std::move(ports),
                                         AcceptLimits{.max_descriptor = MaxDescriptorForCallers(),
                                                      .make_room = [this] { return flood_guard_.EndLongestIdle(); },
                                                      .refused = [this] { OnConnectionRefused(); }});
  return absl::OkStatus();
}

void RpcServer::SendCallersAway() {
  if (server_ == nullptr || go_away_ != nullptr) return;
  acceptor_ = nullptr;
  go_away_ = std::make_unique<GoAway>(*server_);
  OnLoopAndWait(loop_, [&] { hold_.End(); });
}

void RpcServer::Shutdown(absl::Duration grace, absl::Duration last_answers) {
  if (server_ == nullptr) return;
  SendCallersAway();
  std::unique_ptr<Timer> timer;
  OnLoopAndWait(loop_, [&] { timer = clock_.At(Later(clock_.Now(), grace), [this] { GiveUpAll(); }); });
  server_->Shutdown(absl::ToChronoTime(clock_.WallNow() + grace + last_answers));
  for (int left = calls_; left != 0; left = calls_) calls_.wait(left);
  OnLoopAndWait(loop_, [&] { timer.reset(); });
  queue_->Shutdown();
  poller_.join();
  go_away_ = nullptr;
  server_ = nullptr;
}

void RpcServer::GiveUpAll() {
  for (Call* call : handled_) call->GiveUp();
}

void RpcServer::OnConnectionRefused() {
  ++connections_refused_;
  if (refusals_told_.IsTime())
    tell_full_("closed a caller's connection: too many are open, each with an RPC under way");
}

absl::Status RpcServer::Admit(const Places::Holder& holder) {
  const Places::Verdict verdict = places_.Enter(holder);
  if (verdict == Places::Verdict::kAdmitted) {
    flood_guard_.Begin(holder.connection);
    return absl::OkStatus();
  }
  if (verdict == Places::Verdict::kTooManyOnConnection) flood_guard_.CountAborted(holder.connection);
  if (verdict == Places::Verdict::kNoneLeft && full_told_.IsTime()) {
    tell_full_(absl::StrCat("refused an RPC of ", holder.account, ": ", places_.taken(holder.kind),
                            " of all places are taken, and it may use no more"));
  }
  // An earlier call under the same request id may have been applied: the ledger was not asked.
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "GATEWAY_OVERLOADED",
                   .message = "too many calls are under way",
                   .outcome = Outcome::kUnchanged,
                   .retry_after = kOverloadPause});
}

void RpcServer::Leave(const Places::Holder& holder) {
  places_.Leave(holder);
  flood_guard_.End(holder.connection);
}

RpcServer::Use RpcServer::use() const {
  return {.calls = places_.taken(Places::Kind::kCall),
          .max_calls = places_.bounds().calls,
          .watches = places_.taken(Places::Kind::kStream),
          .max_watches = places_.bounds().streams,
          .refused_calls = places_.refused(Places::Kind::kCall),
          .refused_watches = places_.refused(Places::Kind::kStream)};
}

void RpcServer::AcceptNext() { std::make_shared<Call>(*this)->Accept(); }

void RpcServer::Poll() {
  void* tag = nullptr;
  bool ok = false;
  const auto look_every = absl::ToChronoMilliseconds(limits_.first_message / 10);
  Clock::Time next_look = clock_.Now() + look_every;
  for (;;) {
    const auto wake = under_way_.empty() ? std::chrono::system_clock::time_point::max()
                                         : std::chrono::system_clock::now() + look_every;
    const auto next = queue_->AsyncNext(&tag, &ok, wake);
    if (next == grpc::CompletionQueue::SHUTDOWN) return;
    if (next == grpc::CompletionQueue::GOT_EVENT) static_cast<Completion*>(tag)->Happened(ok);
    if (clock_.Now() < next_look) continue;
    EndOverdue();
    next_look = clock_.Now() + look_every;
  }
}

void RpcServer::EndOverdue() {
  const Clock::Time now = clock_.Now();
  for (Call* call : under_way_) call->EndIfOverdue(now);
}

}  // namespace webex_gateway
