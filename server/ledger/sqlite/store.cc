#include "server/ledger/sqlite/store.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/uuid.h"
#include "server/ledger/claim_rules.h"
#include "server/ledger/sqlite/queries.h"
#include "server/ledger/sqlite/schema.h"

namespace webex_gateway {
namespace {

// SQLite's log grows to about 16 MB before its pages go into the database, which costs two more syncs.
constexpr char kSettings[] = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -8000";

// The separator in other_workspace_ids.
constexpr char kBetweenIds[] = "\n";

// A listing that must read each operation, because no index covers its condition, reads this many in one step.
constexpr int64_t kBite = 10'000;

OperationState StateOf(int64_t number) { return static_cast<OperationState>(number); }

constexpr auto kOfAnyState = OperationState(0);

// Nearly all operations are SUCCEEDED: a listing of these reads each.
SqliteQuery ListingOf(OperationState state) {
  switch (state) {
    case OperationState::kInFlight:
      return kListInFlight;
    case OperationState::kFailed:
    case OperationState::kUnknown:
      return kListFailedOrUnknown;
    case OperationState::kSucceeded:
      break;
  }
  return kList;
}

// The index of an operation in the counts: its state; repeatable UNKNOWN ones come after these.
constexpr size_t kUnknownRepeatable = 5;
size_t PlaceOf(const Operation& operation) {
  const bool apart = operation.state == OperationState::kUnknown && operation.repeatable;
  return apart ? kUnknownRepeatable : static_cast<size_t>(operation.state);
}

}  // namespace

void SqliteStore::Counts::Add(const Operation& operation, int64_t by) {
  const size_t place = PlaceOf(operation);
  of.at(place) += by;
  if (place != static_cast<size_t>(OperationState::kUnknown)) return;
  unknown.Add(operation.create_time, operation.ending.error_reason, by);
}

struct SqliteStore::Row {
  int64_t seq = 0;
  Recorded recorded;
};

struct SqliteStore::Found {
  const Recorded* OwnRecord() const { return own ? &own->recorded : nullptr; }

  std::optional<Row> own;  // under the request's id
  ClaimAnswer answer;
};

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& path, const std::string& gateway,
                                                               const SubjectOfUser& subject_of) {
  absl::StatusOr<std::unique_ptr<SqliteDatabase>> database = SqliteDatabase::Open(path);
  if (!database.ok()) return database.status();
  if (absl::Status set = (*database)->Run(kSettings); !set.ok()) return set;
  if (absl::Status migrated = BringUpToDate(**database); !migrated.ok()) return migrated;
  (*database)->RememberFiles();
  std::unique_ptr<SqliteStore> store(new SqliteStore(*std::move(database), gateway));
  if (absl::Status prepared = store->Prepare(); !prepared.ok()) return prepared;
  if (absl::Status given = store->GiveSubjects(subject_of); !given.ok()) return given;
  if (absl::Status counted = store->CountAll(); !counted.ok()) return counted;
  store->committed_counts_ = store->counts_;
  return store;
}

absl::Status SqliteStore::Prepare() {
  for (const char* query : kSqliteQueries) {
    absl::StatusOr<SqliteStatement> statement = SqliteStatement::Prepare(*database_, query);
    if (!statement.ok()) return statement.status();
    statements_.push_back(*std::move(statement));
  }
  return absl::OkStatus();
}

