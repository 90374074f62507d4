// What became of an order that failed. Every error states it.
#pragma once

#include "absl/strings/string_view.h"

namespace webex_gateway {

// The outcome of the order, as far as this gateway can know, not only of the call.
enum class Outcome {
  kNotApplied,  // nothing was provisioned under its request id: it may be ordered again
  // This call changed nothing. Whether an earlier call under the same request id did is not known here: repeat the
  // order under the same id, which is safe.
  kUnchanged,
  kUnknown,  // it may exist: look before ordering again
};

inline absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotApplied:
      return "not_applied";
    case Outcome::kUnchanged:
      return "unchanged";
    case Outcome::kUnknown:
      break;
  }
  return "unknown";
}

// Any other name counts as kUnknown.
inline Outcome OutcomeNamed(absl::string_view name) {
  for (const Outcome outcome : {Outcome::kNotApplied, Outcome::kUnchanged}) {
    if (name == OutcomeName(outcome)) return outcome;
  }
  return Outcome::kUnknown;
}

}  // namespace webex_gateway
