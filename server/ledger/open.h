// Creates the ledger from the setting --ledger: the only place that knows every kind.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/ledger/earlier_versions.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

enum class LedgerKind { kNone, kSqlite, kPostgresql };

// none, sqlite, postgresql
absl::string_view NameOf(LedgerKind kind);

// Where the ledger is.
struct LedgerPlace {
  LedgerKind kind = LedgerKind::kNone;
  std::string path;  // of kSqlite's file
  std::string url;   // of kPostgresql; has passed CheckPostgresqlUrl

  friend bool operator==(const LedgerPlace&, const LedgerPlace&) = default;
};

// Parses sqlite:PATH, postgresql://... (or postgres://..., which libpq also accepts) or none. An error states what is
// wrong as far as that is known without connecting; it quotes only a kind or a path, since the setting may contain a
// password.
absl::StatusOr<LedgerPlace> ParseLedgerPlace(absl::string_view setting);

// Whether it could be opened on this machine, as far as that shows without creating anything; servers are not checked.
// FAILED_PRECONDITION: another process uses it; any other error: it cannot be used. Names the path.
absl::Status CheckLedgerPlace(const LedgerPlace& place);

struct LedgerOptions {
  LedgerPlace place;
  absl::Duration retention = absl::Hours(72);
  LedgerObserver observer;
  SubjectOfUser subject_of_user;

  // This gateway's identity, for the record of its claims.
  std::string gateway_id;  // a UUID that no other process has, nor any earlier run
  std::string host;        // on which it runs

  // Only for kPostgresql; see PostgresqlLedgerOptions.
  std::function<absl::StatusOr<std::string>()> password;
};

// An error tells the operator why it cannot be used, without secrets. Blocks. `loop` and `clock` must outlive the
// ledger.
absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(const LedgerOptions& options, Loop& loop, Clock& clock);

}  // namespace webex_gateway
