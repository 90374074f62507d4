#include "server/ledger/open.h"

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "server/ledger/claim_rules.h"
#include "server/ledger/postgresql/connection.h"
#include "server/ledger/postgresql/ledger.h"
#include "server/ledger/sqlite/ledger.h"

namespace webex_gateway {

absl::Status CheckLedger(const std::string& where) {
  return absl::StartsWith(where, "postgresql:") ? CheckPostgresqlUrl(where) : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(const LedgerOptions& options, Loop& loop, Clock& clock) {
  if (options.where == "none") return NoLedger();
  absl::string_view rest = options.where;
  if (absl::ConsumePrefix(&rest, "sqlite:")) {
    return OpenSqliteLedger(loop, clock,
                            {.path = std::string(rest),
                             .gateway = GatewayName(options.host, options.gateway_id),
                             .retention = options.retention,
                             .observer = options.observer});
  }
  if (const absl::Status good = CheckPostgresqlUrl(options.where); !good.ok()) return good;
  return PostgresqlLedger(loop, clock,
                          {.url = options.where,
                           .password = options.password,
                           .gateway_id = options.gateway_id,
                           .host = options.host,
                           .retention = options.retention,
                           .observer = options.observer});
}

}  // namespace webex_gateway
