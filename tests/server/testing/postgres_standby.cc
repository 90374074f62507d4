#include "tests/server/testing/postgres_standby.h"

#include <sys/wait.h>

#include <csignal>

#include "absl/strings/str_cat.h"
#include "server/ledger/postgresql/connection.h"
#include "tests/server/testing/daemon.h"
#include "tests/server/testing/postgres_server.h"

namespace webex_gateway {
namespace {

std::string UrlOf(const std::string& folder, const std::string& database) {
  return absl::StrCat("postgresql://postgres@/", database, "?host=", folder, "&port=6433");
}

}  // namespace

PostgresStandby::PostgresStandby() : folder_(NewFolderOfDaemons("standby")) {
  PostgresServer::Get().CopyTo(folder_ / "data");
  process_ = Launch({PostgresServer::ProgramFolder() / "postgres", "-D", folder_ / "data", "-p", "6433", "-k", folder_,
                     "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"},
                    folder_ / "log");
  WaitFor("the standby", [this] {
    if (waitpid(process_, nullptr, WNOHANG) == process_) GiveUp(ReadAll(folder_ / "log"));
    const bool follows = PostgresServer::Get().Query("postgres", "SELECT count(*) FROM pg_stat_replication") != "0";
    return follows && PgConnection::Open({.url = UrlOf(folder_, "postgres")}).ok();
  });
}

PostgresStandby::~PostgresStandby() {
  kill(process_, SIGQUIT);
  waitpid(process_, nullptr, 0);
  std::filesystem::remove_all(folder_);
}

std::string PostgresStandby::Url(const std::string& database) const {
  const PostgresServer& primary = PostgresServer::Get();
  return absl::StrCat("postgresql://postgres@/", database, "?host=", primary.folder(), ",", folder_.string(),
                      "&port=", primary.port(), ",6433&target_session_attrs=read-write");
}

std::string PostgresStandby::Query(const std::string& database, const std::string& sql) const {
  const auto connection = PgConnection::Open({.url = UrlOf(folder_, database), .limit = absl::Minutes(1)});
  if (!connection.ok()) GiveUp(std::string(connection.status().message()));
  const absl::StatusOr<PgRows> rows = (*connection)->RunAsIs(sql);
  if (!rows.ok()) GiveUp(absl::StrCat(sql, ": ", rows.status().message()));
  return rows->size() == 0 ? "" : std::string(rows->Text(0, 0));
}

void PostgresStandby::CatchUp() const {
  const std::string done = PostgresServer::Get().Query("postgres", "SELECT pg_current_wal_lsn()");
  WaitFor("the standby's catching up", [&] {
    return Query("postgres", absl::StrCat("SELECT pg_last_wal_replay_lsn() >= '", done, "'::pg_lsn")) == "t";
  });
}

void PostgresStandby::FallBehind() const {
  Query("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
  Query("postgres", "SELECT pg_reload_conf()");
  WaitFor("the end of replication",
          [this] { return Query("postgres", "SELECT count(*) FROM pg_stat_wal_receiver") == "0"; });
}

void PostgresStandby::Promote() const { Query("postgres", "SELECT pg_promote()"); }

}  // namespace webex_gateway
