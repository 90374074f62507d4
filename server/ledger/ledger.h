// The ledger: every order is on record before it is sent, and its result before it is answered. One interface, two
// stores: sqlite/ledger.h for one gateway with a file of its own, PostgreSQL where several gateways share one record.
//
// An operation is what became of one order, under the order's request id:
//
//                      Complete                     Claim, same id
//   Claim ──▶ IN_FLIGHT ──┬──▶ SUCCEEDED      FAILED ──────────────▶ IN_FLIGHT
//                 │       ├──▶ FAILED
//         Recover │       └──▶ UNKNOWN ──┬─ Resolve ──▶ SUCCEEDED or FAILED
//                 └──────────▶ UNKNOWN ──┼─ Complete, late but of the same claim ──▶ SUCCEEDED or FAILED
//                                        └─ Claim, same id, of a repeatable order, or with repeat_unknown ──▶ IN_FLIGHT
//
// It blocks other orders of the same subject while it is open: IN_FLIGHT, or UNKNOWN and not repeatable. A repeatable
// order does no harm when it is sent twice, so that it needs nobody: the same again under the same id settles it. Any
// other waits for someone's word, or for its caller's: ClaimRequest::repeat_unknown.
//
// A success is never hidden: where it comes after someone's word that the order was not applied, or after the order was
// claimed again, it goes on record all the same (claim_rules.h).
//
// SUCCEEDED and FAILED operations go once they have been so for the retention, by a clock of the store's that has been
// plausible for hours (retention.h), and so do repeatable UNKNOWN ones; the other UNKNOWN ones stay until they are
// resolved.
//
// What is kept of a person: user_id and sp_enterprise_id, which blocking and the operator need; and, of a SUCCEEDED
// operation alone, the answer (display name, phone number), which its replay needs. The order itself is kept as a
// fingerprint only, and of an error no text, since Webex's may quote the order.
//
// The ledger knows no method: what an order is about, and what its answer means, others say.
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

// The numbers are on disk.
enum class OperationState {
  kInFlight = 1,
  kSucceeded = 2,
  kFailed = 3,   // not applied
  kUnknown = 4,  // may be applied
};

// How an operation ended.
struct Ending {
  OperationState state = OperationState::kUnknown;  // any but kInFlight
  // With kSucceeded always: what a replay answers, the method's response message in its wire form.
  std::optional<std::string> answer;
  // The workspace that Webex's answer names; with kUnknown, too, where it named another user's. Empty: none.
  std::string workspace_id;
  // kFailed and kUnknown: the error that the caller got, a row of the error tables in proto/README.md. kSucceeded:
  // where Webex refused an order that was sent once more, as what was ordered was there already, that error.
  absl::StatusCode error_code = absl::StatusCode::kOk;
  std::string error_reason;
  std::string tracking_id;  // Webex's, where it gave one
  int attempts = 0;         // at Webex, of this claim
};

// The ending that an order's error stands for. Its metadata `outcome` decides between kFailed and kUnknown; an error
// without one is kUnknown.
Ending EndingOf(const absl::Status& error);

struct Operation {
  std::string request_id;  // lower case
  std::string method;      // these six as in ClaimRequest
  bool repeatable = false;
  std::string subject;  // empty: put on record by a gateway that knew none
  std::string sp_enterprise_id;
  std::string user_id;
  std::string workspace_id;  // of an order that makes a workspace, and so is not repeatable: the ending's
  OperationState state = OperationState::kInFlight;
  Ending ending;      // where it has ended: of the last claim
  int64_t claim = 0;  // how many times it was claimed
  // An earlier claim may have had its effect, so the last one's failure leaves the operation UNKNOWN. Where the order
  // is not repeatable, `ending` is the earlier claim's then, and while the last one is IN_FLIGHT: someone has to look
  // for it.
  bool after_unknown = false;
  std::string caller;   // who ordered it, of the last claim; empty where callers have no identity
  std::string gateway;  // which gateway claimed it, of the last claim: "host/id"
  // Until when that gateway may still send it, or where the claim has ended, when it did: nothing leaves after that.
  absl::Time sends_until;
  // Webex made, or named, these for the order too; someone should remove them.
  std::vector<std::string> other_workspace_ids;
  absl::Time create_time;    // of the first claim
  absl::Time update_time;    // of the last change of state
  std::string resolved_by;   // where someone resolved it: who,
  std::string resolve_note;  // and why; the time is update_time
};

