// The Webex calls that the gateway offers, one row each, with everything in which they differ.
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
  std::string key;  // what may have only one order under way at a time; never equal to another kind's
  // As ordered, for searches; empty if the order does not contain it.
  std::string sp_enterprise_id;
  std::string user_id;
  std::string workspace_id;
};

// Webex carried out the order.
struct WebexResult {
  std::string answer;        // the method's response message in its wire form
  std::string workspace_id;  // Webex's id of the workspace; empty if Webex returned none
  std::string tracking_id;   // Webex's id for the exchange; may be empty
  // The error with which it refused to do it once more, and so showed that it had done it. Otherwise OK.
  absl::Status refusal = absl::OkStatus();
};

// The requests that the functions take are of the method's request type.
struct Method {
  const google::protobuf::MethodDescriptor* rpc;  // with its REST binding as an option
  const google::protobuf::Message* request;       // an empty one
  bool repeatable;                                // it may be sent twice without harm: it is not a POST
  const char* subject;                            // for messages: "another order for the same ..."
  std::function<Subject(const google::protobuf::Message& request)> subject_of;
  // Rules that the proto does not express for single fields.
  std::function<std::vector<FieldViolation>(const google::protobuf::Message& request)> faults_of;
  // The answer if nothing is sent (validate_only): the request's content.
  std::function<std::string(const google::protobuf::Message& request)> as_ordered;
  // Reads an answer of 200-299; errors come from UnreadableAnswer (errors.h).
  std::function<absl::StatusOr<WebexResult>(const google::protobuf::Message& request, const HttpAnswer& answer,
                                            const Call& call)>
      read;
  // For an order that Webex may have received before and that has now met `error`: the result that this shows; nothing
  // if it shows none.
  std::function<std::optional<WebexResult>(const google::protobuf::Message& request, const absl::Status& error)>
      shown_by;
  // Whether the caller wants an order that may have had an effect sent once more, although it is not repeatable.
  std::function<bool(const google::protobuf::Message& request)> repeats_unknown;
  // If Webex knows no such workspace after an attempt that may have removed it, the order has been carried out.
  bool removes = false;

  const std::string& name() const { return rpc->name(); }
};

// The methods of webex.broadworks.v1.WorkspaceService, in the order of the proto.
absl::Span<const Method> Methods();

// Subject::key of an order to provision: of bounded length, and the same for names that differ only in letter case and
// surrounding white space. (BroadWorks does not document whether these distinguish users. Blocking one order too many
// costs someone a look, one too few may create two workspaces.)
std::string SubjectOfUserOnBroadWorks(const std::string& sp_enterprise_id, const std::string& user_id);

// Null: there is no method of that name.
const Method* MethodNamed(absl::string_view name);

}  // namespace webex_gateway
