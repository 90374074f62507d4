// The certificates that a TLS client trusts: those in an operator's file, or those that the system trusts, as in every
// program that uses OpenSSL.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct x509_store_st;

namespace webex_gateway {

// The places of certificates to trust.
struct TrustPlaces {
  std::string file;                      // PEM
  bool file_needed = false;              // it was explicitly named
  std::vector<std::string> directories;  // with certificates under the hashes of their names (openssl rehash)
};

// Only `ca_file`; or if that is empty, the system's: SSL_CERT_FILE and SSL_CERT_DIR ("one:another"), and for one that
// is unset or empty, OpenSSL's built-in place. The variables are read at the first call, since the wire empties them
// for its library.
TrustPlaces PlacesToTrust(const std::string& ca_file);

// An error, for people: there is no certificate in any of them, or `ca_file` cannot be read. A pipe, which can be read
// only once, is not touched.
absl::Status CheckTrust(const std::string& ca_file);

// The certificates in some places, read again when these change. For one thread at a time.
class Trust {
 public:
  using Store = std::shared_ptr<x509_store_st>;
  // `what` reports where the trusted certificates come from or, with `trouble`, why they cannot be read from there.
  using Tell = std::function<void(const std::string& what, bool trouble)>;

  // An error: as in CheckTrust.
  static absl::StatusOr<Trust> In(TrustPlaces places, Tell tell);

  // For verification. Directories are searched when needed.
  const Store& store() const { return store_; }

  // Checks whether the file, or a directory's content, has changed since it was read, and if so, reads it. True:
  // store() is now a different one. If nothing valid can be read, it stays the last valid one.
  bool Refresh();

 private:
  Trust(TrustPlaces places, Tell tell) : places_(std::move(places)), tell_(std::move(tell)) {}
  absl::Status Load();

  TrustPlaces places_;
  Tell tell_;
  Store store_;
  std::string stamp_;  // of the places, when last read
};

}  // namespace webex_gateway
