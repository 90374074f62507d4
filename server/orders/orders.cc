#include "server/orders/orders.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/backoff.h"
#include "server/base/error.h"
#include "server/base/uuid.h"
#include "server/orders/earlier_attempt.h"
#include "server/orders/fingerprint.h"
#include "server/orders/once_more.h"
#include "server/orders/refusal.h"
#include "server/orders/validate.h"

namespace webex_gateway {
namespace {

using google::protobuf::Message;

// Between two attempts to record a result.
constexpr Backoff kRecordAgain{.first = absl::Milliseconds(20), .longest = absl::Seconds(1)};
// How soon another gateway, or this one after a restart, may accept an order that was refused because of a stop.
constexpr absl::Duration kReplacedIn = absl::Seconds(1);

// The caller gets no result, and Webex may have the order.
absl::Status LeftBehind(const Call& call, bool is_on_record) {
  const bool gone = call.stop.stop_requested();
  return ToStatus({.code = gone ? absl::StatusCode::kCancelled : absl::StatusCode::kDeadlineExceeded,
                   .reason = gone ? "CANCELLED_AFTER_SENT" : "DEADLINE_AFTER_SENT",
                   .message = absl::StrCat(gone ? "the call was given up" : "the deadline passed",
                                           " after the order had been sent and before its result was ",
                                           is_on_record ? "on record; repeat it with its request id"
                                                        : "known; no ledger is kept, so look for it in Webex before "
                                                          "you order it again"),
                   .outcome = Outcome::kUnknown,
                   .metadata = {{"attempts", absl::StrCat(call.attempts)}, {"request_id", call.request_id}}});
}

// The caller gets no result: the ledger has not answered in time for the order to be sent.
absl::Status NotSent(const Call& call, Outcome outcome) {
  const bool gone = call.stop.stop_requested();
  return ToStatus({.code = gone ? absl::StatusCode::kCancelled : absl::StatusCode::kDeadlineExceeded,
                   .reason = gone ? "CANCELLED_BEFORE_SENT" : "DEADLINE_BEFORE_SENT",
                   .message = "nothing was sent: the order was waiting for the ledger",
                   .outcome = outcome,
                   .metadata = {{"attempts", "0"}, {"request_id", call.request_id}}});
}

absl::Status Stopping(const Call& call, Outcome outcome) {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "GATEWAY_STOPPING",
                   .message = "nothing was sent: this gateway is about to stop",
                   .outcome = outcome,
                   .metadata = {{"attempts", absl::StrCat(call.attempts)}, {"request_id", call.request_id}},
                   .retry_after = kReplacedIn,
                   .repeats_unknown = outcome == Outcome::kUnknown});
}

// The gateway's own fields, which every request has.
std::string RequestIdIn(const Message& request) {
  return request.GetReflection()->GetString(request, request.GetDescriptor()->FindFieldByName("request_id"));
}
bool IsValidateOnly(const Message& request) {
  return request.GetReflection()->GetBool(request, request.GetDescriptor()->FindFieldByName("validate_only"));
}

// The claim under which the result was obtained.
Ending EndingOfClaim(const absl::StatusOr<WebexResult>& result, int attempts) {
  Ending ending = EndingOf(result.ok() ? result->refusal : result.status());
  ending.attempts = attempts;
  if (!result.ok()) return ending;
  ending.state = OperationState::kSucceeded;
  ending.answer = result->answer;
  ending.workspace_id = result->workspace_id;
  ending.tracking_id = result->tracking_id;
  return ending;
}

std::vector<FieldViolation> FaultsOf(const Method& method, const Message& request) {
  std::vector<FieldViolation> faults = Validate(request);
  for (FieldViolation& fault : method.faults_of(request)) faults.push_back(std::move(fault));
  return faults;
}

}  // namespace

// Shared by the caller's coroutine and the order's own, which may outlive it.
struct Orders::Order {
  Order(const Method& the_method, std::unique_ptr<const Message> the_request)
      : method(the_method), request(std::move(the_request)) {}

  enum class Stage {
    kClaiming,   // the ledger decides whether it may be sent
    kAwaiting,   // another call with the same id is under way
    kSending,    // it is on record, and Webex is called
    kRecording,  // the result is known, but not yet on record
    kSettled,
  };

