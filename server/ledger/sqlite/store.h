// The ledger's operations as SQLite holds them: the rules of ledger.h in SQL, one call after another on one thread.
// sqlite/ledger.h makes a Ledger of it.
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

// What a listing found in one bite.
struct ListBite {
  std::vector<Operation> operations;
  std::vector<int64_t> places;  // of each
  int64_t go_on_before = 0;     // the place to go on from; 0: there is nothing more
};

// For one thread at a time. Between Begin and Commit the writing calls may be made; the reading ones at any time. An
// error means that the database failed, never that a rule speaks against the call: the transaction is to be rolled
// back.
class SqliteStore {
 public:
  // Opens the file, or makes it, and brings its schema up to date. Fails with a sentence for the operator where the
  // file is in use, cannot be written, is not a ledger, or was made by a newer gateway.
  // `gateway` is how what it claims names this one.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& path, const std::string& gateway,
                                                           const SubjectOfUser& subject_of);

  absl::Status Begin();
  absl::Status Commit();
  void Rollback();
  // Whether there is anything to write for the Commit to come.
  bool HasChanged() const { return touched_ || database_->total_changes() != changes_before_; }

  // Writing.
  absl::StatusOr<int64_t> Recover(absl::Time now);
  absl::StatusOr<ClaimAnswer> Claim(const ClaimRequest& request, absl::Time now);
  absl::StatusOr<CompleteVerdict> Complete(absl::string_view request_id, int64_t claim, const Ending& ending,
                                           absl::Time now);
  absl::StatusOr<ResolveAnswer> Resolve(const Resolution& resolution, absl::Time now);
  // Deletes what became SUCCEEDED, FAILED or, where it is repeatable, UNKNOWN before `before`, at most `most` of it;
  // returns how many.
  absl::StatusOr<int64_t> Forget(absl::Time before, int64_t most);
  // Changes nothing, but has to be written all the same.
  absl::Status Probe();

  // Reading.
  absl::StatusOr<ClaimAnswer> Look(const ClaimRequest& request, absl::Time now);
  absl::StatusOr<std::optional<Operation>> Get(absl::string_view request_id);
  // At most `most` operations whose place is below `before`, the newest first; looks at a limited number only.
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
  absl::Status Rewrite(const Row& row, const Operation& as);

  const std::unique_ptr<SqliteDatabase> database_;
  const std::string gateway_;
  std::vector<SqliteStatement> statements_;
  // Since the start: only an earlier version leaves any, and only where two of the same user got one subject.
  bool some_open_without_subject_ = false;
  Counts counts_;
  Counts committed_counts_;
  int64_t changes_before_ = 0;  // the transaction
  bool touched_ = false;
};

}  // namespace webex_gateway
