// Why a call failed, and whether it took effect nevertheless.
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

// Whether a failed order took effect, as the gateway reports it.
using webex_gateway::Outcome;
using webex_gateway::OutcomeName;  // as on the wire

// Reasons that the client itself sets, for calls that it never sent. All others come from the gateway.
inline constexpr char kGatewayUnreachable[] = "GATEWAY_UNREACHABLE";   // no connection could be made
inline constexpr char kDeadlineBeforeSent[] = "DEADLINE_BEFORE_SENT";  // no time was left when the call began

// The gateway's reason if an order was to be sent once more, but was not: its earlier call may still be under way.
inline constexpr char kMayStillBeSent[] = "OPERATION_MAY_STILL_BE_SENT";

// A fault in one field of the order.
struct FieldViolation {
  std::string field;  // as JSON names it, for example "userId"
  std::string description;
};

// What accompanies every answer, whether success or failure.
struct CallMetadata {
  std::string request_id{};   // the order's id: empty only for calls about many orders
  std::string tracking_id{};  // Webex's id for the call, which Cisco's support asks for; empty if Webex was not reached
  bool replayed = false;      // the answer is that of an earlier call with the same id
  // While calls wait for Webex's rate limit: how many orders a second it lets through from the gateway.
  std::optional<double> webex_limit{};
};

// A failed call. Empty strings and optionals: not known. ({} lets -Wextra accept designated initialisers.)
struct CallError {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string
      message{};  // for a person, in English; programs should not compare it; without the suffix "[REASON, outcome]"
  std::string reason{};  // for programs: UPPER_SNAKE_CASE, stable
  Outcome outcome = Outcome::kUnknown;
  // Repeating the order is safe, after this wait (zero or more); with kUnchanged under the same request id. With
  // kUnknown only as an answer to an order that is to be sent once more (if_unknown: REPEAT): this call had no effect.
  std::optional<absl::Duration> retry_delay{};
  std::vector<FieldViolation> field_violations{};
  std::optional<int> http_status{};  // Webex's
  std::optional<int> attempts{};     // how often the gateway called Webex
  std::string earlier_request_id{};  // the order on record that blocks this one; it may be this one
  CallMetadata metadata{};
};

// Reads a failed call. `metadata` comes from its trailers; missing values are taken from the details. Details that
// cannot be read, or come from another server, count as absent, and an absent outcome as kUnknown.
CallError ReadCallError(const grpc::Status& status, CallMetadata metadata);

// Reads the trailers of a call that has ended; `request_id` is the order's, used if they contain none.
CallMetadata ReadCallMetadata(const grpc::ClientContext& context, const std::string& request_id);

// Whether the gateway has the order's result on record, or will have it, so that ordering again with the same id asks
// for that result. Without a reason the gateway itself was lost; then it knows the id, or the order never arrived.
bool IsOnRecordSoon(const CallError& error);

// A value or an error. Accessing the one that is not there throws std::bad_variant_access.
template <typename T>
class Result {
 public:
  // Implicit, so that a function can return either directly.
  Result(T value) : held_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(CallError error) : held_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(held_); }
  const T& value() const { return std::get<T>(held_); }
  const CallError& error() const { return std::get<CallError>(held_); }

 private:
  std::variant<T, CallError> held_;
};

}  // namespace webex_gateway::client
