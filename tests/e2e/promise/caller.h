// A caller that observes the contract: it repeats an order under its own request id until it knows the result, and
// sends a new order only after not_applied. It makes full use of that answer, since a false one would show as a second
// workspace. It settles UNKNOWN orders as the manual describes (deploy/README.md, "An order is UNKNOWN").
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "tests/e2e/promise/checker.h"
#include "tests/e2e/promise/gateways.h"
#include "webex/broadworks/v1/operations.pb.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway::promise {

// For callers that set no deadline.
inline constexpr absl::Duration kDefaultDeadline = absl::Seconds(8);

// The gateway to which an order goes first.
struct FirstCall {
  std::shared_ptr<const Entrance> at;
  // The caller sets no deadline; when it loses patience it goes to another gateway and leaves the call open, like a
  // caller on a silent network. Otherwise the gateway learns that the caller has left.
  bool stays_open = false;
};

class Caller {
 public:
  Caller(Checker& checker, const Gateways& gateways, uint64_t seed)
      : checker_(checker), gateways_(gateways), random_(seed) {}

  // Orders a workspace for a user who has none, until it exists. Returns the request id under which it is on record;
  // empty: given up, as the contract allows.
  std::string Obtain(const std::string& user_id, const std::optional<FirstCall>& first = std::nullopt);

  // Repeats an order that was answered with OK.
  bool IsStillThere(const std::string& user_id, const std::string& request_id);

 private:
  using Request = webex::broadworks::v1::ProvisionWorkspaceRequest;
  using Operation = webex::broadworks::v1::Operation;

  struct Told : Answer {
    std::string earlier_request_id{};
    absl::Duration wait = absl::Milliseconds(200);  // before it is repeated
  };

  Told Order(const Request& request, const Entrance& at, absl::Duration deadline);
  Told OrderAtTwo(const Request& request, absl::Duration deadline);
  Told OrderWithoutId(const Request& request, const Entrance& at, absl::Duration deadline);
  Told OrderFirst(const Request& request, const FirstCall& first);
  Told OrderSomehow(const Request& request);
  Told Settled(const Request& request, Told told);
  // Reads the record. Nothing prevents a query under the same id.
  std::optional<Operation> Get(const std::string& request_id, const std::string& user_id);
  std::string FindIdOf(const std::string& user_id);
  // For an UNKNOWN order: looks for the workspace and resolves the order accordingly, as in the manual.
  void Settle(const std::string& request_id, const std::string& user_id);
  // An empty workspace_id: there is none. False: the gateway has not accepted it.
  bool Resolve(const Operation& operation, const std::string& workspace_id, bool is_gone);

  Checker& checker_;
  const Gateways& gateways_;
  Random random_;
  std::jthread left_open_;  // a call that may still send the order: until it ends no other request id is tried
};

}  // namespace webex_gateway::promise
