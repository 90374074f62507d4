// The implementation of RpcCall: an RPC on gRPC's completion queue. Only for rpc_server.cc.
#pragma once

#include <atomic>
#include <boost/asio/post.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/rpc/caller.h"
#include "server/rpc/completion.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

// gRPC orders the poller's and the loop's accesses; but it is not built for ThreadSanitizer, which needs to see a lock.
#ifdef WEBEX_GATEWAY_UNDER_TSAN
using TagLock = std::mutex;
#else
struct TagLock {
  void lock() {}
  void unlock() {}
};
#endif

// Lives from when it waits for an RPC until gRPC and the handler are both finished with it: any code that may still use
// it holds a reference.
class RpcServer::Call : public RpcCall, public std::enable_shared_from_this<Call> {
 public:
  explicit Call(RpcServer& server) : server_(server) {}

  // On the poller's thread, or before it runs.
  void Accept();
  // On the poller's thread: ends the RPC if its caller has not done its part in time.
  void EndIfOverdue(Clock::Time now);
  // On the loop: from now on its caller counts as gone.
  void GiveUp() { gone_.request_stop(); }

  Async<std::optional<grpc::ByteBuffer>> Read() override;
  Async<bool> Write(grpc::ByteBuffer message) override;
  void Answer(grpc::ByteBuffer message) override { answer_ = std::move(message); }
  void AddTrailer(const std::string& key, const std::string& value) override {
    context_.AddTrailingMetadata(key, value);
  }
  std::vector<std::string> Metadata(const std::string& name) const override;
  std::string caller() const override { return identity_; }
  bool on_unix_socket() const override { return IsUnixSocket(holder_.connection); }
  std::string account() const override { return holder_.account; }
  std::stop_token gone() const override { return gone_.get_token(); }
  Clock::Time deadline() const override;

 private:
  // A tag that keeps the call alive until it is returned, and then calls one of its methods.
  class Tag final : public Completion {
   public:
    Tag(Call& call, void (Call::*then)(bool)) : call_(call), then_(then) {}
    void Give(std::shared_ptr<Call> self) { self_ = std::move(self); }
    std::shared_ptr<Call> TakeBack();
    void Happened(bool ok) override { (TakeBack().get()->*then_)(ok); }

   private:
    Call& call_;
    void (Call::* const then_)(bool);
    std::shared_ptr<Call> self_;
  };

  static constexpr Clock::Time::rep kNever = Clock::Time::max().time_since_epoch().count();

  // On the poller's thread.
  void OnAccepted(bool ok);
  void OnFirstRead(bool ok);
  void OnGreeted(bool ok);
  void OnStep(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);
  void EndOne();
  absl::Status Admit();
  absl::Status TakeMetadata();
  void Refuse(const absl::Status& status);
  void EndUnhandled(const absl::Status& status);
  void BeginHandling(bool has_message);
  // For the flood guard: this many bytes belonged to the RPC.
  void AccountFor(int64_t bytes) { server_.flood_guard_.AccountFor(holder_.connection, bytes); }

  // On the loop.
  Async<void> Run(std::shared_ptr<Call> self);
  Async<absl::Status> Handle();

  // On either.
  template <typename Step>
  void OnLoop(Step step) {
    boost::asio::post(server_.loop_, [self = shared_from_this(), step] { step(*self); });
  }
  void ExplainMessage();
  void EndWithin(absl::Duration limit);
  const std::string& MethodToTell() const;
  void TellStarted();
  void TellHandled(const absl::Status& status, absl::Duration elapsed);
  absl::Duration TimeLeft() const;
  void Finish(const absl::Status& status, std::shared_ptr<Call> self);

  // Starts a gRPC operation, after which the tag is returned.
  template <typename Step>
  void Begin(Tag& tag, std::shared_ptr<Call> self, Step step) {
    const std::lock_guard lock(giving_);
    tag.Give(std::move(self));
    step(static_cast<Completion*>(&tag));
  }

  RpcServer& server_;
  TagLock giving_;  // held while a tag is passed to gRPC, and when one is returned
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  Tag accepted_{*this, &Call::OnAccepted};
  Tag first_{*this, &Call::OnFirstRead};
  Tag greeted_{*this, &Call::OnGreeted};
  Tag reading_{*this, &Call::OnStep};
  Tag writing_{*this, &Call::OnStep};
  Tag finished_{*this, &Call::OnFinished};
  Tag done_{*this, &Call::OnDone};

  grpc::ByteBuffer message_;
  bool first_read_ = false;
  std::optional<Event> step_;
  bool step_ok_ = false;
  std::optional<grpc::ByteBuffer> answer_;
  std::stop_source gone_;
  // Set once the headers have arrived.
  Places::Holder holder_;
  std::string identity_;
  const Methods::value_type* method_ = nullptr;  // null: no such method
  bool admitted_ = false;                        // used by the poller's thread, like the members below
  int64_t unexplained_ = 0;                      // bytes that the flood guard treats as a flood until the RPC ends
  std::atomic<Clock::Time::rep> due_ = kNever;   // when the caller must have done its part
};

}  // namespace webex_gateway
