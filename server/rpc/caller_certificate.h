// What a caller's certificate must be beyond what OpenSSL asks of it: no authority. Whoever calls with an authority's
// certificate could issue itself another, with any name, and so be any caller.
#pragma once

#include <openssl/types.h>

namespace webex_gateway {

// Why the certificate that OpenSSL has just found in order (X509_STORE_CTX_get_error_depth) has no place in a caller's
// chain; null: it may have it.
//
// The caller's own must not be able to issue others. One between it and those that are trusted must say that it may, by
// its key usage (RFC 5280 demands it of every authority): a caller's that is an authority's by mistake, such as
// what `openssl req -x509 -CA` makes by default, does not.
const char* FaultInCallersChain(X509_STORE_CTX& chain);

}  // namespace webex_gateway
