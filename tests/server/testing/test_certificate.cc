#include "tests/server/testing/test_certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

void AddExtension(X509& certificate, int kind, const std::string& value) {
  if (value.empty()) return;
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  X509_add_ext(&certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

bool IsIpAddress(const std::string& host) { return absl::ascii_isdigit(static_cast<unsigned char>(host.front())); }

// A new file, open for writing.
File NewFile(std::string& path) {
  path = "/tmp/test_certificate_XXXXXX";
  return {fdopen(mkstemp(path.data()), "w"), &std::fclose};
}

File Open(const std::string& path) { return {std::fopen(path.c_str(), "re"), &std::fclose}; }

}  // namespace

struct TestCertificate::Content {
  std::string names;
  Validity validity;
  CertificateUse use;
  const TestCertificate* issuer = nullptr;  // null: itself
};

TestCertificate::TestCertificate(const std::string& host)
    : TestCertificate(AlternativeNames{absl::StrCat(IsIpAddress(host) ? "IP:" : "DNS:", host)}) {}

TestCertificate::TestCertificate(const AlternativeNames& names, Validity validity) {
  Write(EVP_EC_gen("P-256"), {names.text, validity, {}});
}

TestCertificate::TestCertificate(RsaKey key) { Write(EVP_RSA_gen(key.bits), {"DNS:localhost", {}, {}}); }

TestCertificate::TestCertificate(const AlternativeNames& names, const CertificateUse& use,
                                 const TestCertificate* issuer) {
  Write(EVP_EC_gen("P-256"), {names.text, {}, use, issuer});
}

void TestCertificate::Write(EVP_PKEY* key, const Content& content) {
  const Key owned(key, &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), absl::ToInt64Seconds(content.validity.from));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), absl::ToInt64Seconds(content.validity.to));
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(content.use.common_name.c_str()), -1, -1, 0);
  AddExtension(*certificate, NID_subject_alt_name, content.names);
  AddExtension(*certificate, NID_basic_constraints, content.use.basic_constraints);
  AddExtension(*certificate, NID_key_usage, content.use.key_usage);
  Sign(*certificate, *key, content.issuer);
  PEM_write_X509(NewFile(certificate_file_).get(), certificate.get());
  PEM_write_PrivateKey(NewFile(key_file_).get(), key, nullptr, nullptr, 0, nullptr, nullptr);
}

void TestCertificate::Sign(X509& certificate, EVP_PKEY& key, const TestCertificate* issuer) {
  if (issuer == nullptr) {
    X509_set_issuer_name(&certificate, X509_get_subject_name(&certificate));
    X509_sign(&certificate, &key, EVP_sha256());
    return;
  }
  const Certificate above(PEM_read_X509(Open(issuer->certificate_file_).get(), nullptr, nullptr, nullptr), &X509_free);
  const Key signer(PEM_read_PrivateKey(Open(issuer->key_file_).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  X509_set_issuer_name(&certificate, X509_get_subject_name(above.get()));
  X509_sign(&certificate, signer.get(), EVP_sha256());
}

TestCertificate::~TestCertificate() {
  unlink(certificate_file_.c_str());
  unlink(key_file_.c_str());
}

}  // namespace webex_gateway
