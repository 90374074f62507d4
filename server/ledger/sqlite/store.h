// The ledger's operations in SQLite: the rules of ledger.h in SQL, one call after another on one thread.
// sqlite/ledger.h turns it into a Ledger.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/ledger/earlier_versions.h"
#include "server/ledger/ledger.h"
#include "server/ledger/sqlite/connection.h"
#include "server/ledger/unknown_groups.h"

namespace webex_gateway {

// The result of one step of a listing.
struct ListBite {
  std::vector<Operation> operations;
  std::vector<int64_t> places;  // of each
  int64_t go_on_before = 0;     // where to continue; 0: there is nothing more
};

// For one thread at a time. Writing calls may be made between Begin and Commit, reading ones at any time. An error
// means that the database failed, never that a rule prevents the call: roll the transaction back.
class SqliteStore {
 public:
  // Opens the file, or creates it, and migrates its schema. Fails with a sentence for the operator if the file is in
  // use, cannot be written, is not a ledger, or was created by a newer gateway. `gateway` is this gateway's name in its
  // claims.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& path, const std::string& gateway,
                                                           const SubjectOfUser& subject_of);

  absl::Status Begin();
  absl::Status Commit();
  void Rollback();
  // Whether the next Commit has anything to write.
  bool HasChanged() const { return touched_ || database_->total_changes() != changes_before_; }

  // Writing.
  absl::StatusOr<int64_t> Recover(absl::Time now);
  absl::StatusOr<ClaimAnswer> Claim(const ClaimRequest& request, absl::Time now);
  absl::StatusOr<CompleteVerdict> Complete(absl::string_view request_id, int64_t claim, const Ending& ending,
                                           absl::Time now);
  absl::StatusOr<ResolveAnswer> Resolve(const Resolution& resolution, absl::Time now);
  // Deletes operations that became SUCCEEDED, FAILED or, if repeatable, UNKNOWN before `before`, at most `most`;
  // returns how many.
  absl::StatusOr<int64_t> Forget(absl::Time before, int64_t most);
  // Changes nothing, but must be written nevertheless.
  absl::Status Probe();

  // Reading.
  absl::StatusOr<ClaimAnswer> Look(const ClaimRequest& request, absl::Time now);
  absl::StatusOr<std::optional<Operation>> Get(absl::string_view request_id);
  // At most `most` operations whose place is below `before`, the newest first; reads only a limited number.
  absl::StatusOr<ListBite> List(const ListQuery& query, int64_t before, int64_t most);
  absl::StatusOr<LedgerCounts> Count();
  std::optional<VolumeUse> Volume() const { return database_->Volume(); }

 private:
  struct Row;
  struct Found;
  struct Counts {
    std::array<int64_t, 6> of{};  // by OperationState, and the repeatable UNKNOWN ones
    UnknownGroups unknown{};      // the others
    void Add(const Operation& operation, int64_t by);
  };

  SqliteStore(std::unique_ptr<SqliteDatabase> database, std::string gateway)
      : database_(std::move(database)), gateway_(std::move(gateway)) {}
  absl::Status Prepare();
  absl::Status GiveSubjects(const SubjectOfUser& subject_of);
  absl::Status CountAll();
  absl::StatusOr<int64_t> NumberOf(int query);
  SqliteRun Start(int query) { return SqliteRun(statements_[query]); }
  static Row ReadRow(const SqliteRun& run);
  absl::StatusOr<std::optional<Row>> Find(absl::string_view request_id);
  absl::StatusOr<std::optional<Row>> FindBlocking(const ClaimRequest& request);
  absl::StatusOr<Found> LookFor(const ClaimRequest& request, absl::Time now);
  absl::Status Insert(Operation& operation, const std::string& fingerprint);
  absl::StatusOr<bool> CompleteOpen(absl::string_view request_id, int64_t claim, const Ending& ending, absl::Time now);
  absl::Status Rewrite(const Row& row, const Operation& as);

  const std::unique_ptr<SqliteDatabase> database_;
  const std::string gateway_;
  std::vector<SqliteStatement> statements_;
  // Since the start: only an earlier version leaves any, and only if two operations of the same user got one subject.
  bool some_open_without_subject_ = false;
  Counts counts_;
  Counts committed_counts_;
  int64_t changes_before_ = 0;  // before the transaction
  bool touched_ = false;
};

}  // namespace webex_gateway
