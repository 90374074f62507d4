// The meaning of the library's exceptions, and of those that we throw through it.
#pragma once

#include <cpprest/http_msg.h>

#include <stdexcept>
#include <string>

#include "absl/status/status.h"
#include "server/http/cpprest/target.h"

namespace webex_gateway {

// The connection is not usable for a request. Nothing was sent.
class StaleConnection : public std::runtime_error {
 public:
  StaleConnection() : std::runtime_error("the connection had gone stale") {}
};

// We stopped the request, because of `why`.
class Withheld : public std::runtime_error {
 public:
  explicit Withheld(const absl::Status& why) : std::runtime_error(std::string(why.message())), why_(why) {}
  const absl::Status& why() const { return why_; }

 private:
  const absl::Status why_;
};

// A server's TLS 1.3 alert that arrives after its client has already sent a request. It ends the handshake, before
// which no server processes a request. Other alerts may also arrive later, and so may this one if the handshake is
// known to be over.
bool DemandsCertificate(const web::http::http_exception& error);

// The error for a request that was not sent, in the library's words; Attempt::Fail decides whether it was sent.
absl::Status ToSendError(const web::http::http_exception& error, const Target& target);

// Converts an error in the library's words for callers: to one of a few texts, one for each kind of event, whichever
// step of the library noticed it and whatever the kernel called it ("Software caused connection abort" is in fact a
// server's reset). The library's words are attached as its cause.
absl::Status InPlainWords(const absl::Status& error);

}  // namespace webex_gateway
