#include "server/base/sha256.h"

#include <openssl/evp.h>

#include "absl/strings/escaping.h"

namespace webex_gateway {

std::string Sha256(absl::string_view data) {
  // Looked up once: OpenSSL's short functions look it up each time, which costs more than the hash.
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string digest(static_cast<size_t>(EVP_MD_get_size(method)), '\0');
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, method, nullptr);
  return digest;
}

std::string Sha256Hex(absl::string_view data) { return absl::BytesToHexString(Sha256(data)); }

}  // namespace webex_gateway
