// A loop that runs on its own thread, like the gateway's.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <optional>
#include <thread>

#include "server/base/async.h"

namespace webex_gateway {

class LoopThread {
 public:
  ~LoopThread() {
    work_.reset();
    thread_.join();
  }

  Loop& loop() { return loop_; }
  std::thread::id id() const { return thread_.get_id(); }

  // Runs `step` on the loop and waits for its end.
  void Run(const std::function<void()>& step) {
    std::promise<void> done;
    boost::asio::post(loop_, [&] {
      step();
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  Loop loop_;
  std::optional<boost::asio::executor_work_guard<Loop::executor_type>> work_{loop_.get_executor()};
  std::thread thread_{[this] { loop_.run(); }};
};

}  // namespace webex_gateway
