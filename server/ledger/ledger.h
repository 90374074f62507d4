// The ledger: every order is recorded before it is sent, and its result before it is answered. One interface, two
// stores: sqlite/ledger.h for one gateway with its own file, PostgreSQL for several gateways that share a record.
//
// An operation is the record of one order, under the order's request id:
//
//                      Complete                     Claim, same id
//   Claim ──▶ IN_FLIGHT ──┬──▶ SUCCEEDED      FAILED ──────────────▶ IN_FLIGHT
//                 │       ├──▶ FAILED
//         Recover │       └──▶ UNKNOWN ──┬─ Resolve ──▶ SUCCEEDED or FAILED
//                 └──────────▶ UNKNOWN ──┼─ Complete, late but of the same claim ──▶ SUCCEEDED or FAILED
//                                        └─ Claim, same id, of a repeatable order, or with repeat_unknown ──▶ IN_FLIGHT
//
// It blocks other orders for the same subject while it is open: IN_FLIGHT, or UNKNOWN and not repeatable. A repeatable
// order may be sent twice without harm, so nobody needs to resolve it: repeating it under the same id settles it. Any
// other order waits until someone resolves it, or until its caller asks to repeat it: ClaimRequest::repeat_unknown.
//
// A success is never hidden: if it arrives after the order was resolved as not applied, or after it was claimed again,
// it is recorded nevertheless (claim_rules.h).
//
// SUCCEEDED, FAILED and repeatable UNKNOWN operations are deleted after the retention, by a store's clock that has been
// plausible for hours (retention.h); the other UNKNOWN ones stay until they are resolved.
//
// Personal data kept: user_id and sp_enterprise_id, which blocking and the operator need; and, only for a SUCCEEDED
// operation, the answer (display name, phone number), which its replay needs. The order itself is kept only as a
// fingerprint, and no error text is kept, since Webex's may quote the order.
//
// The ledger knows no methods: other layers decide what an order is about, and what its answer means.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/base/lease.h"
#include "server/base/volume.h"

