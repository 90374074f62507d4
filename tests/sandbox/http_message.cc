#include "tests/sandbox/http_message.h"

#include "absl/strings/str_cat.h"

namespace webex_gateway::sandbox {
namespace {

absl::string_view ReasonOf(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 103:
      return "Early Hints";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 423:
      return "Locked";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

void Request::Clear() {
  for (std::string* field :
       {&method, &target, &authorization, &content_type, &tracking_id, &traceparent, &tracestate, &body})
    field->clear();
}

absl::string_view PathOf(const Request& request) {
  const absl::string_view target = request.target;
  return target.substr(0, target.find('?'));
}

Answer JsonAnswer(int status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.headers.emplace_back("Content-Type", "application/json;charset=UTF-8");
  answer.body = std::move(body);
  return answer;
}

void AppendHead(const Answer& answer, bool keep_alive, std::string& out) {
  absl::StrAppend(&out, "HTTP/1.1 ", answer.status, " ", ReasonOf(answer.status), "\r\n");
  for (const auto& [name, value] : answer.headers) absl::StrAppend(&out, name, ": ", value, "\r\n");
  if (answer.add_content_length && (HasBody(answer.status) || !answer.body.empty())) {
    absl::StrAppend(&out, "Content-Length: ", answer.body.size(), "\r\n");
  }
  absl::StrAppend(&out, keep_alive ? "" : "Connection: close\r\n", "\r\n");
}

}  // namespace webex_gateway::sandbox
