#include "server/rpc/server_call.h"

#include <grpc/support/time.h>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/rpc/caller.h"
#include "server/rpc/metadata_size.h"
#include "server/rpc/status.h"

namespace webex_gateway {
namespace {

// Bytes of an RPC besides its headers and messages: frames, TLS, windows, pings. And the size that its message may have
// had if nobody reads it.
constexpr int64_t kFramesBytes = 1 << 10;
constexpr int64_t kUnreadBytes = 16 << 10;
// With so many other RPCs under way, an answer leaves by the poller's thread, which then need not be woken for each.
// With fewer it leaves at once, which is sooner.
constexpr size_t kBusy = 4;
// Metadata entries: honest callers have some dozen, and a proxy such as Envoy allows 100. gRPC reads RPCs with
// thousands of entries, of a byte each, faster than they are handled: they would pile up.
constexpr size_t kMaxEntries = 128;

absl::Status UnknownMethod(absl::string_view method) {
  return ToStatus({.code = absl::StatusCode::kUnimplemented,
                   .reason = "UNKNOWN_METHOD",
                   .message = absl::StrCat("there is no method ", method),
                   .outcome = Outcome::kUnchanged});
}

absl::Status TooMuchMetadata(absl::string_view unit, size_t count, size_t max) {
  const std::string fault = absl::StrCat("has ", count, " ", unit, "; at most ", max, " are allowed");
  return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                   .reason = "INVALID_REQUEST",
                   .message = absl::StrCat("the call's metadata ", fault),
                   .outcome = Outcome::kUnchanged,
                   .violations = {{"(metadata)", fault}}});
}

}  // namespace

std::shared_ptr<RpcServer::Call> RpcServer::Call::Tag::TakeBack() {
  const std::lock_guard lock(call_.giving_);
  return std::exchange(self_, nullptr);
}

void RpcServer::Call::Accept() {
  ++server_.calls_;
  Begin(done_, shared_from_this(), [this](void* tag) { context_.AsyncNotifyWhenDone(tag); });
  Begin(accepted_, shared_from_this(), [this](void* tag) {
    server_.service_.RequestCall(&context_, &stream_, server_.queue_.get(), server_.queue_.get(), tag);
  });
}

// ---- For the handler.

Async<std::optional<grpc::ByteBuffer>> RpcServer::Call::Read() {
  if (!first_read_) {
    first_read_ = true;
  } else {
    step_.emplace();
    Begin(reading_, shared_from_this(), [this](void* tag) { stream_.Read(&message_, tag); });
    co_await step_->Wait();
    if (step_ok_) ExplainMessage();
  }
  if (!step_ok_) co_return std::nullopt;
  co_return std::move(message_);
}

Async<bool> RpcServer::Call::Write(grpc::ByteBuffer message) {
  step_.emplace();
  EndWithin(server_.limits_.last_message);
  Begin(writing_, shared_from_this(), [&](void* tag) { stream_.Write(message, tag); });
  co_await step_->Wait();
  due_ = kNever;
  co_return step_ok_;
}

std::vector<std::string> RpcServer::Call::Metadata(const std::string& name) const {
  const auto [begin, end] = context_.client_metadata().equal_range(name);
  std::vector<std::string> values;
  for (auto entry = begin; entry != end; ++entry) values.emplace_back(entry->second.data(), entry->second.size());
  return values;
}

Clock::Time RpcServer::Call::deadline() const {
  // Not context_.deadline(), which overflows from the year 2262 on; clients send such deadlines to mean "none".
  const gpr_timespec at = gpr_convert_clock_type(context_.raw_deadline(), GPR_CLOCK_REALTIME);
  if (gpr_time_cmp(at, gpr_inf_future(GPR_CLOCK_REALTIME)) == 0) return Clock::Time::max();
  const absl::Time when = absl::FromUnixSeconds(at.tv_sec) + absl::Nanoseconds(at.tv_nsec);
  return Later(server_.clock_.Now(), when - server_.clock_.WallNow());
}

// ---- On the poller's thread.

void RpcServer::Call::OnAccepted(bool ok) {
  if (!ok) {  // the server is shutting down; the other tag will not be returned
    done_.TakeBack();
    return EndOne();
  }
  const auto method = server_.methods_.find(context_.method());
  if (method != server_.methods_.end()) method_ = &*method;
  holder_.connection = context_.peer();
  server_.hold_.OnArrival();
  server_.under_way_.insert(this);
  absl::Status status = TakeMetadata();
  if (status.ok()) status = Admit();
  admitted_ = status.ok();
  server_.AcceptNext();
  if (!admitted_) return Refuse(status);
  EndWithin(server_.limits_.first_message);
  Begin(first_, shared_from_this(), [this](void* tag) { stream_.Read(&message_, tag); });
}

absl::Status RpcServer::Call::Admit() {
  const auto connection = context_.auth_context();
  identity_ = IdentityOf(*connection);
  holder_.account = AccountOf(identity_, holder_.connection);
  if (method_ != nullptr && method_->second.type != RpcType::kUnary) holder_.kind = Places::Kind::kStream;
  const Peer peer{identity_, NamesOf(*connection), IsUnixSocket(holder_.connection)};
  if (absl::Status status = server_.check_caller_(peer, context_.method()); !status.ok()) return status;
  return server_.Admit(holder_);
}

void RpcServer::Call::Refuse(const absl::Status& status) {
  // Large metadata and no message, again and again, is a flood.
  if (holder_.places == 1) AccountFor(kUnreadBytes);
  EndUnhandled(status);
}

