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

// A fresh key and a certificate, which is its own authority and whose common name is "test", as PEM files that go with
// it.
class TestCertificate {
 public:
  explicit TestCertificate(const std::string& host);  // a name or an IP literal
  explicit TestCertificate(const AlternativeNames& names, Validity validity = {});
  explicit TestCertificate(RsaKey key);
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate();

  const std::string& certificate_file() const { return certificate_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  void Write(EVP_PKEY* key, const std::string& names, Validity validity = {});

  std::string certificate_file_;
  std::string key_file_;
};

}  // namespace webex_gateway
