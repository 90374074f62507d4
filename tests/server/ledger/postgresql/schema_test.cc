// The tables from version to version, and gateways of two versions on one database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/ledger/postgresql/connection.h"
#include "tests/server/ledger/postgresql/fixture.h"
#include "tests/server/testing/details.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;

// What version 1 made, in its words, with an order in each state. The last gateway still lives.
constexpr const char* kVersion1[] = {
    "CREATE TABLE webex_ledger (id int PRIMARY KEY, version int NOT NULL)",
    "CREATE TABLE webex_gateways (id uuid PRIMARY KEY, lease_until timestamptz NOT NULL)",
    "CREATE TABLE webex_operations (request_id uuid PRIMARY KEY, number bigserial NOT NULL,"
    " sp_enterprise_id text NOT NULL, user_id text NOT NULL, fingerprint bytea NOT NULL, caller text NOT NULL,"
    " state int NOT NULL, claim bigint NOT NULL, gateway uuid NOT NULL, ticket bigint NOT NULL,"
    " create_time bigint NOT NULL, update_time bigint NOT NULL, workspace bytea, error_code int NOT NULL DEFAULT 0,"
    " error_reason text NOT NULL DEFAULT '', tracking_id text NOT NULL DEFAULT '', attempts int NOT NULL DEFAULT 0,"
    " resolved_by text NOT NULL DEFAULT '', resolve_note text NOT NULL DEFAULT '')",
    "CREATE UNIQUE INDEX webex_operations_open ON webex_operations (sp_enterprise_id, user_id) WHERE state IN (1, 4)",
    "CREATE INDEX webex_operations_number ON webex_operations (number)",
    "CREATE INDEX webex_operations_user ON webex_operations (user_id, number)",
    "CREATE INDEX webex_operations_in_flight ON webex_operations (gateway) WHERE state = 1",
    "CREATE INDEX webex_operations_unknown ON webex_operations (update_time) WHERE state = 4",
    "CREATE INDEX webex_operations_ended ON webex_operations (update_time) WHERE state IN (2, 3)",
    "CREATE TABLE webex_tallies (succeeded bigint NOT NULL, failed bigint NOT NULL)",
    "INSERT INTO webex_ledger (id, version) VALUES (1, 1)",
    "INSERT INTO webex_gateways VALUES ('11111111-2222-4333-8444-555555555555', clock_timestamp() + '1 hour')",
    "INSERT INTO webex_operations (request_id, sp_enterprise_id, user_id, fingerprint, caller, state, claim, gateway,"
    " ticket, create_time, update_time, workspace, tracking_id)"
    " SELECT ('0000000' || n || '-aaaa-4bbb-8ccc-ddddeeeeffff')::uuid, 'Reseller1+acme', 'user-' || n,"
    " convert_to(lpad(n::text, 32, '0'), 'UTF8'), 'spiffe://bss/orders', n, 1, '11111111-2222-4333-8444-555555555555',"
    " n, 1700000000000000, 1700000000000001, CASE n WHEN 2 THEN '\\x0a0469642d32'::bytea END, 'T-' || n"
    " FROM generate_series(1, 4) n",
    "INSERT INTO webex_tallies VALUES (1, 1)",
};

// How a gateway of version 1 looks at the tables when it connects, and how it puts an order on record.
constexpr char kCheckOfVersion1[] = "SELECT version FROM webex_ledger WHERE id = 1";
constexpr char kInsertOfVersion1[] =
    "INSERT INTO webex_operations (request_id, sp_enterprise_id, user_id, fingerprint, caller, state, claim, gateway,"
    " ticket, create_time, update_time)"
    " SELECT n.request_id, n.sp_enterprise_id, n.user_id, n.fingerprint, n.caller, 1, 1, $1::uuid, n.ticket, n.now,"
    " n.now FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::bigint[], $9::bigint[])"
    " AS n (request_id, sp_enterprise_id, user_id, fingerprint, caller, ticket, now) WHERE"
    " EXISTS (SELECT 1 FROM webex_gateways WHERE id = $1::uuid AND lease_until > clock_timestamp() + $2::interval) "
    "ON CONFLICT DO NOTHING RETURNING request_id";
constexpr char kGatewayOfVersion1[] = "11111111-2222-4333-8444-555555555555";

class PostgresqlSchemaTest : public PostgresqlLedgerTest {
 protected:
  PostgresqlSchemaTest() {
    for (const char* const statement : kVersion1) database_.Query(statement);
    old_ = *PgConnection::Open({.url = server_.Url(database_.name), .limit = absl::Minutes(1)});
  }

  absl::StatusOr<PgRows> OrderByVersion1(int number) {
    const auto one = [](const std::string& element) { return PgArray({element}); };
    return old_->Run(kInsertOfVersion1,
                     {kGatewayOfVersion1, "5 seconds", one(IdOf(number)), one("Reseller1+acme"),
                      one(absl::StrCat("user-", number)), one("\\x00"), one("bss"), one("9"), one("1700000000000000")});
  }

