// Whose certificates a TLS client trusts: what an operator's file holds, or what the system trusts, as every program
// with OpenSSL does.
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

// Where certificates to trust are.
struct TrustPlaces {
  std::string file;                      // PEM
  bool file_needed = false;              // somebody named it
  std::vector<std::string> directories;  // with certificates under the hashes of their names (openssl rehash)
};

// `ca_file` alone; or where that is empty, the system's: SSL_CERT_FILE and SSL_CERT_DIR ("one:another"), and in place
// of one that is not set or empty, what OpenSSL was built with. The variables count as they are when this is asked
// first, since the wire empties them for its library.
TrustPlaces PlacesToTrust(const std::string& ca_file);

// An error: there is no certificate in any of them, or `ca_file` cannot be read. Says so for people. A pipe, which can
// be read but once, is left alone.
absl::Status CheckTrust(const std::string& ca_file);

// The certificates in some places, read again when these change. One thread at a time.
class Trust {
 public:
  using Store = std::shared_ptr<x509_store_st>;
  // `what` says from where certificates are trusted from now on, or, with `trouble`, why not from where they should be.
  using Tell = std::function<void(const std::string& what, bool trouble)>;

  // An error: as of CheckTrust.
  static absl::StatusOr<Trust> In(TrustPlaces places, Tell tell);

  // For verification. What stands in directories is looked for when it is needed.
  const Store& store() const { return store_; }

  // Looks whether the file, or what a directory holds, has changed since it was read, and if so, reads it. True:
  // store() is another one from now on. Where nothing good can be read, it stays the last good one.
  bool Refresh();

 private:
  Trust(TrustPlaces places, Tell tell) : places_(std::move(places)), tell_(std::move(tell)) {}
  absl::Status Load();

  TrustPlaces places_;
  Tell tell_;
  Store store_;
  std::string stamp_;  // of the places, when they were read last
};

}  // namespace webex_gateway
