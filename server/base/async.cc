#include "server/base/async.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <utility>

namespace webex_gateway {

void Spawn(Loop& loop, Async<void> task) {
  boost::asio::co_spawn(loop.get_executor(), std::move(task), [](std::exception_ptr escaped) {
    if (escaped) std::rethrow_exception(escaped);
  });
}

void Event::Set() {
  if (set_) return;
  set_ = true;
  if (resume_) std::exchange(resume_, nullptr)();
}

Async<void> Event::Wait() {
  if (set_) co_return;
  // Named and by reference: g++ 12 destroys by-value captures twice if the lambda is inside the co_await expression.
  auto initiate = [this](auto&& handler) {
    resume_ = [handler = std::forward<decltype(handler)>(handler)]() mutable { boost::asio::post(std::move(handler)); };
  };
  using Token = boost::asio::use_awaitable_t<Loop::executor_type>;
  Token token;
  co_await boost::asio::async_initiate<Token, void()>(initiate, token);
}

}  // namespace webex_gateway
