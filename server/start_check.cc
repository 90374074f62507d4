#include "server/start_check.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/rpc/listening_socket.h"

namespace webex_gateway {
namespace {

void CheckAddress(absl::string_view flag, const std::string& address, StartCheck& check) {
  const absl::Status status = Listen(address).status();
  if (absl::IsAlreadyExists(status)) {
    check.unchecked.push_back(
        absl::StrCat("--", flag, ": ", address, " is in use now, perhaps by the gateway that this one replaces"));
  } else if (!status.ok()) {
    check.faults.push_back(absl::StrCat("--", flag, ": ", status.message()));
  }
}

void CheckLedger(const LedgerPlace& place, StartCheck& check) {
  const absl::Status status = CheckLedgerPlace(place);
  if (absl::IsFailedPrecondition(status)) {
    check.unchecked.push_back(absl::StrCat("--ledger: ", status.message(), ", so its content was not checked"));
  } else if (!status.ok()) {
    check.faults.push_back(absl::StrCat("--ledger: ", status.message()));
  }
  if (place.kind == LedgerKind::kPostgresql) {
    check.unchecked.emplace_back(
        "--ledger: whether PostgreSQL is available and accepts this gateway's login; that needs the network");
  }
}

}  // namespace

StartCheck CheckStart(const Options& options) {
  StartCheck check;
  for (const std::string& address : options.listen) CheckAddress("listen", address, check);
  if (!options.admin_listen.empty()) CheckAddress("admin_listen", options.admin_listen, check);
  CheckLedger(options.ledger, check);
  check.unchecked.push_back(absl::StrCat("--webex_base_url: whether ", options.webex_base_url,
                                         " can be reached and accepts the token; that needs the network"));
  return check;
}

}  // namespace webex_gateway
