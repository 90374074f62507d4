#include "server/rpc/caller_certificate.h"

#include <openssl/x509v3.h>

#include <cstdint>

namespace webex_gateway {
namespace {

// By OpenSSL's rules, laxer than CA:TRUE, for certificates that may issue others.
bool MayIssue(X509* certificate) { return X509_check_ca(certificate) != 0; }

bool SaysThatItMayIssue(X509* certificate) {
  return MayIssue(certificate) && X509_get_key_usage(certificate) != UINT32_MAX;
}

}  // namespace

const char* FaultInCallersChain(X509_STORE_CTX& chain) {
  X509* certificate = X509_STORE_CTX_get_current_cert(&chain);
  const int depth = X509_STORE_CTX_get_error_depth(&chain);
  if (depth == 0) {
    return MayIssue(certificate) ? "the caller's certificate may issue others, like an authority's (CA:TRUE)" : nullptr;
  }
  const bool trusted = depth >= X509_STORE_CTX_get_num_untrusted(&chain);
  if (trusted || SaysThatItMayIssue(certificate)) return nullptr;
  return "the issuer of the caller's certificate lacks the key usage to issue others (keyUsage keyCertSign)";
}

}  // namespace webex_gateway
