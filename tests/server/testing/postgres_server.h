// A PostgreSQL server of Debian's for tests: in a temporary folder, on a free port of loopback and a unix socket.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace webex_gateway {

// Started by the first test that asks for it, for all that follow; it ends with the process, however that ends. A test
// without a server to be had fails. Whatever a test does to it, it must undo.
class PostgresServer {
 public:
  static PostgresServer& Get();
  // Whether there is one to be had.
  static bool IsInstalled();

  // An empty database.
  std::string NewDatabase();
  void Drop(const std::string& database);

  // Over the unix socket, as the superuser.
  std::string Url(const std::string& database) const;
  // The same in the form host=... port=...
  std::string Place() const;
  // Over loopback, with TLS if `parameters` ask for it (sslmode=... and so on). `user` is "postgres", who needs no
  // password, or "keeper", whose password SetPassword sets.
  std::string TcpUrl(const std::string& user, const std::string& database, const std::string& parameters) const;
  void SetPassword(const std::string& password);
  std::string certificate() const { return folder_ / "server.crt"; }  // self-signed, for the name localhost

  // Runs `sql` and returns the first column of the first row; empty if there is none.
  std::string Query(const std::string& database, const std::string& sql) const;

  // A copy of all data, which becomes a standby of this server when it is started.
  void CopyTo(const std::filesystem::path& data) const;
  std::string folder() const { return folder_; }
  int port() const { return port_; }
  // Debian's folder with the server's programs, of the newest version.
  static std::filesystem::path ProgramFolder();

  // Stops at once, as if it crashed. Start restarts it with the same data and address.
  void Crash();
  void Start();

  // Ends the sessions in the database.
  void EndSessions(const std::string& database) const;

  // Suspends every process of the server: it exists, but does not respond.
  void Freeze();
  // Suspends only the processes of the database's present sessions; new ones are served.
  void FreezeSessions(const std::string& database) const;
  // Resumes all of them.
  void Thaw();

 private:
  PostgresServer();
  ~PostgresServer();
  void MakeCertificate() const;
  bool TryStart();
  void SignalAll(int signal) const;

  std::filesystem::path folder_;
  int port_ = 0;
  pid_t process_ = 0;
  int databases_ = 0;
};

}  // namespace webex_gateway
