#include "server/rpc/server_certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/small_file.h"

namespace webex_gateway {
namespace {

constexpr size_t kMaxFile = 1 << 20;
constexpr absl::Duration kSoon = absl::Hours(24 * 7);

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Bio Reader(const std::string& pem) { return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free}; }

// All certificates in `pem`; none if any of them is invalid.
std::vector<Certificate> CertificatesIn(const std::string& pem) {
  const Bio reader = Reader(pem);
  std::vector<Certificate> found;
  while (X509* certificate = PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)) {
    found.emplace_back(certificate, &X509_free);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) found.clear();
  return found;
}

Key KeyIn(const std::string& pem) {
  // Refuses an encrypted key instead of asking for its passphrase on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  Key key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, no_passphrase, nullptr), &EVP_PKEY_free);
  ERR_clear_error();
  return key;
}

absl::Time TimeOf(const ASN1_TIME* time) {
  int days = 0;
  int seconds = 0;
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> epoch(ASN1_TIME_set(nullptr, 0), &ASN1_TIME_free);
  ASN1_TIME_diff(&days, &seconds, epoch.get(), time);
  return absl::UnixEpoch() + absl::Hours(24) * days + absl::Seconds(seconds);
}

absl::Status Unusable(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", why));
}

// Whether OpenSSL would present these to callers: it uses nothing that the system considers too weak. gRPC would not
// report this; every handshake would fail, or continue with an earlier certificate.
absl::Status CheckStrength(const std::string& path, const std::vector<Certificate>& chain) {
  const Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  bool good = SSL_CTX_use_certificate(context.get(), chain[0].get()) == 1;
  for (size_t i = 1; good && i < chain.size(); ++i) good = SSL_CTX_add1_chain_cert(context.get(), chain[i].get()) == 1;
  const char* why = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  if (good) return absl::OkStatus();
  return Unusable(path, absl::StrCat("too weak for TLS (", why == nullptr ? "no reason known" : why, ")"));
}

absl::Status Check(const TlsFiles& files, TlsIdentity& identity) {
  const std::vector<Certificate> chain = CertificatesIn(identity.certificate);
  if (chain.empty()) return Unusable(files.certificate, "contains no readable PEM certificate");
  if (absl::Status strength = CheckStrength(files.certificate, chain); !strength.ok()) return strength;
  const Key key = KeyIn(identity.key);
  if (key == nullptr) return Unusable(files.key, "contains no readable unencrypted PEM private key");
  const bool fits = X509_check_private_key(chain[0].get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) return Unusable(files.key, absl::StrCat("not the key of ", files.certificate));
  if (!files.client_ca.empty() && CertificatesIn(identity.client_ca).empty()) {
    return Unusable(files.client_ca, "contains no readable PEM certificates");
  }
  identity.begins = TimeOf(X509_get0_notBefore(chain[0].get()));
  identity.expires = TimeOf(X509_get0_notAfter(chain[0].get()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TlsIdentity> ReadTlsFiles(const TlsFiles& files) {
  TlsIdentity identity;
  for (const auto& [path, content] : {std::pair(&files.certificate, &identity.certificate),
                                      {&files.key, &identity.key},
                                      {&files.client_ca, &identity.client_ca}}) {
    if (path->empty()) continue;
    absl::StatusOr<std::string> read = ReadSmallFile(*path, kMaxFile);
    if (!read.ok()) return read.status();
    *content = *std::move(read);
  }
  if (absl::Status status = Check(files, identity); !status.ok()) return status;
  return identity;
}

CertificateTerm TermOf(const TlsIdentity& identity, absl::Time now) {
  const auto at = [](absl::Time time) { return absl::FormatTime(time, absl::UTCTimeZone()); };
  if (identity.begins > now) {
    return {absl::StrCat("the certificate in use is not valid before ", at(identity.begins)), /*trouble=*/true};
  }
  if (identity.expires <= now) {
    return {absl::StrCat("the certificate in use expired at ", at(identity.expires)), /*trouble=*/true};
  }
  const bool soon = identity.expires - now < kSoon;
  return {absl::StrCat("the certificate in use expires at ", at(identity.expires), soon ? ", within a week" : ""),
          soon};
}

ServerCertificate::ServerCertificate(const Clock& clock, TlsIdentity first, ReadTls read, TellTls tell,
                                     absl::Duration reread_after)
    : clock_(clock),
      read_(std::move(read)),
      tell_(std::move(tell)),
      reread_after_(reread_after),
      identity_(std::make_shared<const TlsIdentity>(std::move(first))),
      stale_(Later(clock.Now(), reread_after)) {}

std::shared_ptr<const TlsIdentity> ServerCertificate::Current() {
  const std::lock_guard lock(mutex_);
  if (clock_.Now() >= stale_) Read();
  return identity_;
}

void ServerCertificate::Read() {
  stale_ = Later(clock_.Now(), reread_after_);
  absl::StatusOr<TlsIdentity> now = read_();
  const bool mended = now.ok() && !read_status_.ok();
  if (!now.ok() && now.status() != read_status_) {
    tell_(absl::StrCat(now.status().message(), "; the last valid certificate stays in use"), /*trouble=*/true);
  }
  read_status_ = now.status();
  if (!now.ok() || (*now == *identity_ && !mended)) return;
  const CertificateTerm term = TermOf(*now, clock_.WallNow());
  tell_(term.what, term.trouble);
  if (*now != *identity_) identity_ = std::make_shared<const TlsIdentity>(*std::move(now));
}

}  // namespace webex_gateway
