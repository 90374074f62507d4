// A request and an answer as plain data: what the connection reads and writes, and all that other files know about
// HTTP.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace webex_gateway::sandbox {

struct Request {
  std::string method;
  std::string target;  // path and query, as sent
  // The headers that matter here; empty if not sent.
  std::string authorization;
  std::string content_type;
  std::string tracking_id;
  std::string traceparent;
  std::string tracestate;
  std::string body;

  // Empties every field, but keeps their memory for the next request.
  void Clear();
};

// The target without its query.
absl::string_view PathOf(const Request& request);

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // sent in this order and letter case
  std::string body;
  // Whether Content-Length is added if the status has a body or `body` is not empty. An answer with its own length or
  // Transfer-Encoding in `headers` sets it to false.
  bool add_content_length = true;
  // Whether the connection ends after it, whatever the client requests.
  bool ends_connection = false;
  // While it exists, the order counts as under way; null for requests that no limit counts.
  std::shared_ptr<const void> under_way;
};

// An answer with a JSON body.
Answer JsonAnswer(int status, std::string body);

// Appends status line, headers and the empty line; not the body.
void AppendHead(const Answer& answer, bool keep_alive, std::string& out);

}  // namespace webex_gateway::sandbox
