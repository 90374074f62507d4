#include "server/http/cpprest_client.h"

#include <cpprest/astreambuf.h>
#include <cpprest/http_client.h>
#include <cpprest/rawptrstream.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pplx/threadpool.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

namespace streams = concurrency::streams;
using web::http::http_request;
using web::http::http_response;

// The library's own timeout is a trap: when it fires on a reused connection, the library sends the request again. So it
// is set where it never fires, and every deadline is a timer of ours that cancels the request, after which it is not
// sent again.
constexpr absl::Duration kLibraryTimeout = absl::Minutes(10);
constexpr char kUserAgent[] = "webex-gateway";

// ---- The answer's body: a stream buffer with a bound. The library's own grows for ever, and a chunk of the size "-1"
// makes it allocate until the process ends; refusing to take the bytes turns both into errors.

class BoundedBody : public streams::details::streambuf_state_manager<uint8_t> {
 public:
  explicit BoundedBody(size_t limit)
      : streams::details::streambuf_state_manager<uint8_t>(std::ios_base::out), limit_(limit) {}

  std::string Take() { return std::move(bytes_); }

  pplx::task<size_t> putn_nocopy(const uint8_t* bytes, size_t count) override {
    if (count > limit_ - bytes_.size()) {
      return pplx::task_from_exception<size_t>(std::length_error("the answer is longer than allowed"));
    }
    bytes_.append(reinterpret_cast<const char*>(bytes), count);
    return pplx::task_from_result(count);
  }
  // The library's own close schedules a task and waits for it, on the only thread that could run it.
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

 private:
  pplx::task<size_t> _putn(const uint8_t* bytes, size_t count) override { return putn_nocopy(bytes, count); }
  pplx::task<int_type> _putc(uint8_t byte) override {
    return _putn(&byte, 1).then([byte](size_t) { return static_cast<int_type>(byte); });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  uint8_t* _alloc(size_t) override { return nullptr; }
  void _commit(size_t) override {}

  // Only written to.
  pplx::task<int_type> _bumpc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  pplx::task<int_type> _ungetc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  pplx::task<size_t> _getn(uint8_t*, size_t) override { return pplx::task_from_result<size_t>(0); }
  size_t _scopy(uint8_t*, size_t) override { return 0; }

  const size_t limit_;
  std::string bytes_;
};

class BodyStream : public streams::streambuf<uint8_t> {
 public:
  explicit BodyStream(std::shared_ptr<BoundedBody> body) : streams::streambuf<uint8_t>(std::move(body)) {}
};

// ---- One attempt. The library holds it (through the request's progress handler and the continuations) for as long as
// it may still read the body, which after a cancelled name lookup is longer than Send takes.

struct Attempt {
  Attempt(HttpRequest the_request, Call& the_call, size_t max_answer_bytes)
      : request(std::move(the_request)),
        call(&the_call),
        answer_body(std::make_shared<BoundedBody>(max_answer_bytes)),
        // A request without a body is complete with its headers, and the library does not tell when these are out.
        left(request.body.empty()) {}

  const HttpRequest request;
  Call* call;  // null once the attempt is over
  const std::shared_ptr<BoundedBody> answer_body;
  bool left;           // the server may have all of the request
  bool stale = false;  // nothing was sent: the connection at hand was not fit for it
  absl::StatusOr<HttpAnswer> result = SendError(SendFailure::kAnswerLost, "no answer yet");
  pplx::task<http_response> headers;
  pplx::cancellation_token_source cancel;
  Event over;

  void End(absl::StatusOr<HttpAnswer> with) {
    if (call == nullptr) return;
    result = std::move(with);
    call->in_flight = false;
    call = nullptr;
    headers = {};
    over.Set();
  }

  void Abandon(SendFailure failure, absl::string_view why) {
    if (call == nullptr) return;
    End(SendError(failure, why));
    cancel.cancel();  // closes the socket
  }

  // Without a body a request is no order. And once a body has begun to leave, whatever the library reports may be about
  // a second transmission of its own, which is vetoed: only a body that was not written whole can be but the first one.
  void Fail(const absl::Status& error) {
    const bool whole = left && !absl::StartsWith(error.message(), "Failed to write request body");
    End(whole ? SendError(SendFailure::kAnswerLost, error.message()) : error);
  }

  // The library calls this when the headers are out and the body is about to follow: the last moment at which the
  // request can be held back. A second time means that the library has begun to send the request again on its own.
  void OnBodyStarts() {
    if (call == nullptr) throw std::runtime_error("given up before the body was sent");
    if (left && !request.body.empty()) throw std::runtime_error("connection lost before the answer; not sent again");
    left = true;
    call->in_flight = true;
  }

