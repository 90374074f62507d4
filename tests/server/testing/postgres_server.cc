#include "tests/server/testing/postgres_server.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/ledger/postgresql/connection.h"
#include "tests/server/testing/daemon.h"

namespace webex_gateway {
namespace {

namespace fs = std::filesystem;

constexpr char kAccess[] =
    "local all postgres trust\n"
    "local replication postgres trust\n"
    "local all keeper scram-sha-256\n"
    "host all postgres 127.0.0.1/32 trust\n"
    "host all keeper 127.0.0.1/32 scram-sha-256\n";

// Empty: there is none.
fs::path NewestProgramFolder() {
  fs::path newest;
  if (!fs::exists("/usr/lib/postgresql")) return newest;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql")) {
    if (fs::exists(version.path() / "bin/initdb")) newest = std::max(newest, version.path() / "bin");
  }
  return newest;
}

// The running child processes of a process.
std::vector<pid_t> ChildrenOf(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/task/", process, "/children"));
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

std::string OfSessions(const std::string& database) {
  return absl::StrCat(" FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = '", database, "'");
}

}  // namespace

bool PostgresServer::IsInstalled() { return !NewestProgramFolder().empty(); }

fs::path PostgresServer::ProgramFolder() {
  fs::path newest = NewestProgramFolder();
  if (newest.empty()) GiveUp("there is no /usr/lib/postgresql/*/bin/initdb");
  return newest;
}

PostgresServer& PostgresServer::Get() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() {
  folder_ = NewFolderOfDaemons("postgres");
  RunToItsEnd({ProgramFolder() / "initdb", "--pgdata", folder_ / "data", "--username=postgres", "--encoding=UTF8",
               "--locale=C", "--no-sync", "--auth=trust"},
              folder_ / "initdb.log");
  std::ofstream(folder_ / "data/pg_hba.conf") << kAccess;
  MakeCertificate();
  // Another process may take a port that was free a moment ago.
  for (int i = 0; i < 5 && process_ == 0; ++i) {
    port_ = FreePort();
    TryStart();
  }
  if (process_ == 0) GiveUp(ReadAll(folder_ / "server.log"));
  Query("postgres", "CREATE ROLE keeper LOGIN SUPERUSER");
}

PostgresServer::~PostgresServer() {
  Crash();
  fs::remove_all(folder_);
}

void PostgresServer::MakeCertificate() const {
  RunToItsEnd({"/usr/bin/openssl",
               "req",
               "-x509",
               "-newkey",
               "rsa:2048",
               "-nodes",
               "-days",
               "2",
               "-subj",
               "/CN=localhost",
               "-addext",
               "basicConstraints=critical,CA:FALSE",
               "-addext",
               "keyUsage=critical,digitalSignature",
               "-addext",
               "extendedKeyUsage=serverAuth",
               "-addext",
               "subjectAltName=DNS:localhost",
               "-keyout",
               folder_ / "server.key",
               "-out",
               certificate()},
              folder_ / "openssl.log");
}

// False: it has ended again.
bool PostgresServer::TryStart() {
  const pid_t started =
      Launch({ProgramFolder() / "postgres", "-D", folder_ / "data", "-p", absl::StrCat(port_), "-k", folder_, "-c",
              "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "ssl=on", "-c",
              absl::StrCat("ssl_cert_file=", certificate()), "-c",
              absl::StrCat("ssl_key_file=", (folder_ / "server.key").string())},
             folder_ / "server.log");
  bool ended = false;
  WaitFor("PostgreSQL", [&] {
    ended = waitpid(started, nullptr, WNOHANG) == started;
    return ended || PgConnection::Open({.url = Url("postgres")}).ok();
  });
  if (!ended) process_ = started;
  return !ended;
}

void PostgresServer::Start() {
  if (!TryStart()) GiveUp(ReadAll(folder_ / "server.log"));
}

void PostgresServer::Crash() {
  if (process_ == 0) return;
  kill(process_, SIGQUIT);
  waitpid(process_, nullptr, 0);
  process_ = 0;
}

void PostgresServer::EndSessions(const std::string& database) const {
  Query("postgres", absl::StrCat("SELECT count(pg_terminate_backend(pid, 10000))", OfSessions(database)));
}

void PostgresServer::Freeze() { SignalAll(SIGSTOP); }

void PostgresServer::FreezeSessions(const std::string& database) const {
  const std::string processes =
      Query("postgres", absl::StrCat("SELECT string_agg(pid::text, ' ')", OfSessions(database)));
  for (const absl::string_view process : absl::StrSplit(processes, ' ', absl::SkipEmpty())) {
    pid_t id = 0;
    if (absl::SimpleAtoi(process, &id)) kill(id, SIGSTOP);
  }
}

void PostgresServer::Thaw() { SignalAll(SIGCONT); }

// Their parent first, so that no new child is missed.
void PostgresServer::SignalAll(int signal) const {
  kill(process_, signal);
  for (const pid_t child : ChildrenOf(process_)) kill(child, signal);
}

std::string PostgresServer::NewDatabase() {
  std::string name = absl::StrCat("ledger_", ++databases_);
  Query("postgres", absl::StrCat("CREATE DATABASE ", name));
  return name;
}

void PostgresServer::Drop(const std::string& database) {
  Query("postgres", absl::StrCat("DROP DATABASE ", database, " WITH (FORCE)"));
}

std::string PostgresServer::Url(const std::string& database) const {
  return absl::StrCat("postgresql://postgres@/", database, "?host=", folder_.string(), "&port=", port_);
}

void PostgresServer::CopyTo(const fs::path& data) const {
  RunToItsEnd({ProgramFolder() / "pg_basebackup", "--host", folder_, "--port", absl::StrCat(port_),
               "--username=postgres", "--pgdata", data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"},
              folder_ / "basebackup.log");
}

std::string PostgresServer::Place() const { return absl::StrCat("host=", folder_.string(), " port=", port_); }

std::string PostgresServer::TcpUrl(const std::string& user, const std::string& database,
                                   const std::string& parameters) const {
  return absl::StrCat("postgresql://", user, "@localhost:", port_, "/", database, "?hostaddr=127.0.0.1&", parameters);
}

void PostgresServer::SetPassword(const std::string& password) {
  Query("postgres", absl::StrCat("ALTER ROLE keeper PASSWORD '", password, "'"));
}

std::string PostgresServer::Query(const std::string& database, const std::string& sql) const {
  const absl::StatusOr<std::unique_ptr<PgConnection>> connection =
      PgConnection::Open({.url = Url(database), .limit = absl::Minutes(1)});
  if (!connection.ok()) GiveUp(std::string(connection.status().message()));
  const absl::StatusOr<PgRows> rows = (*connection)->RunOnce(sql);
  if (!rows.ok()) GiveUp(absl::StrCat(sql, ": ", rows.status().message()));
  return rows->size() == 0 ? "" : std::string(rows->Text(0, 0));
}

}  // namespace webex_gateway
