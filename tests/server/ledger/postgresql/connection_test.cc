#include "server/ledger/postgresql/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/testing/daemon.h"
#include "tests/server/testing/postgres_server.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CheckPostgresqlUrl, TakesWhatLibpqTakes) {
  for (const char* url : {"postgresql://gateway@db.sp.com:5433/ledger?sslmode=verify-full&sslrootcert=/etc/ca.pem",
                          "postgresql://a,b:5432/ledger?target_session_attrs=read-write&sslmode=verify-full",
                          "postgresql:///ledger?host=/run/postgresql&passfile=/run/secrets/pgpass", "postgresql://"}) {
    EXPECT_EQ(CheckPostgresqlUrl(url), absl::OkStatus()) << url;
  }
}

TEST(CheckPostgresqlUrl, RefusesAPasswordAndDoesNotQuoteIt) {
  for (const char* url :
       {"postgresql://gateway:hunter2@db/ledger", "postgresql://db/ledger?user=gateway&password=hunter2",
        "postgresql://gateway@db/ledger?sslkey=/k&sslpassword=hunter2", "postgresql://gateway:hunter2%@db/ledger",
        "postgresql://gateway:hunter2@db:x:y/ledger", "postgresql://gateway@db/ledger?hunter2=1",
        "gateway:hunter2@db"}) {
    const absl::Status status = CheckPostgresqlUrl(url);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(status.message(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(status.message(), Not(HasSubstr("gateway")));
  }
}

TEST(CheckPostgresqlUrl, RefusesWhatIsNotAUrl) {
  for (const char* url :
       {"", "host=db dbname=ledger", "sqlite:/var/lib/ledger.db", "postgres://db/ledger", "http://db/ledger"}) {
    EXPECT_EQ(CheckPostgresqlUrl(url).code(), absl::StatusCode::kInvalidArgument) << url;
  }
}

TEST(CheckPostgresqlUrl, RefusesValuesThatLibpqDoesNotKnow) {
  for (const auto& [url, words] :
       {std::pair("postgresql://db/ledger?sslmode=verify_full", "invalid sslmode value"),
        std::pair("postgresql://db/ledger?target_session_attrs=rw", "target_session_attrs"),
        std::pair("postgresql://127.0.0.1/ledger?gssencmode=no", "invalid gssencmode value"),
        std::pair("postgresql://a,b/ledger?channel_binding=1", "channel_binding"),
        std::pair("postgresql:///ledger?service=nobodys", "service"),
        std::pair("postgresql://localhost:1,localhost:2,localhost/l?port=1,2", "could not match"),
        std::pair("postgresql://db:54x2/ledger", "from 1 to 65535"),
        std::pair("postgresql://a:1,b:65536/ledger", "from 1 to 65535")}) {
    const absl::Status status = CheckPostgresqlUrl(url);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(status.message(), HasSubstr(words));
  }
}

// Sets variables of the process for a test.
class PostgresqlVariables : public testing::Test {
 protected:
  ~PostgresqlVariables() override {
    for (const std::string& name : set_) unsetenv(name.c_str());
  }
  void Set(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), /*overwrite=*/1);
    set_.push_back(name);
  }

 private:
  std::vector<std::string> set_;
};

constexpr char kFallsBack[] = "sslmode=verify-full";

TEST(CheckPostgresqlUrl, RefusesAServerBeyondThisMachineThatMaySayItHasNoTls) {
  for (const char* url :
       {"postgresql://u@db.sp.com/ledger", "postgresql://u@db.sp.com/ledger?sslmode=prefer",
        "postgresql://u@db.sp.com/ledger?sslmode=allow", "postgresql://u@db.sp.com/ledger?gssencmode=prefer",
        "postgresql://u@192.0.2.1/ledger", "postgresql://u@[2001:db8::1]/ledger",
        // Each host counts, and of each the address that is connected to.
        "postgresql://u@localhost,db.sp.com/ledger", "postgresql://u@db.sp.com,localhost/ledger",
        "postgresql:///ledger?host=/run/postgresql,db.sp.com", "postgresql://u@localhost/ledger?hostaddr=192.0.2.1",
        "postgresql://u@localhost,127.0.0.1/ledger?hostaddr=127.0.0.1,192.0.2.1",
        "postgresql://localhost,db.sp.com/ledger?hostaddr=127.0.0.1,",
        // They look like this machine, and are not.
        "postgresql://127.0.0.1.sp.com/ledger", "postgresql://localhost.sp.com/ledger", "postgresql://128.0.0.1/ledger",
        "postgresql://0.0.0.0/ledger", "postgresql://[::]/ledger"}) {
    const absl::Status status = CheckPostgresqlUrl(url);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(status.message(), HasSubstr(kFallsBack)) << url;
    EXPECT_THAT(status.message(), Not(HasSubstr("sp.com")));
  }
}

