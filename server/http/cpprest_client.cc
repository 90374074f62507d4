#include "server/http/cpprest_client.h"

#include <cpprest/http_client.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/http/cpprest_body.h"
#include "server/http/socket_state.h"
#include "server/http/tls.h"

namespace webex_gateway {
namespace {

namespace streams = concurrency::streams;
using web::http::http_request;
using web::http::http_response;

constexpr char kUserAgent[] = "webex-gateway";
// How long the library may take beyond an attempt's own limit, before it lets go of what cannot be cancelled: a tunnel
// that a proxy does not open, say. Until then it has no say: its timeout is a trap that sends the request again when it
// fires on a reused connection, so every limit is a timer of ours that cancels the request.
constexpr absl::Duration kLibraryGrace = absl::Seconds(10);
constexpr absl::Duration kDeadFor = absl::Seconds(30);  // an address to which there was no connection
// What an answer may have beside its body, on the wire: headers, and the frames of TLS and of chunks.
constexpr int64_t kMaxHeaderBytes = 64 << 10;
constexpr absl::Duration kWatchEvery = absl::Milliseconds(10);

using Socket = boost::asio::ip::tcp::socket;

// ---- One attempt. The library holds it (through the request's progress handler and the continuations) for as long as
// it may still read the body.

struct Attempt {
  Attempt(const HttpRequest& the_request, Call& the_call, size_t max_answer_bytes)
      : request(the_request), call(&the_call), answer_body(std::make_shared<AnswerBody>(max_answer_bytes)) {}

  const HttpRequest request;
  Call* call;  // null once the attempt is over
  const std::shared_ptr<AnswerBody> answer_body;
  bool left = false;                        // the server may have all of the request
  bool first_on_connection = true;          // as far as is known
  bool stale = false;                       // nothing was sent: the connection at hand was not fit for it
  Socket* connection = nullptr;             // the library's; good while the library is at work on the request
  int socket = -1;                          // its descriptor, once the request leaves
  int64_t received_before = 0;              // on that connection, before this request
  std::shared_ptr<int64_t> through_tunnel;  // received there; null where there is none
  absl::StatusOr<HttpAnswer> result = SendError(SendFailure::kAnswerLost, "no answer yet");
  pplx::task<http_response> headers;
  pplx::cancellation_token_source cancel;
  Event over;

  // So far, of the answer; a tunnel's handshake with it.
  int64_t Received() const {
    if (through_tunnel != nullptr) return *through_tunnel;
    return socket < 0 ? 0 : BytesReceived(socket) - received_before;
  }

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

  // Once a request has left, whatever the library reports may be about something that came after it: only a body that
  // was not written whole is certain not to have arrived.
  void Fail(const absl::Status& error) {
    const bool whole = left && !absl::StartsWith(error.message(), "Failed to write request body");
    End(whole ? SendError(SendFailure::kAnswerLost, error.message()) : error);
  }

  // The library calls this before it hands the connection on. It takes 100 or 103 for the final answer, so the next
  // order on that connection would get the final one; and it reads "-200" as some large number. An exception closes
  // the connection.
  void OnAnswerStarts() {
    if (call == nullptr || !headers.is_done()) return;
    const int status = headers.get().status_code();
    if (status < 200 || status > 999) throw std::runtime_error("an interim answer only, or none that HTTP knows");
  }
};

// ---- What the library's exceptions say. The texts are constants of its source, the codes are errno's or OpenSSL's.

class StaleConnection : public std::runtime_error {
 public:
  StaleConnection() : std::runtime_error("the connection had gone stale") {}
};

// We kept the request back: `why`.
class Withheld : public std::runtime_error {
 public:
  explicit Withheld(const absl::Status& why) : std::runtime_error(std::string(why.message())), why_(why) {}
  const absl::Status& why() const { return why_; }

