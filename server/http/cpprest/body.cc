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
  void schedule(pplx::TaskProc_t task, void* argument) override { task(argument); }
};
#pragma GCC diagnostic pop

// A continuation with these options runs within the call that requests it.
const pplx::task_options& RunsOnAtOnce() {
  static const auto& options = *new pplx::task_options(std::make_shared<AtOnce>());
  return options;
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
  try {
    may_leave_(taken_ + count == bytes_.size());
  } catch (...) {
    return pplx::task_from_exception<size_t>(std::current_exception(), RunsOnAtOnce());
  }
  std::memcpy(target, bytes_.data() + taken_, count);
  taken_ += count;
  return pplx::task_from_result(count, RunsOnAtOnce());
}

BodyBuffer::pos_type RequestBody::seekpos(pos_type to, std::ios_base::openmode) {
  taken_ = std::min(static_cast<size_t>(static_cast<off_type>(to)), bytes_.size());
  return to;
}

}  // namespace webex_gateway