// What is asked of Claim. The strings are those of the order.
struct ClaimRequest {
  std::string request_id;
  std::string method;       // the RPC's name
  bool repeatable = false;  // Webex may get it twice without harm
  std::string subject;      // what may have one open order at a time; not empty
  // What it is about, for those who look for it; empty where it does not say.
  std::string sp_enterprise_id;
  std::string user_id;
  std::string workspace_id;
  std::string fingerprint;  // of its content: equal orders of a method have equal ones, others never
  std::string caller;       // who orders; empty where callers have no identity
  // The caller has it sent once more where its own operation is UNKNOWN, repeatable or not. It is not granted before
  // Operation::sends_until, so that two never leave at once.
  bool repeat_unknown = false;
  // How long from now on the gateway may begin to send it. After that, or once the lease is lost, it must not.
  absl::Duration sends_for;
};

enum class ClaimVerdict {
  kClaimed,         // on record, durably, as IN_FLIGHT: send it, then Complete
  kReplay,          // SUCCEEDED under this id: `operation` holds the answer
  kInProgress,      // IN_FLIGHT under this id
  kUnknown,         // UNKNOWN under this id, and neither repeatable nor to be repeated
  kMayStillBeSent,  // UNKNOWN under this id and to be repeated, but not before Operation::sends_until
  kReused,          // this id was used for another method or content, whatever became of it
  kBlocked,         // another id's operation for the same subject is open
};

struct ClaimAnswer {
  ClaimVerdict verdict = ClaimVerdict::kClaimed;
  // With kClaimed the operation to complete; else the one that answers or stands in the way. (What it holds may be
  // another caller's: of kReused show nothing, of kBlocked the id.)
  Operation operation;
  // With kClaimed and kBlocked: an earlier claim under this id may have had its effect.
  bool after_unknown = false;
  // With kClaimed: nothing may be sent once this has run out, whatever happens later. Null: none is needed.
  std::shared_ptr<const Lease> lease;
};

// What a completion did.
enum class CompleteVerdict {
  kRecorded,  // the operation has ended so, now or by an equal completion before
  // It changed nothing: someone has resolved the operation otherwise, or it was claimed again. What it is now is for
  // Look to say.
  kSuperseded,
  // A success, on record now, after someone's word that the order was not applied, or that another workspace is its; or
  // one of two that each made a workspace. There may be two: see Operation::other_workspace_ids, and other orders of
  // the same user.
  kContradicted,
};

enum class ResolveVerdict {
  kResolved,
  kNotFound,
  kNotUnknown,
  kMayStillBeSent,  // not applied is not certain before Operation::sends_until
};

struct ResolveAnswer {
  ResolveVerdict verdict = ResolveVerdict::kNotFound;
  Operation operation;  // as it is now; empty with kNotFound
  absl::Duration wait;  // with kMayStillBeSent: for how long
};

struct Resolution {
  std::string request_id;
  std::optional<std::string> answer;  // applied, and this is to be answered; nothing: not applied
  std::string workspace_id;           // with an answer: as Ending's
  std::string by;                     // who
  std::string note;                   // and why
  bool gateway_is_gone = false;       // the claiming gateway is certain to send nothing any more
};

// Every condition that is set must hold.
struct ListQuery {
  std::optional<OperationState> state;
  std::string method;  // these five as in Operation; empty: any
  std::string sp_enterprise_id;
  std::string user_id;
  std::string workspace_id;
  std::string caller;
  int64_t newest = 0;      // look at the newest so many on record only, so that it takes no longer for more; 0: at all
  int page_size = 100;     // at least 1
  std::string page_token;  // OperationPage::next_page_token of the page before; empty: the first page
};

struct OperationPage {
  std::vector<Operation> operations;
  std::string next_page_token;  // empty: this is the last page
};

// What anyone may be shown of an UNKNOWN operation that is not repeatable: nothing of a person.
struct UnknownOperation {
  std::string request_id;
  absl::Time since;          // when it became UNKNOWN
  std::string error_reason;  // a row of the error tables in proto/README.md
  std::string gateway;       // these two as in Operation
  absl::Time sends_until;
};

// How many of these were ordered in one quarter of an hour (UTC) and have one reason: many at once are an outage.
struct UnknownGroup {
  absl::Time ordered_since;
  std::string error_reason;
  int64_t orders = 0;
};

struct LedgerCounts {
  int64_t in_flight = 0;
  int64_t succeeded = 0;
  int64_t failed = 0;
  int64_t unknown = 0;                           // without the repeatable ones: someone has to look
  int64_t unknown_repeatable = 0;                // the same again settles it
  std::vector<UnknownOperation> oldest_unknown;  // the oldest first, at most kOldestUnknown
  std::vector<UnknownGroup> unknown_groups;      // the newest first, at most kUnknownGroups
};
inline constexpr int kOldestUnknown = 10;
inline constexpr int kUnknownGroups = 10;
inline constexpr absl::Duration kUnknownGroupStretch = absl::Minutes(15);

