// What the library's exceptions say, and those that we throw through it.
#pragma once

#include <cpprest/http_msg.h>

#include <stdexcept>
#include <string>

#include "absl/status/status.h"
#include "server/http/cpprest/target.h"

namespace webex_gateway {

// The connection at hand is not fit for a request. Nothing was sent.
class StaleConnection : public std::runtime_error {
 public:
  StaleConnection() : std::runtime_error("the connection had gone stale") {}
};

// We kept the request back: `why`.
class Withheld : public std::runtime_error {
 public:
  explicit Withheld(const absl::Status& why) : std::runtime_error(std::string(why.message())), why_(why) {}
  const absl::Status& why() const { return why_; }

 private:
  const absl::Status why_;
};

// A server's alert of TLS 1.3, which comes when its client has sent a request already. It is an end of the handshake,
// and before that no server looks at a request. Other alerts may come later too, and so may this one where the
// handshake is known to be over.
bool DemandsCertificate(const web::http::http_exception& error);

// The error for a request that was not sent, in the library's words; Attempt::Fail knows whether it was.
absl::Status ToSendError(const web::http::http_exception& error, const Target& target);

// An error in the library's words as callers are to read it: one of a few texts, one for each thing that can happen to
// them, whichever step of the library's noticed it and whatever the kernel called it ("Software caused connection
// abort" is a server's reset, as it happens). The library's words go along as its cause.
absl::Status InPlainWords(const absl::Status& error);

}  // namespace webex_gateway
