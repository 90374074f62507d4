#include "server/ledger/sqlite/queries.h"

namespace webex_gateway {

#define COLUMNS                                                                                                   \
  "seq, request_id, sp_enterprise_id, user_id, fingerprint, state, claim, create_time, update_time, error_code, " \
  "error_reason, tracking_id, answer, resolved_by, resolve_note, caller, attempts, gateway, sends_until, "        \
  "other_workspace_ids, method, repeatable, subject, workspace_id, after_unknown"

// The condition of a listing: below one place, down to another, and the query's conditions.
#define LISTED                                                                                                        \
  "seq < ?1 AND seq >= ?2 AND (?3 = '' OR sp_enterprise_id = ?3) AND (?4 = '' OR user_id = ?4) AND (?6 = '' OR "      \
  "caller = ?6) AND (?7 = '' OR method = ?7) AND (?8 = '' OR workspace_id = ?8) AND (?9 = 0 OR state = ?9) ORDER BY " \
  "seq DESC LIMIT ?5"

// SQLite uses a partial index only if the query contains its condition literally.
#define OPEN_BY_SUBJECT "INDEXED BY open_by_subject WHERE (state = 1 OR state = 4 AND repeatable = 0) AND subject <> ''"
#define OPEN_BY_USER "INDEXED BY open_by_user WHERE state IN (1, 4) AND subject = ''"
#define FAILED_OR_UNKNOWN "INDEXED BY failed_or_unknown WHERE state IN (3, 4)"
#define ENDED_BY_TIME "INDEXED BY ended_by_time WHERE state <> 1"
#define RECOVERED                                                                          \
  "SET state = 4, update_time = ?1, error_code = 14, error_reason = 'WEBEX_ANSWER_LOST', " \
  "sends_until = min(sends_until, ?1)"

const std::array<const char*, kQueries> kSqliteQueries = {
    "BEGIN IMMEDIATE",
    "COMMIT",
    "SELECT " COLUMNS " FROM operations WHERE request_id = ?",
    "SELECT " COLUMNS " FROM operations " OPEN_BY_SUBJECT " AND subject = ?",
    "SELECT " COLUMNS " FROM operations " OPEN_BY_USER " AND sp_enterprise_id = ? AND user_id = ?",
    "INSERT INTO operations (request_id, sp_enterprise_id, user_id, fingerprint, state, claim, create_time, "
    "update_time, caller, gateway, sends_until, method, repeatable, subject, workspace_id) VALUES (?1, ?2, ?3, ?4, 1, "
    "1, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING",
    "UPDATE operations SET state = ?3, update_time = ?4, error_code = ?5, error_reason = ?6, tracking_id = ?7, "
    "attempts = ?8, answer = ?9, sends_until = min(sends_until, ?4), workspace_id = CASE WHEN repeatable = 1 THEN "
    "workspace_id ELSE ?10 END WHERE request_id = ?1 AND claim = ?2 AND state = 1 AND after_unknown = 0 AND "
    "other_workspace_ids = ''",
    "UPDATE operations SET state = ?, claim = ?, update_time = ?, error_code = ?, error_reason = ?, tracking_id = ?, "
    "attempts = ?, answer = ?, resolved_by = ?, resolve_note = ?, caller = ?, gateway = ?, sends_until = ?, "
    "other_workspace_ids = ?, subject = ?, workspace_id = ?, after_unknown = ? WHERE seq = ?",
    "DELETE FROM operations WHERE seq IN (SELECT seq FROM operations " ENDED_BY_TIME
    " AND state = ?1 AND update_time < ?2 AND (?1 <> 4 OR repeatable = 1) LIMIT ?3)",
    "UPDATE operations " RECOVERED " WHERE seq IN (SELECT seq FROM operations " OPEN_BY_SUBJECT " AND state = 1)",
    "UPDATE operations " RECOVERED " WHERE seq IN (SELECT seq FROM operations " OPEN_BY_USER " AND state = 1)",
    "SELECT max(seq) FROM operations",
    "SELECT " COLUMNS " FROM operations WHERE " LISTED,
    "SELECT " COLUMNS " FROM operations " OPEN_BY_SUBJECT " AND state = 1 AND " LISTED,
    "SELECT " COLUMNS " FROM operations " FAILED_OR_UNKNOWN " AND state = ?9 AND " LISTED,
    "SELECT state, count(*) FROM operations " ENDED_BY_TIME " GROUP BY state",
    "SELECT (SELECT count(*) FROM operations " OPEN_BY_SUBJECT
    " AND state = 1) + (SELECT count(*) FROM operations " OPEN_BY_USER " AND state = 1)",
    "SELECT count(*) FROM operations " FAILED_OR_UNKNOWN " AND state = 4 AND repeatable = 1",
    "SELECT request_id, update_time, error_reason, gateway, sends_until FROM operations " ENDED_BY_TIME
    " AND state = 4 AND repeatable = 0 ORDER BY update_time LIMIT ?",
    "SELECT create_time / ?1 * ?1, error_reason, count(*) FROM operations " FAILED_OR_UNKNOWN
    " AND state = 4 AND repeatable = 0 GROUP BY 1, 2",
    "SELECT seq, sp_enterprise_id, user_id FROM operations " OPEN_BY_USER,
    "UPDATE OR IGNORE operations SET subject = ? WHERE seq = ?",
};

}  // namespace webex_gateway
