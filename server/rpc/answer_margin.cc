#include "server/rpc/answer_margin.h"

#include <algorithm>

namespace webex_gateway {

absl::Duration AnswerMargin(absl::Duration left) {
  constexpr absl::Duration kOnTheWay = absl::Milliseconds(100);
  if (left < absl::Seconds(10)) return std::min(kOnTheWay, left / 5);
  if (left < absl::Seconds(100)) return kOnTheWay + absl::Milliseconds(100);
  return kOnTheWay + (left < absl::Seconds(1000) ? absl::Seconds(1) : absl::Seconds(10));
}

}  // namespace webex_gateway
