#include "server/http/cpprest_client.h"

#include <cpprest/astreambuf.h>
#include <cpprest/http_client.h>
#include <cpprest/rawptrstream.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pplx/threadpool.h>

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
  bool left;  // the server may have all of the request
  absl::StatusOr<HttpAnswer> result = SendError(SendFailure::kAnswerLost, "no answer yet");
  pplx::cancellation_token_source cancel;
  Event over;

  void End(absl::StatusOr<HttpAnswer> with) {
    if (call == nullptr) return;
    result = std::move(with);
    call->in_flight = false;
    call = nullptr;
    over.Set();
  }

  void Abandon(SendFailure failure, absl::string_view why) {
    if (call == nullptr) return;
    End(SendError(failure, why));
    cancel.cancel();  // closes the socket
  }

  // The library calls this when the headers are out and the body is about to follow: the last moment at which the
  // request can be held back. A second time means that the library has begun to send the request again on its own.
  void OnBodyStarts() {
    if (call == nullptr) throw std::runtime_error("given up before the body was sent");
    if (left && !request.body.empty()) throw std::runtime_error("connection lost before the answer; not sent again");
    left = true;
    call->in_flight = true;
  }
};

// ---- What the library's exceptions say. The texts are constants of its source, the codes are errno's or OpenSSL's.

struct KnownError {
  absl::string_view text;
  SendFailure failure;
};

// Whatever is not listed may have been sent.
constexpr KnownError kKnownErrors[] = {
    {"Error resolving address", SendFailure::kUnreachable},
    {"Failed to resolve address", SendFailure::kUnreachable},
    {"Failed to connect to any resolved endpoint", SendFailure::kUnreachable},
    {"Request canceled by user.", SendFailure::kUnreachable},  // said of a connect only
    {"Error in SSL handshake", SendFailure::kUnreachable},
    {"Failed to write request headers", SendFailure::kUnreachable},
    {"Failed to write request body", SendFailure::kUnreachable},  // Content-Length was not reached
};

absl::Status ToSendError(const web::http::http_exception& error) {
  const absl::string_view text = error.what();
  const int code = error.error_code().value();
  const auto packed = static_cast<unsigned long>(code);
  if (text == "Error in SSL handshake" && ERR_GET_LIB(packed) == ERR_LIB_SSL &&
      ERR_GET_REASON(packed) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return SendError(SendFailure::kCertificate, "Webex's certificate was refused");
  }
  for (const KnownError& known : kKnownErrors) {
    if (text == known.text) return SendError(known.failure, absl::StrCat(text, " (", code, ")"));
  }
  return SendError(SendFailure::kAnswerLost, absl::StrCat(text, " (", code, ")"));
}

SendFailure FailureOfUnsent(const absl::Status& error) {
  const SendFailure failure = SendFailureOf(error);
  return failure == SendFailure::kAnswerLost ? SendFailure::kUnreachable : failure;
}

