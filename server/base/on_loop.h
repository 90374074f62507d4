// From other threads onto the loop.
#pragma once

#include <boost/asio/post.hpp>
#include <future>

#include "server/base/async.h"

namespace webex_gateway {

// Runs `step` on the loop, and returns when it has run. Not for the loop's own thread, which must run.
template <typename Step>
void OnLoopAndWait(Loop& loop, Step step) {
  std::promise<void> done;
  boost::asio::post(loop, [&] {
    step();
    done.set_value();
  });
  done.get_future().wait();
}

// Destroys what belongs to the loop, which may be using it. Likewise not on the loop's own thread.
struct DeleteOnLoop {
  Loop& loop;
  template <typename T>
  void operator()(T* owned) const {
    OnLoopAndWait(loop, [owned] { delete owned; });
  }
};

}  // namespace webex_gateway
