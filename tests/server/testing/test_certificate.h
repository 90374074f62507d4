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

// From when until when a certificate is valid, from now.
struct Validity {
  absl::Duration from = -absl::Hours(1);
  absl::Duration to = absl::Hours(1);
};

// In place of an elliptic key.
struct RsaKey {
  int bits;
};

// What a certificate may be used for, as OpenSSL writes it; empty: it does not say. Two in one chain need two common
// names.
struct CertificateUse {
  std::string common_name = "test";
  std::string basic_constraints = "critical,CA:FALSE";
  std::string key_usage = "critical,digitalSignature";
};

// A fresh key and a certificate, which is trusted as it is (signed with itself) and vouches for no other unless its use
// says so, as PEM files that go with it.
class TestCertificate {
 public:
  explicit TestCertificate(const std::string& host);  // a name or an IP literal
  explicit TestCertificate(const AlternativeNames& names, Validity validity = {});
  explicit TestCertificate(RsaKey key);
  // One of another use, or that `issuer` has signed.
  TestCertificate(const AlternativeNames& names, const CertificateUse& use, const TestCertificate* issuer = nullptr);
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate();

  const std::string& certificate_file() const { return certificate_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  struct Content;

  void Write(EVP_PKEY* key, const Content& content);  // takes the key
  static void Sign(X509& certificate, EVP_PKEY& key, const TestCertificate* issuer);

  std::string certificate_file_;
  std::string key_file_;
};

}  // namespace webex_gateway
