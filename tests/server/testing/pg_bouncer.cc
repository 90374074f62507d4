#include "tests/server/testing/pg_bouncer.h"

#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/ledger/postgresql/connection.h"
#include "tests/server/testing/daemon.h"
#include "tests/server/testing/postgres_server.h"

namespace webex_gateway {

PgBouncer::PgBouncer(const std::string& settings) : folder_(NewFolderOfDaemons("pgbouncer")) {
  std::ofstream(folder_ / "users.txt") << "\"postgres\" \"\"\n";
  std::ofstream(folder_ / "pgbouncer.ini")
      << "[databases]\n* = " << PostgresServer::Get().Place() << "\n[pgbouncer]\npool_mode = transaction\n"
      << "default_pool_size = " << kSessions << "\nserver_round_robin = 1\nauth_type = trust\n"
      << "auth_file = " << (folder_ / "users.txt").string() << "\nunix_socket_dir = " << folder_.string()
      << "\nlisten_addr =\nlisten_port = 6432\n"  // only part of the socket's name
      << settings;
  Start();
}

PgBouncer::~PgBouncer() {
  Crash();
  std::filesystem::remove_all(folder_);
}

void PgBouncer::Start() {
  process_ = Launch({"/usr/sbin/pgbouncer", folder_ / "pgbouncer.ini"}, folder_ / "log");
  WaitFor("PgBouncer", [this] {
    if (waitpid(process_, nullptr, WNOHANG) == process_) GiveUp(ReadAll(folder_ / "log"));
    return PgConnection::Open({.url = Url("postgres")}).ok();
  });
}

void PgBouncer::Crash() {
  kill(process_, SIGQUIT);
  waitpid(process_, nullptr, 0);
}

std::string PgBouncer::Url(const std::string& database) const {
  return absl::StrCat("postgresql://postgres@/", database, "?host=", folder_.string(), "&port=6432");
}

void PgBouncer::OpenAllSessions(const std::string& database) const {
  std::vector<std::unique_ptr<PgConnection>> connections;
  for (int i = 0; i < kSessions; ++i) {
    auto opened = PgConnection::Open({.url = Url(database), .limit = absl::Minutes(1)});
    if (!opened.ok() || !(*opened)->RunAsIs("BEGIN").ok()) GiveUp(ReadAll(folder_ / "log"));
    connections.push_back(*std::move(opened));
  }
  for (const auto& connection : connections) connection->RunAsIs("COMMIT").IgnoreError();
}

}  // namespace webex_gateway
