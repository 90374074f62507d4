// What became of an order that failed: the one thing that every error says.
#pragma once

#include "absl/strings/string_view.h"

namespace webex_gateway {

enum class Outcome {
  kNotApplied,  // nothing was provisioned: it may be ordered again
  kUnknown,     // it may exist: look before ordering again
};

inline absl::string_view OutcomeName(Outcome outcome) {
  return outcome == Outcome::kNotApplied ? "not_applied" : "unknown";
}

}  // namespace webex_gateway