 private:
  const absl::Status why_;
};

// The library says "host unreachable" of every connect that fails; and 1 and 2 are no errno but Asio's ends of a
// stream.
std::string Because(int code) {
  if (code <= 2 || code == EHOSTUNREACH) return "";
  const bool is_errno = code < 200;  // else OpenSSL's
  const char* reason = is_errno ? std::strerror(code) : ERR_reason_error_string(static_cast<unsigned long>(code));
  return reason == nullptr ? "" : absl::StrCat(": ", reason);
}

bool IsRefusedCertificate(const web::http::http_exception& error) {
  const auto packed = static_cast<unsigned long>(error.error_code().value());
  return absl::string_view(error.what()) == "Error in SSL handshake" && ERR_GET_LIB(packed) == ERR_LIB_SSL &&
         ERR_GET_REASON(packed) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}

// A server's alert of TLS 1.3, which comes when its client has sent a request already. It is an end of the handshake,
// and before that no server looks at a request. Other alerts may come later too, and so may this one where the
// handshake is known to be over.
bool DemandsCertificate(const web::http::http_exception& error) {
  const auto packed = static_cast<unsigned long>(error.error_code().value());
  return ERR_GET_LIB(packed) == ERR_LIB_SSL && ERR_GET_REASON(packed) == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED;
}

// ---- The library's clients, one for each address: each has a pool of connections of its own.
//
// The library runs every step of a request as a task of its own, later. The first one is made to run at once instead,
// within the call that asks for it: so what the library does there (it picks a connection, and shows it to us) is known
// to be about that request. Whatever it picks a connection for at any other time is a request that it sends again on
// its own account, and that is the moment to stop it.

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // the library's interface has none; it is held as what it is
class Tasks final : public pplx::scheduler_interface {
 public:
  explicit Tasks(Loop& loop) : loop_(loop) {}

  void schedule(pplx::TaskProc_t task, void* argument) override {
    if (at_once) return task(argument);
    boost::asio::post(loop_, [task, argument] { task(argument); });
  }

  static thread_local bool at_once;

 private:
  Loop& loop_;
};
#pragma GCC diagnostic pop

thread_local bool Tasks::at_once = false;

using LibraryClient = web::http::client::http_client;

// The host of a URL, as the resolver wants it.
std::string WithoutBrackets(absl::string_view host) {
  return std::string(absl::StripSuffix(absl::StripPrefix(host, "["), "]"));
}

// Whether nothing may follow the answer on its connection, which the library would use again all the same: it knows
// "close" only where that stands alone, and takes trailers that come late for the beginning of the next answer.
bool IsTheLastOnItsConnection(const http_response& answer) {
  if (answer.headers().has("Trailer")) return true;
  const auto connection = answer.headers().find("Connection");
  if (connection == answer.headers().end()) return false;
  const std::vector<absl::string_view> options = absl::StrSplit(connection->second, ',');
  return std::any_of(options.begin(), options.end(), [](absl::string_view option) {
    return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(option), "close");
  });
}

// What of the settings the library is told, and how.
struct Target {
  Target(const WireOptions& options, std::shared_ptr<TlsClient> with_tls)
      : tls(std::move(with_tls)), base(options.base_url), proxy(options.proxy) {
    const absl::string_view after_scheme = absl::string_view(options.base_url).substr(base.scheme().size() + 3);
    authority = std::string(after_scheme.substr(0, after_scheme.find('/')));
  }

  bool secure() const { return tls != nullptr; }
  bool through_proxy() const { return !proxy.host().empty(); }
  // Whom to connect to.
  std::string host() const {
    const std::string& host = through_proxy() ? proxy.host() : base.host();
    return WithoutBrackets(host);
  }

  // The base URI by which the library connects to `address` and nobody else: it would try the addresses of a name by
  // taking other connections out of its pool. An IPv6 address stands without brackets, which it would look up; so the
  // port must follow.
  web::uri UriFor(const std::string& address) const {
    if (through_proxy()) return base;  // the proxy connects to whom it finds by that name
    const int port = base.port() > 0 ? base.port() : secure() ? 443 : 80;
    return {absl::StrCat(base.scheme(), "://", address, ":", port, base.path() == "/" ? "" : base.path())};
  }
  web::web_proxy ProxyAt(const std::string& address) const {
    return {web::uri(absl::StrCat("http://", address, ":", proxy.port() > 0 ? proxy.port() : 80))};
  }

  std::shared_ptr<TlsClient> tls;  // null for http
  web::uri base;
  web::uri proxy;         // empty for none
  std::string authority;  // the Host header
};

class Connections : public std::enable_shared_from_this<Connections> {
 public:
  Connections(const Clock& clock, Target target, const WireOptions& options)
      : clock_(clock),
        target_(std::move(target)),
        idle_life_(options.idle_life),
        attempt_timeout_(options.attempt_timeout) {}

