#include "server/ledger/postgresql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/server/testing/daemon.h"
#include "tests/server/testing/postgres_server.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CheckPostgresqlUrl, TakesWhatLibpqTakes) {
  for (const char* url : {"postgresql://gateway@db.sp.com:5433/ledger?sslmode=verify-full&sslrootcert=/etc/ca.pem",
                          "postgresql://a,b:5432/ledger?target_session_attrs=read-write",
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

TEST(CheckPostgresqlUrl, RefusesWhatIsNoUrl) {
  for (const char* url :
       {"", "host=db dbname=ledger", "sqlite:/var/lib/ledger.db", "postgres://db/ledger", "http://db/ledger"}) {
    EXPECT_EQ(CheckPostgresqlUrl(url).code(), absl::StatusCode::kInvalidArgument) << url;
  }
}

TEST(CheckPostgresqlUrl, RefusesValuesThatLibpqDoesNotKnow) {
  for (const auto& [url, words] : {std::pair("postgresql://db/ledger?sslmode=verify_full", "invalid sslmode value"),
                                   std::pair("postgresql://db/ledger?target_session_attrs=rw", "target_session_attrs"),
                                   std::pair("postgresql://127.0.0.1/ledger?gssencmode=no", "invalid gssencmode value"),
                                   std::pair("postgresql://a,b/ledger?channel_binding=1", "channel_binding"),
                                   std::pair("postgresql://db:54x2/ledger", "from 1 to 65535"),
                                   std::pair("postgresql://a:1,b:65536/ledger", "from 1 to 65535")}) {
    const absl::Status status = CheckPostgresqlUrl(url);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(status.message(), HasSubstr(words));
  }
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

TEST_F(PgConnectionTest, CarriesWhatIsNoTextAsQuestionMarks) {
  EXPECT_EQ(Echo("a\xff z\xc3"), "a? z?");
  EXPECT_EQ(Echo(std::string("a\0b", 3)), "a?b");
}

TEST_F(PgConnectionTest, TellsErrorsThatHadNoEffectAndStaysOfUse) {
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
