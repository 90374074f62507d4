#include "server/rpc/rpc_server.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/rpc/caller.h"
#include "server/rpc/status.h"
#include "server/rpc/tls_credentials.h"

namespace webex_gateway {
namespace {

// How long handlers may take to answer once the grace of a shutdown is over.
constexpr absl::Duration kLastAnswers = absl::Seconds(1);

constexpr absl::Duration kOverloadPause = absl::Seconds(1);

// What an RPC may bring beside its headers' and messages' own bytes: frames, TLS, windows, pings. And what its message
// may have been where nobody reads it.
constexpr int64_t kFramesBytes = 1 << 10;
constexpr int64_t kUnreadBytes = 16 << 10;

absl::Status TooManyCalls() {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "GATEWAY_OVERLOADED",
                   .message = "too many calls are under way",
                   .outcome = Outcome::kNotApplied,
                   .retry_after = kOverloadPause});
}

absl::Status UnknownMethod(absl::string_view method) {
  return ToStatus({.code = absl::StatusCode::kUnimplemented,
                   .reason = "UNKNOWN_METHOD",
                   .message = absl::StrCat("there is no method ", method),
                   .outcome = Outcome::kNotApplied});
}

bool IsUnixSocket(const std::string& peer) { return absl::StartsWith(peer, "unix:"); }

template <typename Step>
void OnLoopAndWait(Loop& loop, Step step) {
  std::promise<void> done;
  boost::asio::post(loop, [&] {
    step();
    done.set_value();
  });
  done.get_future().wait();
}

// What a completion queue's tag points to.
class Completion {
 public:
  virtual void Happened(bool ok) = 0;  // on the poller's thread

 protected:
  ~Completion() = default;
};

}  // namespace

// Lives from the moment it waits for an RPC until gRPC and the handler are both done with it: whoever may still touch
// it holds a reference.
class RpcServer::Call : public RpcCall, public std::enable_shared_from_this<Call> {
 public:
  explicit Call(RpcServer& server) : server_(server) { context_.AsyncNotifyWhenDone(&done_); }

  // On the poller's thread, or before it runs.
  void Accept() {
    accepted_.self = done_.self = shared_from_this();
    server_.service_.RequestCall(&context_, &stream_, server_.queue_.get(), server_.queue_.get(), &accepted_);
  }

  Async<std::optional<grpc::ByteBuffer>> Read() override {
    if (!first_read_) {
      first_read_ = true;
    } else {
      BeginStep(reading_);
      stream_.Read(&message_, &reading_);
      co_await step_->Wait();
      if (step_ok_) ExplainMessage();
    }
    if (!step_ok_) co_return std::nullopt;
    co_return std::move(message_);
  }

  Async<bool> Write(grpc::ByteBuffer message) override {
    BeginStep(writing_);
    stream_.Write(message, &writing_);
    co_await step_->Wait();
    co_return step_ok_;
  }

  void Answer(grpc::ByteBuffer message) override { answer_ = std::move(message); }
  void AddTrailer(const std::string& key, const std::string& value) override {
    context_.AddTrailingMetadata(key, value);
  }
  std::vector<std::string> Metadata(const std::string& name) const override {
    const auto [begin, end] = context_.client_metadata().equal_range(name);
    std::vector<std::string> values;
    for (auto entry = begin; entry != end; ++entry) values.emplace_back(entry->second.data(), entry->second.size());
    return values;
  }
  std::string caller() const override { return IdentityOf(*context_.auth_context()); }
  std::stop_token gone() const override { return gone_.get_token(); }
  void GiveUp() { gone_.request_stop(); }

  // On the poller's thread: ends the RPC where its caller has not done its part in time.
  void EndIfOverdue(Clock::Time now) {
    if (now.time_since_epoch().count() < due_) return;
    due_ = kNever;
    context_.TryCancel();
  }

  Clock::Time deadline() const override {
    if (context_.deadline() == std::chrono::system_clock::time_point::max()) return Clock::Time::max();
    const absl::Duration left = absl::FromChrono(context_.deadline()) - server_.clock_.WallNow();
    return Later(server_.clock_.Now(), left);
  }

 private:
  // A tag that keeps the call alive until it has come back, and says so to one of its methods.
  struct Tag final : Completion {
    explicit Tag(void (Call::*then)(bool)) : then_(then) {}
    void Happened(bool ok) override { (std::exchange(self, nullptr).get()->*then_)(ok); }
    std::shared_ptr<Call> self;

   private:
    void (Call::* const then_)(bool);
  };

