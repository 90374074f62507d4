// The refusal of a request without asking Webex or the ledger.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "server/base/error.h"
#include "server/base/validate.h"

namespace webex_gateway {

// INVALID_ARGUMENT INVALID_REQUEST, naming each violation; there is at least one.
absl::Status InvalidRequest(std::vector<FieldViolation> violations, absl::string_view request_id,
                            Outcome outcome = Outcome::kNotApplied);

}  // namespace webex_gateway
