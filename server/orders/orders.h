// The promise: one order, one POST; every failure says what happened; nothing is lost. Takes an order from any edge
// (gRPC knows this file, this file knows no gRPC) through the ledger to Webex and back: validate, claim, send,
// complete, answer.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/trace_context.h"
#include "server/ledger/ledger.h"
#include "server/webex/workspaces.h"
#include "webex/broadworks/v1/workspaces.pb.h"

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

struct ProvisionResult {
  absl::StatusOr<webex::broadworks::v1::Workspace> workspace;  // errors as base/error.h makes them
  std::string request_id;                                      // the order's, or the one made for it
  std::string tracking_id;                                     // Webex's, of a success; may be empty
  int attempts = 0;
  bool validated_only = false;  // nothing was ordered, as the caller wished
  bool replayed = false;        // the answer came from the ledger
};

class OrderObserver {
 public:
  virtual ~OrderObserver() = default;
  // Webex took an order that someone had said was not applied, or had named another workspace for. There may be two
  // workspaces; what is known stands on record.
  virtual void OnContradicted(const std::string& request_id) = 0;
};

// For the loop's thread, but for construction.
class Provisioner {
 public:
  // `new_request_id` gives a fresh UUID. References must outlive the provisioner, and all of them every order under
  // way.
  Provisioner(Loop& loop, Clock& clock, Ledger& ledger, Workspaces& workspaces, OrderObserver& observer,
              std::function<std::string()> new_request_id);

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
  // `unchanged` until the ledger was asked; once another call was seen at work on it, it is `unknown` until this call
  // has claimed it itself. Of a retry without a request id (Caller::is_retry) it is always `unknown`.
  Async<ProvisionResult> Provision(webex::broadworks::v1::ProvisionWorkspaceRequest request, Caller caller);

  // The gateway is about to stop: from now on an order that would have to be sent is answered GATEWAY_STOPPING, and so
  // is one under way that is given up (its caller counts as gone) before anything of it has left. What the ledger knows
  // of an order is answered as ever. Those under way run on.
  void RefuseOrders();

  // The answer to bytes that are no order at all: INVALID_REQUEST, under a new request id.
  ProvisionResult Refuse(std::vector<FieldViolation> violations) const;

  // Calls `then` once no order is under way, with or without a caller: at once, or when the last one is on record.
  void WhenIdle(absl::AnyInvocable<void()> then);

 private:
  struct Order;
  Async<void> Run(std::shared_ptr<Order> order);
  Async<ProvisionResult> AnswerOf(Order& order);
  ProvisionResult ResultOf(Order& order) const;
  ProvisionResult FailureOf(const Order& order, absl::Status status) const;
  ClaimRequest ClaimOf(const Order& order) const;
  Async<bool> Claim(Order& order);
  static void Replay(Order& order, const Ending& ending);
  Async<void> Record(Order& order);
  Async<void> TakeFromRecord(Order& order);
  Async<void> Sleep(absl::Duration time);
  bool OutOfTime(const Call& call) const;

  Loop& loop_;
  Clock& clock_;
  Ledger& ledger_;
  Workspaces& workspaces_;
  OrderObserver& observer_;
  const std::function<std::string()> new_request_id_;
  bool refuses_ = false;
  int under_way_ = 0;
  absl::AnyInvocable<void()> when_idle_;
};

}  // namespace webex_gateway