  // The library calls this before it hands the connection on. It takes 100 or 103 for the final answer, so the next
  // order on that connection would get the final one: an exception closes it.
  void OnAnswerStarts() {
    if (call != nullptr && headers.is_done() && headers.get().status_code() < 200) {
      throw std::runtime_error("an interim answer only");
    }
  }
};

// ---- What the library's exceptions say. The texts are constants of its source, the codes are errno's or OpenSSL's.

class StaleConnection : public std::runtime_error {
 public:
  StaleConnection() : std::runtime_error("the connection had gone stale") {}
};

// The library says "host unreachable" of every connect that fails; and 1 and 2 are no errno but Asio's ends of a
// stream.
std::string Because(int code) {
  if (code <= 2 || code == EHOSTUNREACH) return "";
  const bool is_errno = code < 200;  // else OpenSSL's
  const char* reason = is_errno ? std::strerror(code) : ERR_reason_error_string(static_cast<unsigned long>(code));
  return reason == nullptr ? "" : absl::StrCat(": ", reason);
}

// The error for a request that was not sent; Attempt::Fail knows whether it was.
absl::Status ToSendError(const web::http::http_exception& error) {
  const absl::string_view text = error.what();
  const int code = error.error_code().value();
  const auto packed = static_cast<unsigned long>(code);
  if (text == "Error in SSL handshake" && ERR_GET_LIB(packed) == ERR_LIB_SSL &&
      ERR_GET_REASON(packed) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return SendError(SendFailure::kCertificate, "Webex's certificate was refused");
  }
  return SendError(SendFailure::kUnreachable, absl::StrCat(text, Because(code)));
}

// Runs `step`; what it throws ends the attempt. False: it threw.
template <typename Step>
bool Guarded(Attempt& attempt, Step step) {
  try {
    step();
    return true;
  } catch (const StaleConnection& error) {
    attempt.stale = !attempt.left;  // else it was a transmission of the library's own that found it
    attempt.Fail(SendError(SendFailure::kUnreachable, error.what()));
  } catch (const web::http::http_exception& error) {
    attempt.Fail(ToSendError(error));
  } catch (const std::exception& error) {
    attempt.Fail(SendError(SendFailure::kUnreachable, error.what()));
  }
  return false;
}

// ---- Certificates: read once for all connections. The library builds a TLS context for each of them.

using CertificateStore = std::shared_ptr<X509_STORE>;

absl::StatusOr<CertificateStore> LoadCertificates(const std::string& ca_file) {
  CertificateStore store(X509_STORE_new(), X509_STORE_free);
  const bool loaded = ca_file.empty() ? X509_STORE_set_default_paths(store.get()) == 1
                                      : X509_STORE_load_file(store.get(), ca_file.c_str()) == 1;
  ERR_clear_error();
  if (loaded) return store;
  return absl::InvalidArgumentError(absl::StrCat("no certificates could be read from ", ca_file));
}

// Throws where a pooled connection must not be used: the server has closed it, or has sent what nobody asked for and
// the next order would take for its answer. The library itself looks at none. `socket` is not open yet where the
// connection is new.
void CheckFreshness(boost::asio::ip::tcp::socket& socket) {
  char byte = 0;
  if (!socket.is_open()) return;
  if (recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN) return;
  throw StaleConnection();
}

using LibraryClient = web::http::client::http_client;

class Wire : public HttpClient {
 public:
  Wire(Clock& clock, WireOptions options, CertificateStore certificates)
      : clock_(clock), options_(std::move(options)), certificates_(std::move(certificates)) {
    Renew();
  }

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    const Clock::Time limit = Later(clock_.Now(), options_.attempt_timeout);
    for (;;) {
      if (call.stop.stop_requested())
        co_return SendError(SendFailure::kCancelled, "the caller left before the request");
      if (clock_.Now() >= call.deadline) co_return SendError(SendFailure::kDeadline, "the deadline had passed");
      const auto attempt = std::make_shared<Attempt>(request, call, options_.max_answer_bytes);
      const std::shared_ptr<LibraryClient> client = client_;
      co_await Run(attempt, *client, call, limit);
      if (!attempt->stale) co_return std::move(attempt->result);
      if (client == client_) Renew();  // what else is in that pool is as old
    }
  }

 private:
  Async<void> Run(std::shared_ptr<Attempt> attempt, LibraryClient& client, Call& call, Clock::Time limit) {
    const auto on_deadline = [&attempt = *attempt] {
      if (!attempt.left) attempt.Abandon(SendFailure::kDeadline, "the deadline came before the request was out");
    };
    const auto on_limit = [&attempt = *attempt] {
      if (attempt.left) attempt.Abandon(SendFailure::kAnswerLost, "no answer within the attempt's time limit");
      attempt.Abandon(SendFailure::kUnreachable, "the request was not out within the attempt's time limit");
    };
    const auto on_stop = [&attempt = *attempt] {
      if (!attempt.left) attempt.Abandon(SendFailure::kCancelled, "the caller left before the request was out");
    };
    std::unique_ptr<Timer> deadline;
    if (call.deadline < limit) deadline = clock_.At(call.deadline, on_deadline);
    const auto last = clock_.At(limit, on_limit);
    const std::stop_callback stop(call.stop, on_stop);
    Begin(attempt, client);
    co_await attempt->over.Wait();
  }