namespace webex_gateway {

// The numbers are stored on disk.
enum class OperationState {
  kInFlight = 1,
  kSucceeded = 2,
  kFailed = 3,   // not applied
  kUnknown = 4,  // may be applied
};

// How an operation ended.
struct Ending {
  OperationState state = OperationState::kUnknown;  // any but kInFlight
  // Always set with kSucceeded: the answer of a replay, the method's response message in its wire form.
  std::optional<std::string> answer;
  // The workspace that Webex's answer names; also with kUnknown, if it named another user's. Empty: none.
  std::string workspace_id;
  // kFailed and kUnknown: the error that the caller got, from the error tables in proto/README.md. kSucceeded: if Webex
  // refused an order that was sent once more because what was ordered already existed, that error.
  absl::StatusCode error_code = absl::StatusCode::kOk;
  std::string error_reason;
  std::string tracking_id;  // Webex's, if it returned one
  int attempts = 0;         // at Webex, for this claim
};

// The ending that corresponds to an order's error. Its metadata `outcome` decides between kFailed and kUnknown; an
// error without one is kUnknown.
Ending EndingOf(const absl::Status& error);

struct Operation {
  std::string request_id;  // lower case
  std::string method;      // these six as in ClaimRequest
  bool repeatable = false;
  std::string subject;  // empty: recorded by a gateway that had no subjects
  std::string sp_enterprise_id;
  std::string user_id;
  std::string workspace_id;  // for an order that creates a workspace, and so is not repeatable: the ending's
  OperationState state = OperationState::kInFlight;
  Ending ending;      // if it has ended: of the last claim
  int64_t claim = 0;  // how many times it was claimed
  // An earlier claim may have had an effect, so if the last one fails the operation stays UNKNOWN. If the order is not
  // repeatable, `ending` is then the earlier claim's, also while the last one is IN_FLIGHT: someone must look for it.
  bool after_unknown = false;
  std::string caller;   // who ordered it, of the last claim; empty if callers have no identity
  std::string gateway;  // which gateway claimed it, of the last claim: "host/id"
  // The time until which that gateway may still send it or, if the claim has ended, when it did: nothing is sent after
  // that.
  absl::Time sends_until;
  // Webex created, or named, these for the order too; someone should remove them.
  std::vector<std::string> other_workspace_ids;
  absl::Time create_time;    // of the first claim
  absl::Time update_time;    // of the last change of state
  std::string resolved_by;   // if someone resolved it: who,
  std::string resolve_note;  // and why; the time is update_time
};

// A request to Claim. The strings are those of the order.
struct ClaimRequest {
  std::string request_id;
  std::string method;       // the RPC's name
  bool repeatable = false;  // it may be sent to Webex twice without harm
  std::string subject;      // what may have only one open order at a time; not empty
  // What the order is about, for searches; empty if not known.
  std::string sp_enterprise_id;
  std::string user_id;
  std::string workspace_id;
  std::string fingerprint;  // of its content: equal for equal orders of a method, never for others
  std::string caller;       // who orders; empty if callers have no identity
  // The caller asks to send it once more if its own operation is UNKNOWN, repeatable or not. This is not granted before
  // Operation::sends_until, so that two are never sent at the same time.
  bool repeat_unknown = false;
  // How long from now on the gateway may begin to send it. After that, or once the lease is lost, it must not be sent.
  absl::Duration sends_for;
};

enum class ClaimVerdict {
  kClaimed,         // on record, durably, as IN_FLIGHT: send it, then Complete
  kReplay,          // SUCCEEDED under this id: `operation` holds the answer
  kInProgress,      // IN_FLIGHT under this id
  kUnknown,         // UNKNOWN under this id, and neither repeatable nor to be repeated
  kMayStillBeSent,  // UNKNOWN under this id and to be repeated, but not before Operation::sends_until
  kReused,          // this id was used for another method or content, whatever its result
  kBlocked,         // another id's operation for the same subject is open
};

struct ClaimAnswer {
  ClaimVerdict verdict = ClaimVerdict::kClaimed;
  // With kClaimed the operation to complete; otherwise the one that answers or blocks it. (It may belong to another
  // caller: with kReused show nothing of it, with kBlocked only the id.)
  Operation operation;
  // With kClaimed and kBlocked: an earlier claim under this id may have had an effect.
  bool after_unknown = false;
  // With kClaimed: nothing may be sent once this has expired, whatever happens later. Null: none is needed.
  std::shared_ptr<const Lease> lease;
};

// The effect of a completion.
enum class CompleteVerdict {
  kRecorded,  // the operation has this ending, now or by an equal earlier completion
  // It changed nothing: the operation was resolved otherwise, or claimed again. Look returns its present state.
  kSuperseded,
  // A success, now on record, after the order was resolved as not applied or with another workspace; or one of two
  // successes that each created a workspace. There may be two: see Operation::other_workspace_ids, and other orders for
  // the same user.
  kContradicted,
};

enum class ResolveVerdict {
  kResolved,
  kNotFound,
  kNotUnknown,
  kMayStillBeSent,  // "not applied" is not certain before Operation::sends_until
};

struct ResolveAnswer {
  ResolveVerdict verdict = ResolveVerdict::kNotFound;
  Operation operation;  // in its present state; empty with kNotFound
  absl::Duration wait;  // with kMayStillBeSent: how long to wait
};

struct Resolution {
  std::string request_id;
  std::optional<std::string> answer;  // applied, and this is the answer; nothing: not applied
  std::string workspace_id;           // with an answer: as in Ending
  std::string by;                     // who
  std::string note;                   // and why
  bool gateway_is_gone = false;       // the claiming gateway will certainly send nothing any more
};

// Every condition that is set must hold.
struct ListQuery {
  std::optional<OperationState> state;
  std::string method;  // these five as in Operation; empty: any
  std::string sp_enterprise_id;
  std::string user_id;
  std::string workspace_id;
  std::string caller;
  int64_t newest = 0;      // look only at this many of the newest on record, so that the time is bounded; 0: at all
  int page_size = 100;     // at least 1
  std::string page_token;  // OperationPage::next_page_token of the page before; empty: the first page
};

struct OperationPage {
  std::vector<Operation> operations;
  std::string next_page_token;  // empty: this is the last page
  absl::Time now;               // by the clock of the operations' times; undefined if there are none
};

// What anyone may see of an UNKNOWN operation that is not repeatable: no personal data.
struct UnknownOperation {
  std::string request_id;
  absl::Time since;          // when it became UNKNOWN
  std::string error_reason;  // a row of the error tables in proto/README.md
  std::string gateway;       // these two as in Operation
  absl::Time sends_until;
};

// The number of these that were ordered in one quarter of an hour (UTC) and have the same reason: many at once indicate
// an outage.
struct UnknownGroup {
  absl::Time ordered_since;
  std::string error_reason;
  int64_t orders = 0;
};

struct LedgerCounts {
  int64_t in_flight = 0;
  int64_t succeeded = 0;
  int64_t failed = 0;
  int64_t unknown = 0;                           // without the repeatable ones: someone must look
  int64_t unknown_repeatable = 0;                // repeating the order settles it
  std::vector<UnknownOperation> oldest_unknown;  // the oldest first, at most kOldestUnknown
  std::vector<UnknownGroup> unknown_groups;      // the newest first, at most kUnknownGroups
};
inline constexpr int kOldestUnknown = 10;
inline constexpr int kUnknownGroups = 10;
inline constexpr absl::Duration kUnknownGroupStretch = absl::Minutes(15);

// The ledger's state, for monitoring.
struct LedgerHealth {
  std::string trouble;                   // why no order can be recorded, without secrets; empty: orders can be recorded
  LedgerCounts counts;                   // at most some seconds old, or from before the trouble
  std::optional<VolumeUse> volume = {};  // the volume of its file; nothing if it is on a server
};

// Called on the loop with the ledger's events.
struct LedgerObserver {
  // Each commit: whether it succeeded, and how long it took. One commit may be for many operations.
  std::function<void(bool ok, absl::Duration took)> committed = [](bool, absl::Duration) {};
  // Nothing can be written any more, and why, for the log: it may name host, user and database, but no password. With
  // OK: writing is possible again.
  std::function<void(const absl::Status&)> changed = [](const absl::Status&) {};
  // Facts about the store that operators should know, but that do not stop orders.
  std::function<void(const std::string&)> noticed = [](const std::string&) {};
};

// All calls are made from the loop's thread and return on it; none blocks. Request ids are UUIDs, in any letter case.
// The ledger must outlive each call's run.
//
// If the store fails, the error is LedgerUnavailable(). It recovers by itself: the next call may succeed.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // False: nothing is recorded, so a request id says nothing about an earlier order.
  virtual bool is_kept() const { return true; }