  std::string Versions() const {
    return database_.Query("SELECT string_agg(id || '=' || version, ' ' ORDER BY id) FROM webex_ledger");
  }

  std::unique_ptr<PgConnection> old_;  // a session of a gateway of version 1
};

TEST_F(PostgresqlSchemaTest, KeepsWhatIsOnRecordWhenItBringsTheTablesUpToDate) {
  const auto ledger = Open(database_.Options());
  ASSERT_EQ(Await(ledger->Recover()).value_or(-1), 0);
  EXPECT_EQ(Versions(), "1=1 2=4");
  EXPECT_EQ(Claim(*ledger, 1).verdict, ClaimVerdict::kInProgress);
  const ClaimAnswer replay = Claim(*ledger, 2);
  EXPECT_EQ(replay.verdict, ClaimVerdict::kReplay);
  EXPECT_EQ(replay.operation.ending.workspace_id, "id-2");
  EXPECT_EQ(replay.operation.ending.tracking_id, "T-2");
  EXPECT_EQ(replay.operation.create_time, absl::FromUnixSeconds(1'700'000'000));
  EXPECT_EQ(Claim(*ledger, 3).operation.claim, 2);
  EXPECT_EQ(Claim(*ledger, 4).verdict, ClaimVerdict::kUnknown);
  EXPECT_EQ(Claim(*ledger, 5).verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(database_.Query("SELECT sends_until || gateway_host || other_workspace_ids FROM webex_operations"
                            " WHERE state = 2"),
            "0");
}

TEST_F(PostgresqlSchemaTest, KnowsTheWorkspacesThatItHadWithoutTheirIds) {
  database_.Query(
      "UPDATE webex_operations SET workspace = '\\x0ac801'::bytea || convert_to(lpad('6', 200, '0'), 'UTF8')"
      " || '\\x1a016f'::bytea, state = 2 WHERE user_id = 'user-3'");
  const auto ledger = OpenRecovered(database_.Options());
  EXPECT_EQ((*Await(ledger->Get(IdOf(2))))->workspace_id, "id-2");
  EXPECT_EQ((*Await(ledger->Get(IdOf(3))))->workspace_id, absl::StrFormat("%0200d", 6));
  EXPECT_EQ((*Await(ledger->Get(IdOf(3))))->method, "ProvisionWorkspace");
}

// What a gateway of an earlier version puts on record has no subject.
TEST_F(PostgresqlSchemaTest, HoldsTheUserOfAnOrderOfAGatewayOfVersion1) {
  const auto ledger = OpenRecovered(database_.Options());
  ASSERT_EQ(OrderByVersion1(6)->size(), 1);
  for (const int number : {4, 6}) {
    ClaimRequest other = RequestOf(number);
    other.request_id = IdOf(7);
    const ClaimAnswer answer = Checked(Await(ledger->Claim(other)));
    EXPECT_EQ(answer.verdict, ClaimVerdict::kBlocked);
    EXPECT_EQ(answer.operation.request_id, IdOf(number));
  }
  ASSERT_EQ(Claim(*ledger, 8).verdict, ClaimVerdict::kClaimed);
  database_.Query(
      absl::StrCat("UPDATE webex_operations SET request_id = '", IdOf(9), "' WHERE request_id = '", IdOf(8), "'"));
  EXPECT_EQ(OrderByVersion1(8)->size(), 0) << "nor does it order again what a newer one has";
}

TEST_F(PostgresqlSchemaTest, GivesWhatGatewaysOfVersion1LeaveOpenTheSubjectOfNow) {
  PostgresqlLedgerOptions options = database_.Options();
  options.subject_of_user = [](const std::string& enterprise, const std::string& user) {
    return absl::AsciiStrToUpper(absl::StrCat(enterprise, "|", user));
  };
  const auto ledger = OpenRecovered(options);
  ASSERT_EQ(OrderByVersion1(6)->size(), 1);
  for (const int number : {4, 6}) {
    const std::string subject = absl::StrCat("RESELLER1+ACME|USER-", number);
    EXPECT_TRUE(Becomes([&] {
      return database_.Query(absl::StrCat("SELECT subject FROM webex_operations WHERE request_id = '", IdOf(number),
                                          "'")) == subject;
    }));
    ClaimRequest other = RequestOf(7);
    other.subject = subject;
    EXPECT_EQ(Checked(Await(ledger->Claim(other))).operation.request_id, IdOf(number));
  }
}

TEST_F(PostgresqlSchemaTest, RewritesNoRowOfATableThatMayBeLarge) {
  const std::string before =
      database_.Query("SELECT string_agg(xmin::text, ' ' ORDER BY number) FROM webex_operations");
  ASSERT_TRUE(Await(Open(database_.Options())->Count()).ok());
  EXPECT_EQ(Versions(), "1=1 2=4");
  EXPECT_EQ(database_.Query("SELECT string_agg(xmin::text, ' ' ORDER BY number) FROM webex_operations"), before);
}

TEST_F(PostgresqlSchemaTest, IsBroughtUpToDateOnceByManyGatewaysThatComeAtOnce) {
  std::vector<std::unique_ptr<Ledger>> ledgers;
  for (int i = 0; i < 6; ++i) ledgers.push_back(Open(database_.Options()));
  std::vector<Started<absl::StatusOr<int64_t>>> recoveries;
  for (const auto& ledger : ledgers) recoveries.emplace_back(loop_, ledger->Recover());
  loop_.restart();
  for (auto& recovery : recoveries) {
    while (!recovery.done()) loop_.run_one();
    EXPECT_TRUE(recovery->ok()) << recovery->status();
  }
  EXPECT_EQ(Versions(), "1=1 2=4");
}

TEST_F(PostgresqlSchemaTest, LetsAGatewayOfVersion1GoOnBesideANewerOne) {
  ASSERT_EQ(OrderByVersion1(5)->size(), 1);  // prepares its statement
  const auto ledger = Open(database_.Options());
  ASSERT_TRUE(Await(ledger->Recover()).ok());
  EXPECT_EQ(OrderByVersion1(6)->size(), 1);
  EXPECT_EQ(OrderByVersion1(6)->size(), 0);
  EXPECT_EQ(database_.Query(kCheckOfVersion1), "1");  // so it can connect anew, too
  EXPECT_EQ((*Await(ledger->Get(IdOf(6))))->state, OperationState::kInFlight);
}

TEST_F(PostgresqlSchemaTest, WaitsForAnOrderThatAGatewayOfVersion1IsPuttingOnRecord) {
  const auto lock = *PgConnection::Open({.url = server_.Url(database_.name), .limit = absl::Minutes(1)});
  ASSERT_TRUE(lock->RunOnce("BEGIN").ok());
  ASSERT_TRUE(lock->RunOnce("UPDATE webex_operations SET attempts = 7 WHERE state = 4").ok());
  const auto ledger = Open(database_.Options());
  Started<absl::StatusOr<int64_t>> recovery(loop_, ledger->Recover());
  database_.AwaitLockWaiter([this] { clock_.RunLoop(); });
  EXPECT_FALSE(recovery.done());
  ASSERT_TRUE(lock->RunOnce("COMMIT").ok());
  loop_.restart();
  while (!recovery.done()) loop_.run_one();
  EXPECT_TRUE(recovery->ok()) << recovery->status();
  EXPECT_EQ((*Await(ledger->Get(IdOf(4))))->ending.attempts, 7);
}

TEST_F(PostgresqlSchemaTest, ContinuesWithTablesOfANewerGatewayThatAllowsIt) {
  database_.Query("INSERT INTO webex_ledger VALUES (2, 99)");
  database_.Query(
      "ALTER TABLE webex_operations ADD COLUMN sends_until bigint NOT NULL DEFAULT 0, ADD COLUMN gateway_host text NOT"
      " NULL DEFAULT '', ADD COLUMN other_workspace_ids text NOT NULL DEFAULT '', ADD COLUMN newer int,"
      " ADD COLUMN method text DEFAULT 'ProvisionWorkspace', ADD COLUMN repeatable bool DEFAULT false,"
      " ADD COLUMN subject text DEFAULT '', ADD COLUMN workspace_id text DEFAULT '',"
      " ADD COLUMN after_unknown bool DEFAULT false");
  database_.Query("ALTER TABLE webex_gateways ADD COLUMN epoch text DEFAULT '', ADD COLUMN renewals bigint DEFAULT 0");
  const auto ledger = OpenRecovered(database_.Options());
  EXPECT_EQ(Claim(*ledger, 5).verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(Versions(), "1=1 2=99");
}

TEST_F(PostgresqlSchemaTest, RefusesTablesThatNeedANewerGateway) {
  database_.Query("UPDATE webex_ledger SET version = 5");
  const absl::Status status = Await(Open(database_.Options())->Recover()).status();
  EXPECT_THAT(status.message(), HasSubstr("needs a gateway that knows version 5, but this one knows version 4"));
}

TEST_F(PostgresqlSchemaTest, ChangesNothingWhereItMayNotChangeAll) {
  database_.Query("CREATE ROLE clerk LOGIN");
  database_.Query("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk");
  database_.Query("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO clerk");
  PostgresqlLedgerOptions options = database_.Options();
  options.url = absl::StrCat(options.url, "&options=-c%20role%3Dclerk");
  const absl::Status status = Await(Open(options)->Recover()).status();
  EXPECT_THAT(status.message(), HasSubstr("cannot be brought up to date: SQLSTATE 42501, must be owner of table"));
  EXPECT_EQ(Versions(), "1=1");
  database_.Query("DROP OWNED BY clerk");
  database_.Query("DROP ROLE clerk");
}

}  // namespace
}  // namespace webex_gateway
