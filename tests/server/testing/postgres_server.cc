#include "tests/server/testing/postgres_server.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/ledger/postgresql.h"

namespace webex_gateway {
namespace {

namespace fs = std::filesystem;

constexpr char kAccess[] =
    "local all postgres trust\n"
    "local all keeper scram-sha-256\n"
    "host all postgres 127.0.0.1/32 trust\n"
    "host all keeper 127.0.0.1/32 scram-sha-256\n";

[[noreturn]] void GiveUp(const std::string& what) {
  std::fprintf(stderr, "no PostgreSQL for the tests: %s (Debian: apt-get install postgresql)\n", what.c_str());
  std::abort();
}

// Where Debian puts the server's programs, of the newest version.
fs::path ProgramFolder() {
  fs::path newest;
  if (fs::exists("/usr/lib/postgresql")) {
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql")) {
      if (fs::exists(version.path() / "bin/initdb")) newest = std::max(newest, version.path() / "bin");
    }
  }
  if (newest.empty()) GiveUp("there is no /usr/lib/postgresql/*/bin/initdb");
  return newest;
}

// Who runs the server, which refuses to run as root; nullptr: whoever runs the test.
const passwd* OrdinaryUser() {
  if (getuid() != 0) return nullptr;
  static const passwd* const user = getpwnam("postgres");
  if (user == nullptr) GiveUp("there is no user postgres");
  return user;
}

// Starts a program that is ended when this process ends. What it prints goes to `log`.
pid_t Launch(const std::vector<std::string>& command, const fs::path& log) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const passwd* const user = OrdinaryUser();
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const pid_t process = fork();
  if (process != 0) {
    close(output);
    return process;
  }
  if (user != nullptr && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(1);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(arguments[0], arguments.data());
  _exit(127);
}

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void RunToItsEnd(const std::vector<std::string>& command, const fs::path& log) {
  int status = 0;
  if (waitpid(Launch(command, log), &status, 0) < 0 || status != 0) GiveUp(ReadAll(log));
}

int FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(probe, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  close(probe);
  return ntohs(address.sin_port);
}

// The processes that a process has started, and that are still there.
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

PostgresServer& PostgresServer::Get() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() {
  std::string name = (fs::temp_directory_path() / "postgres-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) GiveUp("no temporary folder");
  folder_ = name;
  if (const passwd* user = OrdinaryUser(); user != nullptr && chown(name.c_str(), user->pw_uid, user->pw_gid) != 0) {
    GiveUp("cannot give the temporary folder away");
  }
  RunToItsEnd({ProgramFolder() / "initdb", "--pgdata", folder_ / "data", "--username=postgres", "--encoding=UTF8",
               "--locale=C", "--no-sync", "--auth=trust"},
              folder_ / "initdb.log");
  std::ofstream(folder_ / "data/pg_hba.conf") << kAccess;
  MakeCertificate();
  // Another may take the port that was free a moment ago.
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
  RunToItsEnd(
      {"/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
       "-addext", "subjectAltName=DNS:localhost", "-keyout", folder_ / "server.key", "-out", certificate()},
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
  while (!PgConnection::Open({.url = Url("postgres")}).ok()) {
    if (waitpid(started, nullptr, WNOHANG) == started) return false;
    poll(nullptr, 0, 10);  // for the other process
  }
  process_ = started;
  return true;
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

// Their parent first, so that no new child escapes.
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

std::string PostgresServer::TcpUrl(const std::string& user, const std::string& database,
                                   const std::string& parameters) const {
  return absl::StrCat("postgresql://", user, "@localhost:", port_, "/", database, "?hostaddr=127.0.0.1&", parameters);
}

void PostgresServer::SetPassword(const std::string& password) {
  Query("postgres", absl::StrCat("ALTER ROLE keeper PASSWORD '", password, "'"));
}

std::string PostgresServer::Query(const std::string& database, const std::string& sql) const {
  const absl::StatusOr<std::unique_ptr<PgConnection>> connection = PgConnection::Open({.url = Url(database)});
  if (!connection.ok()) GiveUp(std::string(connection.status().message()));
  const absl::StatusOr<PgRows> rows = (*connection)->RunOnce(sql);
  if (!rows.ok()) GiveUp(absl::StrCat(sql, ": ", rows.status().message()));
  return rows->size() == 0 ? "" : std::string(rows->Text(0, 0));
}

}  // namespace webex_gateway
