// Checks of a caller's certificate beyond OpenSSL's: it must not be an authority's. A caller with an authority's
// certificate could issue itself another one, with any name, and so impersonate any caller.
#pragma once

#include <openssl/types.h>

namespace webex_gateway {

// Why the certificate that OpenSSL has just accepted (X509_STORE_CTX_get_error_depth) is not allowed in a caller's
// chain; null: it is allowed.
//
// The caller's own certificate must not be able to issue others. An intermediate certificate must be allowed to by its
// key usage (RFC 5280 requires that of every authority): a caller's certificate that is an authority's by mistake, such
// as `openssl req -x509 -CA` creates by default, is not.
const char* FaultInCallersChain(X509_STORE_CTX& chain);

}  // namespace webex_gateway
