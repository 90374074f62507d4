// The ledger's steps as SQL over one connection; postgresql/ledger.h explains how they work together. Everything here
// blocks, and belongs on a worker's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/ledger/claim_rules.h"
#include "server/ledger/earlier_versions.h"
#include "server/ledger/ledger.h"
#include "server/ledger/postgresql/connection.h"

namespace webex_gateway {

// One call of Claim. The ticket is a number that its gateway uses only once.
struct TicketedClaim {
  ClaimRequest request;  // the id in lower case
  int64_t ticket = 0;
};

// One call of Complete.
struct Completion {
  std::string request_id;  // in lower case
  int64_t claim = 0;
  Ending ending;
  bool is_own = true;  // this gateway was granted the claim
};

// The effect of a Completion.
struct PgCompleted {
  CompleteVerdict verdict = CompleteVerdict::kRecorded;
  bool is_on_record = true;  // false: the database has no such claim (any more)
};

// A claim that was granted, and its ending, if it has ended.
struct PgKnown {
  TicketedClaim claim;
  int64_t number = 0;
  bool after_unknown = false;  // see Operation
  std::optional<Ending> ending;

  // As it is on record.
  OperationState state() const;
  // Other orders for its subject need not wait for it.
  bool BlocksNobody() const;
};

// A statement that committed something, or tried to.
struct PgWrite {
  absl::Status result;
  absl::Duration took;
};

// Errors are those of PgConnection::Run, so they show whether the step may have taken effect.
class PostgresqlStore {
 public:
  struct Settings {
    std::string gateway;    // a UUID
    std::string host;       // on which it runs
    absl::Duration lease;   // how long this gateway counts as alive after Renew
    absl::Duration margin;  // a claim is granted only if the lease lasts this much longer
    // How often the lease was granted, as far as the gateway knows.
    std::shared_ptr<std::atomic<int64_t>> renewals = std::make_shared<std::atomic<int64_t>>(0);
  };

  PostgresqlStore(PgConnection& connection, const Settings& settings) : connection_(connection), settings_(settings) {}

  // An answer for each, in their order. One statement grants the new ones; each of the others is then handled
  // separately.
  std::vector<absl::StatusOr<ClaimAnswer>> Claim(absl::Span<const TicketedClaim* const> claims);
  // Ensures that a claim that may or may not have been written is not granted and never will be, even if a session that
  // was cut off is still working on it. Then the operation is FAILED, or belongs to another claim.
  absl::Status Release(const TicketedClaim& claim);
  absl::StatusOr<ClaimAnswer> Look(const ClaimRequest& request);

  // The effect of each, in their order. One statement writes the open ones, usually all; each of the others is then
  // handled separately.
  std::vector<absl::StatusOr<PgCompleted>> Complete(absl::Span<const Completion* const> completions);

  absl::StatusOr<std::optional<Operation>> Get(const std::string& request_id);
  absl::StatusOr<OperationPage> List(const ListQuery& query, int64_t before);
  absl::StatusOr<ResolveAnswer> Resolve(const Resolution& resolution);
  absl::StatusOr<LedgerCounts> Count();

  // Extends this gateway's lease. DATA_LOSS: the database does not know an earlier lease, or is a different one (a
  // standby that has taken over): nothing is claimed until Enlist.
  absl::Status Renew();
  // The same, for the database's present life. True: there are gateways from its earlier life.
  absl::StatusOr<bool> Enlist();
  // Extends this gateway's lease, but no claim is granted under it: this gateway has still to restore what it knows.
  absl::Status MarkRestoring();
  // Extends it once more. DATA_LOSS: the database has failed over since MarkRestoring.
  absl::Status GoOnRestoring();
  // Claims are granted again. DATA_LOSS: it has failed over since MarkRestoring, so not everything is restored.
  absl::Status EndRestoring();
  // The id of another living gateway that has still to restore what it knows, or to notice that it must; empty: none.
  absl::StatusOr<std::string> StillRestoring();
  // Restores what the database has lost of these operations, in their order. One statement finds those that need
  // nothing, another inserts those that are missing and block nobody; each of the others is then handled separately.
  // Returns the ids of those that cannot be restored: they are open, and another order for the same subject is open at
  // present.
  absl::StatusOr<std::vector<std::string>> PutBack(absl::Span<const PgKnown> known);
  // Marks operations that are IN_FLIGHT from dead gateways as UNKNOWN; returns how many there were.
  absl::StatusOr<int64_t> MarkOrphansUnknown();
  // Sets the subject of open operations from gateways of an earlier version.
  absl::Status GiveSubjects(const SubjectOfUser& subject_of);
  // Whether a standby is connected for which no commit waits. (Also false if this cannot be determined.)
  absl::StatusOr<bool> HasStandbyBehind();
  // The server's time, which is used for the record.
  absl::StatusOr<absl::Time> Now();
  // Deletes operations that became SUCCEEDED, FAILED or, if repeatable, UNKNOWN before the given time, and rows that
  // are no longer needed, but only as many as take a moment.
  absl::Status Forget(absl::Time before);

  // Writes by Claim, Complete, Resolve, and those for leases and restoring, so far; without those that changed nothing.
  const std::vector<PgWrite>& writes() const { return writes_; }

 private:
  struct Found;
  struct Timed;
  using Rule = std::function<std::optional<Operation>(const Operation&, absl::Time now)>;

  // claim.cc
  absl::StatusOr<std::vector<std::optional<absl::Time>>> ClaimNew(absl::Span<const TicketedClaim* const> claims);
  absl::StatusOr<ClaimAnswer> ClaimOne(const TicketedClaim& claim);
  absl::StatusOr<Found> LookFor(const ClaimRequest& request);
  absl::StatusOr<Found> LookOnce(const ClaimRequest& request);
  absl::StatusOr<std::optional<ClaimAnswer>> Grant(const TicketedClaim& claim, const Found& found);
  absl::StatusOr<std::optional<ClaimAnswer>> ClaimAgain(const TicketedClaim& claim, const Recorded& own);
  static ClaimAnswer Judge(const ClaimRequest& request, const Found& found);
  ClaimAnswer Granted(const ClaimRequest& request, const Recorded* own, absl::Time now) const;

  // put_back.cc
  absl::StatusOr<std::set<std::string>> OnRecord(absl::Span<const PgKnown> known);
  absl::StatusOr<std::set<std::string>> PutBackAsEnded(absl::Span<const PgKnown* const> ended);
  absl::StatusOr<bool> PutBackOne(const PgKnown& known);
  absl::StatusOr<bool> ReplaceByEnded(const PgKnown& known);
  absl::StatusOr<bool> PutBackClaim(const PgKnown& known);

  // ending.cc
  absl::StatusOr<std::vector<bool>> CompleteOpen(absl::Span<const Completion* const> completions);
  absl::StatusOr<PgCompleted> CompleteOne(const Completion& completion);
  absl::Status Change(const std::string& request_id, const Rule& rule);
  absl::StatusOr<std::optional<Timed>> GetTimed(const std::string& request_id);
  absl::StatusOr<bool> Replace(const Operation& operation, const Operation& by);

  // Like PgConnection::Run, but repeated after conflicts with other transactions.
  absl::StatusOr<PgRows> Run(const std::string& sql, const std::vector<PgValue>& values = {});
  // The same, and adds to the list of writes: the statement returns what it has changed.
  absl::StatusOr<PgRows> Write(const std::string& sql, const std::vector<PgValue>& values);

  PgConnection& connection_;
  const Settings& settings_;
  std::vector<PgWrite> writes_;
};

}  // namespace webex_gateway
