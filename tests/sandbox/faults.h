// Faults on demand: which request goes wrong, and how. One JSON form serves --fault and the control endpoint:
//
//   {"at": 1, "count": 1, "path": "workspaces", "kind": "status", ...}
//
//   at      the first request affected, counted from when the fault is set (1, the default, is the next)
//   count   how many are affected from there on (default 1; 0: all)
//   path    "workspaces" (POST, PUT and DELETE of workspaces; the default) or "token" (POST /v1/access_token)
//   kind    status   answers with `status` (100 to 999). A 1xx is interim: with `applied`, the real answer follows
//           close    ends the connection: no answer, or part of one
//           reset    the same with a TCP reset
//           half     the complete headers with Content-Length, half of the body, and the end of the connection
//           garbage  bytes that are not HTTP, and the end of the connection
//           drip     the answer byte by byte, `delayMs` (default 10) between them
//           hang     no answer; the connection stays open until the client disconnects or `delayMs`, if given, is over
//   when    for close, reset and hang: "before" the body is read, "after" it (the default), or, not for hang,
//           inside the answer's "headers"
//   status, headers, contentType, body
//           the answer to send; for the other kinds, too, instead of the order's own. A header's value is a string, a
//           list of them (sent one by one), or null to omit TrackingID, Content-Type or Content-Length, which are
//           otherwise added. contentType "" adds none either. Without `body`, 4xx and 5xx carry Webex's error body.
//   applied whether the order takes effect first. Default: true, unless the fault has a status of 200 or more or
//           comes before the body. If an order that is not applied needs an answer and none is given, that is a 500.
//
// Requests are counted when their headers arrive. If two faults match one request, the one set first applies.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/struct.pb.h"
#include "tests/sandbox/http_message.h"

namespace webex_gateway::sandbox {

struct Fault {
  enum class Kind { kStatus, kClose, kReset, kHalf, kGarbage, kDrip, kHang };
  enum class When { kBefore, kAfter, kHeaders };
  enum class Path { kWorkspaces, kToken };

  int64_t at = 1;
  int64_t count = 1;
  Path path = Path::kWorkspaces;
  Kind kind = Kind::kStatus;
  When when = When::kAfter;
  std::optional<int> status;
  std::multimap<std::string, std::string> headers;
  std::vector<std::string> omitted_headers;  // lower case
  std::optional<std::string> content_type;
  std::optional<std::string> body;
  bool applied = true;
  absl::Duration delay;
};

// One fault or an array of them; the error names the invalid member.
absl::StatusOr<std::vector<Fault>> ParseFaults(const google::protobuf::Value& value);
absl::StatusOr<std::vector<Fault>> ParseFaults(const std::string& json);

// The fault in the form above; the answer's parts only if given.
std::string FaultJson(const Fault& fault);

// The fault's answer; it must have a status.
Answer FaultAnswer(const Fault& fault, absl::string_view tracking_id);

// The faults to come. Any thread may call any of these.
class FaultPlan {
 public:
  void Add(const std::vector<Fault>& faults);
  // Counts one request; returns the fault that applies to it, or null.
  std::shared_ptr<const Fault> Take(Fault::Path path);
  // The remaining ones, with their present `at` and `count`.
  std::vector<Fault> Pending() const;
  void Clear();

 private:
  mutable std::mutex mutex_;  // guards the members below
  std::vector<Fault> pending_;
};

}  // namespace webex_gateway::sandbox
