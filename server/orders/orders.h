// The promise: one order, one POST; every failure says what happened; nothing is lost. Carries an order of any method
// from any front end (gRPC knows this file, this file does not know gRPC) through the ledger to Webex and back:
// validate, claim, send, complete, answer.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/trace_context.h"
#include "server/ledger/ledger.h"
#include "server/webex/methods.h"
#include "server/webex/webex.h"

namespace webex_gateway {

struct Caller {
  Clock::Time deadline;
  std::stop_token gone;  // requested, on the loop, when the caller no longer waits
  std::string identity;  // the caller, for the record; empty if callers have no identity
  std::string account;   // see Call
  TraceContext trace;    // the trace to which the call belongs
  // The caller's gRPC library made this call before, and got no usable answer.
  bool is_retry = false;
};

struct OrderResult {
  // The method's response message in its wire form. Errors are those of base/error.h.
  absl::StatusOr<std::string> answer;
  std::string request_id;       // the order's, or the one created for it
  std::string tracking_id;      // Webex's, for a success; may be empty
  int attempts = 0;             // at Webex
  bool validated_only = false;  // nothing was ordered, as the caller requested
  bool replayed = false;        // the answer came from the ledger
};

// A step of an order's in the ledger: one attempt at making something durable.
struct LedgerStep {
  absl::string_view name;  // "claim", "complete"
  const Call& call;        // whose
  const absl::Status& status;
  absl::Duration elapsed;
  Clock::Time begun;
};

class OrderObserver {
 public:
  virtual ~OrderObserver() = default;
  virtual void OnLedgerStep(const LedgerStep& /*step*/) {}
  // Webex carried out an order that someone had resolved as not applied, or resolved with another workspace. There may
  // be two workspaces; what is known is on record.
  virtual void OnContradicted(const std::string& request_id) = 0;
};

// For the loop's thread, except construction.
class Orders {
 public:
  // `new_request_id` returns a fresh UUID. The references must outlive this object and every order under way, and so
  // must this object.
  Orders(Loop& loop, Clock& clock, Ledger& ledger, Webex& webex, OrderObserver& observer,
         std::function<std::string()> new_request_id);

  // Carries out an order. `request` is of the method's request type; the method must outlive the order.
  //
  // Answers as soon as the order's result is known and on record, and at the caller's deadline at the latest:
  //   DEADLINE_BEFORE_SENT if nothing has left by then, and nothing will;
  //   DEADLINE_AFTER_SENT if Webex may have the order, or has accepted it but that is not on record.
  // In the second case the order continues, and its result is still recorded. A caller who disconnects stops the order
  // in the same way (CANCELLED_...). refusal.h has the answers from the ledger instead of Webex; if the ledger fails
  // before anything is sent, its error is the answer.
  //
  // A success that cannot be recorded is never reported: after a crash the ledger would not know of it. So recording is
  // retried until it succeeds, even past the deadline. A failure is reported at the deadline even if it is not
  // recorded, as long as the lease holds: nobody can have taken the order over, so it stays true that it was not
  // applied.
  //
  // An error's outcome is that of the order, as far as this gateway can know. For an order with its own request id it
  // is `unchanged` until the ledger was asked; once another call was seen working on it, or an earlier one may have had
  // an effect, it is `unknown` (in the first case until this call has claimed it itself).
  //
  // An order that is UNKNOWN and not repeatable is sent once more if its caller asks for it (Method::repeats_unknown),
  // once per call, and not by a call that has waited for another one working on it (once_more.h).
  //
  // A retry without a request id (Caller::is_retry) is treated as the order on record that is its earlier attempt, if
  // one is certain (earlier_attempt.h), and continues under that order's id. The outcome of its error is always
  // `unknown`: another gateway may have received the first attempt.
  Async<OrderResult> Take(const Method& method, std::unique_ptr<const google::protobuf::Message> request,
                          Caller caller);

  // The gateway is about to stop: from now on an order that would have to be sent is answered with GATEWAY_STOPPING,
  // and so is one under way that is given up (its caller counts as gone) before any of it has left. Orders on record
  // are still answered, as long as calls come. Orders under way continue.
  void RefuseOrders();

  // The answer to bytes that are not an order at all: INVALID_REQUEST, under a new request id.
  OrderResult Refuse(std::vector<FieldViolation> violations) const;

  // Calls `then` once no order is under way, even without a caller: at once, or when the last one is on record.
  void WhenIdle(absl::AnyInvocable<void()> then);

 private:
  struct Order;
  Async<void> Run(std::shared_ptr<Order> order);
  Async<OrderResult> AnswerOf(Order& order);
  OrderResult ResultOf(Order& order) const;
  OrderResult FailureOf(const Order& order, absl::Status status) const;
  ClaimRequest ClaimOf(const Order& order) const;
  Async<bool> FindEarlierAttempt(Order& order);
  Async<bool> Claim(Order& order);
  Async<void> Send(Order& order);
  static void Replay(Order& order, const Ending& ending);
  Async<void> Record(Order& order);
  Async<void> TakeFromRecord(Order& order);
  bool OutOfTime(const Call& call) const;
  void Report(absl::string_view step, const Call& call, const absl::Status& status, Clock::Time begun) const;

  Loop& loop_;
  Clock& clock_;
  Ledger& ledger_;
  Webex& webex_;
  OrderObserver& observer_;
  const std::function<std::string()> new_request_id_;
  bool refuses_ = false;
  int under_way_ = 0;
  absl::AnyInvocable<void()> when_idle_;
};

}  // namespace webex_gateway
