// A standby of the tests' PostgreSQL server: it repeats what the other does, until it is told to fall behind.
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

  // Of whichever of the two can be written to.
  std::string Url(const std::string& database) const;
  // Of this one.
  std::string Query(const std::string& database, const std::string& sql) const;

  // Returns once it has repeated all that the other has done so far.
  void CatchUp() const;
  // It hears of nothing any more.
  void FallBehind() const;
  // From now on it can be written to.
  void Promote() const;

 private:
  std::filesystem::path folder_;
  pid_t process_ = 0;
};

}  // namespace webex_gateway
