// The admin port: plain HTTP/1.1 for probes, scrapers and people. It shows, and changes nothing.
//
// Sockets have a thread and an io_context of their own, so that the port answers, and can say so, when the gateway's
// loop does not turn. What a page says is gathered on the loop, where it needs no lock.
//
// Scrapers, slow or hostile ones too, must not harm orders, nor keep a probe out, so everything about them is bounded.
// A connection has one request. All that wait are taken in at once, so that no queue forms before the port; where there
// is no room for another connection the oldest one ends, those that wait for their answer last. So whoever asks at once
// is answered. The loop makes each page at most 32 times a second, for all who wait for it then; the
// dearest one, /metrics, takes it about a millisecond.
//
// It answers to addresses, localhost and its own names alone: a page from elsewhere, in the browser of somebody who can
// reach the port, could otherwise read it under a name of its own that is made to mean this machine (DNS rebinding).
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
  std::vector<std::pair<std::string, std::string>> headers = {};  // besides those that every answer has
  std::string body;
};

// Makes a page's answer, on the gateway's loop.
using AdminPage = std::function<Async<AdminAnswer>()>;

struct AdminOptions {
  std::string listen;                   // host:port; port 0 takes any free one
  std::vector<std::string> names = {};  // besides the host in `listen`
  int max_connections = 64;
  absl::Duration accept_every = absl::Milliseconds(1);
  absl::Duration io_time = absl::Seconds(2);           // for the request to come, and again for the answer to leave
  absl::Duration loop_time = absl::Seconds(1);         // for the loop to make the answer; then it is a 503
  absl::Duration linger = absl::Seconds(1);            // for the client to end, once it has its answer
  absl::Duration make_every = absl::Milliseconds(31);  // each page
};

class AdminServer {
 public:
  virtual ~AdminServer() = default;  // ends every connection, and waits for the pages under way on the loop

  virtual int port() const = 0;
};

// Serves `pages`, by path, to GET and HEAD from now on. `loop` must turn until the server has ended. An error names
// the address that cannot be had.
absl::StatusOr<std::unique_ptr<AdminServer>> StartAdminServer(Loop& loop, AdminOptions options,
                                                              std::map<std::string, AdminPage> pages);

}  // namespace webex_gateway
