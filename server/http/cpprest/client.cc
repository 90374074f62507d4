#include "server/http/cpprest/client.h"

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/http/cpprest/attempt.h"
#include "server/http/cpprest/connections.h"
#include "server/http/cpprest/exchange.h"
#include "server/http/cpprest/failure.h"
#include "server/http/cpprest/target.h"
#include "server/http/resolver.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kDeadFor = absl::Seconds(30);  // how long to avoid an address that could not be reached
// What an answer may have on the wire besides its body: headers, and the framing of TLS and chunks.
constexpr int64_t kMaxHeaderBytes = 64 << 10;
constexpr absl::Duration kEnoughToConnect = absl::Seconds(1);  // whoever had less may have had too little
constexpr absl::Duration kWatchEvery = absl::Milliseconds(10);
constexpr int64_t kLooksPerSecond = 100;

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
    const auto shared = std::make_shared<const HttpRequest>(std::move(request));
    for (size_t i = 0;;) {
      if (const absl::Status may = MayLeave(call, clock_.Now()); !may.ok()) co_return may;
      const std::string& address = (*addresses)[i];
      const auto others = static_cast<int>(addresses->size() - i - 1);
      const auto attempt = std::make_shared<Attempt>(shared, call, options_.max_answer_bytes);
      co_await Run(attempt, address, call, limit, others);
      if (attempt->stale) {
        connections_->Renew(address);  // the other connections in that pool are as old, or older
        continue;
      }
      const bool unsent = !attempt->result.ok() && SendFailureOf(attempt->result.status()) == SendFailure::kUnreachable;
      if (unsent && attempt->left) {
        // It was held up between the check and the kernel, perhaps until it was too late.
        if (const absl::Status may = MayLeave(call, clock_.Now()); !may.ok()) co_return may;
      }
      const bool no_connection = unsent && !attempt->left;
      if (no_connection) dead_until_[address] = Later(clock_.Now(), kDeadFor);
      if (!no_connection || others == 0) co_return ResultOf(*attempt);
      ++i;
    }
  }

 private:
  static absl::StatusOr<HttpAnswer> ResultOf(Attempt& attempt) {
    if (attempt.in_librarys_words) return InPlainWords(attempt.result.status());
    return std::move(attempt.result);
  }

  // The addresses to try, in this order: those that failed recently come last.
  Async<absl::StatusOr<Addresses>> Locate(Call& call, Clock::Time limit) {
    absl::StatusOr<Addresses> addresses =
        co_await resolver_.Resolve(connections_->target().host(), std::min(limit, call.deadline), call.stop);
    if (!addresses.ok()) co_return NotLocated(addresses.status(), call, limit);
    connections_->KeepOnly(*addresses);
    const Clock::Time now = clock_.Now();
    std::stable_partition(addresses->begin(), addresses->end(), [this, now](const std::string& address) {
      const auto dead = dead_until_.find(address);
      return dead == dead_until_.end() || dead->second <= now;
    });
    co_return addresses;
  }

  absl::Status NotLocated(const absl::Status& error, const Call& call, Clock::Time limit) const {
    if (call.stop.stop_requested()) return SendError(SendFailure::kCancelled, error.message());
    if (clock_.Now() >= call.deadline) return NotConnected(limit, absl::StrCat(": ", error.message()));
    return SendError(SendFailure::kUnreachable, error.message());
  }

  // By its deadline, for the attempt with this limit.
  absl::Status NotConnected(Clock::Time limit, absl::string_view why = "") const {
    const absl::Status error =
        SendError(SendFailure::kDeadline, absl::StrCat("no connection to Webex before the deadline", why));
    const Clock::Time begun = Later(limit, -options_.attempt_timeout);
    return clock_.Now() >= Later(begun, kEnoughToConnect) ? WithoutConnection(error) : error;
  }

  Async<void> Run(std::shared_ptr<Attempt> attempt, std::string address, Call& call, Clock::Time limit,
                  int other_addresses) {
    const auto on_deadline = [this, limit, &attempt = *attempt] {
      if (!attempt.MayHaveLeft()) attempt.Abandon(NotConnected(limit));
    };
    const auto on_limit = [&attempt = *attempt] {
      if (attempt.MayHaveLeft()) attempt.Abandon(SendFailure::kAnswerLost, "no answer within the attempt's time limit");
      attempt.Abandon(SendFailure::kUnreachable, "the request was not sent within the attempt's time limit");
    };
    const auto on_no_connection = [&attempt = *attempt] {
      if (!attempt.MayHaveLeft())
        attempt.Abandon(SendFailure::kUnreachable, "no connection in time to one of several addresses");
    };
    const auto on_stop = [&attempt = *attempt] {
      if (!attempt.MayHaveLeft())
        attempt.Abandon(SendFailure::kCancelled, "the caller left before the request was sent");
    };
    std::unique_ptr<Timer> deadline, connect;
    if (call.deadline < limit) deadline = clock_.At(call.deadline, on_deadline);
    if (other_addresses > 0) {
      // So that a near deadline leaves time for them, too.
      const absl::Duration share =
          absl::FromChrono(std::min(limit, call.deadline) - clock_.Now()) / (other_addresses + 1);
      connect = clock_.At(Later(clock_.Now(), std::min(options_.connect_timeout, share)), on_no_connection);
    }
    const auto end = clock_.At(limit, on_limit);
    const std::stop_callback on_gone(call.stop, on_stop);
    under_way_.insert(attempt.get());
    if (watch_ == nullptr) Watch();
    connections_->LookWhomToTrust(clock_.Now());
    BeginExchange(attempt, connections_, address);
    co_await attempt->over.Wait();
    under_way_.erase(attempt.get());
  }

  // The library reads a whole chunk, or all headers, into memory, however long they are, without any report. So while
  // any request is under way, the received bytes are checked now and then: where anything has arrived, and once a
  // second everywhere, since an arrival may be missed (see Arrivals::Take; or the request had no socket yet when it
  // came).
  void Watch() {
    watch_ = clock_.At(Later(clock_.Now(), kWatchEvery), [this] {
      const int64_t most = static_cast<int64_t>(options_.max_answer_bytes) + kMaxHeaderBytes;
      const auto arrived = connections_->TakeArrivals();
      const bool everywhere = !arrived || ++looks_ % kLooksPerSecond == 0;
      for (Attempt* attempt : under_way_) {
        const bool may_have_more =
            everywhere || attempt->through_tunnel != nullptr || arrived->contains(attempt->socket);
        if (attempt->call == nullptr || !may_have_more || attempt->Received() <= most) continue;
        ++connections_->counts().too_long;
        attempt->Abandon(SendFailure::kAnswerLost, kTooLong);
      }
      if (under_way_.empty()) {
        watch_ = nullptr;
      } else {
        Watch();
      }
    });
  }

  Clock& clock_;
  const WireOptions options_;
  Resolver resolver_;
  const std::shared_ptr<Connections> connections_;
  std::map<std::string, Clock::Time> dead_until_;  // by address
  std::set<Attempt*> under_way_;
  std::unique_ptr<Timer> watch_;
  int64_t looks_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WireClient>> CreateCpprestClient(Clock& clock, WireOptions options) {
  try {
    absl::StatusOr<std::shared_ptr<TlsClient>> tls = CreateTlsClient(options);
    if (!tls.ok()) return tls.status();
    return std::make_unique<Wire>(CpprestLoop(), clock, std::move(options), *std::move(tls));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace webex_gateway