  const Method& method;
  const std::unique_ptr<const Message> request;
  std::string caller;
  Call call;
  // A client library's retry of a call without a request id: the outcome of that call is not certain here.
  bool is_blind_retry = false;
  // How many more times to look for its earlier attempt, which may have been recorded meanwhile.
  int lookups = 0;
  // The outcome to report if this call changes nothing.
  Outcome untouched = Outcome::kNotApplied;
  // If it is UNKNOWN it is sent once more, although it is not repeatable, because its caller asked for that.
  bool repeats_unknown = false;
  // It was claimed for that: an earlier call may have had an effect.
  bool is_once_more = false;
  Stage stage = Stage::kClaiming;
  int64_t claim = 0;
  std::optional<absl::StatusOr<WebexResult>> result;
  Ending ending;  // the claim's, if it was sent
  bool replayed = false;
  Event sent;      // what was granted has been sent, or given up
  Event given_up;  // settled, or an attempt to record it has failed
  Event woken;     // settled, or the deadline, or the caller has gone
};

Orders::Orders(Loop& loop, Clock& clock, Ledger& ledger, Webex& webex, OrderObserver& observer,
               std::function<std::string()> new_request_id)
    : loop_(loop),
      clock_(clock),
      ledger_(ledger),
      webex_(webex),
      observer_(observer),
      new_request_id_(std::move(new_request_id)) {}

Async<OrderResult> Orders::Take(const Method& method, std::unique_ptr<const Message> request, Caller caller) {
  // An id that is not a UUID is refused below; until then it must not get into metadata and logs.
  const std::string given_id = RequestIdIn(*request);
  const bool has_id = IsUuid(given_id);
  const std::string request_id = has_id ? absl::AsciiStrToLower(given_id) : new_request_id_();
  // Without a record, ids say nothing about earlier calls.
  const Outcome untouched = has_id && ledger_.is_kept() ? Outcome::kUnchanged : Outcome::kNotApplied;
  if (std::vector<FieldViolation> faults = FaultsOf(method, *request); !faults.empty()) {
    co_return OrderResult{InvalidRequest(std::move(faults), request_id, untouched), request_id};
  }
  if (IsValidateOnly(*request)) {
    co_return OrderResult{.answer = method.as_ordered(*request), .request_id = request_id, .validated_only = true};
  }

  auto order = std::make_shared<Order>(method, std::move(request));
  order->caller = std::move(caller.identity);
  order->call.request_id = request_id;
  order->call.account = std::move(caller.account);
  order->call.deadline = caller.deadline;
  order->call.stop = caller.gone;
  order->call.trace = std::move(caller.trace);
  order->is_blind_retry = caller.is_retry && !has_id;
  order->lookups = order->is_blind_retry && ledger_.is_kept() ? 2 : 0;
  order->untouched = untouched;
  // A library's retry without an id does not express the caller's wish about an order on record.
  order->repeats_unknown = has_id && method.repeats_unknown(*order->request);
  ++under_way_;
  Spawn(loop_, Run(order));

  const auto wake = [order] { order->woken.Set(); };
  const auto timer = clock_.At(caller.deadline, wake);
  const std::stop_callback on_gone(caller.gone, wake);
  co_await order->woken.Wait();
  co_return co_await AnswerOf(*order);
}

Async<OrderResult> Orders::AnswerOf(Order& order) {
  using Stage = Order::Stage;
  const Call& call = order.call;
  if (order.stage == Stage::kAwaiting) co_await order.given_up.Wait();
  if (order.stage == Stage::kSending && !call.in_flight) {
    // Nothing has left, so the layers below give up by themselves, at once, and report it.
    co_await order.sent.Wait();
    if (order.result->ok()) co_await order.given_up.Wait();  // a result that came in the same moment
  }
  switch (order.stage) {
    case Stage::kClaiming:
      if (order.untouched == Outcome::kUnknown) break;
      co_return FailureOf(order, NotSent(call, order.untouched));
    case Stage::kAwaiting:
    case Stage::kSending:
      break;
    case Stage::kRecording:
      // A success that is not on record may be lost; that nothing was applied stays true as long as nobody can have
      // taken the order over.
      if (order.result->ok() || !HoldsLease(call, clock_.Now())) break;
      co_return FailureOf(order, order.result->status());
    case Stage::kSettled:
      co_return ResultOf(order);
  }
  co_return FailureOf(order, LeftBehind(call, ledger_.is_kept()));
}