// Without the loop, for which any number of them could wait.
void RpcServer::Call::EndUnhandled(const absl::Status& status) {
  TellStarted();
  TellHandled(status, absl::ZeroDuration());
  Finish(status, shared_from_this());
}

void RpcServer::Call::OnFirstRead(bool ok) {
  due_ = kNever;
  if (ok) {
    ExplainMessage();
    return BeginHandling(true);
  }
  AccountFor(kUnreadBytes);
  server_.flood_guard_.CountAborted(holder_.connection);
  // Either the caller sends no message, or it has left: then nothing can be sent to it any more.
  EndWithin(server_.limits_.last_message);
  Begin(greeted_, shared_from_this(), [this](void* tag) { stream_.SendInitialMetadata(tag); });
}

void RpcServer::Call::OnGreeted(bool ok) {
  due_ = kNever;
  if (ok) return BeginHandling(false);
  EndUnhandled(absl::CancelledError("ended before its message was read"));
}

void RpcServer::Call::BeginHandling(bool has_message) {
  OnLoop([has_message](Call& call) {
    call.step_ok_ = has_message;
    Spawn(call.server_.loop_, call.Run(call.shared_from_this()));
  });
}

void RpcServer::Call::OnStep(bool ok) {
  OnLoop([ok](Call& call) {
    call.step_ok_ = ok;
    call.step_->Set();
  });
}

void RpcServer::Call::OnFinished(bool) {
  server_.under_way_.erase(this);
  if (admitted_) server_.Leave(holder_);
  if (unexplained_ > 0) AccountFor(unexplained_);
  EndOne();
}

void RpcServer::Call::EndOne() {
  if (--server_.calls_ == 0) server_.calls_.notify_all();
}

void RpcServer::Call::OnDone(bool) {
  if (admitted_ && context_.IsCancelled()) {
    OnLoop([](Call& call) { call.GiveUp(); });
  }
}

void RpcServer::Call::EndIfOverdue(Clock::Time now) {
  if (now.time_since_epoch().count() < due_) return;
  due_ = kNever;
  context_.TryCancel();
}

// Too much is refused; an amount that only a flood brings ends the connection.
absl::Status RpcServer::Call::TakeMetadata() {
  const MetadataMap& metadata = context_.client_metadata();
  const MetadataSize size = MeasureMetadata(context_.method(), context_.host(), metadata);
  const auto max_bytes = static_cast<size_t>(server_.limits_.max_metadata_bytes);
  if (size.entries > kMaxEntries) {
    server_.flood_guard_.Condemn(holder_.connection);
    return TooMuchMetadata("entries", size.entries, kMaxEntries);
  }
  holder_.places = size.Places();
  const auto received = static_cast<int64_t>(BytesReceivedFor(size, metadata)) + kFramesBytes;
  if (size.Counted() > max_bytes) {
    // A refused RPC takes no place; so the guard must prevent them from piling up.
    unexplained_ = received;
    return TooMuchMetadata("bytes", size.Counted(), max_bytes);
  }
  AccountFor(received);
  return absl::OkStatus();
}

// ---- On the loop.

Async<void> RpcServer::Call::Run(std::shared_ptr<Call> self) {
  const Clock::Time begun = server_.clock_.Now();
  TellStarted();
  const absl::Status status = co_await Handle();
  if (server_.hold_.holds()) co_await server_.hold_.Wait(deadline());
  TellHandled(status, absl::FromChrono(server_.clock_.Now() - begun));
  if (server_.handled_.size() < kBusy) co_return Finish(status, std::move(self));
  server_.to_poller_->Post([this, status, self = std::move(self)]() mutable { Finish(status, std::move(self)); });
}

Async<absl::Status> RpcServer::Call::Handle() {
  if (method_ == nullptr) co_return UnknownMethod(context_.method());
  server_.handled_.insert(this);
  absl::Status status = co_await method_->second.handler(*this);
  server_.handled_.erase(this);
  co_return status;
}

// ---- On either.

void RpcServer::Call::ExplainMessage() {
  const auto bytes = static_cast<int64_t>(message_.Length());
  AccountFor(bytes + bytes / 8);
}

void RpcServer::Call::EndWithin(absl::Duration limit) {
  due_ = Later(server_.clock_.Now(), limit).time_since_epoch().count();
}

void RpcServer::Call::TellStarted() {
  if (server_.observer_ != nullptr) server_.observer_->OnStarted(MethodToTell());
}

void RpcServer::Call::TellHandled(const absl::Status& status, absl::Duration elapsed) {
  if (server_.observer_ != nullptr) server_.observer_->OnHandled(MethodToTell(), status.code(), elapsed);
}

const std::string& RpcServer::Call::MethodToTell() const {
  static const auto& none = *new std::string();
  return method_ == nullptr ? none : method_->first;
}

absl::Duration RpcServer::Call::TimeLeft() const {
  const Clock::Time until = deadline();
  return until == Clock::Time::max() ? absl::InfiniteDuration() : absl::FromChrono(until - server_.clock_.Now());
}

void RpcServer::Call::Finish(const absl::Status& status, std::shared_ptr<Call> self) {
  for (const auto& [key, value] : RetryTrailers(status, TimeLeft())) context_.AddTrailingMetadata(key, value);
  EndWithin(server_.limits_.last_message);
  Begin(finished_, std::move(self), [&](void* tag) {
    if (status.ok() && answer_) {
      stream_.WriteAndFinish(*answer_, grpc::WriteOptions(), grpc::Status::OK, tag);
    } else {
      stream_.Finish(ToGrpcStatus(status), tag);
    }
  });
}

}  // namespace webex_gateway
