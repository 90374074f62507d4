#include "server/ledger/fingerprint.h"

#include <openssl/sha.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "webex/broadworks/v1/options.pb.h"

namespace webex_gateway {

std::string FingerprintOf(const webex::broadworks::v1::ProvisionWorkspaceRequest& request) {
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
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(canonical.data()), canonical.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace webex_gateway
