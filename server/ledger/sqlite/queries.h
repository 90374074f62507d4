// The SQL statements of the SQLite store.
#pragma once

#include <array>

namespace webex_gateway {

enum SqliteQuery {
  kBegin,
  kCommit,
  kFind,
  kFindOpen,
  kFindOpenWithoutSubject,
  kInsert,
  kCompleteOpen,
  kRewrite,
  kForget,
  kRecover,
  kRecoverWithoutSubject,
  kLast,
  kList,
  kListInFlight,
  kListFailedOrUnknown,
  kCountEnded,
  kCountInFlight,
  kCountUnknownRepeatable,
  kLongestUnknown,
  kGroupUnknown,
  kOpenWithoutSubject,
  kSetSubject,
  kQueries,  // how many there are
};

// By SqliteQuery.
extern const std::array<const char*, kQueries> kSqliteQueries;

}  // namespace webex_gateway
