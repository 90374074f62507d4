// The admin port: plain HTTP/1.1 for probes, scrapers and people. Read-only.
//
// Sockets have their own thread and io_context, so that the port still answers, and reports it, when the gateway's loop
// is stuck. A page's content is collected on the loop, where it needs no lock.
//
// Scrapers, even slow or hostile ones, must not harm orders, nor keep a probe out, so everything about them is bounded.
// A connection has one request. All waiting connections are accepted at once, so that no queue forms before the port;
// if there is no room for another one, the oldest is closed, those that wait for their answer last. So every client
// that sends its request at once is answered. The loop makes each page at most 32 times a second, for all requests that
// wait for it then; the most expensive one, /metrics, takes about a millisecond.
//
// It accepts only addresses, localhost and its own names as Host: otherwise another site's page, in the browser of
// somebody who can reach the port, could read it under a name that resolves to this machine (DNS rebinding).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/async.h"

namespace webex_gateway {

struct AdminAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers = {};  // in addition to those of every answer
  std::string body;
};

// Makes a page's answer, on the gateway's loop.
using AdminPage = std::function<Async<AdminAnswer>()>;

struct AdminOptions {
  std::string listen;                   // host:port; port 0 takes any free one
  std::vector<std::string> names = {};  // besides the host in `listen`
  int max_connections = 64;
  absl::Duration accept_every = absl::Milliseconds(1);
  absl::Duration io_time = absl::Seconds(2);           // for receiving the request, and again for sending the answer
  absl::Duration loop_time = absl::Seconds(1);         // for the loop to make the answer; after that the answer is 503
  absl::Duration linger = absl::Seconds(1);            // for the client to close, once it has its answer
  absl::Duration make_every = absl::Milliseconds(31);  // each page
};

class AdminServer {
 public:
  virtual ~AdminServer() = default;  // closes every connection, and waits for the pages being made on the loop

  virtual int port() const = 0;
};

// Serves `pages`, by path, to GET and HEAD from now on. `loop` must run until the server has ended. An error names the
// unavailable address.
absl::StatusOr<std::unique_ptr<AdminServer>> StartAdminServer(Loop& loop, AdminOptions options,
                                                              std::map<std::string, AdminPage> pages);

}  // namespace webex_gateway
