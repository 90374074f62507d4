#include "server/ledger/sqlite/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/server/ledger/conformance.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/read_all.h"
#include "tests/server/testing/sqlite_faults.h"
#include "tests/server/testing/sqlite_shell.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string file() const { return path_ / "ledger.db"; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Another process, which has done its work when the constructor returns, and is killed in the midst of life.
class OtherProcess {
 public:
  explicit OtherProcess(const std::function<void()>& work) {
    int pipe_ends[2];
    EXPECT_EQ(pipe(pipe_ends), 0);
    id_ = fork();
    if (id_ == 0) {
      work();
      if (write(pipe_ends[1], "!", 1) != 1) _exit(1);
      while (true) pause();
    }
    close(pipe_ends[1]);
    char byte = 0;
    EXPECT_EQ(read(pipe_ends[0], &byte, 1), 1);
    close(pipe_ends[0]);
  }
  ~OtherProcess() {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }

 private:
  pid_t id_ = 0;
};

// What `work` gives in another process, of a user whom rights hold back.
std::string RunAsAnOrdinaryUser(const std::function<std::string()>& work) {
  constexpr uid_t kNobody = 65534;
  int pipe_ends[2];
  EXPECT_EQ(pipe(pipe_ends), 0);
  const pid_t id = fork();
  if (id == 0) {
    if (getuid() == 0 && setuid(kNobody) != 0) _exit(1);
    const std::string result = work();
    _exit(write(pipe_ends[1], result.data(), result.size()) < 0 ? 1 : 0);
  }
  close(pipe_ends[1]);
  std::string result(1000, 0);
  const ssize_t size = read(pipe_ends[0], result.data(), result.size());
  close(pipe_ends[0]);
  waitpid(id, nullptr, 0);
  result.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return result;
}

class Sqlite : public LedgerUnderTest {
 public:
  Sqlite() { SqliteFaults::Install(); }
  std::unique_ptr<Ledger> Open(Loop& loop, Clock& clock, absl::Duration retention) override {
    return *OpenSqliteLedger(
        loop, clock,
        {.path = folder_.file(),
         .gateway = "host/gateway",
         .retention = retention,
         .observer = {.committed = [this](bool ok, absl::Duration /*took*/) { commits.push_back(ok); },
                      .changed = [this](const absl::Status& status) { changes.push_back(status); }}});
  }
  std::string file() const { return folder_.file(); }

  // What the ledger has told.
  std::vector<bool> commits;
  std::vector<absl::Status> changes;

 private:
  TemporaryFolder folder_;
};

std::unique_ptr<LedgerUnderTest> NewSqlite() { return std::make_unique<Sqlite>(); }

INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerConformance, testing::Values(&NewSqlite));

// What only this store promises, with the suite's means.
class SqliteLedgerTest : public LedgerConformance {
 protected:
  ~SqliteLedgerTest() override {
    faults_.Heal();
    faults_.sync_micros = -1;
  }

  std::string file() const { return static_cast<const Sqlite&>(*store_).file(); }
  absl::Status OpenStatus() { return OpenSqliteLedger(loop_, clock_, {.path = file()}).status(); }

  using Claims = std::vector<Started<absl::StatusOr<ClaimAnswer>>>;

  // Claims so many orders, from that number on, and waits for no answer.
  Claims StartClaims(int first, int count) {
    Claims claims;
    for (int i = 0; i < count; ++i) claims.emplace_back(loop_, ledger_->Claim(RequestOf(first + i)));
    clock_.RunLoop();
    return claims;
  }

  Claims ClaimAtOnce(int first, int count) {
    Claims claims = StartClaims(first, count);
    for (auto& claim : claims) {
      while (!claim.done()) loop_.run_one();
    }
    return claims;
  }

  // Lets the writer do what is due after so long.
  void After(absl::Duration time) {
    clock_.Advance(time);
    Count();
  }

  const std::vector<bool>& commits() const { return static_cast<const Sqlite&>(*store_).commits; }
  const std::vector<absl::Status>& changes() const { return static_cast<const Sqlite&>(*store_).changes; }

