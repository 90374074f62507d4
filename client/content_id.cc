#include "client/content_id.h"

#include <openssl/sha.h>

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/uuid.h"

namespace webex_gateway::client {
namespace {

// Generated once. Another namespace would turn all orders into new ones.
constexpr char kOrders[] = "5f0c8b0e-3d64-4a86-9a51-7d2f5b1f6c39";

}  // namespace

std::string NameUuid(absl::string_view space, absl::string_view name) {
  const std::string data = absl::StrCat(space, name);
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(data.data()), data.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  digest.resize(16);
  digest[6] = static_cast<char>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<char>((digest[8] & 0x3f) | 0x80);
  return UuidFromBytes(digest);
}

std::string ContentId(absl::string_view method, const google::protobuf::Message& order) {
  std::vector<const google::protobuf::FieldDescriptor*> set;
  order.GetReflection()->ListFields(order, &set);  // sorted by number
  std::string content = absl::StrCat(method, "\n");
  for (const google::protobuf::FieldDescriptor* field : set) {
    const bool is_content =
        field->type() == google::protobuf::FieldDescriptor::TYPE_STRING && field->name() != "request_id";
    if (!is_content) continue;
    // Escaped, so that no text can look like the next field.
    absl::StrAppend(&content, field->json_name(), "=", absl::CHexEscape(order.GetReflection()->GetString(order, field)),
                    "\n");
  }
  return NameUuid(UuidToBytes(kOrders).value(), content);
}

}  // namespace webex_gateway::client
