// The ledger's steps as SQL over one connection; postgresql/ledger.h tells what holds them together. Everything here
// blocks, and belongs on a worker's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

// One call of Claim. The ticket is a number that its gateway gives out once.
struct TicketedClaim {
  ClaimRequest request;  // the id in lower case
  int64_t ticket = 0;
};

// One call of Complete.
struct Completion {
  std::string request_id;  // in lower case
  int64_t claim = 0;
  Ending ending;
};

// A claim that was granted, and how it has ended, if it has.
struct PgKnown {
  TicketedClaim claim;
  int64_t number = 0;
  bool after_unknown = false;  // see Operation
  std::optional<Ending> ending;
};

// A statement that made something durable, or would have.
struct PgWrite {
  absl::Status result;
  absl::Duration took;
};

// Errors are those of PgConnection::Run, so one says whether the step may have taken effect.
class PostgresqlStore {
 public:
  struct Settings {
    std::string gateway;    // a UUID
    std::string host;       // on which it runs
    absl::Duration lease;   // for so long this gateway counts as alive after Renew
    absl::Duration margin;  // a claim is granted only where the lease lasts for this much longer
    // How often the lease was granted, as far as the gateway was told.
    std::shared_ptr<std::atomic<int64_t>> renewals = std::make_shared<std::atomic<int64_t>>(0);
  };

  PostgresqlStore(PgConnection& connection, const Settings& settings) : connection_(connection), settings_(settings) {}

  // An answer for each, in their order. One statement grants what is new; each of the others is then looked at by
  // itself.
  std::vector<absl::StatusOr<ClaimAnswer>> Claim(absl::Span<const TicketedClaim* const> claims);
  // Sees to it that a claim of which nobody knows whether it was written has not been granted and never will be, even
  // where a session that was cut off is still at work on it. The operation is FAILED then, or another claim's.
  absl::Status Release(const TicketedClaim& claim);
  absl::StatusOr<ClaimAnswer> Look(const ClaimRequest& request);

  // A verdict for each, in their order. One statement writes what is open, as a rule all of them; each of the others is
  // then looked at by itself.
  std::vector<absl::StatusOr<CompleteVerdict>> Complete(absl::Span<const Completion* const> completions);

  absl::StatusOr<std::optional<Operation>> Get(const std::string& request_id);
  absl::StatusOr<OperationPage> List(const ListQuery& query, int64_t before);
  absl::StatusOr<ResolveAnswer> Resolve(const Resolution& resolution);
  absl::StatusOr<LedgerCounts> Count();

  // This gateway lives on. DATA_LOSS: the database does not know of what it granted before, or is another than it was
  // (a standby that has taken over): nothing is claimed until Enlist.
  absl::Status Renew();
  // The same, with the database as it is now. True: there are gateways that have lived with it as it was before.
  absl::StatusOr<bool> Enlist();
  // Puts back what the database may have lost. False: it cannot be, since it is open, and so is another order for the
  // same subject by now.
  absl::StatusOr<bool> PutBack(const PgKnown& known);
  // Makes UNKNOWN what is IN_FLIGHT of gateways that have died; returns how many there were.
  absl::StatusOr<int64_t> MarkOrphansUnknown();
  // Gives a subject to what gateways of an earlier version have left open.
  absl::Status GiveSubjects(const SubjectOfUser& subject_of);
  // Whether a standby is connected for which no commit waits. (False, too, where this cannot be asked.)
  absl::StatusOr<bool> HasStandbyBehind();
  // The server's time, which is that on record.
  absl::StatusOr<absl::Time> Now();
  // Deletes what became SUCCEEDED, FAILED or, where it is repeatable, UNKNOWN before, and what nobody needs any more,
  // but no more than takes a moment.
  absl::Status Forget(absl::Time before);

  // By Claim, Complete, Resolve and Renew, so far; without those that found nothing to change.
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

  // lease.cc
  absl::StatusOr<bool> PutBackEnded(const PgKnown& known);
  absl::StatusOr<bool> PutBackClaim(const PgKnown& known);

  // ending.cc
  absl::StatusOr<std::vector<bool>> CompleteOpen(absl::Span<const Completion* const> completions);
  absl::StatusOr<CompleteVerdict> CompleteOne(const Completion& completion);
  absl::Status Change(const std::string& request_id, const Rule& rule);
  absl::StatusOr<std::optional<Timed>> GetTimed(const std::string& request_id);
  absl::StatusOr<bool> Replace(const Operation& operation, const Operation& by);

  // As PgConnection::Run, but repeated where another transaction got in the way.
  absl::StatusOr<PgRows> Run(const std::string& sql, const std::vector<PgValue>& values = {});
  // The same, for the list of writes: the statement returns what it has changed.
  absl::StatusOr<PgRows> Write(const std::string& sql, const std::vector<PgValue>& values);

  PgConnection& connection_;
  const Settings& settings_;
  std::vector<PgWrite> writes_;
};

}  // namespace webex_gateway
