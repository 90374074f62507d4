#include "server/http/token_source.h"

namespace webex_gateway {

absl::string_view NameOf(TokenRemedy remedy) {
  switch (remedy) {
    case TokenRemedy::kNone:
      return "";
    case TokenRemedy::kNewFile:
      return "new_file";
    case TokenRemedy::kRestart:
      return "restart";
    case TokenRemedy::kAuthorize:
      return "authorize";
    case TokenRemedy::kClientCredentials:
      return "client_credentials";
    case TokenRemedy::kFiles:
      return "files";
    case TokenRemedy::kWait:
      return "wait";
    case TokenRemedy::kOtherWebex:
      return "other_webex";
  }
  return "";
}

}  // namespace webex_gateway
