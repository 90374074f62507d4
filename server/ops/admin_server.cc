#include "server/ops/admin_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <list>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/base/clock.h"
#include "server/base/host_port.h"

namespace webex_gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kMaxRequestBytes = 8 << 10;
constexpr absl::Duration kPauseAfterError = absl::Milliseconds(100);  // out of file descriptors, most likely

// The completion token of every wait here: the coroutine gets the result, `error` gets errors.
auto Into(error_code& error) { return asio::redirect_error(asio::use_awaitable_t<Loop::executor_type>(), error); }

absl::StatusOr<tcp::acceptor> Listen(Loop& loop, const std::string& address) {
  const auto cannot = [&address](absl::string_view why) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", why));
  };
  const std::optional<HostPort> parts = SplitHostPort(address);
  if (!parts) return cannot("no port");
  error_code error;
  const auto found = tcp::resolver(loop).resolve(std::string(parts->host), std::string(parts->port), error);
  if (error) return cannot(error.message());
  const tcp::endpoint endpoint = found.begin()->endpoint();
  tcp::acceptor acceptor(loop);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return cannot(error.message());
  return acceptor;
}

// Takes "host:port" or "host", and removes the port and the dot that may end a name.
absl::string_view HostOf(absl::string_view text) {
  const bool in_brackets = absl::StartsWith(text, "[");
  const size_t colon = text.find(':', in_brackets ? text.find(']') : 0);
  return absl::StripSuffix(text.substr(0, colon), ".");
}

bool IsAddress(absl::string_view host) {
  error_code error;
  if (absl::ConsumePrefix(&host, "[")) {
    if (!absl::ConsumeSuffix(&host, "]")) return false;
    asio::ip::make_address_v6(std::string(host), error);
  } else {
    asio::ip::make_address_v4(std::string(host), error);
  }
  return !error;
}