  const Target& target() const { return target_; }
  WireCounts& counts() { return counts_; }

  // Through a proxy each request has a client, and so a connection, of its own: the library shows such connections in
  // two forms that cannot be told apart, so none could be looked at before it is used again.
  std::shared_ptr<LibraryClient> ClientFor(Attempt& attempt, const std::string& address) {
    if (target_.through_proxy()) {
      attempt.through_tunnel = std::make_shared<int64_t>(0);
      return NewClient(address, attempt.through_tunnel);
    }
    std::shared_ptr<LibraryClient>& client = clients_[address];
    if (client == nullptr) client = NewClient(address, nullptr);
    return client;
  }

  // No more requests go out on the connections that there are to `address`; those under way end on theirs.
  void Renew(const std::string& address) { clients_.erase(address); }

  // An authority that has gone vouches for no connection any more.
  void LookWhomToTrust(Clock::Time now) {
    if (target_.secure() && target_.tls->TrustsAnew(now)) clients_.clear();
  }

  void KeepOnly(const Addresses& addresses) {
    for (auto each = clients_.begin(); each != clients_.end();) {
      const bool keep = std::find(addresses.begin(), addresses.end(), each->first) != addresses.end();
      each = keep ? std::next(each) : clients_.erase(each);
    }
  }

  void Start(Attempt& attempt, LibraryClient& client, const http_request& request) {
    starting_ = &attempt;
    Tasks::at_once = true;
    const absl::Cleanup started = [this] {
      starting_ = nullptr;
      Tasks::at_once = false;
    };
    attempt.headers = client.request(request, attempt.cancel.get_token());
  }

  // The last moment at which the request can be held back: its headers are out, and these bytes of its body are about
  // to follow. Without the last ones no server can take it for whole.
  void OnBodyLeaves(Attempt& attempt, bool last) {
    if (attempt.call == nullptr) throw std::runtime_error("given up before the body was sent");
    if (const absl::Status may = MayLeave(*attempt.call, clock_.Now()); !may.ok()) throw Withheld(may);
    if (attempt.connection != nullptr) {
      attempt.socket = attempt.connection->native_handle();
      GiveUpUnacknowledgedAfter(attempt.socket, attempt_timeout_);
    }
    if (!last) return;
    attempt.left = true;
    attempt.call->in_flight = true;
    ++counts_.sends;
  }

  void OnHeaders(const http_response& answer, const std::string& address) {
    if (IsTheLastOnItsConnection(answer)) Renew(address);
  }

  // A sign that the connections to `address` are out of step: what is no HTTP may be the rest of another answer.
  void OnFailure(const Attempt& attempt, const std::string& address) {
    if (absl::StrContains(attempt.result.status().message(), "Invalid HTTP status line")) Renew(address);
  }

 private:
  std::shared_ptr<LibraryClient> NewClient(const std::string& address, const std::shared_ptr<int64_t>& received) {
    web::http::client::http_client_config config;
    config.set_timeout(absl::ToChronoMicroseconds(attempt_timeout_ + kLibraryGrace));
    config.set_max_redirects(0);  // else a POST becomes a GET to any host, with our Authorization header
    if (target_.secure()) {
      config.set_tlsext_sni_enabled(false);  // it would take the Host header for the name, port and all
      config.set_ssl_context_callback([tls = target_.tls, received](boost::asio::ssl::context& context) {
        tls->Prepare(context.native_handle());
        if (received != nullptr) CountReceived(context.native_handle(), received);
      });
    }
    if (target_.through_proxy()) {
      config.set_proxy(target_.ProxyAt(address));
    } else {
      config.set_nativehandle_options([connections = weak_from_this()](web::http::client::native_handle handle) {
        const std::shared_ptr<Connections> self = connections.lock();
        if (self == nullptr) throw std::runtime_error("the wire has gone");
        if (!self->target_.secure()) return self->OnPicked(*static_cast<Socket*>(handle), /*unread=*/false);
        auto& stream = *static_cast<boost::asio::ssl::stream<Socket&>*>(handle);
        self->OnPicked(stream.next_layer(), HoldsUnread(stream.native_handle()));
      });
    }
    return std::make_shared<LibraryClient>(target_.UriFor(address), config);
  }

