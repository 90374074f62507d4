#include "tests/server/testing/test_certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

X509* SelfSigned(EVP_PKEY* key, const std::string& names, Validity validity) {
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), absl::ToInt64Seconds(validity.from));
  X509_gmtime_adj(X509_getm_notAfter(certificate), absl::ToInt64Seconds(validity.to));
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  if (!names.empty()) {
    X509_EXTENSION* alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(certificate, alternative, -1);
    X509_EXTENSION_free(alternative);
  }
  X509_sign(certificate, key, EVP_sha256());
  return certificate;
}

bool IsAddress(const std::string& host) { return absl::ascii_isdigit(static_cast<unsigned char>(host.front())); }

// A new file, open for writing.
std::FILE* NewFile(std::string& path) {
  path = "/tmp/test_certificate_XXXXXX";
  return fdopen(mkstemp(path.data()), "w");
}

}  // namespace

TestCertificate::TestCertificate(const std::string& host)
    : TestCertificate(AlternativeNames{absl::StrCat(IsAddress(host) ? "IP:" : "DNS:", host)}) {}

TestCertificate::TestCertificate(const AlternativeNames& names, Validity validity) {
  Write(EVP_EC_gen("P-256"), names.text, validity);
}

TestCertificate::TestCertificate(RsaKey key) { Write(EVP_RSA_gen(key.bits), "DNS:localhost"); }

void TestCertificate::Write(EVP_PKEY* key, const std::string& names, Validity validity) {
  X509* certificate = SelfSigned(key, names, validity);
  std::FILE* out = NewFile(certificate_file_);
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = NewFile(key_file_);
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

TestCertificate::~TestCertificate() {
  unlink(certificate_file_.c_str());
  unlink(key_file_.c_str());
}

}  // namespace webex_gateway
