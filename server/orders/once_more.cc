#include "server/orders/once_more.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace webex_gateway {

absl::StatusOr<WebexResult> WithWhatItShows(absl::StatusOr<WebexResult> result, const Method& method,
                                            const google::protobuf::Message& request) {
  if (result.ok()) return result;
  std::optional<WebexResult> shown = method.shown_by(request, result.status());
  if (!shown) return result;
  return *std::move(shown);
}

absl::Status OfAllCalls(absl::Status error) {
  std::optional<Error> said = ErrorIn(error);
  if (!said || said->outcome == Outcome::kUnknown) return error;
  said->outcome = Outcome::kUnknown;
  said->repeats_unknown = true;
  absl::StrAppend(&said->message, " (this call had no effect; an earlier one under its request id may have had one)");
  return ToStatus(*said);
}

}  // namespace webex_gateway
