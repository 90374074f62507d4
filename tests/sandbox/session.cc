#include "tests/sandbox/session.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <type_traits>
#include <utility>

#include "absl/time/clock.h"
#include "tests/sandbox/reply.h"
#include "tests/sandbox/request_parser.h"

namespace webex_gateway::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;
using PlainStream = asio::ip::tcp::socket;
using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;

constexpr size_t kReadSize = 16 * 1024;

int StatusOfParseError(error_code error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  return 400;
}

template <typename Stream>
class Session final : public Sweepable {
 public:
  Session(Worker& worker, Stream stream)
      : Sweepable(worker), world_(worker.world), stream_(std::move(stream)), timer_(worker.io) {}

  awaitable<void> Run() {
    bool goes_on = co_await Handshake();
    while (goes_on) goes_on = co_await ServeOne();
  }

 private:
  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

  PlainStream& Socket() override {
    if constexpr (kIsTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  // Each of these returns whether the connection continues. Each result is stored in a variable first: GCC 12 destroys
  // a coroutine that is awaited inside a condition too early, and the process crashes with an illegal instruction.

  awaitable<bool> Handshake() {
    error_code error;
    if constexpr (kIsTls) {
      AwaitClient();
      co_await stream_.async_handshake(TlsStream::server, redirect_error(use_awaitable, error));
    }
    co_return !error;
  }

  awaitable<bool> ServeOne() {
    request_.Clear();
    parser_.emplace(request_);
    parser_->header_limit(kMostHeaderBytes);
    parser_->body_limit(kMostBodyBytes);
    const bool has_head = co_await ReadHead();
    if (!has_head) co_return false;
    const std::shared_ptr<const Fault> fault = BeginRequest(world_, request_);
    Reply reply;
    if (fault != nullptr && fault->when == Fault::When::kBefore) {
      reply = ReplyBeforeBody(*fault);
    } else {
      const bool has_body = co_await ReadBody();
      if (!has_body) co_return false;
      reply = ReplyTo(world_, request_, fault.get(), parser_->keep_alive(), absl::Now());
    }
    const bool goes_on = co_await Perform(reply);
    co_return goes_on;
  }

  awaitable<bool> ReadHead() {
    bool goes_on = true;
    while (goes_on && !parser_->is_header_done()) goes_on = co_await Advance();
    co_return goes_on;
  }

  awaitable<bool> ReadBody() {
    bool goes_on = true;
    if (parser_->expects_continue() && !parser_->is_done()) goes_on = co_await Send("HTTP/1.1 100 Continue\r\n\r\n");
    while (goes_on && !parser_->is_done()) goes_on = co_await Advance();
    co_return goes_on;
  }

  // Feeds the parser with the bytes read, or reads more if those were not enough.
  awaitable<bool> Advance() {
    error_code error = http::error::need_more;
    if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), error));
    if (!error) co_return true;
    if (error == http::error::need_more && buffer_.size() >= kMostHeaderBytes) error = http::error::buffer_overflow;
    bool goes_on = false;
    if (error == http::error::need_more) {
      goes_on = co_await ReadMore();
    } else {
      Reply refusal = Refusal(world_, StatusOfParseError(error));
      goes_on = co_await Perform(refusal);
    }
    co_return goes_on;
  }

  awaitable<bool> ReadMore() {
    AwaitClient();
    error_code error;
    const size_t size =
        co_await stream_.async_read_some(buffer_.prepare(kReadSize), redirect_error(use_awaitable, error));
    if (error) co_return false;
    buffer_.commit(size);
    co_return true;
  }

  awaitable<bool> Perform(Reply& reply) {
    if (reply.wait > absl::ZeroDuration()) co_await Sleep(reply.wait);
    if (reply.then != Reply::Then::kHang) reply.under_way.reset();
    bool goes_on = false;
    if (reply.gap > absl::ZeroDuration()) {
      goes_on = co_await Drip(reply);
    } else {
      goes_on = co_await Send(reply.bytes);
    }
    if (!goes_on || reply.then == Reply::Then::kKeep) co_return goes_on;
    co_await End(reply);
    co_return false;
  }

  awaitable<bool> Send(absl::string_view bytes) {
    if (bytes.empty()) co_return true;
    AwaitClient();
    error_code error;
    co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), redirect_error(use_awaitable, error));
    co_return !error;
  }

  awaitable<bool> Drip(const Reply& reply) {
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < reply.bytes.size(); ++i) {
      co_await Sleep(reply.gap);
      goes_on = co_await Send(absl::string_view(&reply.bytes[i], 1));
    }
    co_return goes_on;
  }

  awaitable<void> Sleep(absl::Duration duration) {
    Pause();
    timer_.expires_after(absl::ToChronoNanoseconds(duration));
    error_code ignored;
    co_await timer_.async_wait(redirect_error(use_awaitable, ignored));
  }

  awaitable<void> End(const Reply& reply) {
    error_code ignored;
    if (reply.then == Reply::Then::kReset) {
      Socket().set_option(asio::socket_base::linger(true, 0), ignored);
      Socket().close(ignored);
    } else if (reply.then == Reply::Then::kHang) {
      co_await Hang(reply.hang);
    } else {
      if constexpr (kIsTls) {
        AwaitClient();
        if (reply.then == Reply::Then::kEnd) co_await stream_.async_shutdown(redirect_error(use_awaitable, ignored));
      }
      co_await Linger();
    }
  }

  awaitable<void> Hang(absl::Duration duration) {
    if (duration > absl::ZeroDuration()) {
      co_await Sleep(duration);
    } else {
      Pause();
      co_await DiscardUntilEnd();
    }
  }

  // Sends the FIN and waits for the client's. Closing at once with unread bytes would send an RST, which discards what
  // the client has not read yet.
  awaitable<void> Linger() {
    error_code ignored;
    Socket().shutdown(asio::socket_base::shutdown_send, ignored);
    AwaitClient();
    co_await DiscardUntilEnd();
  }

  awaitable<void> DiscardUntilEnd() {
    std::array<char, 4096> sink;
    error_code error;
    while (!error) co_await Socket().async_read_some(asio::buffer(sink), redirect_error(use_awaitable, error));
  }

  World& world_;
  Stream stream_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  Request request_;
  std::optional<RequestParser> parser_;
};

}  // namespace

awaitable<void> Serve(Worker& worker, asio::ip::tcp::socket socket, asio::ssl::context* tls) {
  if (tls == nullptr) {
    Session<PlainStream> session(worker, std::move(socket));
    co_await session.Run();
  } else {
    Session<TlsStream> session(worker, TlsStream(std::move(socket), *tls));
    co_await session.Run();
  }
}

}  // namespace webex_gateway::sandbox
