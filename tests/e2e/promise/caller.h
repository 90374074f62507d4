// A caller who keeps to the contract: it repeats an order under its own request id until it knows what became of it,
// and orders anew only where it was told not_applied. It makes the most of that word, since a false one would show as a
// second workspace. What is UNKNOWN it settles as the manual says (deploy/README.md, "An order is UNKNOWN").
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

// For callers who set no deadline.
inline constexpr absl::Duration kDefaultDeadline = absl::Seconds(8);

// Where an order is to go first.
struct FirstCall {
  std::shared_ptr<const Entrance> at;
  // The caller sets no deadline; when it has lost patience it goes elsewhere and leaves the call open, as one does
  // whose network says nothing. Otherwise the gateway learns that the caller has left.
  bool stays_open = false;
};

class Caller {
 public:
  Caller(Checker& checker, const Gateways& gateways, uint64_t seed)
      : checker_(checker), gateways_(gateways), random_(seed) {}

  // Orders a workspace for a user who has none, until it is there. Returns the request id under which it is on record;
  // empty: given up, as the contract has it.
  std::string Obtain(const std::string& user_id, const std::optional<FirstCall>& first = std::nullopt);

  // Asks again for an order that was told OK.
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
  // What is on record. Under the same id nothing stands in the way of asking.
  std::optional<Operation> Get(const std::string& request_id, const std::string& user_id);
  std::string FindIdOf(const std::string& user_id);
  // Of an UNKNOWN order: looks for the workspace and says what it has found, as the manual has it.
  void Settle(const std::string& request_id, const std::string& user_id);
  // A workspace_id that is empty: it is not there. False: the gateway has not taken it.
  bool Resolve(const Operation& operation, const std::string& workspace_id, bool is_gone);

  Checker& checker_;
  const Gateways& gateways_;
  Random random_;
  std::jthread left_open_;  // a call that may still send the order: until it ends no other request id is tried
};

}  // namespace webex_gateway::promise