// The answer to a request that could not be read; nothing if there is nobody to answer.
std::optional<int> StatusOfReadError(error_code error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  const bool malformed = error.category() == http::make_error_code(http::error::bad_method).category();
  if (!malformed || error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  return 400;
}

class Server : public AdminServer {
 public:
  Server(Loop& loop, AdminOptions options, std::map<std::string, AdminPage> pages)
      : loop_(loop), options_(std::move(options)) {
    for (auto& [path, make] : pages) pages_[path].make = std::move(make);
    names_ = options_.names;
    names_.emplace_back(HostOf(options_.listen));
    names_.emplace_back("localhost");
  }

  ~Server() override {
    asio::post(io_, [this] {
      stop_.request_stop();
      acceptor_.reset();
    });
    if (thread_.joinable()) thread_.join();
    for (int under_way = *on_loop_; under_way != 0; under_way = *on_loop_) on_loop_->wait(under_way);
  }

  absl::Status Start() {
    absl::StatusOr<tcp::acceptor> acceptor = Listen(io_, options_.listen);
    if (!acceptor.ok()) return acceptor.status();
    acceptor_.emplace(*std::move(acceptor));
    port_ = acceptor_->local_endpoint().port();
    for (auto& [path, page] : pages_) Spawn(io_, MakeWhenAsked(page));
    Spawn(io_, Accept());
    thread_ = std::thread([this] { io_.run(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  // The answer to all requests between two makings of a page.
  struct Answer {
    std::optional<AdminAnswer> value;
    Event made;
    std::list<Event*> waiting;
  };

  struct Page {
    AdminPage make;
    std::shared_ptr<Answer> next;  // set if somebody has asked
    std::optional<Event> asked;
  };

  struct Connection {
    beast::tcp_stream stream;
    bool is_owed_an_answer = false;
  };

  using Request = http::request_parser<http::empty_body>;
  using Response = http::response<http::string_body>;

  Async<void> PauseFor(absl::Duration time) {
    Event over;
    co_await WaitFor(over, *clock_, Later(clock_->Now(), time), stop_.get_token());
  }

  Async<void> Accept() {
    while (!stop_.stop_requested()) {
      error_code error;
      co_await acceptor_->async_wait(tcp::acceptor::wait_read, Into(error));
      if (!error && !stop_.stop_requested()) error = TakeIn();
      co_await PauseFor(error ? kPauseAfterError : options_.accept_every);
    }
  }

  // All that wait, or as many as can be open without one being closed before it was served.
  error_code TakeIn() {
    for (int taken = 0; taken < options_.max_connections; ++taken) {
      tcp::socket socket(io_);
      error_code error;
      acceptor_->accept(socket, error);
      if (error == asio::error::would_block) return {};
      if (error) return error;
      Spawn(io_, Serve(std::move(socket)));
    }
    return {};
  }

  Async<void> Serve(tcp::socket socket) {
    Connection connection{.stream = beast::tcp_stream(std::move(socket))};
    const auto close = [&connection] { connection.stream.close(); };
    const std::stop_callback on_stop(stop_.get_token(), close);
    if (connections_.size() >= static_cast<size_t>(options_.max_connections)) EndOne();
    connections_.push_back(&connection);
    co_await Exchange(connection);
    connections_.remove(&connection);
  }

  void EndOne() {
    const auto owes_nothing = [](const Connection* connection) { return !connection->is_owed_an_answer; };
    auto ended = std::find_if(connections_.begin(), connections_.end(), owes_nothing);
    if (ended == connections_.end()) ended = connections_.begin();
    (*ended)->stream.close();
    connections_.erase(ended);
  }

  Async<void> Exchange(Connection& connection) {
    beast::tcp_stream& stream = connection.stream;
    beast::flat_buffer buffer(kMaxRequestBytes);
    Request request;
    request.header_limit(kMaxRequestBytes);
    error_code error;
    stream.expires_after(absl::ToChronoNanoseconds(options_.io_time));
    co_await http::async_read_header(stream, buffer, request, Into(error));
    if (error && !StatusOfReadError(error)) co_return;
    connection.is_owed_an_answer = true;
    AdminAnswer answer;
    if (error) {
      answer = {.status = *StatusOfReadError(error), .body = "the request is malformed or too long\n"};
    } else {
      answer = co_await AnswerTo(request.get());
    }
    const bool head = !error && request.get().method() == http::verb::head;
    co_await Send(stream, std::move(answer), head);
    connection.is_owed_an_answer = false;
    co_await Linger(stream);
  }

  bool IsForThisPort(const http::request<http::empty_body>& request) const {
    const auto [begin, end] = request.equal_range(http::field::host);
    return std::all_of(begin, end, [this](const auto& field) {
      const absl::string_view value(field.value().data(), field.value().size());
      const absl::string_view host = HostOf(value);
      const auto is_host = [host](absl::string_view name) { return absl::EqualsIgnoreCase(name, host); };
      return value.empty() || IsAddress(host) || std::any_of(names_.begin(), names_.end(), is_host);
    });
  }

  Async<AdminAnswer> AnswerTo(const http::request<http::empty_body>& request) {
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      co_return AdminAnswer{.status = 405, .body = "only GET and HEAD\n"};
    }
    if (!IsForThisPort(request)) {
      co_return AdminAnswer{.status = 421, .body = "use an IP address, localhost, or a name in --admin_names\n"};
    }
    const absl::string_view target(request.target().data(), request.target().size());
    const auto page = pages_.find(std::string(target.substr(0, target.find('?'))));
    if (page == pages_.end()) {
      const auto path = [](std::string* list, const auto& a_page) { list->append(a_page.first); };
      co_return AdminAnswer{.status = 404, .body = absl::StrCat("there is ", absl::StrJoin(pages_, " ", path), "\n")};
    }
    const std::shared_ptr<Answer> answer = AnswerOf(page->second);
    Event made;
    const auto place = answer->waiting.insert(answer->waiting.end(), &made);
    co_await WaitFor(made, *clock_, Later(clock_->Now(), options_.loop_time), stop_.get_token());
    answer->waiting.erase(place);
    if (!answer->value) co_return AdminAnswer{.status = 503, .body = "the gateway's loop is stuck\n"};
    co_return *answer->value;
  }

  static std::shared_ptr<Answer> AnswerOf(Page& page) {
    if (page.next == nullptr) {
      page.next = std::make_shared<Answer>();
      page.asked->Set();
    }
    return page.next;
  }

  // One answer at a time, each for all requests that have arrived meanwhile: if the loop is stuck, no more than one
  // waits for it.
  Async<void> MakeWhenAsked(Page& page) {
    while (!stop_.stop_requested()) {
      page.asked.emplace();
      if (page.next == nullptr) co_await WaitUntilStop(*page.asked);
      if (stop_.stop_requested()) co_return;
      const std::shared_ptr<Answer> answer = std::exchange(page.next, nullptr);
      ++*on_loop_;
      Spawn(loop_, Make(page.make, answer));
      co_await WaitUntilStop(answer->made);
      co_await PauseFor(options_.make_every);
    }
  }

  Async<void> WaitUntilStop(Event& event) {
    co_await WaitFor(event, *clock_, Later(clock_->Now(), absl::InfiniteDuration()), stop_.get_token());
  }

  // Called on the gateway's loop.
  Async<void> Make(const AdminPage& make, std::shared_ptr<Answer> answer) {
    const auto on_loop = on_loop_;  // outlives the server, since the last line here may run after it
    AdminAnswer value = co_await make();
    asio::post(io_, [answer = std::move(answer), value = std::move(value)]() mutable {
      answer->value = std::move(value);
      answer->made.Set();
      for (Event* made : answer->waiting) made->Set();
    });
    --*on_loop;
    on_loop->notify_all();
  }

  Async<void> Send(beast::tcp_stream& stream, AdminAnswer answer, bool head) {
    Response response(static_cast<http::status>(answer.status), 11);
    response.set(http::field::content_type, answer.content_type);
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : answer.headers) response.set(name, value);
    if (answer.status == 405) response.set(http::field::allow, "GET, HEAD");
    response.keep_alive(false);
    response.content_length(answer.body.size());
    if (!head) response.body() = std::move(answer.body);
    http::response_serializer<http::string_body> serializer(response);
    error_code error;
    stream.expires_after(absl::ToChronoNanoseconds(options_.io_time));
    if (head) {
      co_await http::async_write_header(stream, serializer, Into(error));
    } else {
      co_await http::async_write(stream, serializer, Into(error));
    }
  }

  // Waits a while for the client to close too: closing while bytes from it are unread could destroy the answer.
  Async<void> Linger(beast::tcp_stream& stream) {
    error_code error;
    stream.expires_after(absl::ToChronoNanoseconds(options_.linger));
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> sink;
    while (!error) co_await stream.async_read_some(asio::buffer(sink), Into(error));
  }

  Loop& loop_;
  const AdminOptions options_;
  std::vector<std::string> names_;                                                           // host names accepted
  const std::shared_ptr<std::atomic<int>> on_loop_ = std::make_shared<std::atomic<int>>(0);  // pages being made there
  int port_ = 0;

  // The members below are used by the thread.
  Loop io_{1};
  const std::unique_ptr<Clock> clock_ = CreateSystemClock(io_);
  std::stop_source stop_;
  std::optional<tcp::acceptor> acceptor_;
  std::list<Connection*> connections_;  // the oldest first
  std::map<std::string, Page> pages_;   // by path
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> StartAdminServer(Loop& loop, AdminOptions options,
                                                              std::map<std::string, AdminPage> pages) {
  auto server = std::make_unique<Server>(loop, std::move(options), std::move(pages));
  if (absl::Status started = server->Start(); !started.ok()) return started;
  return server;
}

}  // namespace webex_gateway