TEST(CheckPostgresqlUrl, TakesEveryWordForLessThanVerifyFull) {
  for (const char* mode : {"disable", "require", "verify-ca", "verify-full"}) {
    EXPECT_EQ(CheckPostgresqlUrl(absl::StrCat("postgresql://u@a.sp.com,b.sp.com/ledger?sslmode=", mode)),
              absl::OkStatus())
        << mode;
  }
}

TEST(CheckPostgresqlUrl, AsksForNoTlsOnThisMachine) {
  for (const char* url :
       {"postgresql://", "postgresql:///ledger", "postgresql:///ledger?host=/run/postgresql",
        "postgresql:///ledger?host=@abstract", "postgresql://%2Frun%2Fpostgresql/ledger",
        "postgresql://localhost/ledger", "postgresql://LocalHost/ledger", "postgresql://127.0.0.1/ledger",
        "postgresql://127.255.0.9:5433/ledger", "postgresql://[::1]/ledger",
        "postgresql://localhost,127.0.0.1,[::1]/ledger?sslmode=prefer", "postgresql:///ledger?host=/run/a,localhost",
        "postgresql://db.sp.com/ledger?hostaddr=127.0.0.1",
        "postgresql://a.sp.com,b.sp.com/ledger?hostaddr=::1,127.0.0.1"}) {
    EXPECT_EQ(CheckPostgresqlUrl(url), absl::OkStatus()) << url;
  }
}

TEST_F(PostgresqlVariables, SayWhereAServerIsAsLibpqReadsThem) {
  Set("PGHOST", "db.sp.com");
  EXPECT_THAT(CheckPostgresqlUrl("postgresql:///ledger").message(), HasSubstr(kFallsBack));
  EXPECT_EQ(CheckPostgresqlUrl("postgresql://localhost/ledger"), absl::OkStatus());
  Set("PGHOSTADDR", "192.0.2.1");
  EXPECT_THAT(CheckPostgresqlUrl("postgresql://localhost/ledger").message(), HasSubstr(kFallsBack));
}

TEST_F(PostgresqlVariables, SayHowMuchTlsAServerNeeds) {
  Set("PGSSLMODE", "require");
  EXPECT_EQ(CheckPostgresqlUrl("postgresql://db.sp.com/ledger"), absl::OkStatus());
  EXPECT_THAT(CheckPostgresqlUrl("postgresql://db.sp.com/ledger?sslmode=prefer").message(), HasSubstr(kFallsBack));
  Set("PGSSLMODE", "prefer");
  EXPECT_THAT(CheckPostgresqlUrl("postgresql://db.sp.com/ledger").message(), HasSubstr(kFallsBack));
}

TEST_F(PostgresqlVariables, NameAServiceThatSaysBoth) {
  const std::string file = absl::StrCat(testing::TempDir(), "services");
  std::ofstream(file) << "[far]\nhost=db.sp.com\n[sure]\nhost=db.sp.com\nsslmode=verify-full\n";
  Set("PGSERVICEFILE", file);
  EXPECT_THAT(CheckPostgresqlUrl("postgresql:///ledger?service=far").message(), HasSubstr(kFallsBack));
  EXPECT_EQ(CheckPostgresqlUrl("postgresql:///ledger?service=sure"), absl::OkStatus());
  std::filesystem::remove(file);
}

TEST(PgArray, KeepsElementsApartWhateverIsInThem) {
  EXPECT_EQ(PgArray({}), "{}");
  EXPECT_EQ(PgArray({"a", std::nullopt, "", "NULL", "x,y", "\"\\{}"}), R"({"a",NULL,"","NULL","x,y","\"\\{}"})");
}

class PgConnectionTest : public testing::Test {
 protected:
  PgConnectionTest() {
    auto opened = PgConnection::Open({.url = server_.Url("postgres"), .limit = absl::Seconds(30)});
    EXPECT_TRUE(opened.ok()) << opened.status();
    connection_ = *std::move(opened);
  }

  std::string Echo(const PgValue& value) {
    const absl::StatusOr<PgRows> rows = connection_->Run("SELECT $1::text", {value});
    if (!rows.ok()) return std::string(rows.status().message());
    return rows->IsNull(0, 0) ? "(null)" : std::string(rows->Text(0, 0));
  }

  absl::StatusCode CodeOf(const std::string& sql) { return connection_->RunOnce(sql).status().code(); }

  PostgresServer& server_ = PostgresServer::Get();
  std::unique_ptr<PgConnection> connection_;
};