// Sets the subject of open operations of an earlier version; if two now have the same user, one of them gets none.
absl::Status SqliteStore::GiveSubjects(const SubjectOfUser& subject_of) {
  std::map<int64_t, std::string> subjects;
  {
    SqliteRun run = Start(kOpenWithoutSubject);
    absl::StatusOr<bool> row = run.Next();
    for (; row.ok() && *row; row = run.Next()) {
      subjects.emplace(run.IntAt(0), subject_of(run.StringAt(1), run.StringAt(2)));
    }
    if (!row.ok()) return row.status();
  }
  for (const auto& [seq, subject] : subjects) {
    if (absl::Status set = Start(kSetSubject).Text(subject).Int(seq).Finish(); !set.ok()) return set;
    if (database_->changes() == 0) some_open_without_subject_ = true;
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::CountAll() {
  counts_ = {};
  SqliteRun by_state = Start(kCountEnded);
  absl::StatusOr<bool> row = by_state.Next();
  for (; row.ok() && *row; row = by_state.Next()) counts_.of.at(by_state.IntAt(0)) = by_state.IntAt(1);
  if (!row.ok()) return row.status();
  const absl::StatusOr<int64_t> in_flight = NumberOf(kCountInFlight);
  if (!in_flight.ok()) return in_flight.status();
  counts_.of[static_cast<size_t>(OperationState::kInFlight)] = *in_flight;
  const absl::StatusOr<int64_t> repeatable = NumberOf(kCountUnknownRepeatable);
  if (!repeatable.ok()) return repeatable.status();
  counts_.of[kUnknownRepeatable] = *repeatable;
  counts_.of[static_cast<size_t>(OperationState::kUnknown)] -= *repeatable;
  SqliteRun groups = Start(kGroupUnknown);
  absl::StatusOr<bool> group = groups.Int(absl::ToInt64Microseconds(kUnknownGroupStretch)).Next();
  for (; group.ok() && *group; group = groups.Next()) {
    counts_.unknown.Add(absl::FromUnixMicros(groups.IntAt(0)), groups.StringAt(1), groups.IntAt(2));
  }
  return group.status();
}

absl::StatusOr<int64_t> SqliteStore::NumberOf(int query) {
  SqliteRun run = Start(query);
  if (const absl::StatusOr<bool> row = run.Next(); !row.ok()) return row.status();
  return run.IntAt(0);
}

absl::Status SqliteStore::Begin() {
  changes_before_ = database_->total_changes();
  touched_ = false;
  return Start(kBegin).Finish();
}

absl::Status SqliteStore::Commit() {
  if (absl::Status lost = database_->CheckFiles(); !lost.ok()) return lost;
  absl::Status committed = Start(kCommit).Finish();
  if (committed.ok()) committed_counts_ = counts_;
  database_->NoteGrowth();
  return committed;
}

void SqliteStore::Rollback() {
  // Fails if there is nothing to roll back: some errors end the transaction by themselves.
  database_->Run("ROLLBACK").IgnoreError();
  counts_ = committed_counts_;
}

absl::StatusOr<int64_t> SqliteStore::Recover(absl::Time now) {
  int64_t count = 0;
  for (const SqliteQuery query : {kRecover, kRecoverWithoutSubject}) {
    if (absl::Status done = Start(query).Int(absl::ToUnixMicros(now)).Finish(); !done.ok()) return done;
    count += database_->changes();
  }
  if (absl::Status counted = CountAll(); !counted.ok()) return counted;
  return count;
}

absl::StatusOr<SqliteStore::Found> SqliteStore::LookFor(const ClaimRequest& request, absl::Time now) {
  absl::StatusOr<std::optional<Row>> own = Find(request.request_id);
  if (!own.ok()) return own.status();
  const absl::StatusOr<std::optional<Row>> blocking = FindBlocking(request);
  if (!blocking.ok()) return blocking.status();
  Found found{*std::move(own), {}};
  // At most one is open for a subject; the order's own operation does not block it.
  const bool is_other = *blocking && !(found.own && found.own->seq == (*blocking)->seq);
  found.answer = JudgeClaim(request, found.OwnRecord(), is_other ? &(*blocking)->recorded : nullptr, now);
  return found;
}

absl::StatusOr<ClaimAnswer> SqliteStore::Look(const ClaimRequest& request, absl::Time now) {
  absl::StatusOr<Found> found = LookFor(request, now);
  if (!found.ok()) return found.status();
  return std::move(found->answer);
}

absl::StatusOr<ClaimAnswer> SqliteStore::Claim(const ClaimRequest& request, absl::Time now) {
  // Nearly every order is new, and nothing blocks it: then the unique indices let it in.
  if (!some_open_without_subject_) {
    ClaimAnswer claimed{.operation = Claimed(request, nullptr, gateway_, now)};
    const absl::Status inserted = Insert(claimed.operation, request.fingerprint);
    if (inserted.ok()) return claimed;
    if (!absl::IsAlreadyExists(inserted)) return inserted;
  }
  absl::StatusOr<Found> found = LookFor(request, now);
  if (!found.ok()) return found.status();
  ClaimAnswer& answer = found->answer;
  if (answer.verdict != ClaimVerdict::kClaimed) return std::move(answer);
  answer.operation = Claimed(request, found->OwnRecord(), gateway_, now);
  const absl::Status written =
      found->own ? Rewrite(*found->own, answer.operation) : Insert(answer.operation, request.fingerprint);
  if (!written.ok()) return written;
  return std::move(answer);
}

absl::StatusOr<CompleteVerdict> SqliteStore::Complete(absl::string_view request_id, int64_t claim, const Ending& ending,
                                                      absl::Time now) {
  const absl::StatusOr<bool> was_open = CompleteOpen(request_id, claim, ending, now);
  if (!was_open.ok()) return was_open.status();
  if (*was_open) return CompleteVerdict::kRecorded;
  const absl::StatusOr<std::optional<Row>> row = Find(request_id);
  if (!row.ok()) return row.status();
  if (!*row) return OfNoRecord(ending);
  const Completed completed = webex_gateway::Complete((*row)->recorded.operation, claim, ending, now);
  if (!completed.operation) return completed.verdict;
  if (absl::Status written = Rewrite(**row, *completed.operation); !written.ok()) return written;
  return completed.verdict;
}

absl::StatusOr<ResolveAnswer> SqliteStore::Resolve(const Resolution& resolution, absl::Time now) {
  const absl::StatusOr<std::optional<Row>> row = Find(resolution.request_id);
  if (!row.ok()) return row.status();
  if (!*row) return ResolveAnswer();
  ResolveAnswer answer = webex_gateway::Resolve((*row)->recorded.operation, resolution, now);
  if (answer.verdict != ResolveVerdict::kResolved) return answer;
  if (absl::Status written = Rewrite(**row, answer.operation); !written.ok()) return written;
  return answer;
}

absl::StatusOr<int64_t> SqliteStore::Forget(absl::Time before, int64_t most) {
  int64_t forgotten = 0;
  for (const OperationState state : {OperationState::kSucceeded, OperationState::kFailed, OperationState::kUnknown}) {
    SqliteRun run = Start(kForget);
    run.Int(static_cast<int64_t>(state)).Int(absl::ToUnixMicros(before)).Int(most - forgotten);
    if (absl::Status done = run.Finish(); !done.ok()) return done;
    const bool is_unknown = state == OperationState::kUnknown;
    counts_.of[is_unknown ? kUnknownRepeatable : static_cast<size_t>(state)] -= database_->changes();
    forgotten += database_->changes();
  }
  return forgotten;
}

absl::Status SqliteStore::Probe() {
  touched_ = true;
  return Touch(*database_);
}

absl::StatusOr<std::optional<Operation>> SqliteStore::Get(absl::string_view request_id) {
  absl::StatusOr<std::optional<Row>> row = Find(request_id);
  if (!row.ok()) return row.status();
  if (!*row) return std::optional<Operation>();
  return std::optional<Operation>(std::move((*row)->recorded.operation));
}

absl::StatusOr<ListBite> SqliteStore::List(const ListQuery& query, int64_t before, int64_t most) {
  const absl::StatusOr<int64_t> last = NumberOf(kLast);
  if (!last.ok()) return last.status();
  before = std::min(before, *last + 1);
  const OperationState state = query.state.value_or(kOfAnyState);
  const bool looks_at_each = !query.sp_enterprise_id.empty() || !query.user_id.empty() || !query.caller.empty() ||
                             !query.method.empty() || !query.workspace_id.empty() ||
                             state == OperationState::kSucceeded;
  const int64_t oldest = query.newest > 0 ? std::max<int64_t>(*last + 1 - query.newest, 0) : 0;
  const int64_t from = looks_at_each ? std::max(before - kBite, oldest) : oldest;

  SqliteRun run = Start(ListingOf(state));
  run.Int(before).Int(from).Text(query.sp_enterprise_id).Text(query.user_id).Int(most).Text(query.caller);
  run.Text(query.method).Text(query.workspace_id).Int(static_cast<int64_t>(state));
  ListBite bite;
  absl::StatusOr<bool> found = run.Next();
  for (; found.ok() && *found; found = run.Next()) {
    Row row = ReadRow(run);
    bite.operations.push_back(std::move(row.recorded.operation));
    bite.places.push_back(row.seq);
  }
  if (!found.ok()) return found.status();
  const bool full = static_cast<int64_t>(bite.places.size()) == most;
  bite.go_on_before = full ? bite.places.back() : (from > oldest ? from : 0);
  return bite;
}

absl::StatusOr<LedgerCounts> SqliteStore::Count() {
  const auto of = [this](OperationState state) { return counts_.of[static_cast<int>(state)]; };
  LedgerCounts counts{.in_flight = of(OperationState::kInFlight),
                      .succeeded = of(OperationState::kSucceeded),
                      .failed = of(OperationState::kFailed),
                      .unknown = of(OperationState::kUnknown),
                      .unknown_repeatable = counts_.of[kUnknownRepeatable],
                      .oldest_unknown = {},
                      .unknown_groups = counts_.unknown.Newest()};
  if (counts.unknown == 0) return counts;
  SqliteRun run = Start(kLongestUnknown);
  absl::StatusOr<bool> row = run.Int(kOldestUnknown).Next();
  for (; row.ok() && *row; row = run.Next()) {
    counts.oldest_unknown.push_back({UuidFromBytes(run.StringAt(0)), absl::FromUnixMicros(run.IntAt(1)),
                                     run.StringAt(2), run.StringAt(3), absl::FromUnixMicros(run.IntAt(4))});
  }
  if (!row.ok()) return row.status();
  return counts;
}

SqliteStore::Row SqliteStore::ReadRow(const SqliteRun& run) {
  Row row{run.IntAt(0), {{}, run.StringAt(4)}};
  Operation& operation = row.recorded.operation;
  operation.request_id = UuidFromBytes(run.StringAt(1));
  operation.sp_enterprise_id = run.StringAt(2);
  operation.user_id = run.StringAt(3);
  operation.state = StateOf(run.IntAt(5));
  operation.claim = run.IntAt(6);
  operation.create_time = absl::FromUnixMicros(run.IntAt(7));
  operation.update_time = absl::FromUnixMicros(run.IntAt(8));
  operation.ending.state = operation.state;
  operation.ending.error_code = static_cast<absl::StatusCode>(run.IntAt(9));
  operation.ending.error_reason = run.StringAt(10);
  operation.ending.tracking_id = run.StringAt(11);
  if (!run.IsNull(12)) operation.ending.answer = run.StringAt(12);
  operation.resolved_by = run.StringAt(13);
  operation.resolve_note = run.StringAt(14);
  operation.caller = run.StringAt(15);
  operation.ending.attempts = static_cast<int>(run.IntAt(16));
  operation.gateway = run.StringAt(17);
  operation.sends_until = absl::FromUnixMicros(run.IntAt(18));
  operation.other_workspace_ids = absl::StrSplit(run.StringAt(19), kBetweenIds, absl::SkipEmpty());
  operation.method = run.StringAt(20);
  operation.repeatable = run.IntAt(21) != 0;
  operation.subject = run.StringAt(22);
  operation.workspace_id = run.StringAt(23);
  operation.after_unknown = run.IntAt(24) != 0;
  AddWorkspaceId(operation);
  operation.ending.workspace_id = WorkspaceIdOfEnding(operation);
  return row;
}

absl::StatusOr<std::optional<SqliteStore::Row>> SqliteStore::Find(absl::string_view request_id) {
  const std::optional<std::string> id = UuidToBytes(request_id);
  if (!id) return std::optional<Row>();
  SqliteRun run = Start(kFind);
  const absl::StatusOr<bool> found = run.Blob(*id).Next();
  if (!found.ok()) return found.status();
  if (!*found) return std::optional<Row>();
  return std::optional<Row>(ReadRow(run));
}

absl::StatusOr<std::optional<SqliteStore::Row>> SqliteStore::FindBlocking(const ClaimRequest& request) {
  SqliteRun by_subject = Start(kFindOpen);
  const absl::StatusOr<bool> found = by_subject.Text(request.subject).Next();
  if (!found.ok()) return found.status();
  if (*found) return std::optional<Row>(ReadRow(by_subject));
  if (!some_open_without_subject_) return std::optional<Row>();
  SqliteRun by_user = Start(kFindOpenWithoutSubject);
  const absl::StatusOr<bool> old = by_user.Text(request.sp_enterprise_id).Text(request.user_id).Next();
  if (!old.ok()) return old.status();
  if (!*old) return std::optional<Row>();
  return std::optional<Row>(ReadRow(by_user));
}

// ALREADY_EXISTS: an operation with its id, or an open one for its subject, is on record.
absl::Status SqliteStore::Insert(Operation& operation, const std::string& fingerprint) {
  const std::string id = UuidToBytes(operation.request_id).value_or("");
  operation.request_id = UuidFromBytes(id);
  SqliteRun run = Start(kInsert);
  run.Blob(id).Text(operation.sp_enterprise_id).Text(operation.user_id).Blob(fingerprint);
  run.Int(absl::ToUnixMicros(operation.create_time)).Text(operation.caller).Text(operation.gateway);
  run.Int(absl::ToUnixMicros(operation.sends_until)).Text(operation.method).Int(operation.repeatable ? 1 : 0);
  if (absl::Status done = run.Text(operation.subject).Text(operation.workspace_id).Finish(); !done.ok()) return done;
  if (database_->changes() == 0) return absl::AlreadyExistsError("another operation has its request id or subject");
  counts_.Add(operation, 1);
  return absl::OkStatus();
}

// Writes the ending that nearly every order has: its last claim is in flight, no earlier one matters, and the effect is
// known. False: it is another, for which claim_rules.h has the rules.
absl::StatusOr<bool> SqliteStore::CompleteOpen(absl::string_view request_id, int64_t claim, const Ending& ending,
                                               absl::Time now) {
  const std::optional<std::string> id = UuidToBytes(request_id);
  if (!id || ending.state == OperationState::kUnknown) return false;
  SqliteRun run = Start(kCompleteOpen);
  run.Blob(*id).Int(claim).Int(static_cast<int64_t>(ending.state)).Int(absl::ToUnixMicros(now));
  run.Int(static_cast<int64_t>(ending.error_code)).Text(ending.error_reason).Text(ending.tracking_id);
  run.Int(ending.attempts);
  ending.answer ? run.Blob(*ending.answer) : run.Null();
  if (absl::Status done = run.Text(ending.workspace_id).Finish(); !done.ok()) return done;
  if (database_->changes() == 0) return false;
  --counts_.of[static_cast<size_t>(OperationState::kInFlight)];
  ++counts_.of[static_cast<size_t>(ending.state)];
  return true;
}

absl::Status SqliteStore::Rewrite(const Row& row, const Operation& as) {
  const Ending& ending = as.ending;
  const std::string others = absl::StrJoin(as.other_workspace_ids, kBetweenIds);
  SqliteRun run = Start(kRewrite);
  run.Int(static_cast<int64_t>(as.state)).Int(as.claim).Int(absl::ToUnixMicros(as.update_time));
  run.Int(static_cast<int64_t>(ending.error_code)).Text(ending.error_reason).Text(ending.tracking_id);
  run.Int(ending.attempts);
  ending.answer ? run.Blob(*ending.answer) : run.Null();
  run.Text(as.resolved_by).Text(as.resolve_note).Text(as.caller).Text(as.gateway);
  run.Int(absl::ToUnixMicros(as.sends_until)).Text(others).Text(as.subject);
  run.Text(as.workspace_id).Int(as.after_unknown ? 1 : 0);
  if (absl::Status done = run.Int(row.seq).Finish(); !done.ok()) return done;
  counts_.Add(row.recorded.operation, -1);
  counts_.Add(as, 1);
  return absl::OkStatus();
}

}  // namespace webex_gateway
