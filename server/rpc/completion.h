// What a completion queue's tag points to.
#pragma once

namespace webex_gateway {

class Completion {
 public:
  // On the thread that polls the queue.
  virtual void Happened(bool ok) = 0;

 protected:
  ~Completion() = default;
};

}  // namespace webex_gateway
