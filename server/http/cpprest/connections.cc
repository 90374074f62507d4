#include "server/http/cpprest/connections.h"

#include <algorithm>
#include <boost/asio/ssl/stream.hpp>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "server/http/cpprest/failure.h"
#include "server/http/cpprest/loop.h"
#include "server/http/cpprest/send_guard.h"
#include "server/http/socket_state.h"
#include "server/http/tls.h"

namespace webex_gateway {
namespace {

using web::http::http_request;
using web::http::http_response;

// How long the library may take beyond an attempt's own limit before it abandons operations that cannot be cancelled:
// for example, a tunnel that a proxy does not open. It is not used before that: the library's timeout sends the request
// again if it fires on a reused connection, so all limits are our own timers, which cancel the request.
constexpr absl::Duration kLibraryGrace = absl::Seconds(10);

// Whether nothing may follow the answer on its connection, which the library would nevertheless reuse: it recognises
// "close" only alone, and takes late trailers for the beginning of the next answer.
bool IsTheLastOnItsConnection(const http_response& answer) {
  if (answer.headers().has("Trailer")) return true;
  const auto connection = answer.headers().find("Connection");
  if (connection == answer.headers().end()) return false;
  const std::vector<absl::string_view> options = absl::StrSplit(connection->second, ',');
  return std::any_of(options.begin(), options.end(), [](absl::string_view option) {
    return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(option), "close");
  });
}

}  // namespace

Connections::Connections(const Clock& clock, Target target, const WireOptions& options)
    : clock_(clock),
      target_(std::move(target)),
      idle_life_(options.idle_life),
      attempt_timeout_(options.attempt_timeout) {}

std::shared_ptr<Connections::LibraryClient> Connections::ClientFor(Attempt& attempt, const std::string& address) {
  if (target_.through_proxy()) {
    attempt.through_tunnel = std::make_shared<int64_t>(0);
    return NewClient(address, attempt.through_tunnel);
  }
  std::shared_ptr<LibraryClient>& client = clients_[address];
  if (client == nullptr) client = NewClient(address, nullptr);
  return client;
}

void Connections::LookWhomToTrust(Clock::Time now) {
  if (target_.secure() && target_.tls->TrustsAnew(now)) clients_.clear();
}

void Connections::KeepOnly(const Addresses& addresses) {
  for (auto each = clients_.begin(); each != clients_.end();) {
    const bool keep = std::find(addresses.begin(), addresses.end(), each->first) != addresses.end();
    each = keep ? std::next(each) : clients_.erase(each);
  }
}

// The library's first step runs within the call that requests it: so what it does there (it picks a connection, and
// shows it to us) is known to be for that request. If it picks a connection at any other time, it is about to send a
// request again by itself, and this is the moment to stop it.
void Connections::Start(Attempt& attempt, LibraryClient& client, const http_request& request) {
  starting_ = &attempt;
  const absl::Cleanup started = [this] { starting_ = nullptr; };
  const TasksAtOnce at_once;
  // The library does not report when headers are about to leave, and it asks for a body's bytes later.
  if (!attempt.has_body()) attempt.call->in_flight = true;
  attempt.headers = client.request(request, attempt.cancel.get_token());
}

void Connections::OnBodyLeaves(Attempt& attempt, bool last) {
  if (attempt.call == nullptr) throw std::runtime_error("given up before the body was sent");
  WatchSocket(attempt);
  // Before the check, or a pause between the two would not be noticed.
  const BootClock::time_point kernels_now = BootClock::now();
  const Clock::Time now = clock_.Now();
  if (last && attempt.socket >= 0) GuardSend(attempt.socket, kernels_now + (MayLeaveUntil(*attempt.call) - now));
  if (const absl::Status may = MayLeave(*attempt.call, clock_.Now()); !may.ok()) {
    EndGuard();
    throw Withheld(may);
  }
  if (!last) return;
  attempt.left = true;
  attempt.call->in_flight = true;
  ++counts_.sends;
}

void Connections::OnBodyHandedOver(const Attempt& attempt) {
  EndGuard();
  if (!attempt.first_on_connection) HoldBack(attempt.socket, false);
}

void Connections::OnHeadersLeft(Attempt& attempt) {
  ++counts_.sends;
  if (attempt.call == nullptr) return;
  attempt.left = true;
  WatchSocket(attempt);
}

void Connections::WatchSocket(Attempt& attempt) {
  if (attempt.connection == nullptr) return;
  attempt.socket = attempt.connection->native_handle();
  if (!attempt.first_on_connection) return;
  GiveUpUnacknowledgedAfter(attempt.socket, attempt_timeout_);
  arrivals_.Watch(attempt.socket);
}

void Connections::OnHeaders(const http_response& answer, const std::string& address) {
  if (IsTheLastOnItsConnection(answer)) Renew(address);
}

// A sign that the connections to `address` are out of step: bytes that are not HTTP may be the rest of another answer.
void Connections::OnFailure(const Attempt& attempt, const std::string& address) {
  if (absl::StrContains(attempt.result.status().message(), "Invalid HTTP status line")) Renew(address);
}

std::shared_ptr<Connections::LibraryClient> Connections::NewClient(const std::string& address,
                                                                   const std::shared_ptr<int64_t>& received) {
  web::http::client::http_client_config config;
  config.set_timeout(absl::ToChronoMicroseconds(attempt_timeout_ + kLibraryGrace));
  config.set_max_redirects(0);  // otherwise a POST becomes a GET to any host, with our Authorization header
  if (target_.secure()) {
    config.set_tlsext_sni_enabled(false);  // it would use the Host header as the name, including the port
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
      if (!self->target_.secure()) return self->OnPicked(*static_cast<Socket*>(handle), nullptr);
      auto& stream = *static_cast<boost::asio::ssl::stream<Socket&>*>(handle);
      self->OnPicked(stream.next_layer(), stream.native_handle());
    });
  }
  return std::make_shared<LibraryClient>(target_.UriFor(address), config);
}

// The library has picked a connection for a request; an exception ends that request. `socket` is not open yet if the
// connection is new. `tls` is null for plain http.
void Connections::OnPicked(Socket& socket, const ssl_st* tls) {
  if (starting_ == nullptr) {
    ++counts_.vetoed_resends;
    throw std::runtime_error("connection lost before the answer; not sent again");
  }
  if (socket.is_open()) {
    const int descriptor = socket.native_handle();
    const bool unread = tls != nullptr && HoldsUnread(tls);
    const Received received = ReceivedOn(descriptor);
    if (unread || !IsQuiet(descriptor) || received.ago > idle_life_) {
      ++counts_.stale;
      throw StaleConnection();
    }
    starting_->received_before = received.bytes;
    starting_->first_on_connection = false;
    // The library writes headers and body one after the other, which would be two segments on the network.
    if (starting_->has_body()) HoldBack(descriptor, true);
  }
  starting_->connection = &socket;
  starting_->tls = tls;
}

}  // namespace webex_gateway
