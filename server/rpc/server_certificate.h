// The gateway's own certificate for callers, and the authorities that it trusts for theirs: read from files, and read
// again when they change.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"

namespace webex_gateway {

// PEM files.
struct TlsFiles {
  std::string certificate;  // with its chain
  std::string key;
  std::string client_ca;  // authorities for callers' certificates, which are then required; empty: none is requested
};

// The content of the files.
struct TlsIdentity {
  std::string certificate;
  std::string key;
  std::string client_ca;
  absl::Time begins;  // when the certificate is valid
  absl::Time expires;

  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};

// An error names the unusable file, or states that the key does not match the certificate.
absl::StatusOr<TlsIdentity> ReadTlsFiles(const TlsFiles& files);

// States for operators when the certificate expires; `trouble`: callers refuse it now, or will within a week.
struct CertificateTerm {
  std::string what;
  bool trouble;
};
CertificateTerm TermOf(const TlsIdentity& identity, absl::Time now);

// Always a valid identity: files that do not match, for example while they are replaced one by one, are not used.
// Thread-safe.
class ServerCertificate {
 public:
  using ReadTls = std::function<absl::StatusOr<TlsIdentity>()>;
  // `what` reports that another certificate is now in use or, with `trouble`, why the files cannot be used, or that
  // callers refuse the certificate, or will soon.
  using TellTls = std::function<void(const std::string& what, bool trouble)>;

  // `first` was read and is valid. `read` is called when the identity is requested, at most once every `reread_after`,
  // on any thread. `clock` must outlive this; its timers are not used.
  ServerCertificate(const Clock& clock, TlsIdentity first, ReadTls read, TellTls tell,
                    absl::Duration reread_after = absl::Seconds(1));

  // Blocks for as long as reading three files takes. A different pointer means a different identity.
  std::shared_ptr<const TlsIdentity> Current();

 private:
  void Read();

  const Clock& clock_;
  const ReadTls read_;
  const TellTls tell_;
  const absl::Duration reread_after_;
  std::mutex mutex_;  // guards the members below
  std::shared_ptr<const TlsIdentity> identity_;
  Clock::Time stale_;
  absl::Status read_status_;
};

}  // namespace webex_gateway
