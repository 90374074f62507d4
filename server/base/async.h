// Coroutines on the gateway's single event loop. All of the gateway's logic runs on the loop's thread, so it needs no
// locks; nothing on it may block.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "absl/functional/any_invocable.h"

namespace webex_gateway {

using Loop = boost::asio::io_context;

// The return type of a coroutine on the loop. It starts when it is awaited.
//
// A bug of g++ 12: in an expression with co_await, a braced temporary, and a lambda's captures by value, are destroyed
// twice. So name them first, on a separate line. Also name the value of a co_await in the condition of an `if` whose
// branches wait too, or the coroutine resumes in the wrong place.
template <typename T>
using Async = boost::asio::awaitable<T, Loop::executor_type>;

// Runs `task` on the loop to its end, even if nobody waits for it any more. An exception that escapes it ends the
// process: errors are values here.
void Spawn(Loop& loop, Async<void> task);

// Happens once. The only bridge from callbacks to coroutines: anything that may end a wait (an answer, a timer, a
// caller who disconnects) sets the same event, and the coroutine continues.
//
// For the loop's thread only; at most one coroutine waits.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Resumes the waiter on the loop, after the current handler; a later Wait returns at once. A second call has no
  // effect.
  void Set();
  bool is_set() const { return set_; }

  Async<void> Wait();

 private:
  bool set_ = false;
  absl::AnyInvocable<void()> resume_;
};

}  // namespace webex_gateway
