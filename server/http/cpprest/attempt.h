// One attempt at a request, from its start to its end.
#pragma once

#include <cpprest/http_msg.h>
#include <pplx/pplxtasks.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/async.h"
#include "server/http/cpprest/body.h"
#include "server/http/http.h"

struct ssl_st;

namespace webex_gateway {

// The library holds it (through the request's progress handler and the continuations) as long as it may still read the
// body.
struct Attempt {
  using Socket = boost::asio::ip::tcp::socket;

  Attempt(std::shared_ptr<const HttpRequest> the_request, Call& the_call, size_t max_answer_bytes)
      : request(std::move(the_request)), call(&the_call), answer_body(std::make_shared<AnswerBody>(max_answer_bytes)) {}

  const std::shared_ptr<const HttpRequest> request;
  Call* call;  // null once the attempt is over
  const std::shared_ptr<AnswerBody> answer_body;
  bool left = false;                        // the server may have the whole request: the kernel has it
  bool first_on_connection = true;          // as far as is known
  bool stale = false;                       // nothing was sent: the connection was not usable
  Socket* connection = nullptr;             // the library's; valid while the library works on the request
  const ssl_st* tls = nullptr;              // of that connection; null for plain http
  int socket = -1;                          // its descriptor, once the request leaves
  int64_t received_before = 0;              // on that connection, before this request
  std::shared_ptr<int64_t> through_tunnel;  // received in the tunnel; null if there is none
  bool in_librarys_words = false;           // whether the result's error is in the library's words
  absl::StatusOr<HttpAnswer> result = SendError(SendFailure::kAnswerLost, "no answer yet");
  pplx::task<web::http::http_response> headers;
  pplx::cancellation_token_source cancel;
  Event over;

  bool has_body() const { return !request->body.empty(); }

  // Whether the server may have the whole request by now. Without a body it is complete with its headers, which the
  // library writes by itself as soon as the connection is open.
  bool MayHaveLeft() const;

  // Bytes of the answer so far, including a tunnel's handshake.
  int64_t Received() const;

  // The attempt is over. Later events have no effect.
  void End(absl::StatusOr<HttpAnswer> with);

  // Ends it, and makes the library close its socket.
  void Abandon(const absl::Status& why);
  void Abandon(SendFailure failure, absl::string_view why) { Abandon(SendError(failure, why)); }

  // Ends it with `error`, or as kAnswerLost if the server may have the request.
  void Fail(const absl::Status& error);

  // The same, for an error in the library's words, which are replaced when it leaves the wire.
  void FailInLibrarysWords(const absl::Status& error);

  // The library calls this before it reuses the connection. An exception closes the connection.
  void OnAnswerStarts();
};

}  // namespace webex_gateway
