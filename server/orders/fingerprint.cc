#include "server/orders/fingerprint.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/sha256.h"
#include "server/webex/write_json.h"
#include "webex/broadworks/v1/options.pb.h"

namespace webex_gateway {

namespace {

// For a string its text, for everything else its JSON.
std::string ValueOf(const google::protobuf::Message& request, const google::protobuf::FieldDescriptor& field) {
  const bool is_text = field.type() == google::protobuf::FieldDescriptor::TYPE_STRING && !field.is_repeated();
  if (is_text) return request.GetReflection()->GetString(request, &field);
  std::string json;
  AppendJsonValue(request, field, json);
  return json;
}

}  // namespace

std::string FingerprintOf(const google::protobuf::Message& request) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;  // by number, so that the order is stable
  request.GetReflection()->ListFields(request, &fields);
  std::string canonical;
  for (const auto* field : fields) {
    if (field->options().GetExtension(webex::broadworks::v1::gateway_only)) continue;
    const std::string value = ValueOf(request, *field);
    // With its length, so that no text can look like two fields.
    absl::StrAppend(&canonical, field->number(), ":", value.size(), ":", value);
  }
  return Sha256(canonical);
}

}  // namespace webex_gateway