  void ExpectUnavailable(const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_EQ(ReasonOf(status), "LEDGER_UNAVAILABLE") << status;
    EXPECT_EQ(OutcomeOf(status), "not_applied");
    EXPECT_NE(RetryDelayOf(status), std::nullopt);
  }

  SqliteFaults& faults_ = SqliteFaults::Install();
};

INSTANTIATE_TEST_SUITE_P(Sqlite, SqliteLedgerTest, testing::Values(&NewSqlite));

TEST_P(SqliteLedgerTest, IsNotCreatedBehindADanglingLink) {
  const std::string link = file() + ".link";
  const std::string target = file() + ".elsewhere";
  std::filesystem::create_symlink(target, link);
  const absl::Status status = OpenSqliteLedger(loop_, clock_, {.path = link}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(status.message(), testing::HasSubstr("it is a symbolic link to a missing file"));
  EXPECT_FALSE(std::filesystem::exists(target));
  std::ofstream(target).flush();
  EXPECT_EQ(OpenSqliteLedger(loop_, clock_, {.path = link}).status(), absl::OkStatus());  // one that leads somewhere
}

TEST_P(SqliteLedgerTest, SyncsOnceForAllThatWaits) {
  Claim(0);
  const int before = faults_.syncs;
  faults_.HoldSyncs();
  Claims first = StartClaims(1, 1);
  while (faults_.syncs == before) std::this_thread::yield();
  Claims others = StartClaims(2, 200);
  faults_.LetGo();
  while (!others.back().done()) loop_.run_one();
  EXPECT_TRUE(first[0].done());
  EXPECT_EQ(faults_.syncs - before, 2);
  EXPECT_EQ(Count().in_flight, 202);
}

TEST_P(SqliteLedgerTest, SyncsTwiceForAnOrderAlone) {
  Order(1, Succeeded(1));
  const int before = faults_.syncs;
  Order(2, Succeeded(2));
  EXPECT_EQ(faults_.syncs - before, 2);
}

TEST_P(SqliteLedgerTest, SyncsForNoRead) {
  Order(1, Succeeded(1));
  const int before = faults_.syncs;
  Get(1);
  List({});
  Count();
  EXPECT_EQ(faults_.syncs - before, 0);
}

TEST_P(SqliteLedgerTest, IsUnavailableButReadableWhileTheDiskIsFull) {
  Order(1, Succeeded(1));
  const ClaimAnswer open = Claim(2);
  faults_.write_error = SqliteFaults::kDiskFull;
  ExpectUnavailable(Await(ledger_->Claim(RequestOf(3))).status());
  ExpectUnavailable(Await(ledger_->Complete(IdOf(2), open.operation.claim, Succeeded(2))).status());
  EXPECT_EQ(Get(1).state, OperationState::kSucceeded);
  EXPECT_EQ(Count().in_flight, 1);
  faults_.Heal();
  EXPECT_FALSE(Has(3));
  EXPECT_EQ(Claim(3).verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(*Await(ledger_->Complete(IdOf(2), open.operation.claim, Succeeded(2))), CompleteVerdict::kRecorded);
  EXPECT_EQ(Count().succeeded, 2);
}

TEST_P(SqliteLedgerTest, KnowsHowMuchOfItsVolumeIsLeft) {
  Order(1, Succeeded(1));
  const std::optional<VolumeUse> volume = ledger_->Health().volume;
  ASSERT_TRUE(volume);
  EXPECT_GT(volume->free_bytes, 0);
  EXPECT_GE(volume->bytes, volume->free_bytes);
}

TEST_P(SqliteLedgerTest, KnowsOfADiskThatCannotBeWrittenWithoutAnyOrderAndOfItsRecovery) {
  for (const auto& [error, words] : {std::pair(SqliteFaults::kDiskFull, "database or disk is full (SQLite 13)"),
                                     std::pair(SqliteFaults::kReadOnly, "attempt to write a readonly database"),
                                     std::pair(SqliteFaults::kIoError, "disk I/O error")}) {
    faults_.write_error = error;
    After(absl::Seconds(5));
    EXPECT_THAT(ledger_->Health().trouble, HasSubstr(words));
    After(absl::Seconds(1));
    EXPECT_NE(ledger_->Health().trouble, "");
    faults_.Heal();
    After(absl::Seconds(5));
    EXPECT_EQ(ledger_->Health().trouble, "");
  }
  faults_.sync_error = SqliteFaults::kIoError;
  After(absl::Seconds(5));
  EXPECT_THAT(ledger_->Health().trouble, HasSubstr("disk I/O error"));
  ASSERT_EQ(changes().size(), 7u);  // each trouble once, and its end
  EXPECT_THAT(changes()[0].message(), HasSubstr("database or disk is full"));
  EXPECT_EQ(changes()[1], absl::OkStatus());
}

TEST_P(SqliteLedgerTest, KnowsOfADiskThatDoesNotAnswer) {
  After(absl::Seconds(5));
  const int before = faults_.syncs;
  faults_.HoldSyncs();
  clock_.Advance(absl::Seconds(5));
  while (faults_.syncs == before) std::this_thread::yield();
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(ledger_->Health().trouble, "");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ledger_->Health().trouble, "no write has ended for 16s: its storage does not respond");
  faults_.LetGo();
  Count();
  EXPECT_EQ(ledger_->Health().trouble, "");
}

TEST_P(SqliteLedgerTest, RefusesWhatWaitsForADiskThatDoesNotAnswer) {
  const int before = faults_.syncs;
  faults_.HoldSyncs();
  Started<absl::StatusOr<ClaimAnswer>> begun(loop_, ledger_->Claim(RequestOf(1)));
  clock_.RunLoop();
  while (faults_.syncs == before) std::this_thread::yield();
  Started<absl::StatusOr<ClaimAnswer>> claim(loop_, ledger_->Claim(RequestOf(2)));
  Started<absl::StatusOr<std::optional<Operation>>> get(loop_, ledger_->Get(IdOf(1)));
  clock_.Advance(absl::Seconds(5));
  clock_.Advance(absl::Seconds(9));
  EXPECT_FALSE(claim.done() || get.done());
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(claim.done() && get.done());
  ExpectUnavailable(claim->status());
  ExpectUnavailable(get->status());
  Started<absl::StatusOr<ClaimAnswer>> later(loop_, ledger_->Claim(RequestOf(3)));
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(later.done());
  ExpectUnavailable(later->status());
  EXPECT_FALSE(begun.done()) << "it may be written";
  faults_.LetGo();
  Count();
  ASSERT_TRUE(begun.done());
  EXPECT_EQ((*begun)->verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(Await(ledger_->Get(IdOf(2)))->has_value(), false);
  EXPECT_EQ(Claim(2).verdict, ClaimVerdict::kClaimed);
}

TEST_P(SqliteLedgerTest, TakesOnlyWhatWasWrittenForAProofThatItCanBe) {
  Order(1, Succeeded(1));
  faults_.write_error = SqliteFaults::kDiskFull;
  ExpectUnavailable(Await(ledger_->Claim(RequestOf(2))).status());
  EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kReplay);
  EXPECT_NE(ledger_->Health().trouble, "");
  faults_.Heal();
  EXPECT_EQ(Claim(2).verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(ledger_->Health().trouble, "");
}

TEST_P(SqliteLedgerTest, ProbesWhereNothingWasWrittenForFiveSeconds) {
  Claim(0);
  const int before = faults_.syncs;
  for (int second = 0; second < 30; ++second) After(absl::Seconds(1));
  EXPECT_EQ(faults_.syncs - before, 6);
  for (int second = 1; second < 30; ++second) {
    Claim(second);
    After(absl::Seconds(1));
  }
  EXPECT_EQ(faults_.syncs - before, 6 + 29);
}

TEST_P(SqliteLedgerTest, ReportsEachCommit) {
  const size_t before = commits().size();
  Order(1, Succeeded(1));
  Claim(1);
  EXPECT_EQ(commits().size(), before + 2);
  EXPECT_TRUE(commits().back());
  faults_.sync_error = SqliteFaults::kIoError;
  ExpectUnavailable(Await(ledger_->Claim(RequestOf(2))).status());
  EXPECT_EQ(commits().size(), before + 3);
  EXPECT_FALSE(commits().back());
}

TEST_P(SqliteLedgerTest, TakesNothingForRecordedThatIsNotSynced) {
  Claim(1);
  for (const int error : {SqliteFaults::kIoError, SqliteFaults::kDiskFull}) {
    faults_.sync_error = error;
    ExpectUnavailable(Await(ledger_->Claim(RequestOf(2))).status());
    EXPECT_EQ(Count().in_flight, 1);
    faults_.Heal();
    EXPECT_FALSE(Has(2));
  }
  EXPECT_EQ(Claim(2).verdict, ClaimVerdict::kClaimed);
  Restart();
  EXPECT_EQ(Count().unknown, 2);
}

TEST_P(SqliteLedgerTest, FailsAWholeBatchThatCannotBeWrittenAndNothingElse) {
  faults_.write_error = SqliteFaults::kIoError;
  for (auto& claim : ClaimAtOnce(0, 50)) ExpectUnavailable(claim->status());
  faults_.Heal();
  for (auto& claim : ClaimAtOnce(0, 50)) EXPECT_EQ((*claim)->verdict, ClaimVerdict::kClaimed);
  EXPECT_EQ(Count().in_flight, 50);
}

TEST_P(SqliteLedgerTest, MakesItsFilesForTheirOwnerAlone) {
  Claim(1);
  for (const char* suffix : {"", "-wal"}) {
    struct stat status{};
    ASSERT_EQ(stat((file() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_P(SqliteLedgerTest, RefusesAFileThatAnotherProcessHas) {
  ledger_.reset();
  {
    const OtherProcess other([this] { ledger_ = store_->Open(loop_, clock_, kRetention); });
    EXPECT_EQ(OpenStatus().message(), file() + ": it is in use by another process");
    std::filesystem::create_hard_link(file(), file() + "-by-another-name");
    const auto same = OpenSqliteLedger(loop_, clock_, {.path = file() + "-by-another-name"});
    EXPECT_THAT(same.status().message(), HasSubstr("in use by another process"));
  }
  EXPECT_EQ(OpenStatus(), absl::OkStatus());
}

TEST_P(SqliteLedgerTest, CanBeCopiedWhileItIsInUse) {
  Order(1, Succeeded(1));
  const std::string copy = file() + "-copy";
  EXPECT_EQ(RunInSqliteShell(file(), absl::StrCat("VACUUM INTO '", copy, "'")), "");
  EXPECT_EQ(Claim(2).verdict, ClaimVerdict::kClaimed);
  ledger_.reset();
  ledger_ = *OpenSqliteLedger(loop_, clock_, {.path = copy});
  EXPECT_EQ(Get(1).state, OperationState::kSucceeded);
  EXPECT_FALSE(Has(2));
}

// What is written to such files would be lost with the process, and its orders sent again.
TEST_P(SqliteLedgerTest, IsUnavailableWhileOneOfItsFilesIsNotInItsPlace) {
  Order(1, Succeeded(1));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string name = file() + suffix;
    std::filesystem::rename(name, name + ".old");
    ExpectUnavailable(Await(ledger_->Claim(RequestOf(2))).status());
    EXPECT_THAT(ledger_->Health().trouble, HasSubstr("is missing or was replaced")) << name;
    std::ofstream(name) << "another file";
    ExpectUnavailable(Await(ledger_->Claim(RequestOf(2))).status());
    EXPECT_EQ(Get(1).state, OperationState::kSucceeded);
    std::filesystem::rename(name + ".old", name);
    After(absl::Seconds(5));
    EXPECT_EQ(ledger_->Health().trouble, "");
    EXPECT_FALSE(Has(2));
  }
  EXPECT_EQ(Claim(2).verdict, ClaimVerdict::kClaimed);
}

// A shell's `>` or `cp` onto it, for two.
TEST_P(SqliteLedgerTest, IsUnavailableOnceOneOfItsFilesHasBecomeShorter) {
  for (const char* suffix : {"", "-wal"}) {
    ClaimAtOnce(0, 500);
    Restart();
    Order(1'000, Succeeded(1'000));
    const std::string name = file() + suffix;
    const std::string whole = ReadAll(name);
    std::filesystem::resize_file(name, whole.size() - 1);
    ExpectUnavailable(Await(ledger_->Claim(RequestOf(2'000))).status());
    EXPECT_THAT(ledger_->Health().trouble, HasSubstr(name + " has lost 1 bytes, not by the gateway"));
    std::filesystem::resize_file(name, 0);
    ExpectUnavailable(Await(ledger_->Claim(RequestOf(2'000))).status());
    ledger_.reset();
    for (const char* each : {"", "-wal", "-shm"}) std::filesystem::remove(file() + each);
    Restart();
  }
}

TEST_P(SqliteLedgerTest, KeepsItsRecordInAFileWhateverItsName) {
  ledger_.reset();
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(std::filesystem::path(file()).parent_path());
  ledger_ = *OpenSqliteLedger(loop_, clock_, {.path = ":memory:"});
  Order(1, Succeeded(1));
  ledger_.reset();
  ledger_ = *OpenSqliteLedger(loop_, clock_, {.path = ":memory:"});
  std::filesystem::current_path(before);
  EXPECT_EQ(Get(1).state, OperationState::kSucceeded);
}

TEST_P(SqliteLedgerTest, RefusesAFileOfANewerGateway) {
  ledger_.reset();
  ASSERT_EQ(RunInSqliteShell(file(), "PRAGMA user_version = 5"), "");
  EXPECT_THAT(OpenStatus().message(), HasSubstr("made by a newer webex-gateway (its schema has version 5, this one"));
}

// What version 1 made, in its words, with an order in each state.
constexpr char kVersion1[] =
    "PRAGMA journal_mode = WAL;"
    "CREATE TABLE operations (seq INTEGER PRIMARY KEY, request_id BLOB NOT NULL UNIQUE, sp_enterprise_id TEXT NOT NULL,"
    " user_id TEXT NOT NULL, fingerprint BLOB NOT NULL, state INTEGER NOT NULL, claim INTEGER NOT NULL,"
    " create_time INTEGER NOT NULL, update_time INTEGER NOT NULL, error_code INTEGER NOT NULL DEFAULT 0,"
    " error_reason TEXT NOT NULL DEFAULT '', tracking_id TEXT NOT NULL DEFAULT '', workspace BLOB,"
    " resolved_by TEXT NOT NULL DEFAULT '', resolve_note TEXT NOT NULL DEFAULT '', caller TEXT NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX by_state ON operations (state);"
    "CREATE INDEX by_state_and_time ON operations (state, update_time);"
    "CREATE UNIQUE INDEX open_by_user ON operations (sp_enterprise_id, user_id) WHERE state IN (1, 4);"
    "PRAGMA application_id = 2002942055; PRAGMA user_version = 1;"
    "WITH ids (n, id) AS (VALUES (1, x'00000001aaaa4bbb8cccddddeeeeffff'), (2, x'00000002aaaa4bbb8cccddddeeeeffff'),"
    " (3, x'00000003aaaa4bbb8cccddddeeeeffff'), (4, x'00000004aaaa4bbb8cccddddeeeeffff')) "
    "INSERT INTO operations (request_id, sp_enterprise_id, user_id, fingerprint, state, claim, create_time, "
    "update_time,"
    " tracking_id, workspace, caller)"
    " SELECT id, 'Reseller1+acme', 'user-' || n,"
    " CAST(printf('%032d', n) AS BLOB), n, 1, 1700000000000000, 1700000000000001, 'T-' || n,"
    " CASE n WHEN 2 THEN x'0a0469642d32' END, 'spiffe://bss/orders' FROM ids;";

TEST_P(SqliteLedgerTest, KeepsWhatIsOnRecordWhenItBringsAFileOfVersion1UpToDate) {
  ledger_.reset();
  std::filesystem::remove(file());
  ASSERT_EQ(RunInSqliteShell(file(), kVersion1), "");
  Restart();
  EXPECT_EQ(Claim(1).verdict, ClaimVerdict::kUnknown);  // it was under way
  const ClaimAnswer replay = Claim(2);
  EXPECT_EQ(replay.verdict, ClaimVerdict::kReplay);
  EXPECT_EQ(replay.operation.ending.workspace_id, "id-2");
  EXPECT_EQ(replay.operation.ending.tracking_id, "T-2");
  EXPECT_EQ(replay.operation.create_time, absl::FromUnixSeconds(1'700'000'000));
  EXPECT_EQ(Claim(3).operation.claim, 2);
  EXPECT_EQ(Claim(4).verdict, ClaimVerdict::kUnknown);
  Order(5, Succeeded(5));
  ledger_.reset();
  EXPECT_EQ(RunInSqliteShell(file(), "SELECT sends_until, gateway, other_workspace_ids FROM operations"), "");
}

// What version 2 made of that, with a workspace whose id is long.
constexpr char kVersion2[] =
    "ALTER TABLE operations ADD COLUMN sends_until INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE operations ADD COLUMN gateway TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE operations ADD COLUMN other_workspace_ids TEXT NOT NULL DEFAULT '';"
    "PRAGMA user_version = 2;"
    "INSERT INTO operations (request_id, sp_enterprise_id, user_id, fingerprint, state, claim, create_time,"
    " update_time, workspace, caller, gateway) VALUES (x'00000006aaaa4bbb8cccddddeeeeffff', 'Reseller1+acme', 'user-6',"
    " CAST(printf('%032d', 6) AS BLOB), 2, 1, 1700000000000000, 1700000000000001,"
    " CAST(x'0ac801' || CAST(printf('%0200d', 6) AS BLOB) || x'1a016f' AS BLOB), '', 'host/id');";

TEST_P(SqliteLedgerTest, KeepsWhatIsOnRecordWhenItBringsAFileOfVersion2UpToDate) {
  ledger_.reset();
  std::filesystem::remove(file());
  ASSERT_EQ(RunInSqliteShell(file(), absl::StrCat(kVersion1, kVersion2)), "");
  Restart();
  EXPECT_EQ(Get(2).method, "ProvisionWorkspace");
  EXPECT_EQ(Get(2).workspace_id, "id-2");
  EXPECT_EQ(Get(6).workspace_id, absl::StrFormat("%0200d", 6));
  EXPECT_EQ(Get(6).ending.answer->size(), 206u);
  EXPECT_EQ(Claim(2).verdict, ClaimVerdict::kReplay);
  EXPECT_EQ(Claim(4).verdict, ClaimVerdict::kUnknown);
  // It had no subject, and holds its user all the same.
  ClaimRequest other = RequestOf(4);
  other.request_id = IdOf(7);
  EXPECT_EQ(Await(ledger_->Claim(other))->verdict, ClaimVerdict::kBlocked);
  // Claimed anew, it gets one.
  EXPECT_EQ(Claim(3).operation.claim, 2);
  other.subject = RequestOf(3).subject;
  EXPECT_EQ(Await(ledger_->Claim(other))->verdict, ClaimVerdict::kBlocked);
}

// What version 3 made of that, with an order under way.
constexpr char kVersion3[] =
    "ALTER TABLE operations RENAME COLUMN workspace TO answer;"
    "ALTER TABLE operations ADD COLUMN method TEXT NOT NULL DEFAULT 'ProvisionWorkspace';"
    "ALTER TABLE operations ADD COLUMN repeatable INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE operations ADD COLUMN subject TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE operations ADD COLUMN workspace_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE operations ADD COLUMN after_unknown INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX open_by_user;"
    "CREATE UNIQUE INDEX open_by_user ON operations (sp_enterprise_id, user_id)"
    " WHERE state IN (1, 4) AND subject = '';"
    "CREATE UNIQUE INDEX open_by_subject ON operations (subject)"
    " WHERE (state = 1 OR state = 4 AND repeatable = 0) AND subject <> '';"
    "PRAGMA user_version = 3;"
    "INSERT INTO operations (request_id, sp_enterprise_id, user_id, fingerprint, state, claim, create_time,"
    " update_time, caller, gateway, method, repeatable, subject, workspace_id)"
    " VALUES (x'00000007aaaa4bbb8cccddddeeeeffff', '', '', CAST(printf('%032d', 7) AS BLOB), 1, 1, 1700000000000000,"
    " 1700000000000001, '', 'host/id', 'UpdateWorkspace', 1, 'workspace|id-7', 'id-7');";

TEST_P(SqliteLedgerTest, KeepsWhatIsOnRecordWhenItBringsAFileOfVersion3UpToDate) {
  ledger_.reset();
  std::filesystem::remove(file());
  ASSERT_EQ(RunInSqliteShell(file(), absl::StrCat(kVersion1, kVersion2, kVersion3)), "");
  Restart();
  const LedgerCounts counts = *Await(ledger_->Count());
  EXPECT_EQ(counts.in_flight, 0);
  EXPECT_EQ(counts.succeeded, 2);
  EXPECT_EQ(counts.failed, 1);
  EXPECT_EQ(counts.unknown, 2);  // those of version 1
  EXPECT_EQ(counts.unknown_repeatable, 1);
  EXPECT_THAT(List({.state = OperationState::kUnknown}), ElementsAre(IdOf(7), IdOf(4), IdOf(1)));
  EXPECT_THAT(List({.state = OperationState::kFailed}), ElementsAre(IdOf(3)));
  EXPECT_THAT(List({.state = OperationState::kSucceeded}), ElementsAre(IdOf(6), IdOf(2)));
  EXPECT_EQ(Get(7).method, "UpdateWorkspace");
}

// The order of version 1 is unknown until someone looks, which may be long after the upgrade.
TEST_P(SqliteLedgerTest, HoldsTheUserOfAnEarlierVersionsOrderByTheSubjectOfNow) {
  ledger_.reset();
  std::filesystem::remove(file());
  ASSERT_EQ(RunInSqliteShell(file(), kVersion1), "");
  const auto fold = [](const std::string& enterprise, const std::string& user) {
    return absl::AsciiStrToUpper(absl::StrCat(enterprise, "|", user));
  };
  ledger_ = *OpenSqliteLedger(loop_, clock_, {.path = file(), .subject_of_user = fold});
  ASSERT_TRUE(Await(ledger_->Recover()).ok());
  ClaimRequest other = RequestOf(7);
  other.subject = "RESELLER1+ACME|USER-4";
  const ClaimAnswer answer = *Await(ledger_->Claim(other));
  EXPECT_EQ(answer.verdict, ClaimVerdict::kBlocked);
  EXPECT_EQ(answer.operation.request_id, IdOf(4));
}

// Two of one user: the letter case that told them apart does so no more.
TEST_P(SqliteLedgerTest, HoldsAUserByTheNamesOfAnEarlierVersionsOrderThatGotNoSubject) {
  ledger_.reset();
  std::filesystem::remove(file());
  ASSERT_EQ(RunInSqliteShell(file(), kVersion1), "");
  const auto one = [](const std::string&, const std::string&) { return std::string("one"); };
  ledger_ = *OpenSqliteLedger(loop_, clock_, {.path = file(), .subject_of_user = one});
  ASSERT_TRUE(Await(ledger_->Recover()).ok());
  ClaimRequest other = RequestOf(4);
  other.request_id = IdOf(7);
  other.subject = "another";
  EXPECT_EQ(Await(ledger_->Claim(other))->operation.request_id, IdOf(4));
  other.subject = "one";
  EXPECT_EQ(Await(ledger_->Claim(other))->operation.request_id, IdOf(1));
}

TEST_P(SqliteLedgerTest, RefusesAFileThatIsNotALedger) {
  ledger_.reset();
  std::filesystem::remove(file());
  ASSERT_EQ(RunInSqliteShell(file(), "CREATE TABLE accounts (id INTEGER)"), "");
  const std::string before = ReadAll(file());
  EXPECT_THAT(OpenStatus().message(), HasSubstr("not a ledger of webex-gateway"));
  EXPECT_EQ(ReadAll(file()), before);

  std::filesystem::remove(file());
  std::ofstream(file()) << "This is a text, and no database at all; it is long enough to have a header.";
  EXPECT_THAT(OpenStatus().message(), HasSubstr("file is not a database"));
}

TEST_P(SqliteLedgerTest, RefusesAFileThatCannotBeWritten) {
  ledger_.reset();
  faults_.write_error = SqliteFaults::kReadOnly;
  EXPECT_THAT(OpenStatus().message(), HasSubstr("attempt to write a readonly database"));
}

TEST_P(SqliteLedgerTest, IsUnavailableWhereTheFileIsDamagedAndGoesOnWhereItIsNot) {
  faults_.sync_micros = 0;
  ClaimAtOnce(0, 2'000);
  ledger_.reset();
  {
    std::fstream data(file(), std::ios::in | std::ios::out | std::ios::binary);
    data.seekp(100 * 4096);
    data << std::string(4096, 'x');
  }
  ledger_ = store_->Open(loop_, clock_, kRetention);
  int damaged = 0;
  for (int number = 0; number < 2'000; ++number) {
    const auto found = Await(ledger_->Get(IdOf(number)));
    if (found.ok()) continue;
    ++damaged;
    ExpectUnavailable(found.status());
  }
  EXPECT_GT(damaged, 0);
  EXPECT_LT(damaged, 200);
  EXPECT_EQ(Claim(3'000).verdict, ClaimVerdict::kClaimed);
}

TEST_P(SqliteLedgerTest, SaysWhichFileCannotBeUsedAndWhy) {
  const absl::Status status = OpenSqliteLedger(loop_, clock_, {.path = "/nowhere/at/all.db"}).status();
  EXPECT_EQ(status.message(),
            "/nowhere/at/all.db: its folder, /nowhere/at, cannot be written: No such file or directory");
}

TEST_P(SqliteLedgerTest, SaysWhichFolderCannotBeWritten) {
  ledger_.reset();
  const std::filesystem::path folder = std::filesystem::path(file()).parent_path();
  std::filesystem::permissions(folder, std::filesystem::perms(0555));
  std::filesystem::permissions(file(), std::filesystem::perms(0666));
  const std::string said = RunAsAnOrdinaryUser([this] { return std::string(OpenStatus().message()); });
  EXPECT_EQ(said, absl::StrCat(file(), ": its folder, ", folder.string(), ", cannot be written: Permission denied"));
}

TEST_P(SqliteLedgerTest, KeepsWhatWasAnsweredThroughAKill) {
  ledger_.reset();
  {
    const OtherProcess killed([this] {
      ledger_ = store_->Open(loop_, clock_, kRetention);
      Claim(1);
      Order(2, Succeeded(2));
    });
  }
  EXPECT_GT(std::filesystem::file_size(file() + "-wal"), 0u);
  Restart();
  EXPECT_EQ(Get(1).state, OperationState::kUnknown);
  EXPECT_EQ(Get(2).state, OperationState::kSucceeded);
  EXPECT_EQ(Count().unknown, 1);
}

TEST_P(SqliteLedgerTest, ForgetsInBites) {
  faults_.sync_micros = 0;
  ClaimAtOnce(0, 500);
  for (int number = 0; number < 500; ++number) {
    ASSERT_EQ(*Await(ledger_->Complete(IdOf(number), 1, Failed())), CompleteVerdict::kRecorded);
  }
  clock_.Advance(kRetention + absl::Minutes(2));
  while (Count().failed > 0) clock_.RunLoop();
  EXPECT_THAT(List({}), testing::IsEmpty());
}

TEST_P(SqliteLedgerTest, ListsAllOfAnEnterpriseThoughItLooksAtALimitedNumberInABite) {
  ClaimAtOnce(0, 3);
  ClaimRequest rare = RequestOf(3);
  rare.sp_enterprise_id = "rare";
  rare.subject = SubjectOf(rare);
  Claim(rare);
  ClaimAtOnce(4, 25'000);
  EXPECT_THAT(List({.sp_enterprise_id = "rare"}), ElementsAre(IdOf(3)));
  EXPECT_THAT(List({.user_id = "user-1"}), ElementsAre(IdOf(1)));
  ASSERT_EQ(*Await(ledger_->Complete(IdOf(2), 1, Succeeded(2))), CompleteVerdict::kRecorded);
  EXPECT_THAT(List({.state = OperationState::kSucceeded}), ElementsAre(IdOf(2)));
  EXPECT_EQ(List({.sp_enterprise_id = "Reseller1+acme", .page_size = 9'000}).size(), 25'003u);
}

}  // namespace
}  // namespace webex_gateway
