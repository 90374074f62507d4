// Tells whether two orders are the same without keeping either.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace webex_gateway {

// SHA-256, 32 bytes, of what the order asks Webex for: every field that is set, but for those that are the gateway's
// own. An optional field that is set and empty differs from one that is not set, as it does for Webex. The value is on
// disk: it must stay the same for the same order from release to release. Of requests of different types it says
// nothing: the ledger compares their methods as well. Every field but
// the gateway's own has a form in JSON (server/webex/write_json.h).
std::string FingerprintOf(const google::protobuf::Message& request);

}  // namespace webex_gateway
