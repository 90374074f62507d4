#include "server/http/cpprest/exchange.h"

#include <cpprest/http_client.h>

#include <exception>
#include <utility>

#include "server/http/cpprest/body.h"
#include "server/http/cpprest/failure.h"

namespace webex_gateway {
namespace {

namespace streams = concurrency::streams;
using web::http::http_request;
using web::http::http_response;

constexpr char kUserAgent[] = "webex-gateway";

http_request ToLibrary(const std::shared_ptr<Attempt>& attempt, const std::shared_ptr<Connections>& connections) {
  const HttpRequest& request = *attempt->request;
  http_request out(request.method);
  out.set_request_uri(request.target);
  out.headers().add("Host", connections->target().authority);
  for (const HttpHeader& header : request.headers) out.headers().add(header.name, header.value);
  out.headers().add("User-Agent", kUserAgent);
  if (attempt->has_body()) {
    const std::string content_type(FindHeader(request.headers, "Content-Type").value_or("application/octet-stream"));
    const auto body = std::make_shared<RequestBody>(
        request.body, RequestBody::Steps{
                          .may_leave = [attempt, connections](bool last) { connections->OnBodyLeaves(*attempt, last); },
                          .handed_over = [attempt, connections] { connections->OnBodyHandedOver(*attempt); }});
    out.set_body(streams::istream(BodyStream(body)), request.body.size(), content_type);
  }
  out.set_progress_handler(
      [attempt, connections](web::http::message_direction::direction direction, utility::size64_t done) {
        const bool upload = direction == web::http::message_direction::upload;
        if (upload && !attempt->has_body()) connections->OnHeadersLeft(*attempt);
        if (!upload && done == 0) attempt->OnAnswerStarts();
      });
  out.set_response_stream(streams::ostream(BodyStream(attempt->answer_body)));
  return out;
}

// Runs `step`; an exception ends the attempt. False: it threw.
template <typename Step>
bool Guarded(Attempt& attempt, const Connections& connections, Step step) {
  try {
    step();
    return true;
  } catch (const StaleConnection& error) {
    attempt.stale = true;
    attempt.Fail(SendError(SendFailure::kUnreachable, error.what()));
  } catch (const Withheld& error) {
    attempt.Fail(error.why());
  } catch (const web::http::http_exception& error) {
    if (attempt.first_on_connection && DemandsCertificate(error)) {
      attempt.End(SendError(SendFailure::kCertificate, "it requires a client certificate, and the gateway has none"));
      return false;
    }
    const absl::Status failed = ToSendError(error, connections.target());
    if (SendFailureOf(failed) == SendFailure::kCertificate) {
      attempt.Fail(failed);
    } else {
      attempt.FailInLibrarysWords(failed);
    }
  } catch (const AnswerRefused& error) {
    attempt.Fail(SendError(SendFailure::kUnreachable, error.what()));
  } catch (const std::exception& error) {
    attempt.FailInLibrarysWords(SendError(SendFailure::kUnreachable, error.what()));
  }
  return false;
}

// Every task of the library ends in a continuation that checks it: an unobserved failure ends the process.
void OnBody(const std::shared_ptr<Attempt>& attempt, const Connections& connections,
            const pplx::task<http_response>& whole) {
  HttpAnswer answer;
  const bool read = Guarded(*attempt, connections, [&] {
    const http_response response = whole.get();
    answer.status = response.status_code();
    for (const auto& [name, value] : response.headers()) answer.headers.push_back({name, value});
    answer.body = attempt->answer_body->Take();
  });
  if (read) attempt->End(std::move(answer));
}

void OnHeaders(const std::shared_ptr<Attempt>& attempt, const std::shared_ptr<Connections>& connections,
               const std::string& address, const pplx::task<http_response>& headers) {
  Guarded(*attempt, *connections, [&] {
    connections->OnHeaders(headers.get(), address);
    headers.get().content_ready().then(
        [attempt, connections](const pplx::task<http_response>& whole) { OnBody(attempt, *connections, whole); });
  });
}

}  // namespace

void BeginExchange(const std::shared_ptr<Attempt>& attempt, const std::shared_ptr<Connections>& connections,
                   const std::string& address) {
  Guarded(*attempt, *connections, [&] {
    const std::shared_ptr<Connections::LibraryClient> client = connections->ClientFor(*attempt, address);
    connections->Start(*attempt, *client, ToLibrary(attempt, connections));
    pplx::task<http_response> headers = attempt->headers;
    headers.then([connections, address, attempt](const pplx::task<http_response>& done) {
      OnHeaders(attempt, connections, address, done);
      connections->OnFailure(*attempt, address);
    });
  });
}

}  // namespace webex_gateway