// How the ledger stands, for those who watch it.
struct LedgerHealth {
  std::string trouble;                   // why no order can be put on record, without a secret; empty: one can
  LedgerCounts counts;                   // of some seconds ago at most, or from before the trouble
  std::optional<VolumeUse> volume = {};  // that its file is on; nothing where others keep it
};

// Who is told, on the loop, what the ledger goes through.
struct LedgerObserver {
  // Each attempt to make something durable: whether it is, and how long that took. One may be that of many operations.
  std::function<void(bool ok, absl::Duration took)> committed = [](bool, absl::Duration) {};
  // Nothing can be written any more, and why, in words for the log that may name host, user and database, but no
  // password; and with OK that it can again.
  std::function<void(const absl::Status&)> changed = [](const absl::Status&) {};
  // What operators should know of the store, and that keeps nobody from ordering.
  std::function<void(const std::string&)> noticed = [](const std::string&) {};
};

// All calls come from the loop's thread and answer on it; none blocks. Request ids are UUIDs, and letter case makes no
// difference to them. The ledger must outlive each call's run.
//
// Where the store cannot do what is asked, the error is LedgerUnavailable(). It recovers by itself: the next call may
// succeed.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // False: nothing is on record, so a request id says nothing of an earlier order.
  virtual bool is_kept() const { return true; }

  // Makes UNKNOWN what is IN_FLIGHT of this gateway's earlier lives and, in a shared store, of gateways that have died;
  // returns how many. To be called once, before the first Claim. Errors are for operators, and may name host, user and
  // database. UNAVAILABLE: there is no store yet; it goes on looking, and grants no claim until there is one.
  virtual Async<absl::StatusOr<int64_t>> Recover() = 0;

  // Puts an order on record unless something speaks against it, in one atomic step. Where the id is on record already,
  // its own operation decides first: kReused, else kReplay, kInProgress, kUnknown or kMayStillBeSent. Then the subject
  // may block.
  //
  // After an error nothing may be sent. Where the store cannot know whether the claim was written, it sees to it
  // itself that the operation becomes FAILED.
  virtual Async<absl::StatusOr<ClaimAnswer>> Claim(ClaimRequest request) = 0;

  // What Claim would answer, claiming nothing: kClaimed says that it would be granted, and `operation` is empty then
  // unless it is on record as FAILED.
  virtual Async<absl::StatusOr<ClaimAnswer>> Look(ClaimRequest request) = 0;

  // Records durably how the operation's claim of that number (Operation::claim, as Claim gave it) has ended. After an
  // error it may be called again, any number of times.
  virtual Async<absl::StatusOr<CompleteVerdict>> Complete(std::string request_id, int64_t claim, Ending ending) = 0;

  // Returns when the operation is no longer IN_FLIGHT as far as this gateway knows, and at `until` or when `stop` is
  // requested at the latest. Claim says what became of it; it may be IN_FLIGHT again by then.
  virtual Async<void> AwaitEnd(std::string request_id, Clock::Time until, std::stop_token stop) = 0;

  virtual Async<absl::StatusOr<std::optional<Operation>>> Get(std::string request_id) = 0;

  // The newest first, by the order of their first claims. Paging on gives each operation that matches throughout
  // exactly once, whatever is added or changes meanwhile. INVALID_ARGUMENT: `page_token` is none of this ledger's.
  virtual Async<absl::StatusOr<OperationPage>> List(ListQuery query) = 0;

  // Ends an UNKNOWN operation by someone's word, durably. Not applied is refused as long as its gateway may still send.
  virtual Async<absl::StatusOr<ResolveAnswer>> Resolve(Resolution resolution) = 0;

  // As of now. Does not take longer for more operations on record.
  virtual Async<absl::StatusOr<LedgerCounts>> Count() = 0;

  // What the last writes have shown; where there were none for some seconds, the ledger writes something itself. So a
  // trouble shows, and goes, without any order.
  virtual LedgerHealth Health() const = 0;
};

// UNAVAILABLE LEDGER_UNAVAILABLE, not applied (who knows less says so: WithOutcome), with RetryInfo. `what` is for
// callers and logs: no secret, nothing of an order. `request_id` may be empty.
absl::Status LedgerUnavailable(absl::string_view what, absl::string_view request_id);

// Keeps no record (--ledger=none): every claim is granted, everything else finds nothing. It cannot keep an order from
// being sent twice.
std::unique_ptr<Ledger> CreateNoLedger();

}  // namespace webex_gateway
