// Compares orders without storing them.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace webex_gateway {

// SHA-256, 32 bytes, of what the order asks Webex for: every field that is set, except the gateway's own. An optional
// field that is set and empty differs from one that is not set, as it does for Webex. The value is stored on disk: for
// the same order it must stay the same from release to release. Fingerprints of requests of different types must not be
// compared: the ledger compares their methods as well. Every field except the gateway's own has a JSON form
// (server/webex/write_json.h).
std::string FingerprintOf(const google::protobuf::Message& request);

}  // namespace webex_gateway