TEST_F(PgConnectionTest, CarriesTextAndNull) {
  EXPECT_EQ(Echo("'; -- \xc3\x9c \xf0\x9f\x93\x9e \\ $1"), "'; -- \xc3\x9c \xf0\x9f\x93\x9e \\ $1");
  EXPECT_EQ(Echo(""), "");
  EXPECT_EQ(Echo(std::nullopt), "(null)");
  const std::string array = PgArray({"\"\\{},", std::nullopt, ""});
  const absl::StatusOr<PgRows> rows = connection_->Run("SELECT * FROM unnest($1::text[])", {array});
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 3);
  EXPECT_EQ(rows->Text(0, 0), "\"\\{},");
  EXPECT_TRUE(rows->IsNull(1, 0));
  EXPECT_EQ(rows->Text(2, 0), "");
}

TEST_F(PgConnectionTest, ReplacesInvalidTextByQuestionMarks) {
  EXPECT_EQ(Echo("a\xff z\xc3"), "a? z?");
  EXPECT_EQ(Echo(std::string("a\0b", 3)), "a?b");
}

TEST_F(PgConnectionTest, ReportsErrorsThatHadNoEffectAndStaysUsable) {
  EXPECT_EQ(CodeOf("CREATE TEMPORARY TABLE t (a int PRIMARY KEY)"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf("CREATE TEMPORARY TABLE t (a int)"), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf("INSERT INTO t VALUES (1)"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf("INSERT INTO t VALUES (1)"), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf("SELECT * FROM none"), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf("SET none = 1"), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf("SET statement_timeout = 1"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf("SELECT pg_sleep(60)"), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(CodeOf("SET statement_timeout = 0"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$"), absl::StatusCode::kAborted);
  EXPECT_TRUE(connection_->IsUsable());
  EXPECT_EQ(CodeOf("SELECT nonsense"), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(connection_->IsUsable());
}

TEST_F(PgConnectionTest, DoesNotQuoteDataInErrors) {
  const absl::Status status = connection_->Run("SELECT $1::uuid", {"secret"}).status();
  EXPECT_EQ(status.message(), "SQLSTATE 22P02");
}

TEST_F(PgConnectionTest, HearsOfARefusalThatComesWithTheCommit) {
  ASSERT_EQ(CodeOf("CREATE TEMPORARY TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf("INSERT INTO t VALUES (1), (1) RETURNING a"), absl::StatusCode::kAlreadyExists);
}

// A commit that someone has kept from waiting for the standbys any longer is done, and may be undone by a failover.
TEST_F(PgConnectionTest, IsInDoubtAboutACommitThatHasNotReachedTheStandbys) {
  const auto set = [&](const char* standbys) {
    server_.Query("postgres", absl::StrCat("ALTER SYSTEM SET synchronous_standby_names = '", standbys, "'"));
    server_.Query("postgres", "SELECT pg_reload_conf()");
    WaitFor("the new setting",
            [&] { return connection_->RunAsIs("SHOW synchronous_standby_names")->Text(0, 0) == standbys; });
  };
  const std::string id(connection_->RunAsIs("SELECT pg_backend_pid()")->Text(0, 0));
  ASSERT_EQ(CodeOf("CREATE TABLE committed (a int)"), absl::StatusCode::kOk);
  set("nobody");
  // The server's checkpointer has to see the setting too: commits wait for nobody until then.
  absl::Status status;
  int last = 0;
  std::thread commit([&] {
    while (status.ok()) status = connection_->Run("INSERT INTO committed VALUES ($1)", {absl::StrCat(++last)}).status();
  });
  WaitFor("a commit that waits for a standby", [&] {
    return server_.Query("postgres", "SELECT wait_event FROM pg_stat_activity WHERE pid = " + id) == "SyncRep";
  });
  server_.Query("postgres", "SELECT pg_cancel_backend(" + id + ")");
  commit.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(connection_->IsUsable());
  connection_ = *PgConnection::Open({.url = server_.Url("postgres"), .limit = absl::Seconds(30)});
  set("");
  EXPECT_EQ(server_.Query("postgres", "SELECT max(a) FROM committed"), absl::StrCat(last));
  server_.Query("postgres", "DROP TABLE committed");
}

TEST_F(PgConnectionTest, NoticesThatTheServerHasEndedTheSession) {
  EXPECT_TRUE(connection_->IsUsable());
  const std::string id(connection_->RunOnce("SELECT pg_backend_pid()")->Text(0, 0));
  EXPECT_EQ(server_.Query("postgres", "SELECT pg_terminate_backend(" + id + ", 10000)"), "t");
  EXPECT_FALSE(connection_->IsUsable());
}

}  // namespace
}  // namespace webex_gateway
