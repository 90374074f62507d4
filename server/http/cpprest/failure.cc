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

// The texts are constants of the library's source, the codes are errno's or OpenSSL's.
namespace webex_gateway {
namespace {

constexpr char kInHandshake[] = "Error in SSL handshake";
constexpr char kOpenSslSays[] = ": OpenSSL: ";

// The library says "host unreachable" of every connect that fails; and 1 and 2 are no errno but Asio's ends of a
// stream.
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

// What is behind `mark` in `text`.
absl::string_view After(absl::string_view text, absl::string_view mark) {
  const size_t at = text.find(mark);
  return at == absl::string_view::npos ? "" : text.substr(at + mark.size());
}

// Of a request that has left.
std::string WordsOfLostAnswer(absl::string_view said) {
  const absl::string_view tls = After(said, kOpenSslSays);
  if (absl::StrContains(tls, "alert")) return absl::StrCat("the server broke TLS off: ", tls);
  if (absl::StartsWith(said, "Invalid")) return kNotHttp;
  for (const char* const within :
       {"Failed to read response body", "Failed to read chunked", "Retrieving message chunk"}) {
    if (absl::StartsWith(said, within)) return "the connection ended within the answer";
  }
  if (absl::StrContains(said, std::strerror(ETIMEDOUT))) return "the connection broke before an answer came";
  return "Webex closed the connection without an answer";
}

// Of one that has not left whole.
std::string WordsOfNoRequest(absl::string_view said) {
  const absl::string_view proxy_says = After(said, "200 response from proxy, received: ");
  if (!proxy_says.empty()) return absl::StrCat("the proxy opens no tunnel: ", proxy_says);
  if (absl::StrContains(said, "proxy")) return "the proxy cannot be reached";
  if (absl::StartsWith(said, "Failed to connect")) return "no connection could be opened";
  if (absl::StartsWith(said, kInHandshake)) {
    const absl::string_view why = After(said, kOpenSslSays);
    return why.empty() ? "the connection ended in the TLS handshake" : absl::StrCat("the TLS handshake failed: ", why);
  }
  return "the connection ended before the request was out";
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
