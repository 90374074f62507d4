// The bodies of requests and answers as cpprestsdk's streams, only for this folder. The library's own buffers give us
// no control: one grows without limit, the other is read long before its bytes leave.
#pragma once

#include <cpprest/astreambuf.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace webex_gateway {

// The common part: one direction each, bytes, completed at once.
class BodyBuffer : public concurrency::streams::details::streambuf_state_manager<uint8_t> {
 public:
  using streambuf_state_manager::streambuf_state_manager;

  // The library's own close schedules a task and waits for it on the only thread that could run it.
  pplx::task<void> close(std::ios_base::openmode) override { return pplx::task_from_result(); }
  pplx::task<void> close(std::ios_base::openmode, std::exception_ptr) override { return pplx::task_from_result(); }

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(size_t, std::ios_base::openmode) override {}
  size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return traits::eof(); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return traits::eof(); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override { return traits::eof(); }
  bool acquire(uint8_t*&, size_t&) override { return false; }
  void release(uint8_t*, size_t) override {}

 protected:
  pplx::task<size_t> _putn(const uint8_t*, size_t) override { return pplx::task_from_result<size_t>(0); }
  pplx::task<int_type> _putc(uint8_t) override { return Nothing(); }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  uint8_t* _alloc(size_t) override { return nullptr; }
  void _commit(size_t) override {}
  pplx::task<int_type> _bumpc() override { return Nothing(); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return Nothing(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return Nothing(); }
  pplx::task<int_type> _ungetc() override { return Nothing(); }
  pplx::task<size_t> _getn(uint8_t*, size_t) override { return pplx::task_from_result<size_t>(0); }
  size_t _scopy(uint8_t*, size_t) override { return 0; }

 private:
  static pplx::task<int_type> Nothing() { return pplx::task_from_result<int_type>(traits::eof()); }
};

// Why an answer is refused, for callers.
class AnswerRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
inline constexpr char kTooLong[] = "the answer is longer than allowed";
inline constexpr char kNotHttp[] = "the answer is not readable HTTP";

// An answer's body, with a limit. A chunk of the size "-1" would make the library allocate until the process ends; if
// the bytes are refused, it is an error.
class AnswerBody : public BodyBuffer {
 public:
  explicit AnswerBody(size_t limit) : BodyBuffer(std::ios_base::out), limit_(limit) {}

  std::string Take() { return std::move(bytes_); }

  pplx::task<size_t> putn_nocopy(const uint8_t* bytes, size_t count) override;

 private:
  pplx::task<size_t> _putn(const uint8_t* bytes, size_t count) override { return putn_nocopy(bytes, count); }

  const size_t limit_;
  std::string bytes_;
};

// A request's body. `may_leave` is called each time the library takes bytes of it, with whether they are the last; if
// it throws, they do not leave, and the request ends. The library's next step, which hands the bytes to the kernel,
// runs within the same call; after the last bytes `handed_over` follows. So only that step, some microseconds, lies
// between the two. (Bytes for which the kernel has no room leave later without a check; an order has some hundred
// bytes.)
class RequestBody : public BodyBuffer {
 public:
  struct Steps {
    std::function<void(bool last)> may_leave;
    std::function<void()> handed_over;
  };

  // `bytes` must outlive it.
  RequestBody(const std::string& bytes, Steps steps)
      : BodyBuffer(std::ios_base::in), bytes_(bytes), steps_(std::move(steps)) {}

  pplx::task<size_t> getn(uint8_t* target, size_t count) override;

  // The library seeks to the beginning before it sends again, which is stopped elsewhere.
  bool can_seek() const override { return true; }
  pos_type getpos(std::ios_base::openmode) const override { return static_cast<off_type>(taken_); }
  pos_type seekpos(pos_type to, std::ios_base::openmode) override;

 private:
  const std::string& bytes_;
  const Steps steps_;
  size_t taken_ = 0;
};

// The library's handle for either.
class BodyStream : public concurrency::streams::streambuf<uint8_t> {
 public:
  explicit BodyStream(std::shared_ptr<BodyBuffer> body) : streambuf<uint8_t>(std::move(body)) {}
};

}  // namespace webex_gateway
