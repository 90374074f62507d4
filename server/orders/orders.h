// The promise: one order, one POST; every failure says what happened; nothing is lost. Takes an order of any method
// from any edge (gRPC knows this file, this file knows no gRPC) through the ledger to Webex and back: validate, claim,
// send, complete, answer.
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
  std::string identity;  // who it is, for the record; empty where callers have no identity
  std::string account;   // see Call
  TraceContext trace;    // to which the call belongs
  // The caller's gRPC library has made this call before, and got no answer that it could use.
  bool is_retry = false;
};

struct OrderResult {
  // The method's response message in its wire form. Errors are as base/error.h makes them.
  absl::StatusOr<std::string> answer;
  std::string request_id;       // the order's, or the one made for it
  std::string tracking_id;      // Webex's, of a success; may be empty
  int attempts = 0;             // at Webex
  bool validated_only = false;  // nothing was ordered, as the caller wished
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
  // Of a call whose trace is recorded.
  virtual void OnLedgerStep(const LedgerStep& /*step*/) {}
  // Webex did what someone had said was not applied, or had named another workspace for. There may be two workspaces;
  // what is known stands on record.
  virtual void OnContradicted(const std::string& request_id) = 0;
};

// For the loop's thread, but for construction.
class Orders {
 public:
  // `new_request_id` gives a fresh UUID. References must outlive the orders, and all of them every order under way.
  Orders(Loop& loop, Clock& clock, Ledger& ledger, Webex& webex, OrderObserver& observer,
         std::function<std::string()> new_request_id);

  // Carries an order out. `request` is of the method's request type; the method must outlive the order.
  //
  // Answers as soon as the order's fate is known and on record, and at the caller's deadline at the latest:
  //   DEADLINE_BEFORE_SENT where nothing has left by then, and nothing will;
  //   DEADLINE_AFTER_SENT where Webex may have the order, or has taken it but that is not on record.
  // In the second case the order runs on; its result is taken and recorded all the same. A caller who has gone stops
  // the order in the same way (CANCELLED_...). What the ledger answers in place of Webex is in refusal.h; where the
  // ledger fails before anything is sent, its error is the answer.
  //
  // A success that cannot be recorded is never told as one: after a crash the ledger would not know of it. So it is
  // tried again until it is on record, past the deadline too. A failure is told at the deadline even so, as long as the
  // lease holds: nobody can have taken the order over, so that it was not applied stays true.
  //
  // An error's outcome is the order's, as far as this gateway can know. Of an order with its own request id it is
  // `unchanged` until the ledger was asked; once another call was seen at work on it, or an earlier one may have had
  // its effect, it is `unknown` (in the first case until this call has claimed it itself).
  //
  // An order that is UNKNOWN and not repeatable is sent once more where its caller says so (Method::repeats_unknown),
  // once in a call, and not by one that has waited for another that was at work on it (once_more.h).
  //
  // A retry without a request id (Caller::is_retry) is taken for the order on record that is its earlier attempt, where
  // one is certain to be (earlier_attempt.h), and goes on under that one's id. The outcome of its error is always
  // `unknown`: another gateway may have had the first attempt.
  Async<OrderResult> Take(const Method& method, std::unique_ptr<const google::protobuf::Message> request,
                          Caller caller);

  // The gateway is about to stop: from now on an order that would have to be sent is answered GATEWAY_STOPPING, and so
  // is one under way that is given up (its caller counts as gone) before anything of it has left. What the ledger knows
  // of an order is answered as ever, as long as calls come. Those under way run on.
  void RefuseOrders();

  // The answer to bytes that are no order at all: INVALID_REQUEST, under a new request id.
  OrderResult Refuse(std::vector<FieldViolation> violations) const;

  // Calls `then` once no order is under way, with or without a caller: at once, or when the last one is on record.
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
