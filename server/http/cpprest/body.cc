#include "server/http/cpprest/body.h"

#include <pplx/pplxtasks.h>

#include <algorithm>
#include <cstring>

namespace webex_gateway {
namespace {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // the library's interface has none; it is held as what it is
class AtOnce final : public pplx::scheduler_interface {
 public:
  explicit AtOnce(std::function<void()> then) : then_(std::move(then)) {}
  void schedule(pplx::TaskProc_t task, void* argument) override {
    task(argument);
    then_();
  }

 private:
  const std::function<void()> then_;
};
#pragma GCC diagnostic pop

// A continuation with these options runs within the call that requests it, and `then` after it.
pplx::task_options RunsAtOnce(std::function<void()> then = [] {}) {
  return pplx::task_options(std::make_shared<AtOnce>(std::move(then)));
}

}  // namespace

pplx::task<size_t> AnswerBody::putn_nocopy(const uint8_t* bytes, size_t count) {
  if (count > limit_ - bytes_.size()) {
    return pplx::task_from_exception<size_t>(AnswerRefused(kTooLong));
  }
  bytes_.append(reinterpret_cast<const char*>(bytes), count);
  return pplx::task_from_result(count);
}

pplx::task<size_t> RequestBody::getn(uint8_t* target, size_t count) {
  count = std::min(count, bytes_.size() - taken_);
  const bool last = taken_ + count == bytes_.size();
  try {
    steps_.may_leave(last);
  } catch (...) {
    return pplx::task_from_exception<size_t>(std::current_exception(), RunsAtOnce());
  }
  std::memcpy(target, bytes_.data() + taken_, count);
  taken_ += count;
  return pplx::task_from_result(count, last ? RunsAtOnce(steps_.handed_over) : RunsAtOnce());
}

BodyBuffer::pos_type RequestBody::seekpos(pos_type to, std::ios_base::openmode) {
  taken_ = std::min(static_cast<size_t>(static_cast<off_type>(to)), bytes_.size());
  return to;
}

}  // namespace webex_gateway
