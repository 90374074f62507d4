#include "server/http/cpprest/failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/http/http.h"

// The texts are constants of the library's source, the codes are errno's or OpenSSL's.
namespace webex_gateway {
namespace {

// The library says "host unreachable" of every connect that fails; and 1 and 2 are no errno but Asio's ends of a
// stream.
std::string Because(int code) {
  if (code <= 2 || code == EHOSTUNREACH) return "";
  const bool is_errno = code < 200;  // else OpenSSL's
  const char* reason = is_errno ? std::strerror(code) : ERR_reason_error_string(static_cast<unsigned long>(code));
  return reason == nullptr ? "" : absl::StrCat(": ", reason);
}

bool IsRefusedCertificate(const web::http::http_exception& error) {
  const auto packed = static_cast<unsigned long>(error.error_code().value());
  return absl::string_view(error.what()) == "Error in SSL handshake" && ERR_GET_LIB(packed) == ERR_LIB_SSL &&
         ERR_GET_REASON(packed) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}

}  // namespace

bool DemandsCertificate(const web::http::http_exception& error) {
  const auto packed = static_cast<unsigned long>(error.error_code().value());
  return ERR_GET_LIB(packed) == ERR_LIB_SSL && ERR_GET_REASON(packed) == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED;
}

absl::Status ToSendError(const web::http::http_exception& error, const Target& target) {
  if (IsRefusedCertificate(error)) {
    return SendError(SendFailure::kCertificate, absl::StrCat("its certificate was refused: ", target.tls->refusal()));
  }
  return SendError(SendFailure::kUnreachable, absl::StrCat(error.what(), Because(error.error_code().value())));
}

}  // namespace webex_gateway