  // A new pool. Connections of the old one serve the requests that they have, and go with them.
  void Renew() {
    web::http::client::http_client_config config;
    config.set_timeout(absl::ToChronoMicroseconds(kLibraryTimeout));
    config.set_max_redirects(0);  // else a POST becomes a GET to any host, with our Authorization header
    config.set_ssl_context_callback([certificates = certificates_](boost::asio::ssl::context& context) {
      SSL_CTX_set1_cert_store(context.native_handle(), certificates.get());
      SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    });
    // Called before each use of a connection, with a stream of a type that depends on the scheme.
    using Socket = boost::asio::ip::tcp::socket;
    if (absl::StartsWith(options_.base_url, "https:")) {
      config.set_nativehandle_options([](web::http::client::native_handle handle) {
        CheckFreshness(static_cast<boost::asio::ssl::stream<Socket&>*>(handle)->next_layer());
      });
    } else {
      config.set_nativehandle_options(
          [](web::http::client::native_handle handle) { CheckFreshness(*static_cast<Socket*>(handle)); });
    }
    client_ = std::make_shared<LibraryClient>(options_.base_url, config);
  }

  void Begin(const std::shared_ptr<Attempt>& attempt, LibraryClient& client) {
    Guarded(*attempt, [&] {
      attempt->headers = client.request(ToLibrary(attempt), attempt->cancel.get_token());
      pplx::task<http_response> headers = attempt->headers;
      headers.then([this, attempt](const pplx::task<http_response>& done) { OnHeaders(attempt, done); });
    });
  }

  // Every task of the library ends in a continuation that looks at it: one that fails unseen ends the process.
  void OnHeaders(const std::shared_ptr<Attempt>& attempt, const pplx::task<http_response>& headers) {
    Guarded(*attempt, [&] {
      headers.get().content_ready().then([attempt](const pplx::task<http_response>& whole) { OnBody(attempt, whole); });
    });
    // What is no HTTP may be the rest of another request's answer: no connection of this pool is trusted any longer.
    if (OutOfStep(*attempt)) Renew();
  }

  static bool OutOfStep(const Attempt& attempt) {
    return absl::StrContains(attempt.result.status().message(), "Invalid HTTP status line");
  }

  static void OnBody(const std::shared_ptr<Attempt>& attempt, const pplx::task<http_response>& whole) {
    HttpAnswer answer;
    const bool read = Guarded(*attempt, [&] {
      const http_response response = whole.get();
      answer.status = response.status_code();
      for (const auto& [name, value] : response.headers()) answer.headers.push_back({name, value});
      answer.body = attempt->answer_body->Take();
    });
    if (read) attempt->End(std::move(answer));
  }

  http_request ToLibrary(const std::shared_ptr<Attempt>& attempt) const {
    const HttpRequest& request = attempt->request;
    http_request out(request.method);
    out.set_request_uri(request.target);
    for (const HttpHeader& header : request.headers) out.headers().add(header.name, header.value);
    out.headers().add("User-Agent", kUserAgent);
    if (!request.body.empty()) {
      const std::string content_type(FindHeader(request.headers, "Content-Type").value_or("application/octet-stream"));
      const auto* bytes = reinterpret_cast<const uint8_t*>(request.body.data());
      out.set_body(streams::rawptr_stream<uint8_t>::open_istream(bytes, request.body.size()), request.body.size(),
                   content_type);
    }
    out.set_progress_handler([attempt](web::http::message_direction::direction direction, utility::size64_t done) {
      if (direction == web::http::message_direction::upload && done == 0) attempt->OnBodyStarts();
      if (direction == web::http::message_direction::download && done == 0) attempt->OnAnswerStarts();
    });
    out.set_response_stream(streams::ostream(BodyStream(attempt->answer_body)));
    return out;
  }

  Clock& clock_;
  const WireOptions options_;
  const CertificateStore certificates_;
  std::shared_ptr<LibraryClient> client_;
};

}  // namespace

Loop& StartCpprestLoop() {
  // The loop's thread is joined after OpenSSL would have cleaned up, and could not free its share any more.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  crossplat::threadpool::initialize_with_threads(1);
  return crossplat::threadpool::shared_instance().service();
}

absl::Status CheckCertificates(const std::string& ca_file) { return LoadCertificates(ca_file).status(); }

absl::StatusOr<std::unique_ptr<HttpClient>> CpprestClient(Clock& clock, WireOptions options) {
  auto certificates = LoadCertificates(options.ca_file);
  if (!certificates.ok()) return certificates.status();
  // The library reads the system's certificates for each connection anew, 20 ms on the loop, before ours take their
  // place.
  setenv("SSL_CERT_FILE", "", /*overwrite=*/1);
  setenv("SSL_CERT_DIR", "", /*overwrite=*/1);
  try {
    return std::make_unique<Wire>(clock, std::move(options), *std::move(certificates));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace webex_gateway