// Runs `step` and turns whatever it throws into an error of Send.
template <typename Step>
absl::Status Guarded(Step step) {
  try {
    step();
    return absl::OkStatus();
  } catch (const web::http::http_exception& error) {
    return ToSendError(error);
  } catch (const std::exception& error) {
    return SendError(SendFailure::kAnswerLost, error.what());
  }
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

class Wire : public HttpClient {
 public:
  Wire(Clock& clock, WireOptions options, CertificateStore certificates)
      : clock_(clock), options_(std::move(options)), certificates_(std::move(certificates)) {
    Reconnect();
  }

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    if (call.stop.stop_requested()) co_return SendError(SendFailure::kCancelled, "the caller left before the request");
    if (clock_.Now() >= call.deadline) co_return SendError(SendFailure::kDeadline, "the deadline had passed");
    auto attempt = std::make_shared<Attempt>(std::move(request), call, options_.max_answer_bytes);

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
    const Clock::Time limit = Later(clock_.Now(), options_.attempt_timeout);
    std::unique_ptr<Timer> deadline;
    if (call.deadline < limit) deadline = clock_.At(call.deadline, on_deadline);
    const auto last = clock_.At(limit, on_limit);
    const std::stop_callback stop(call.stop, on_stop);

    Begin(attempt);
    co_await attempt->over.Wait();
    co_return std::move(attempt->result);
  }

 private:
  // A new pool. Connections of the old one serve the requests that they have, and go with them.
  void Reconnect() {
    web::http::client::http_client_config config;
    config.set_timeout(absl::ToChronoMicroseconds(kLibraryTimeout));
    config.set_max_redirects(0);  // else a POST becomes a GET to any host, with our Authorization header
    config.set_ssl_context_callback([certificates = certificates_](boost::asio::ssl::context& context) {
      SSL_CTX_set1_cert_store(context.native_handle(), certificates.get());
      SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    });
    client_ = std::make_shared<web::http::client::http_client>(options_.base_url, config);
  }

  void Begin(const std::shared_ptr<Attempt>& attempt) {
    const absl::Status begun = Guarded([&] {
      client_->request(ToLibrary(attempt), attempt->cancel.get_token())
          .then([this, attempt](const pplx::task<http_response>& headers) { OnHeaders(attempt, headers); });
    });
    if (!begun.ok()) attempt->End(begun);
  }

  // Every task of the library ends in a continuation that looks at it: one that fails unseen ends the process.
  void OnHeaders(const std::shared_ptr<Attempt>& attempt, const pplx::task<http_response>& headers) {
    const absl::Status got = Guarded([&] {
      headers.get().content_ready().then(
          [this, attempt](const pplx::task<http_response>& whole) { OnBody(attempt, whole); });
    });
    if (!got.ok()) Failed(*attempt, got);
  }

  void OnBody(const std::shared_ptr<Attempt>& attempt, const pplx::task<http_response>& whole) {
    HttpAnswer answer;
    const absl::Status got = Guarded([&] {
      const http_response response = whole.get();
      answer.status = response.status_code();
      for (const auto& [name, value] : response.headers()) answer.headers.push_back({name, value});
      answer.body = attempt->answer_body->Take();
    });
    if (!got.ok()) return Failed(*attempt, got);
    if (answer.status >= 200) return attempt->End(std::move(answer));
    // The library takes 100 or 103 for the final answer, and would hand the final one to the next request on that
    // connection.
    Failed(*attempt, SendError(SendFailure::kAnswerLost, absl::StrCat("answered with ", answer.status, " only")));
  }

  void Failed(Attempt& attempt, const absl::Status& error) {
    // What cannot be read may be another request's answer: no connection of this pool is trusted any longer.
    const bool out_of_step = absl::StrContains(error.message(), "answered with") ||
                             absl::StrContains(error.message(), "Invalid HTTP status line");
    if (out_of_step) Reconnect();
    // Whatever it was: without its body a request is no order.
    attempt.End(attempt.left ? error : SendError(FailureOfUnsent(error), error.message()));
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
    });
    out.set_response_stream(streams::ostream(BodyStream(attempt->answer_body)));
    return out;
  }

  Clock& clock_;
  const WireOptions options_;
  const CertificateStore certificates_;
  std::shared_ptr<web::http::client::http_client> client_;
};

}  // namespace

Loop& StartCpprestLoop() {
  // The loop's thread is joined after OpenSSL would have cleaned up, and could not free its share any more.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  crossplat::threadpool::initialize_with_threads(1);
  return crossplat::threadpool::shared_instance().service();
}

absl::StatusOr<std::unique_ptr<HttpClient>> CpprestClient(Clock& clock, WireOptions options) {
  auto certificates = LoadCertificates(options.ca_file);
  if (!certificates.ok()) return certificates.status();
  try {
    return std::make_unique<Wire>(clock, std::move(options), *std::move(certificates));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace webex_gateway