OrderResult Orders::ResultOf(Order& order) const {
  absl::StatusOr<WebexResult>& done = *order.result;
  if (!done.ok()) return FailureOf(order, done.status());
  OrderResult result{std::move(done->answer), order.call.request_id, std::move(done->tracking_id), order.call.attempts};
  result.replayed = order.replayed;
  return result;
}

OrderResult Orders::FailureOf(const Order& order, absl::Status status) const {
  const Call& call = order.call;
  const std::optional<Error> error = refuses_ ? ErrorIn(status) : std::nullopt;
  if (error && error->reason == "CANCELLED_BEFORE_SENT") status = Stopping(call, error->outcome);
  if (order.is_blind_retry) status = WithOutcome(std::move(status), Outcome::kUnknown);
  return {std::move(status), call.request_id, "", call.attempts};
}

void Orders::RefuseOrders() { refuses_ = true; }

OrderResult Orders::Refuse(std::vector<FieldViolation> violations) const {
  const std::string request_id = new_request_id_();
  return {InvalidRequest(std::move(violations), request_id, Outcome::kUnchanged), request_id};
}

void Orders::WhenIdle(absl::AnyInvocable<void()> then) {
  if (under_way_ == 0) return then();
  when_idle_ = std::move(then);
}

Async<void> Orders::Run(std::shared_ptr<Order> order) {
  const bool granted = co_await Claim(*order);
  if (granted) {
    order->stage = Order::Stage::kSending;
    co_await Send(*order);
    order->stage = Order::Stage::kRecording;
    order->sent.Set();
    co_await Record(*order);
  }
  order->stage = Order::Stage::kSettled;
  --under_way_;
  order->given_up.Set();
  order->woken.Set();
  if (under_way_ == 0 && when_idle_) std::exchange(when_idle_, nullptr)();
}

Async<void> Orders::Send(Order& order) {
  absl::StatusOr<WebexResult> result;
  // The caller may already have been answered that nothing was sent, so nothing is.
  if (OutOfTime(order.call)) {
    result = NotSent(order.call, order.is_once_more ? Outcome::kNotApplied : order.untouched);
  } else {
    result = co_await webex_.Send(order.method, *order.request, order.call);
  }
  if (order.is_once_more) result = WithWhatItShows(std::move(result), order.method, *order.request);
  order.ending = EndingOfClaim(result, order.call.attempts);
  if (order.is_once_more && !result.ok()) result = OfAllCalls(result.status());
  order.result = std::move(result);
}

ClaimRequest Orders::ClaimOf(const Order& order) const {
  Subject subject = order.method.subject_of(*order.request);
  return {.request_id = order.call.request_id,
          .method = order.method.name(),
          .repeatable = order.method.repeatable,
          .subject = std::move(subject.key),
          .sp_enterprise_id = std::move(subject.sp_enterprise_id),
          .user_id = std::move(subject.user_id),
          .workspace_id = std::move(subject.workspace_id),
          .fingerprint = ledger_.is_kept() ? FingerprintOf(*order.request) : "",
          .caller = order.caller,
          .repeat_unknown = order.repeats_unknown,
          .sends_for = std::max(absl::ZeroDuration(), absl::FromChrono(order.call.deadline - clock_.Now()))};
}

// If the order's earlier attempt is found, the order continues under its id. False: the ledger failed, and that is the
// result.
Async<bool> Orders::FindEarlierAttempt(Order& order) {
  --order.lookups;
  // Webex answers a second removal with an error.
  const bool may_be_sent_again = order.method.repeatable && !order.method.removes;
  const Succeeded succeeded = may_be_sent_again ? Succeeded::kIsSentAgain : Succeeded::kAnswersRetry;
  absl::StatusOr<std::string> id = co_await IdOfEarlierAttempt(ledger_, ClaimOf(order), succeeded);
  if (!id.ok()) {
    order.result = WithOutcome(id.status(), order.untouched);
    co_return false;
  }
  if (id->empty()) co_return true;
  order.call.request_id = *std::move(id);
  order.lookups = 0;
  co_return true;
}

