#include "server/orders/fingerprint.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/sha256.h"
#include "webex/broadworks/v1/options.pb.h"

namespace webex_gateway {

std::string FingerprintOf(const google::protobuf::Message& request) {
  const google::protobuf::Reflection& reflection = *request.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;  // by number, and so in an order that stays
  reflection.ListFields(request, &fields);
  std::string canonical;
  for (const auto* field : fields) {
    if (field->options().GetExtension(webex::broadworks::v1::gateway_only)) continue;
    const std::string value = reflection.GetString(request, field);
    // With its length, so that no text can pass for two fields.
    absl::StrAppend(&canonical, field->number(), ":", value.size(), ":", value);
  }
  return absl::HexStringToBytes(Sha256Hex(canonical));
}

}  // namespace webex_gateway
