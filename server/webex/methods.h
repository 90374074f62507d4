// Webex's calls that the gateway offers, a row each: what tells one from the others, in one place.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "server/base/error.h"
#include "server/http/http.h"

namespace webex_gateway {

// What an order is about.
struct Subject {
  std::string key;  // what may have one order under way at a time; never one of another kind's
  // As ordered, for those who look for it; empty where the order does not say.
  std::string sp_enterprise_id;
  std::string user_id;
  std::string workspace_id;
};

// Webex did what was ordered.
struct WebexResult {
  std::string answer;        // the method's response message in its wire form
  std::string workspace_id;  // Webex's id of the workspace; empty where it did not say
  std::string tracking_id;   // Webex's name for the exchange; may be empty
  // It refused to do it once more, and so showed that it had: why. Else OK.
  absl::Status refusal = absl::OkStatus();
};

// The requests that the functions take are of the method's request type.
struct Method {
  const google::protobuf::MethodDescriptor* rpc;  // with its REST binding as an option
  const google::protobuf::Message* request;       // an empty one
  bool repeatable;                                // Webex may get it twice without harm: it is no POST
  const char* subject;                            // in words: "another order for the same ..."
  std::function<Subject(const google::protobuf::Message& request)> subject_of;
  // What the proto does not say of single fields.
  std::function<std::vector<FieldViolation>(const google::protobuf::Message& request)> faults_of;
  // The answer where nothing is sent (validate_only): what the request says.
  std::function<std::string(const google::protobuf::Message& request)> as_ordered;
  // Reads an answer of 200-299; errors are UnreadableAnswer's (errors.h).
  std::function<absl::StatusOr<WebexResult>(const google::protobuf::Message& request, const HttpAnswer& answer,
                                            const Call& call)>
      read;
  // Of an order that Webex may have had before and that has now met `error`: what that shows it has made of it; nothing
  // where it shows nothing.
  std::function<std::optional<WebexResult>(const google::protobuf::Message& request, const absl::Status& error)>
      shown_by;
  // The caller wants an order that may have had its effect sent once more, although it is not repeatable.
  std::function<bool(const google::protobuf::Message& request)> repeats_unknown;
  // That Webex knows no such workspace is what was ordered, where an attempt may have led to it.
  bool removes = false;

  const std::string& name() const { return rpc->name(); }
};

// Those of webex.broadworks.v1.WorkspaceService, in the order of the proto.
absl::Span<const Method> Methods();

// Subject::key of an order to provision: of bounded length, and the same for names that letter case and outer white
// space alone tell apart. (BroadWorks does not publish whether they tell users apart. To hold one order too many back
// costs a look, one too few may make two workspaces.)
std::string SubjectOfUserOnBroadWorks(const std::string& sp_enterprise_id, const std::string& user_id);

// Null: there is none of that name.
const Method* MethodNamed(absl::string_view name);

}  // namespace webex_gateway