// True: the order is on record and must be sent. Otherwise its result is known.
Async<bool> Orders::Claim(Order& order) {
  Call& call = order.call;
  while (true) {
    order.stage = Order::Stage::kClaiming;
    if (order.lookups > 0) {
      const bool looked = co_await FindEarlierAttempt(order);
      if (!looked) co_return false;
    }
    // During a stop, an order that would have to be sent is refused; what is on record is answered nevertheless.
    const bool only_looks = refuses_;
    const Clock::Time begun = clock_.Now();
    auto asked = only_looks ? ledger_.Look(ClaimOf(order)) : ledger_.Claim(ClaimOf(order));
    absl::StatusOr<ClaimAnswer> answer = co_await std::move(asked);
    if (!only_looks) Report("claim", call, answer.status(), begun);
    if (!answer.ok()) {
      order.result = WithOutcome(answer.status(), order.untouched);
      co_return false;
    }
    // An order sent by an earlier run may be applied, whatever the result of this one.
    call.maybe_acted = answer->after_unknown && order.method.repeatable;
    order.is_once_more = answer->after_unknown && !order.method.repeatable;
    if (answer->after_unknown) order.untouched = Outcome::kUnknown;
    switch (answer->verdict) {
      case ClaimVerdict::kClaimed:
        if (!answer->after_unknown) order.untouched = Outcome::kNotApplied;
        order.claim = answer->operation.claim;
        call.lease = std::move(answer->lease);
        if (!only_looks) co_return true;
        order.result = Stopping(call, order.untouched);
        co_return false;
      case ClaimVerdict::kReplay:
        Replay(order, answer->operation.ending);
        co_return false;
      case ClaimVerdict::kInProgress:
        order.untouched = Outcome::kUnknown;
        if (only_looks) break;
        order.stage = Order::Stage::kAwaiting;
        co_await ledger_.AwaitEnd(call.request_id, call.deadline, call.stop);
        // The other call has just sent it.
        order.repeats_unknown = false;
        if (!OutOfTime(call)) continue;
        break;
      case ClaimVerdict::kBlocked:
        if (order.lookups > 0) continue;
        break;
      case ClaimVerdict::kUnknown:
      case ClaimVerdict::kMayStillBeSent:
      case ClaimVerdict::kReused:
        break;
    }
    order.result = RefusalOf(*answer, call.request_id, order.method.subject);
    co_return false;
  }
}

void Orders::Replay(Order& order, const Ending& ending) {
  order.result = WebexResult{ending.answer.value_or(""), ending.workspace_id, ending.tracking_id};
  order.replayed = true;
}

// Returns when the result is on record, or the record has a different one.
Async<void> Orders::Record(Order& order) {
  for (int failures = 1;; ++failures) {
    const Clock::Time begun = clock_.Now();
    const absl::StatusOr<CompleteVerdict> recorded =
        co_await ledger_.Complete(order.call.request_id, order.claim, order.ending);
    Report("complete", order.call, recorded.status(), begun);
    if (recorded.ok()) {
      if (*recorded == CompleteVerdict::kContradicted) observer_.OnContradicted(order.call.request_id);
      const bool superseded = *recorded == CompleteVerdict::kSuperseded;
      if (superseded) co_await TakeFromRecord(order);
      co_return;
    }
    order.given_up.Set();
    co_await Sleep(clock_, kRecordAgain.After(failures));
  }
}

// Others continued with the order meanwhile, so this claim can no longer decide its result.
Async<void> Orders::TakeFromRecord(Order& order) {
  const absl::StatusOr<ClaimAnswer> answer = co_await ledger_.Look(ClaimOf(order));
  const bool is_free = answer.ok() && answer->verdict == ClaimVerdict::kClaimed && !answer->after_unknown;
  if (answer.ok() && answer->verdict == ClaimVerdict::kReplay) {
    Replay(order, answer->operation.ending);
  } else if (answer.ok() && answer->verdict != ClaimVerdict::kClaimed) {
    order.result = RefusalOf(*answer, order.call.request_id, order.method.subject);
  } else if (order.result->ok()) {
    order.result = LeftBehind(order.call, /*is_on_record=*/true);  // a success that is not on record
  } else if (!is_free) {
    order.result = WithOutcome(order.result->status(), Outcome::kUnknown);
  }
}

void Orders::Report(absl::string_view step, const Call& call, const absl::Status& status, Clock::Time begun) const {
  if (!ledger_.is_kept()) return;
  observer_.OnLedgerStep({step, call, status, absl::FromChrono(clock_.Now() - begun), begun});
}

bool Orders::OutOfTime(const Call& call) const { return call.stop.stop_requested() || clock_.Now() >= call.deadline; }

}  // namespace webex_gateway
