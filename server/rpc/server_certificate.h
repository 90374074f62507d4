// The gateway's own certificate, towards callers, and whom it trusts to vouch for them: read from files, and read again
// when they change.
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
  std::string certificate;  // with the chain below it
  std::string key;
  std::string client_ca;  // who may vouch for callers, who must have a certificate then; empty: none is asked for
};

// What they hold.
struct TlsIdentity {
  std::string certificate;
  std::string key;
  std::string client_ca;
  absl::Time begins;  // when the certificate is valid
  absl::Time expires;

  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};

// An error names the file that cannot be used, or says that the key is not the certificate's.
absl::StatusOr<TlsIdentity> ReadTlsFiles(const TlsFiles& files);

// In words until when the certificate is valid, for operators; `trouble`: callers refuse it now, or will within a week.
struct CertificateTerm {
  std::string what;
  bool trouble;
};
CertificateTerm TermOf(const TlsIdentity& identity, absl::Time now);

// Always a good one: what does not fit together, as for a moment when files are replaced one by one, is not taken.
// Thread-safe.
class ServerCertificate {
 public:
  using ReadTls = std::function<absl::StatusOr<TlsIdentity>()>;
  // `what` says that another certificate is in use from now on, or, with `trouble`, why what there is cannot be, or
  // that callers refuse it, or will soon.
  using TellTls = std::function<void(const std::string& what, bool trouble)>;

  // `first` was read and is good. `read` is called when the identity is asked for, no more often than once in
  // `reread_after`. `clock` must outlive this; its timers are not used; on any thread.
  ServerCertificate(const Clock& clock, TlsIdentity first, ReadTls read, TellTls tell,
                    absl::Duration reread_after = absl::Seconds(1));

  // Blocks for as long as reading three files takes. Another pointer means another identity.
  std::shared_ptr<const TlsIdentity> Current();

 private:
  void Read();

  const Clock& clock_;
  const ReadTls read_;
  const TellTls tell_;
  const absl::Duration reread_after_;
  std::mutex mutex_;  // of what follows
  std::shared_ptr<const TlsIdentity> identity_;
  Clock::Time stale_;
  absl::Status read_status_;
};

}  // namespace webex_gateway
