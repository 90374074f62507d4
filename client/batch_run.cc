#include "client/batch_run.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/batch_policy.h"
#include "client/order_call.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::WorkspaceService;
using SteadyClock = std::chrono::steady_clock;
using Time = SteadyClock::time_point;

constexpr absl::Duration kTick = absl::Milliseconds(100);  // until a signal, or a connection, is noticed
constexpr absl::Duration kRateLimitShown = absl::Seconds(5);

// The slot of an order that is under way.
struct Slot {
  size_t number = 0;
  std::unique_ptr<OrderCall> call{};  // null: it waits until `due` to be sent again, or the slot is free
  bool is_taken = false;
  int failures = 0;
  bool may_have_sent = false;  // a call of this run
  Time due{};
  BatchResult last{};
};

class Run {
 public:
  Run(const std::shared_ptr<grpc::Channel>& channel, const std::vector<BatchOrder>& orders,
      const BatchSettings& settings, const BatchEvents& events)
      : channel_(channel),
        stub_(WorkspaceService::NewStub(channel)),
        orders_(orders),
        settings_(settings),
        events_(events),
        begun_(SteadyClock::now()),
        last_end_(begun_),
        slots_(static_cast<size_t>(settings.in_flight)) {}

  ~Run() {
    queue_.Shutdown();
    void* tag = nullptr;
    for (bool ok = false; queue_.Next(&tag, &ok);) {
    }
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  BatchOutcome Execute() {
    while (next_ < orders_.size() || taken_ > 0) {
      const Time now = SteadyClock::now();
      if (outcome_.stop == BatchStop::kNot && events_.interrupted()) Stop(BatchStop::kInterrupted);
      if (outcome_.stop == BatchStop::kNot) StartWhatIsDue(now);
      if (outcome_.stop == BatchStop::kNot && IsOutOfPatience(now)) GiveUp();
      if (outcome_.stop != BatchStop::kNot) EndWaiting();
      if (outcome_.stop != BatchStop::kNot && taken_ == 0) break;
      AwaitOne(now);
      events_.on_progress(Progress(SteadyClock::now()));
    }
    for (; next_ < orders_.size(); ++next_) Report(next_, {.was_sent = false});
    return std::move(outcome_);
  }

 private:
  void Stop(BatchStop stop, std::string why = "") {
    if (outcome_.stop == BatchStop::kNot) outcome_ = {stop, std::move(why)};
  }

  bool IsOutOfPatience(Time now) const {
    if (now - last_end_ < absl::ToChronoNanoseconds(settings_.patience)) return false;
    // A call under way may still end within its own time limit.
    return std::all_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.call == nullptr; });
  }

  void GiveUp() {
    Stop(is_connected_ ? BatchStop::kNoProgress : BatchStop::kUnreachable,
         absl::StrCat("no order has ended for ", ForPeople(settings_.patience)));
  }

  // A channel without a state (in-process) reports SHUTDOWN.
  bool IsConnected() {
    const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
    return state == GRPC_CHANNEL_READY || state == GRPC_CHANNEL_SHUTDOWN;
  }

  void StartWhatIsDue(Time now) {
    is_connected_ = IsConnected();
    if (now < held_until_ || !is_connected_) return;
    for (Slot& slot : slots_) {
      if (!slot.is_taken && next_ < orders_.size()) {
        slot = {.number = next_++, .is_taken = true};
        ++taken_;
      } else if (!slot.is_taken || slot.call || now < slot.due) {
        continue;
      }
      OrderCallOptions options{.timeout = settings_.timeout, .validate_only = settings_.validate_only};
      if (!slot.may_have_sent) options.if_unknown = settings_.if_unknown;
      slot.call = std::make_unique<OrderCall>(*stub_, queue_, orders_[slot.number], options, &slot);
    }
  }

  void AwaitOne(Time now) {
    const Time latest = now + absl::ToChronoNanoseconds(kTick);
    Time until = latest;
    for (const Slot& slot : slots_) {
      if (slot.is_taken && !slot.call) until = std::min(until, std::max(slot.due, held_until_));
    }
    until = is_connected_ ? std::clamp(until, now, latest) : latest;
    void* tag = nullptr;
    bool ok = false;
    const auto deadline =
        std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::microseconds>(until - now);
    if (queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::GOT_EVENT) Ended(*static_cast<Slot*>(tag));
  }

  void Ended(Slot& slot) {
    const Time now = SteadyClock::now();
    slot.last = std::exchange(slot.call, nullptr)->Take();
    const CallError* error = slot.last.error ? &*slot.last.error : nullptr;
    // With a time to repeat it, this call had no effect.
    const bool may_have_sent = error != nullptr && error->outcome == Outcome::kUnknown &&
                               error->reason != kMayStillBeSent && !error->retry_delay;
    slot.may_have_sent = slot.may_have_sent || may_have_sent;
    const bool is_limited =
        slot.last.metadata.webex_limit || (error != nullptr && error->reason == "WEBEX_RATE_LIMITED");
    if (is_limited) rate_limited_ = now;
    if (slot.last.metadata.webex_limit) webex_limit_ = slot.last.metadata.webex_limit;
    const BatchStep step =
        error == nullptr ? BatchStep{} : StepAfter(orders_[slot.number].kind(), *error, ++slot.failures);
    if (!step.again) return End(slot);
    slot.due = now + absl::ToChronoNanoseconds(step.wait);
    if (!step.holds_all || slot.due <= held_until_) return;
    held_until_ = slot.due;
    held_for_ = error->reason.empty() ? "the gateway" : error->reason;
  }

  void EndWaiting() {
    for (Slot& slot : slots_) {
      if (slot.is_taken && !slot.call) End(slot);
    }
  }

  void End(Slot& slot) {
    last_end_ = SteadyClock::now();
    // An answer that nothing has changed does not say what the calls before it have done.
    std::optional<CallError>& error = slot.last.error;
    if (slot.may_have_sent && error && error->outcome == Outcome::kUnchanged) error->outcome = Outcome::kUnknown;
    Report(slot.number, slot.last);
    const std::string& lost = lost_cause_.After(orders_[slot.number], slot.last);
    if (!lost.empty()) Stop(BatchStop::kLostCause, lost);
    slot = {};
    --taken_;
  }

  void Report(size_t number, const BatchResult& result) {
    switch (EndOf(result)) {
      case BatchEnd::kApplied:
        ++progress_.applied;
        break;
      case BatchEnd::kRefused:
        ++progress_.refused;
        break;
      case BatchEnd::kUnknown:
        ++progress_.unknown;
        break;
      case BatchEnd::kNotSent:
        break;
    }
    if (!events_.on_result(number, result)) Stop(BatchStop::kNotKept);
  }

  BatchProgress Progress(Time now) const {
    BatchProgress progress = progress_;
    progress.elapsed = absl::FromChrono(now - begun_);
    progress.total = orders_.size();
    progress.under_way = taken_;
    progress.rate_limited = rate_limited_ && now - *rate_limited_ < absl::ToChronoNanoseconds(kRateLimitShown);
    if (progress.rate_limited) progress.webex_limit = webex_limit_;
    if (!is_connected_) {
      progress.waits_for = "a connection to the gateway";
    } else if (now < held_until_) {
      progress.waits_for = held_for_;
    }
    return progress;
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<WorkspaceService::Stub> stub_;
  const std::vector<BatchOrder>& orders_;
  const BatchSettings settings_;
  const BatchEvents& events_;
  const Time begun_;
  Time last_end_;         // of an order
  size_t next_ = 0;       // the first that has not begun
  size_t taken_ = 0;      // number of slots in use
  Time held_until_{};     // no call begins before this time
  std::string held_for_;  // why
  bool is_connected_ = true;
  std::optional<Time> rate_limited_;
  std::optional<double> webex_limit_;
  LostCause lost_cause_;
  BatchProgress progress_;  // the counts
  BatchOutcome outcome_;
  grpc::CompletionQueue queue_;
  std::vector<Slot> slots_;
};

}  // namespace

BatchOutcome RunBatchOrders(const std::shared_ptr<grpc::Channel>& channel, const std::vector<BatchOrder>& orders,
                            const BatchSettings& settings, const BatchEvents& events) {
  return Run(channel, orders, settings, events).Execute();
}

}  // namespace webex_gateway::client
