// The REST call behind an RPC, derived from its google.api.http option and protobuf's JSON mapping. A new Webex method
// needs a few lines of proto and nothing here.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "server/http/http.h"

namespace webex_gateway {

class RestBinding {
 public:
  // An error states what is missing from the option, or not supported: every request field must have a place, in the
  // path or (with `body: "*"`) in the body, as JSON (write_json.h), unless it is marked gateway_only.
  static absl::StatusOr<RestBinding> Of(const google::protobuf::MethodDescriptor& method);

  // The request for `message`, which is of the method's request type and contains valid UTF-8. A path variable is
  // percent-encoded as one segment. POST is not repeatable, the other methods are.
  HttpRequest Bind(const google::protobuf::Message& message) const;

  const std::string& method() const { return method_; }
  // The path as declared: a variable is its field's name in braces.
  const std::string& route() const { return route_; }

 private:
  RestBinding() = default;
  absl::Status ReadTemplate(absl::string_view path, const google::protobuf::Descriptor& request);
  absl::Status PlaceFields(const google::protobuf::Descriptor& request);

  // A part of the path: a literal, then the value of a field, if any.
  struct Segment {
    std::string literal;
    const google::protobuf::FieldDescriptor* field = nullptr;
  };

  std::string method_;
  std::string route_;
  std::vector<Segment> path_;
  bool has_body_ = false;
  std::vector<const google::protobuf::FieldDescriptor*> in_body_;
};

}  // namespace webex_gateway
