#include "server/orders/validate.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace webex_gateway {

absl::Status InvalidRequest(std::vector<FieldViolation> violations, absl::string_view request_id, Outcome outcome) {
  const std::string faults = absl::StrJoin(violations, "; ", [](std::string* out, const FieldViolation& violation) {
    absl::StrAppend(out, violation.field, " ", violation.description);
  });
  return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                   .reason = "INVALID_REQUEST",
                   .message = absl::StrCat("the request is invalid: ", faults),
                   .outcome = outcome,
                   .metadata = {{"request_id", std::string(request_id)}},
                   .violations = std::move(violations)});
}

}  // namespace webex_gateway
