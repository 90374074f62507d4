#include "tests/sandbox/webex_errors.h"

#include "absl/strings/str_cat.h"
#include "tests/sandbox/json.h"

namespace webex_gateway::sandbox {

std::string WebexErrorJson(absl::string_view message, const std::vector<ErrorItem>& items,
                           absl::string_view tracking_id) {
  std::string out = "{";
  AppendJsonMember("message", message, out);
  AppendJsonName("errors", out);
  absl::string_view separator = "[";
  for (const ErrorItem& item : items) {
    absl::StrAppend(&out, separator, "{");
    AppendJsonMember("description", item.description, out);
    if (item.code != 0) {
      AppendJsonName("errorCode", out);
      absl::StrAppend(&out, item.code);
    }
    if (!item.field.empty()) AppendJsonMember("fieldName", item.field, out);
    out.push_back('}');
    separator = ",";
  }
  out.push_back(']');
  AppendJsonMember("trackingId", tracking_id, out);
  out.push_back('}');
  return out;
}

Answer WebexError(int status, const std::string& message, absl::string_view tracking_id, int code) {
  return JsonAnswer(status, WebexErrorJson(message, {{message, code, ""}}, tracking_id));
}

std::string UsualMessage(int status) {
  switch (status) {
    case 400:
      return "The request was invalid or cannot be served.";
    case 401:
      return "The request requires a valid access token set in the Authorization request header.";
    case 403:
      return "The access that the request asks for is not allowed.";
    case 404:
      return "The requested resource could not be found.";
    case 405:
      return "The resource does not support this method.";
    case 409:
      return "The request conflicts with the state of the resource.";
    case 415:
      return "The media type of the request is missing or not supported.";
    case 423:
      return "The resource is locked for the moment.";
    case 429:
      return "Too many requests have been sent in this time.";
    case 503:
      return "The server is overloaded with requests. Try again later.";
    case 504:
      return "An upstream server did not respond in time.";
    default:
      return absl::StrCat("The request ended with status ", status, ".");
  }
}

}  // namespace webex_gateway::sandbox
