// Why a call failed, and whether it took effect all the same.
#pragma once

#include <grpcpp/grpcpp.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "webex_gateway/outcome.h"

namespace webex_gateway::client {

// Whether a failed order took effect: the gateway's own word for it.
using webex_gateway::Outcome;
using webex_gateway::OutcomeName;  // as on the wire

// Reasons that the client itself gives, of calls that it never sent. All others are the gateway's.
inline constexpr char kGatewayUnreachable[] = "GATEWAY_UNREACHABLE";   // no connection came about
inline constexpr char kDeadlineBeforeSent[] = "DEADLINE_BEFORE_SENT";  // no time was left when the call began

// The gateway's, of an order that was to be sent once more, and was not: its earlier call may still be under way.
inline constexpr char kMayStillBeSent[] = "OPERATION_MAY_STILL_BE_SENT";

// A fault of one field of the order.
struct FieldViolation {
  std::string field;  // as JSON names it, for example "userId"
  std::string description;
};

// What comes beside the answer, good or bad.
struct CallMetadata {
  std::string request_id{};   // the order's id: empty only of calls about many orders
  std::string tracking_id{};  // Webex's id for the call, which Cisco's support asks for; empty if Webex was not reached
  bool replayed = false;      // the answer is that of an earlier call with the same id
  // Where calls wait for Webex's rate limit: how many orders a second it lets through from the gateway.
  std::optional<double> webex_limit{};
};

// A failed call. Empty strings and optionals: not known. ({} lets -Wextra accept designated initialisers.)
struct CallError {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string message{};  // for a person; English, not for programs to compare; without the mark behind it
  std::string reason{};   // for programs: UPPER_SNAKE_CASE, stable
  Outcome outcome = Outcome::kUnknown;
  // Repeating the order is safe, after this wait (zero or more); with kUnchanged under the same request id. Never with
  // kUnknown.
  std::optional<absl::Duration> retry_delay{};
  std::vector<FieldViolation> field_violations{};
  std::optional<int> http_status{};  // Webex's
  std::optional<int> attempts{};     // how often the gateway asked Webex
  std::string earlier_request_id{};  // the order on record that keeps this one from being sent; it may be this one
  CallMetadata metadata{};
};

// Reads a failed call. `metadata` is what its trailers said; what they left out is taken from the details. Details that
// cannot be read, or are another server's, count as absent, and an absent outcome as kUnknown.
CallError ReadCallError(const grpc::Status& status, CallMetadata metadata);

// What the trailers of a call that has ended say; `request_id` is the order's, where they name none.
CallMetadata ReadCallMetadata(const grpc::ClientContext& context, const std::string& request_id);

// Whether the gateway will have the order's result on record, or has it by now, so that to order again with the same id
// is to ask for that. Without a reason the gateway itself was lost; it knows the id by then, or the order never came.
bool IsOnRecordSoon(const CallError& error);

// A value, or the error in its place. Asking for the one that is not there throws std::bad_variant_access.
template <typename T>
class Result {
 public:
  // Implicit, so that a function can return either as it is.
  Result(T value) : held_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(CallError error) : held_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(held_); }
  const T& value() const { return std::get<T>(held_); }
  const CallError& error() const { return std::get<CallError>(held_); }

 private:
  std::variant<T, CallError> held_;
};

}  // namespace webex_gateway::client
