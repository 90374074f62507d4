#include "tests/server/testing/sqlite_shell.h"

#include <sqlite3.h>

namespace webex_gateway {

std::string RunInSqliteShell(const std::string& file, const std::string& statements) {
  sqlite3* shell = nullptr;
  sqlite3_open(file.c_str(), &shell);
  const bool ok = sqlite3_exec(shell, statements.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  std::string error = ok ? "" : sqlite3_errmsg(shell);
  sqlite3_close(shell);
  return error;
}

}  // namespace webex_gateway
