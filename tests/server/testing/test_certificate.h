// A TLS identity for a server under test.
#pragma once

#include <openssl/types.h>

#include <string>

#include "absl/time/time.h"

namespace webex_gateway {

// A certificate's alternative names as OpenSSL writes them: "URI:spiffe://sp.com/billing,DNS:billing.sp.com". Empty:
// none.
struct AlternativeNames {
  std::string text;
};

// A certificate's period of validity, relative to now.
struct Validity {
  absl::Duration from = -absl::Hours(1);
  absl::Duration to = absl::Hours(1);
};

// Instead of an elliptic-curve key.
struct RsaKey {
  int bits;
};

// The key usage of a certificate, as OpenSSL writes it; empty: none. Two in one chain need different common names.
struct CertificateUse {
  std::string common_name = "test";
  std::string basic_constraints = "critical,CA:FALSE";
  std::string key_usage = "critical,digitalSignature";
};

// A fresh key and a certificate, self-signed and unable to issue others unless its key usage allows it, as PEM files
// that are removed with the object.
class TestCertificate {
 public:
  explicit TestCertificate(const std::string& host);  // a name or an IP literal
  explicit TestCertificate(const AlternativeNames& names, Validity validity = {});
  explicit TestCertificate(RsaKey key);
  // With another key usage, or signed by `issuer`.
  TestCertificate(const AlternativeNames& names, const CertificateUse& use, const TestCertificate* issuer = nullptr);
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate();

  const std::string& certificate_file() const { return certificate_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  struct Content;

  void Write(EVP_PKEY* key, const Content& content);  // takes ownership of the key
  static void Sign(X509& certificate, EVP_PKEY& key, const TestCertificate* issuer);

  std::string certificate_file_;
  std::string key_file_;
};

}  // namespace webex_gateway
