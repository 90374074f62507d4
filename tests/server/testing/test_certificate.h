// A TLS identity for a server under test.
#pragma once

#include <string>

namespace webex_gateway {

// A fresh key and a certificate for `host` (a name or an IP literal), which is its own authority, as PEM files that go
// with it.
class TestCertificate {
 public:
  explicit TestCertificate(const std::string& host);
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate();

  const std::string& certificate_file() const { return certificate_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  std::string certificate_file_;
  std::string key_file_;
};

}  // namespace webex_gateway
