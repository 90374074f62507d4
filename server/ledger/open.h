// From the setting --ledger to the ledger itself: the one place that knows every kind.
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

// Takes sqlite:PATH, postgresql://... (or, as libpq also calls it, postgres://...) or none apart. An error says what is
// wrong as far as that is known without going there; it quotes no more than a kind or a path, since there may be a
// password in it.
absl::StatusOr<LedgerPlace> ParseLedgerPlace(absl::string_view setting);

// What opening it would meet on this machine, as far as that shows without making anything there: nothing of a server.
// FAILED_PRECONDITION: another process has it; else it cannot be used. Names the path.
absl::Status CheckLedgerPlace(const LedgerPlace& place);

struct LedgerOptions {
  LedgerPlace place;
  absl::Duration retention = absl::Hours(72);
  LedgerObserver observer;
  SubjectOfUser subject_of_user;

  // Who claims what this gateway claims, for the record.
  std::string gateway_id;  // a UUID that no other process has, and no earlier life of this one
  std::string host;        // on which it runs

  // For kPostgresql alone; see PostgresqlLedgerOptions.
  std::function<absl::StatusOr<std::string>()> password;
};

// An error says for the operator why it cannot be used, without any secret in it. Blocks. `loop` and `clock` must
// outlive the ledger.
absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(const LedgerOptions& options, Loop& loop, Clock& clock);

}  // namespace webex_gateway
