// What became of one order of a batch.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "webex_gateway/call_error.h"

namespace webex_gateway::client {

struct BatchResult {
  bool was_sent = true;  // if false, the rest is empty
  std::string workspace_id{};
  CallMetadata metadata{};
  std::optional<CallError> error{};
};

enum class BatchEnd { kApplied, kRefused, kUnknown, kNotSent };

inline BatchEnd EndOf(const BatchResult& result) {
  if (!result.was_sent) return BatchEnd::kNotSent;
  if (!result.error) return BatchEnd::kApplied;
  return result.error->outcome == Outcome::kUnknown ? BatchEnd::kUnknown : BatchEnd::kRefused;
}

// applied, not_applied, unchanged, unknown or not_sent.
inline absl::string_view OutcomeText(const BatchResult& result) {
  if (!result.was_sent) return "not_sent";
  return result.error ? OutcomeName(result.error->outcome) : "applied";
}

}  // namespace webex_gateway::client
