#include "server/ledger/open.h"

#include "absl/strings/strip.h"
#include "server/ledger/sqlite_ledger.h"

namespace webex_gateway {

absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(const std::string& where, Loop& loop, Clock& clock,
                                                   absl::Duration retention) {
  if (where == "none") return NoLedger();
  absl::string_view rest = where;
  if (absl::ConsumePrefix(&rest, "sqlite:")) return OpenSqliteLedger(std::string(rest), loop, clock, retention);
  return absl::UnimplementedError("this gateway knows no ledger of that kind");
}

}  // namespace webex_gateway
