// Debian's PgBouncer in front of the tests' PostgreSQL server, in transaction mode: each transaction gets a different
// one of its few sessions.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace webex_gateway {

class PgBouncer {
 public:
  // `settings`: more lines for its configuration.
  explicit PgBouncer(const std::string& settings = "");
  ~PgBouncer();
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;

  std::string Url(const std::string& database) const;

  // Opens all sessions that it may have to the database, so that later transactions use them in turn.
  void OpenAllSessions(const std::string& database) const;

  // Ends at once, with all connections; Start restarts it at the same address.
  void Crash();
  void Start();

  static constexpr int kSessions = 2;  // for each database

 private:
  std::filesystem::path folder_;
  pid_t process_ = 0;
};

}  // namespace webex_gateway