  // The library has picked a connection for a request; what is thrown ends that request. `socket` is not open yet where
  // the connection is new. `unread`: it holds bytes that have left the socket and that nobody asked for.
  void OnPicked(Socket& socket, bool unread) {
    if (starting_ == nullptr) {
      ++counts_.vetoed_resends;
      throw std::runtime_error("connection lost before the answer; not sent again");
    }
    if (socket.is_open()) {
      const int descriptor = socket.native_handle();
      if (unread || !IsQuiet(descriptor) || SinceLastReceived(descriptor) > idle_life_) {
        ++counts_.stale;
        throw StaleConnection();
      }
      starting_->received_before = BytesReceived(descriptor);
      starting_->first_on_connection = false;
    }
    starting_->connection = &socket;
    // Without a body a request is complete with its headers, and the library does not tell when these go.
    if (starting_->request.body.empty()) starting_->left = starting_->call->in_flight = true;
  }

  const Clock& clock_;
  const Target target_;
  const absl::Duration idle_life_;
  const absl::Duration attempt_timeout_;
  WireCounts counts_;
  std::map<std::string, std::shared_ptr<LibraryClient>> clients_;  // by address
  Attempt* starting_ = nullptr;
};

// ---- From our request to the library's, and from its answer to ours.

http_request ToLibrary(const std::shared_ptr<Attempt>& attempt, const std::shared_ptr<Connections>& connections) {
  const HttpRequest& request = attempt->request;
  http_request out(request.method);
  out.set_request_uri(request.target);
  out.headers().add("Host", connections->target().authority);
  for (const HttpHeader& header : request.headers) out.headers().add(header.name, header.value);
  out.headers().add("User-Agent", kUserAgent);
  if (!request.body.empty()) {
    const std::string content_type(FindHeader(request.headers, "Content-Type").value_or("application/octet-stream"));
    const auto leaves = [attempt, connections](bool last) { connections->OnBodyLeaves(*attempt, last); };
    const auto body = std::make_shared<RequestBody>(request.body, leaves);
    out.set_body(streams::istream(BodyStream(body)), request.body.size(), content_type);
  }
  out.set_progress_handler([attempt](web::http::message_direction::direction direction, utility::size64_t done) {
    if (direction == web::http::message_direction::download && done == 0) attempt->OnAnswerStarts();
  });
  out.set_response_stream(streams::ostream(BodyStream(attempt->answer_body)));
  return out;
}

// The error for a request that was not sent; Attempt::Fail knows whether it was.
absl::Status ToSendError(const web::http::http_exception& error, const Target& target) {
  if (IsRefusedCertificate(error)) {
    return SendError(SendFailure::kCertificate, absl::StrCat("its certificate was refused: ", target.tls->refusal()));
  }
  return SendError(SendFailure::kUnreachable, absl::StrCat(error.what(), Because(error.error_code().value())));
}

// Runs `step`; what it throws ends the attempt. False: it threw.
template <typename Step>
bool Guarded(Attempt& attempt, const Connections& connections, Step step) {
  try {
    step();
    return true;
  } catch (const StaleConnection& error) {
    attempt.stale = true;
    attempt.Fail(SendError(SendFailure::kUnreachable, error.what()));
  } catch (const Withheld& error) {
    attempt.Fail(error.why());
  } catch (const web::http::http_exception& error) {
    if (attempt.first_on_connection && DemandsCertificate(error)) {
      attempt.End(
          SendError(SendFailure::kCertificate, "it demands a certificate of the gateway's, which has none to show"));
      return false;
    }
    attempt.Fail(ToSendError(error, connections.target()));
  } catch (const std::exception& error) {
    attempt.Fail(SendError(SendFailure::kUnreachable, error.what()));
  }
  return false;
}

// Every task of the library ends in a continuation that looks at it: one that fails unseen ends the process.
void OnBody(const std::shared_ptr<Attempt>& attempt, const Connections& connections,
            const pplx::task<http_response>& whole) {
  HttpAnswer answer;
  const bool read = Guarded(*attempt, connections, [&] {
    const http_response response = whole.get();
    answer.status = response.status_code();
    for (const auto& [name, value] : response.headers()) answer.headers.push_back({name, value});
    answer.body = attempt->answer_body->Take();
  });
  if (read) attempt->End(std::move(answer));
}

void OnHeaders(const std::shared_ptr<Attempt>& attempt, const std::shared_ptr<Connections>& connections,
               const std::string& address, const pplx::task<http_response>& headers) {
  Guarded(*attempt, *connections, [&] {
    connections->OnHeaders(headers.get(), address);
    headers.get().content_ready().then(
        [attempt, connections](const pplx::task<http_response>& whole) { OnBody(attempt, *connections, whole); });
  });
}

// ---- The wire itself.

class Wire : public WireClient {
 public:
  Wire(Loop& loop, Clock& clock, WireOptions options, std::shared_ptr<TlsClient> tls)
      : clock_(clock),
        options_(std::move(options)),
        resolver_(loop, clock, options_.lookup),
        connections_(std::make_shared<Connections>(clock, Target(options_, std::move(tls)), options_)) {}

