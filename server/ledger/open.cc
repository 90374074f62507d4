#include "server/ledger/open.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/ledger/claim_rules.h"
#include "server/ledger/postgresql/connection.h"
#include "server/ledger/postgresql/ledger.h"
#include "server/ledger/sqlite/ledger.h"

namespace webex_gateway {

absl::string_view NameOf(LedgerKind kind) {
  switch (kind) {
    case LedgerKind::kNone:
      return "none";
    case LedgerKind::kSqlite:
      return "sqlite";
    case LedgerKind::kPostgresql:
      return "postgresql";
  }
  return "";
}

absl::StatusOr<LedgerPlace> ParseLedgerPlace(absl::string_view setting) {
  if (setting == "none") return LedgerPlace{};
  absl::string_view rest = setting;
  if (absl::ConsumePrefix(&rest, "sqlite:") && !rest.empty()) {
    return LedgerPlace{.kind = LedgerKind::kSqlite, .path = std::string(rest)};
  }
  if (absl::ConsumePrefix(&rest, "postgresql://") || absl::ConsumePrefix(&rest, "postgres://")) {
    LedgerPlace place{.kind = LedgerKind::kPostgresql, .url = absl::StrCat("postgresql://", rest)};
    if (absl::Status status = CheckPostgresqlUrl(place.url); !status.ok()) return status;
    return place;
  }
  constexpr char kForms[] = "must be sqlite:PATH, postgresql://... or none";
  if (absl::StartsWith(setting, "/")) {
    return absl::InvalidArgumentError(absl::StrCat("'", setting, "' ", kForms, "; did you mean sqlite:", setting, "?"));
  }
  // The part before a colon is the intended kind; the part after it may be a password.
  const size_t colon = setting.find(':');
  if (colon == absl::string_view::npos) return absl::InvalidArgumentError(kForms);
  return absl::InvalidArgumentError(absl::StrCat("'", setting.substr(0, colon), ":...' ", kForms));
}

absl::Status CheckLedgerPlace(const LedgerPlace& place) {
  return place.kind == LedgerKind::kSqlite ? CheckSqliteLedger(place.path) : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(const LedgerOptions& options, Loop& loop, Clock& clock) {
  switch (options.place.kind) {
    case LedgerKind::kSqlite:
      return OpenSqliteLedger(loop, clock,
                              {.path = options.place.path,
                               .gateway = GatewayName(options.host, options.gateway_id),
                               .retention = options.retention,
                               .observer = options.observer,
                               .subject_of_user = options.subject_of_user});
    case LedgerKind::kPostgresql:
      return CreatePostgresqlLedger(loop, clock,
                                    {.url = options.place.url,
                                     .password = options.password,
                                     .gateway_id = options.gateway_id,
                                     .host = options.host,
                                     .retention = options.retention,
                                     .observer = options.observer,
                                     .subject_of_user = options.subject_of_user});
    case LedgerKind::kNone:
      break;
  }
  return CreateNoLedger();
}

}  // namespace webex_gateway