  static constexpr Clock::Time::rep kNever = Clock::Time::max().time_since_epoch().count();

  void EndWithin(absl::Duration limit) { due_ = Later(server_.clock_.Now(), limit).time_since_epoch().count(); }

  Peer TellPeer() const { return {caller(), NamesOf(*context_.auth_context()), IsUnixSocket(peer_)}; }

  // For the flood guard: these bytes were the RPC's.
  void Explain(int64_t bytes) { server_.flood_guard_.Explain(peer_, bytes); }
  void ExplainHeaders() {
    size_t bytes = context_.method().size() + context_.host().size();
    for (const auto& [name, value] : context_.client_metadata()) bytes += name.size() + value.size();
    Explain(static_cast<int64_t>(bytes) + kFramesBytes);
  }
  void ExplainMessage() {
    const auto bytes = static_cast<int64_t>(message_.Length());
    Explain(bytes + bytes / 8);
  }

  template <typename Step>
  void OnLoop(Step step) {
    boost::asio::post(server_.loop_, [self = shared_from_this(), step] { step(*self); });
  }

  void BeginStep(Tag& tag) {
    tag.self = shared_from_this();
    step_.emplace();
  }

  // ---- On the poller's thread.

  void OnAccepted(bool ok) {
    if (!ok) {  // the server shuts down; the other tag will not come
      done_.self = nullptr;
      return;
    }
    peer_ = context_.peer();
    ExplainHeaders();
    ++server_.calls_;
    server_.under_way_.insert(this);
    admitted_ = server_.Admit(peer_);
    server_.AcceptNext();
    if (!admitted_) {
      Explain(kUnreadBytes);
      return Refuse();
    }
    EndWithin(server_.limits_.first_message);
    first_.self = shared_from_this();
    stream_.Read(&message_, &first_);
  }

  void OnFirstRead(bool ok) {
    due_ = kNever;
    if (ok) {
      ExplainMessage();
    } else {
      Explain(kUnreadBytes);
      server_.flood_guard_.CountVain(peer_);
    }
    Begin(ok);
  }

  // Without the loop: else those that are refused could wait for it in any number.
  void Refuse() {
    const absl::Status status = TooManyCalls();
    TellStarted();
    TellHandled(status, absl::ZeroDuration());
    Finish(status, shared_from_this());
  }

  void Begin(bool first_read) {
    OnLoop([first_read](Call& call) {
      call.step_ok_ = first_read;
      Spawn(call.server_.loop_, call.Run(call.shared_from_this()));
    });
  }

  void OnStep(bool ok) {
    OnLoop([ok](Call& call) {
      call.step_ok_ = ok;
      call.step_->Set();
    });
  }

  void OnFinished(bool) {
    server_.under_way_.erase(this);
    if (admitted_) server_.Leave(peer_);
    if (--server_.calls_ == 0) server_.calls_.notify_all();
  }

  void OnDone(bool) {
    if (context_.IsCancelled()) {
      OnLoop([](Call& call) { call.GiveUp(); });
    }
  }

  // ---- On the loop.

  Async<absl::Status> Handle() {
    const auto handler = server_.handlers_.find(context_.method());
    const Clock::Time begun = server_.clock_.Now();
    TellStarted();
    absl::Status status = server_.check_caller_(TellPeer(), context_.method());
    if (!status.ok()) {
      // Nothing that the caller sent is looked at.
    } else if (handler != server_.handlers_.end()) {
      server_.handled_.insert(this);
      status = co_await handler->second(*this);
      server_.handled_.erase(this);
    } else {
      status = UnknownMethod(context_.method());
    }
    TellHandled(status, absl::FromChrono(server_.clock_.Now() - begun));
    co_return status;
  }

  Async<void> Run(std::shared_ptr<Call> self) {
    const absl::Status status = co_await Handle();
    Finish(status, std::move(self));
  }

  // ---- On either thread.

  std::string ObservedMethod() const { return server_.handlers_.contains(context_.method()) ? context_.method() : ""; }
  void TellStarted() {
    if (server_.observer_ != nullptr) server_.observer_->OnStarted(ObservedMethod());
  }
  void TellHandled(const absl::Status& status, absl::Duration elapsed) {
    if (server_.observer_ != nullptr) server_.observer_->OnHandled(ObservedMethod(), status.code(), elapsed);
  }