  const WireCounts& counts() const override { return connections_->counts(); }

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    const Clock::Time limit = Later(clock_.Now(), options_.attempt_timeout);
    const absl::StatusOr<Addresses> addresses = co_await Locate(call, limit);
    if (!addresses.ok()) co_return addresses.status();
    for (size_t i = 0;;) {
      if (const absl::Status may = MayLeave(call, clock_.Now()); !may.ok()) co_return may;
      const std::string& address = (*addresses)[i];
      const auto others = static_cast<int>(addresses->size() - i - 1);
      const auto attempt = std::make_shared<Attempt>(request, call, options_.max_answer_bytes);
      co_await Run(attempt, address, call, limit, others);
      if (attempt->stale) {
        connections_->Renew(address);  // what else is in that pool is as old, or older
        continue;
      }
      const bool no_connection = !attempt->result.ok() &&
                                 SendFailureOf(attempt->result.status()) == SendFailure::kUnreachable && !attempt->left;
      if (no_connection) dead_until_[address] = Later(clock_.Now(), kDeadFor);
      if (!no_connection || others == 0) co_return std::move(attempt->result);
      ++i;
    }
  }

 private:
  // The addresses to try, in this order: those that failed of late come last.
  Async<absl::StatusOr<Addresses>> Locate(Call& call, Clock::Time limit) {
    absl::StatusOr<Addresses> addresses =
        co_await resolver_.Resolve(connections_->target().host(), std::min(limit, call.deadline), call.stop);
    if (!addresses.ok()) co_return NotLocated(addresses.status(), call);
    connections_->KeepOnly(*addresses);
    const Clock::Time now = clock_.Now();
    std::stable_partition(addresses->begin(), addresses->end(), [this, now](const std::string& address) {
      const auto dead = dead_until_.find(address);
      return dead == dead_until_.end() || dead->second <= now;
    });
    co_return addresses;
  }

  absl::Status NotLocated(const absl::Status& error, const Call& call) const {
    if (call.stop.stop_requested()) return SendError(SendFailure::kCancelled, error.message());
    if (clock_.Now() >= call.deadline) return SendError(SendFailure::kDeadline, error.message());
    return SendError(SendFailure::kUnreachable, error.message());
  }

  Async<void> Run(std::shared_ptr<Attempt> attempt, std::string address, Call& call, Clock::Time limit,
                  int other_addresses) {
    const auto on_deadline = [&attempt = *attempt] {
      if (!attempt.left) attempt.Abandon(SendFailure::kDeadline, "the deadline came before the request was out");
    };
    const auto on_limit = [&attempt = *attempt] {
      if (attempt.left) attempt.Abandon(SendFailure::kAnswerLost, "no answer within the attempt's time limit");
      attempt.Abandon(SendFailure::kUnreachable, "the request was not out within the attempt's time limit");
    };
    const auto on_no_connection = [&attempt = *attempt] {
      if (!attempt.left)
        attempt.Abandon(SendFailure::kUnreachable, "no connection in time to one of several addresses");
    };
    const auto on_stop = [&attempt = *attempt] {
      if (!attempt.left) attempt.Abandon(SendFailure::kCancelled, "the caller left before the request was out");
    };
    std::unique_ptr<Timer> deadline, connect;
    if (call.deadline < limit) deadline = clock_.At(call.deadline, on_deadline);
    if (other_addresses > 0) {
      // So that a deadline that is near leaves time for them too.
      const absl::Duration share =
          absl::FromChrono(std::min(limit, call.deadline) - clock_.Now()) / (other_addresses + 1);
      connect = clock_.At(Later(clock_.Now(), std::min(options_.connect_timeout, share)), on_no_connection);
    }
    const auto end = clock_.At(limit, on_limit);
    const std::stop_callback on_gone(call.stop, on_stop);
    under_way_.insert(attempt.get());
    if (watch_ == nullptr) Watch();
    Begin(attempt, address);
    co_await attempt->over.Wait();
    under_way_.erase(attempt.get());
  }

