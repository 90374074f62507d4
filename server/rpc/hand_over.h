// Hands work over to the thread that polls a completion queue. However much work arrives before that thread takes it,
// the queue is woken only once.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"
#include "server/rpc/completion.h"

namespace webex_gateway {

class HandOver final : public Completion {
 public:
  // `queue` must outlive it, and must not be shut down while work is waiting.
  explicit HandOver(grpc::CompletionQueue& queue) : queue_(queue) {}

  // Runs `work` on the poller's thread, soon. Any thread.
  void Post(absl::AnyInvocable<void()> work);

  void Happened(bool ok) override;

 private:
  grpc::CompletionQueue& queue_;
  std::mutex mutex_;
  std::vector<absl::AnyInvocable<void()>> waiting_;
  std::unique_ptr<grpc::Alarm> wake_;
};

}  // namespace webex_gateway
