#include "server/http/cpprest/attempt.h"

#include <utility>

#include "absl/strings/match.h"
#include "server/http/socket_state.h"
#include "server/http/tls.h"

namespace webex_gateway {

int64_t Attempt::Received() const {
  if (through_tunnel != nullptr) return *through_tunnel;
  return socket < 0 ? 0 : ReceivedOn(socket).bytes - received_before;
}

void Attempt::End(absl::StatusOr<HttpAnswer> with) {
  if (call == nullptr) return;
  result = std::move(with);
  call->in_flight = false;
  call = nullptr;
  headers = {};
  over.Set();
}

void Attempt::Abandon(const absl::Status& why) {
  if (call == nullptr) return;
  End(why);
  cancel.cancel();  // closes the socket
}

// The library works on the connection until it reports the headers or an error.
bool Attempt::MayHaveLeft() const {
  if (call == nullptr) return true;  // over: nothing is left to be stopped
  if (left || has_body()) return left;
  if (through_tunnel != nullptr) return true;  // the library does not expose its connection
  if (connection == nullptr) return false;
  if (headers.is_done()) return true;
  boost::system::error_code not_connected;
  connection->remote_endpoint(not_connected);
  return !not_connected && (tls == nullptr || IsHandshakeOver(tls));
}

// Once a request has left, any report by the library may be about something later: only a body that was not completely
// written has certainly not arrived.
void Attempt::Fail(const absl::Status& error) {
  const bool whole = left && !absl::StartsWith(error.message(), "Failed to write request body");
  End(whole ? SendError(SendFailure::kAnswerLost, error.message()) : error);
}

void Attempt::FailInLibrarysWords(const absl::Status& error) {
  if (call == nullptr) return;
  in_librarys_words = true;
  Fail(error);
}

// The library takes 100 or 103 for the final answer, so the next order on that connection would get the real one; and
// it reads "-200" as some large number.
void Attempt::OnAnswerStarts() {
  if (call == nullptr || !headers.is_done()) return;
  const int status = headers.get().status_code();
  if (status < 200 || status > 999) throw AnswerRefused(kNotHttp);
}

}  // namespace webex_gateway
