#include "server/rpc/hand_over.h"

#include <grpc/support/time.h>

#include <utility>

namespace webex_gateway {

void HandOver::Post(absl::AnyInvocable<void()> work) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(work));
  if (waiting_.size() > 1) return;
  wake_ = std::make_unique<grpc::Alarm>(&queue_, gpr_time_0(GPR_CLOCK_MONOTONIC), static_cast<Completion*>(this));
}

void HandOver::Happened(bool) {
  std::vector<absl::AnyInvocable<void()>> work;
  {
    const std::lock_guard lock(mutex_);
    work = std::exchange(waiting_, {});
  }
  for (absl::AnyInvocable<void()>& each : work) each();
}

}  // namespace webex_gateway
