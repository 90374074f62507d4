// A request and an answer as plain data: what the connection reads and writes, and all that the rest knows of HTTP.
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

  // Empties every field; what memory they hold stays for the next request.
  void Clear();
};

// The target without its query.
absl::string_view PathOf(const Request& request);

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // sent in this order and letter case
  std::string body;
  // Whether Content-Length is added where the status has a body or `body` is not empty. An answer with a length, or
  // with Transfer-Encoding, of its own among `headers` sets it to false.
  bool add_content_length = true;
  // Whether the connection ends after it, whatever the client wishes.
  bool ends_connection = false;
  // While it is held, the order counts as under way; null for what no limit counts.
  std::shared_ptr<const void> under_way;
};

// An answer with a JSON body.
Answer JsonAnswer(int status, std::string body);

// Appends status line, headers and the empty line; not the body.
void AppendHead(const Answer& answer, bool keep_alive, std::string& out);

}  // namespace webex_gateway::sandbox
