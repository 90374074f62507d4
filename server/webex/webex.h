// Carries out an order of any method at Webex.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/http/http.h"
#include "server/webex/methods.h"

namespace webex_gateway {

class Webex {
 public:
  virtual ~Webex() = default;

  // Sends `request`, which is of the method's request type. Errors are those of errors.h. Their outcome covers
  // everything that may have been sent: if an attempt may have had an effect (Call::maybe_acted), it is unknown,
  // whatever the last attempt met. A removal that then finds no workspace has succeeded. `request` and `call` must
  // outlive the coroutine's run.
  virtual Async<absl::StatusOr<WebexResult>> Send(const Method& method, const google::protobuf::Message& request,
                                                  Call& call) = 0;
};

// Over HTTP. `http` and `clock` must outlive it. An error: the contract's REST binding is unusable.
absl::StatusOr<std::unique_ptr<Webex>> CreateWebex(HttpClient& http, Clock& clock);

}  // namespace webex_gateway
