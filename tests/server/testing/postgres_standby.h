// A standby of the tests' PostgreSQL server: it replicates the primary until it is made to fall behind.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace webex_gateway {

class PostgresStandby {
 public:
  PostgresStandby();
  ~PostgresStandby();
  PostgresStandby(const PostgresStandby&) = delete;
  PostgresStandby& operator=(const PostgresStandby&) = delete;

  // The URL of whichever of the two is writable.
  std::string Url(const std::string& database) const;
  // The URL of this one.
  std::string Query(const std::string& database, const std::string& sql) const;

  // Returns once it has replicated everything that the primary has done so far.
  void CatchUp() const;
  // Stops replication.
  void FallBehind() const;
  // Makes it writable from now on.
  void Promote() const;

 private:
  std::filesystem::path folder_;
  pid_t process_ = 0;
};

}  // namespace webex_gateway
