#include "server/http/cpprest/failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/http/cpprest/body.h"
#include "server/http/http.h"

// The texts are constants in the library's source, the codes are from errno or OpenSSL.
namespace webex_gateway {
namespace {

constexpr char kInHandshake[] = "Error in SSL handshake";
constexpr char kOpenSslSays[] = ": OpenSSL: ";

// The library reports "host unreachable" for every failed connect; and 1 and 2 are not errno but Asio's end-of-stream
// codes.
std::string Because(int code) {
  if (code <= 2 || code == EHOSTUNREACH) return "";
  const bool is_errno = code < 200;
  if (is_errno) return absl::StrCat(": ", std::strerror(code));
  const char* const reason = ERR_reason_error_string(static_cast<unsigned long>(code));
  return reason == nullptr ? "" : absl::StrCat(kOpenSslSays, reason);
}

bool IsRefusedCertificate(const web::http::http_exception& error) {
  const auto packed = static_cast<unsigned long>(error.error_code().value());
  return absl::string_view(error.what()) == kInHandshake && ERR_GET_LIB(packed) == ERR_LIB_SSL &&
         ERR_GET_REASON(packed) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}

// The part of `text` after `mark`.
absl::string_view After(absl::string_view text, absl::string_view mark) {
  const size_t at = text.find(mark);
  return at == absl::string_view::npos ? "" : text.substr(at + mark.size());
}

// For a request that has left.
std::string WordsOfLostAnswer(absl::string_view said) {
  const absl::string_view tls = After(said, kOpenSslSays);
  if (absl::StrContains(tls, "alert")) return absl::StrCat("the server aborted TLS: ", tls);
  if (absl::StartsWith(said, "Invalid")) return kNotHttp;
  for (const char* const within :
       {"Failed to read response body", "Failed to read chunked", "Retrieving message chunk"}) {
    if (absl::StartsWith(said, within)) return "the connection ended during the answer";
  }
  if (absl::StrContains(said, std::strerror(ETIMEDOUT))) return "the connection broke before an answer arrived";
  return "Webex closed the connection without an answer";
}

// For a request that has not completely left.
std::string WordsOfNoRequest(absl::string_view said) {
  const absl::string_view proxy_says = After(said, "200 response from proxy, received: ");
  if (!proxy_says.empty()) return absl::StrCat("the proxy refuses a tunnel: ", proxy_says);
  if (absl::StrContains(said, "proxy")) return "the proxy cannot be reached";
  if (absl::StartsWith(said, "Failed to connect")) return "no connection could be opened";
  if (absl::StartsWith(said, kInHandshake)) {
    const absl::string_view why = After(said, kOpenSslSays);
    return why.empty() ? "the connection ended during the TLS handshake"
                       : absl::StrCat("the TLS handshake failed: ", why);
  }
  return "the connection ended before the request was sent";
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

absl::Status InPlainWords(const absl::Status& error) {
  const SendFailure failure = SendFailureOf(error);
  const std::string words = MaybeSent(failure) ? WordsOfLostAnswer(error.message()) : WordsOfNoRequest(error.message());
  return WithCause(SendError(failure, words), error.message());
}

}  // namespace webex_gateway
