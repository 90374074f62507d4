#include "server/http/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kFresh = absl::Seconds(30);
// For a lookup that would refresh known addresses: how long to wait for it, and when to try the next one.
constexpr absl::Duration kPatience = absl::Seconds(1);
constexpr absl::Duration kUntilNextLook = absl::Seconds(5);

}  // namespace

bool IsAddress(const std::string& host) {
  in6_addr bytes;
  return inet_pton(AF_INET, host.c_str(), &bytes) == 1 || inet_pton(AF_INET6, host.c_str(), &bytes) == 1;
}

struct Resolver::Waiter {
  Event woken;
  bool told = false;  // the lookup has ended
};

struct Resolver::Host {
  absl::StatusOr<Addresses> addresses = absl::UnavailableError("not looked up yet");
  std::optional<Clock::Time> fresh_until;
  bool looking = false;
  std::list<Waiter*> waiting;
};

// The way from a lookup's thread back to the loop; closed once the resolver is destroyed.
struct Resolver::ToLoop {
  std::mutex mutex;  // guards `resolver`
  Resolver* resolver;
};

Resolver::Resolver(Loop& loop, Clock& clock, BlockingLookup lookup)
    : loop_(loop), clock_(clock), lookup_(std::move(lookup)), to_loop_(std::make_shared<ToLoop>()) {
  to_loop_->resolver = this;
}

Resolver::~Resolver() {
  const std::lock_guard lock(to_loop_->mutex);
  to_loop_->resolver = nullptr;
}

Async<absl::StatusOr<Addresses>> Resolver::Resolve(std::string name, Clock::Time until, std::stop_token stop) {
  if (IsAddress(name)) co_return Addresses{name};
  std::unique_ptr<Host>& entry = hosts_[name];
  if (entry == nullptr) entry = std::make_unique<Host>();
  Host& host = *entry;
  if (host.fresh_until && clock_.Now() < *host.fresh_until) co_return host.addresses;
  if (!host.looking) Begin(name, host);
  Waiter waiter;
  const auto place = host.waiting.insert(host.waiting.end(), &waiter);
  const Clock::Time patience = host.addresses.ok() ? Later(clock_.Now(), kPatience) : until;
  co_await WaitFor(waiter.woken, clock_, std::min(until, patience), stop);
  host.waiting.erase(place);
  if (waiter.told) co_return host.addresses;
  if (stop.stop_requested()) co_return absl::CancelledError("the caller left during the name lookup");
  if (clock_.Now() >= until) co_return absl::DeadlineExceededError("the name lookup took too long");
  host.fresh_until = Later(clock_.Now(), kUntilNextLook);
  co_return host.addresses;
}

void Resolver::Begin(const std::string& name, Host& host) {
  host.looking = true;
  const auto look = [name, lookup = lookup_, to_loop = to_loop_] {
    absl::StatusOr<Addresses> found = lookup(name);
    const std::lock_guard lock(to_loop->mutex);
    if (to_loop->resolver == nullptr) return;
    boost::asio::post(to_loop->resolver->loop_, [name, to_loop, found = std::move(found)] {
      // The resolver is created and destroyed on the loop, so if it exists here it continues to exist.
      if (to_loop->resolver != nullptr) to_loop->resolver->End(name, found);
    });
  };
  try {
    std::thread(look).detach();
  } catch (const std::system_error&) {
    boost::asio::post(loop_, [name, to_loop = to_loop_] {
      if (to_loop->resolver != nullptr)
        to_loop->resolver->End(name, absl::UnavailableError("no thread can be created"));
    });
  }
}

void Resolver::End(const std::string& name, absl::StatusOr<Addresses> found) {
  Host& host = *hosts_[name];
  host.looking = false;
  const absl::Duration fresh_for = found.ok() ? kFresh : kUntilNextLook;
  if (found.ok() || !host.addresses.ok()) host.addresses = std::move(found);
  if (host.addresses.ok()) host.fresh_until = Later(clock_.Now(), fresh_for);
  for (Waiter* waiter : host.waiting) {
    waiter->told = true;
    waiter->woken.Set();
  }
}

absl::StatusOr<Addresses> SystemLookup(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list); error != 0) {
    return absl::UnavailableError(absl::StrCat("no address of ", host, ": ", gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) != 0) continue;
    if (std::find(addresses.begin(), addresses.end(), text) == addresses.end()) addresses.emplace_back(text);
  }
  if (addresses.empty()) return absl::UnavailableError(absl::StrCat("no address of ", host));
  return addresses;
}

}  // namespace webex_gateway
