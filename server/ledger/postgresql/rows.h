// Operations in PostgreSQL's text form: parameters and rows.
#pragma once

#include <array>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/ledger/ledger.h"
#include "server/ledger/postgresql/connection.h"

namespace webex_gateway {

// How often a step is tried that may conflict with another gateway's.
inline constexpr int kPgTries = 10;

// The columns that OperationAt reads, with `o` for the operation, and their number.
inline constexpr char kOperationColumns[] =
    " o.request_id, o.sp_enterprise_id, o.user_id, o.state, o.claim, o.caller, o.create_time, o.update_time,"
    " o.workspace, o.error_code, o.error_reason, o.tracking_id, o.attempts, o.resolved_by, o.resolve_note,"
    " o.gateway, o.gateway_host, o.sends_until, o.other_workspace_ids, o.method, o.repeatable, o.subject,"
    " o.workspace_id, o.after_unknown ";
inline constexpr int kOperationColumnCount = 24;
Operation OperationAt(const PgRows& rows, int row);

// The recorded time, by the server's clock: gateways' clocks may be wrong.
inline constexpr char kNow[] = " (extract(epoch FROM statement_timestamp()) * 1000000)::bigint ";

// A condition: `o` blocks other orders for its subject, like IsOpen (claim_rules.h).
inline constexpr char kBlocks[] = " (o.state = 1 OR o.state = 4 AND NOT o.repeatable) ";

// Which life of the database this is: a standby that takes over begins a new timeline.
inline const char* PgEpoch(bool has_timelines) {
  return has_timelines ? " left(pg_walfile_name(pg_current_wal_lsn()), 8) " : " '' ";
}

// The statement that Make creates with that epoch: created once for each kind of database.
template <std::string (*Make)(const char* epoch)>
const std::string& PgWithEpoch(bool has_timelines) {
  static const auto* const sql = new std::array{Make(PgEpoch(false)), Make(PgEpoch(true))};
  return (*sql)[has_timelines ? 1 : 0];
}

// A part of a statement: counts the operations that its query `changed` (column `state`) made SUCCEEDED or FAILED.
inline constexpr char kTally[] =
    " INSERT INTO webex_tallies (succeeded, failed)"
    " SELECT count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3) FROM changed"
    " HAVING count(*) FILTER (WHERE state IN (2, 3)) > 0 ";

PgValue PgNumber(int64_t value);
PgValue PgState(OperationState state);
PgValue PgMicros(absl::Time time);  // since 1970
PgValue PgInterval(absl::Duration duration);
PgValue PgMicros(absl::Duration duration);
PgValue PgBytes(const std::string& bytes);
PgValue PgIds(const std::vector<std::string>& ids);
PgValue PgBytes(const std::optional<std::string>& bytes);
PgValue PgBool(bool value);

// The inverse of PgBytes.
std::string BytesOf(absl::string_view text);

// Many rows as one array for each column, for unnest.
class PgColumns {
 public:
  explicit PgColumns(size_t count) : columns_(count) {}
  void Add(const std::vector<PgValue>& row);
  void AppendTo(std::vector<PgValue>& values) const;

 private:
  std::vector<std::vector<PgValue>> columns_;
};

// The first column.
std::set<std::string> TextsOf(const PgRows& rows);

}  // namespace webex_gateway