  void Finish(const absl::Status& status, std::shared_ptr<Call> self) {
    for (const auto& [key, value] : RetryTrailers(status)) context_.AddTrailingMetadata(key, value);
    finished_.self = std::move(self);
    EndWithin(server_.limits_.last_message);
    if (status.ok() && answer_) {
      stream_.WriteAndFinish(*answer_, grpc::WriteOptions(), grpc::Status::OK, &finished_);
    } else {
      stream_.Finish(ToGrpcStatus(status), &finished_);
    }
  }

  RpcServer& server_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  Tag accepted_{&Call::OnAccepted};
  Tag first_{&Call::OnFirstRead};
  Tag reading_{&Call::OnStep};
  Tag writing_{&Call::OnStep};
  Tag finished_{&Call::OnFinished};
  Tag done_{&Call::OnDone};

  grpc::ByteBuffer message_;
  bool first_read_ = false;
  std::optional<Event> step_;
  bool step_ok_ = false;
  std::optional<grpc::ByteBuffer> answer_;
  std::stop_source gone_;
  std::string peer_;                            // as gRPC names it
  bool admitted_ = false;                       // the poller's
  std::atomic<Clock::Time::rep> due_ = kNever;  // when the caller must have done its part
};

RpcServer::RpcServer(Loop& loop, Clock& clock, ServerObserver* observer, Limits limits)
    : loop_(loop),
      clock_(clock),
      observer_(observer),
      limits_(limits),
      flood_guard_(limits.floods, [this](int connections) { tell_floods_(connections); }) {}

RpcServer::~RpcServer() { Shutdown(absl::ZeroDuration()); }

void RpcServer::Handle(const std::string& method, RpcHandler handler, RpcType type) {
  handlers_[method] = std::move(handler);
  if (observer_ != nullptr) observer_->OnMethod(method, type);
}

absl::Status RpcServer::Listen(const std::vector<std::string>& addresses, std::vector<Acceptor::Port>& ports) {
  ports_.clear();
  for (const std::string& address : addresses) {
    absl::StatusOr<std::vector<ListeningSocket>> sockets = webex_gateway::Listen(address);
    if (!sockets.ok()) return sockets.status();
    ports_.push_back(sockets->front().port());
    for (ListeningSocket& socket : *sockets) {
      Connections& connections = tls_ != nullptr && !socket.is_unix() ? tls_connections_ : plain_connections_;
      const auto take = [this, &connections](int descriptor) {
        flood_guard_.Add(descriptor);
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
        connection.fd = descriptor;
        connections->HandleNewConnection(&connection);
      };
      ports.push_back({std::move(socket), take});
    }
  }
  return absl::OkStatus();
}

absl::Status RpcServer::Start(const std::vector<std::string>& addresses,
                              std::shared_ptr<ServerCertificate> certificate) {
  if (certificate != nullptr) tls_ = TlsCredentials(std::move(certificate));
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
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    queue_->Shutdown();
    queue_ = nullptr;
    return absl::InternalError("gRPC cannot start");
  }
  AcceptNext();
  poller_ = std::thread([this] { Poll(); });
  acceptor_ = std::make_unique<Acceptor>(std::move(ports), AcceptLimits{.max_descriptor = MaxDescriptorForCallers()});
  return absl::OkStatus();
}

void RpcServer::Shutdown(absl::Duration grace) {
  if (server_ == nullptr) return;
  acceptor_ = nullptr;
  std::unique_ptr<Timer> timer;
  OnLoopAndWait(loop_, [&] { timer = clock_.At(Later(clock_.Now(), grace), [this] { GiveUpAll(); }); });
  server_->Shutdown(absl::ToChronoTime(clock_.WallNow() + grace + kLastAnswers));
  for (int under_way = calls_; under_way != 0; under_way = calls_) calls_.wait(under_way);
  OnLoopAndWait(loop_, [&] { timer.reset(); });
  queue_->Shutdown();
  poller_.join();
  server_ = nullptr;
}

void RpcServer::GiveUpAll() {
  for (Call* call : handled_) call->GiveUp();
}

bool RpcServer::Admit(const std::string& peer) {
  if (admitted_ >= limits_.max_calls) return false;
  // On a unix socket all callers have one name.
  int& of_peer = admitted_by_peer_[peer];
  if (of_peer >= limits_.max_streams && !IsUnixSocket(peer)) {
    flood_guard_.CountVain(peer);
    return false;
  }
  ++of_peer;
  ++admitted_;
  return true;
}

void RpcServer::Leave(const std::string& peer) {
  --admitted_;
  const auto of_peer = admitted_by_peer_.find(peer);
  if (--of_peer->second == 0) admitted_by_peer_.erase(of_peer);
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