  // Marks operations as UNKNOWN that are IN_FLIGHT from this gateway's earlier runs and, in a shared store, from
  // gateways that have died; returns how many. Call it once, before the first Claim. Errors are for operators, and may
  // name host, user and database. UNAVAILABLE: the store is not available yet; the ledger keeps trying, and grants no
  // claim until then.
  virtual Async<absl::StatusOr<int64_t>> Recover() = 0;

  // Records an order unless something prevents it, in one atomic step. If the id is already on record, its own
  // operation decides first: kReused, or else kReplay, kInProgress, kUnknown or kMayStillBeSent. Then the subject may
  // block it.
  //
  // After an error nothing may be sent. If the store cannot know whether the claim was written, it makes the operation
  // FAILED itself.
  virtual Async<absl::StatusOr<ClaimAnswer>> Claim(ClaimRequest request) = 0;

  // What Claim would answer, without claiming: kClaimed means that it would be granted; then `operation` is empty
  // unless it is on record as FAILED.
  virtual Async<absl::StatusOr<ClaimAnswer>> Look(ClaimRequest request) = 0;

  // Records durably how the operation's claim of this number (Operation::claim, as returned by Claim) has ended. After
  // an error it may be called again, any number of times.
  virtual Async<absl::StatusOr<CompleteVerdict>> Complete(std::string request_id, int64_t claim, Ending ending) = 0;

  // Returns when the operation is no longer IN_FLIGHT as far as this gateway knows, at the latest at `until` or when
  // `stop` is requested. Claim then returns its state; it may be IN_FLIGHT again.
  virtual Async<void> AwaitEnd(std::string request_id, Clock::Time until, std::stop_token stop) = 0;

  virtual Async<absl::StatusOr<std::optional<Operation>>> Get(std::string request_id) = 0;

  // The newest first, by the order of their first claims. Reading all pages returns each operation that matches
  // throughout exactly once, whatever is added or changed meanwhile. INVALID_ARGUMENT: `page_token` is not from this
  // ledger.
  virtual Async<absl::StatusOr<OperationPage>> List(ListQuery query) = 0;

  // Resolves an UNKNOWN operation, durably. "Not applied" is refused as long as its gateway may still send it.
  virtual Async<absl::StatusOr<ResolveAnswer>> Resolve(Resolution resolution) = 0;

  // The current counts. The time does not depend on the number of operations on record.
  virtual Async<absl::StatusOr<LedgerCounts>> Count() = 0;

  // The state shown by the last writes; if there were none for some seconds, the ledger writes something itself. So a
  // fault shows, and clears, without any order.
  virtual LedgerHealth Health() const = 0;
};

// UNAVAILABLE LEDGER_UNAVAILABLE, not applied (callers that know less change it: WithOutcome), with RetryInfo. `what`
// is for callers and logs: no secrets, nothing of an order. `request_id` may be empty.
absl::Status LedgerUnavailable(absl::string_view what, absl::string_view request_id);

// Keeps no record (--ledger=none): every claim is granted, everything else finds nothing. It cannot prevent an order
// from being sent twice.
std::unique_ptr<Ledger> CreateNoLedger();

}  // namespace webex_gateway