  // The library reads a chunk, or the headers, into memory whole, however long they are, and says nothing meanwhile. So
  // while any request is under way, a look every now and then at what has come in.
  void Watch() {
    watch_ = clock_.At(Later(clock_.Now(), kWatchEvery), [this] {
      const int64_t most = static_cast<int64_t>(options_.max_answer_bytes) + kMaxHeaderBytes;
      for (Attempt* attempt : under_way_) {
        if (attempt->call == nullptr || attempt->Received() <= most) continue;
        ++connections_->counts().too_long;
        attempt->Abandon(SendFailure::kAnswerLost, "the answer is longer than allowed");
      }
      if (under_way_.empty()) {
        watch_ = nullptr;
      } else {
        Watch();
      }
    });
  }

  void Begin(const std::shared_ptr<Attempt>& attempt, const std::string& address) {
    Guarded(*attempt, *connections_, [&] {
      connections_->LookWhomToTrust(clock_.Now());
      const std::shared_ptr<LibraryClient> client = connections_->ClientFor(*attempt, address);
      connections_->Start(*attempt, *client, ToLibrary(attempt, connections_));
      pplx::task<http_response> headers = attempt->headers;
      headers.then([connections = connections_, address, attempt](const pplx::task<http_response>& done) {
        OnHeaders(attempt, connections, address, done);
        connections->OnFailure(*attempt, address);
      });
    });
  }

  Clock& clock_;
  const WireOptions options_;
  Resolver resolver_;
  const std::shared_ptr<Connections> connections_;
  std::map<std::string, Clock::Time> dead_until_;  // by address
  std::set<Attempt*> under_way_;
  std::unique_ptr<Timer> watch_;
};

// The host in the URL, for its certificate; null for plain http.
absl::StatusOr<std::shared_ptr<TlsClient>> TlsFor(const WireOptions& options) {
  if (!absl::StartsWith(options.base_url, "https:")) return nullptr;
  absl::StatusOr<Trust> trust = Trust::In(PlacesToTrust(options.ca_file), options.tell_trust);
  if (!trust.ok()) return trust.status();
  // A full stop at the end of a name is DNS's, no part of what a certificate or SNI says.
  const std::string host = WithoutBrackets(web::uri(options.base_url).host());
  return NewTlsClient(std::string(absl::StripSuffix(host, ".")), *std::move(trust));
}

}  // namespace

Loop& StartCpprestLoop() {
  // The loop's thread is joined after OpenSSL would have cleaned up, and could not free its share any more.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  crossplat::threadpool::initialize_with_threads(1);
  Loop& loop = crossplat::threadpool::shared_instance().service();
  pplx::set_ambient_scheduler(std::make_shared<Tasks>(loop));
  // The library reads the system's certificates for each connection anew, 20 ms on the loop, before ours take their
  // place. So the variables that name them are ours from now on.
  PlacesToTrust("");
  setenv("SSL_CERT_FILE", "", /*overwrite=*/1);
  setenv("SSL_CERT_DIR", "", /*overwrite=*/1);
  return loop;
}

absl::StatusOr<std::unique_ptr<WireClient>> CpprestClient(Clock& clock, WireOptions options) {
  try {
    absl::StatusOr<std::shared_ptr<TlsClient>> tls = TlsFor(options);
    if (!tls.ok()) return tls.status();
    Loop& loop = crossplat::threadpool::shared_instance().service();
    return std::make_unique<Wire>(loop, clock, std::move(options), *std::move(tls));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace webex_gateway
