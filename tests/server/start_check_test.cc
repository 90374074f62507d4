#include "server/start_check.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/ledger/open.h"
#include "server/rpc/listening_socket.h"

namespace webex_gateway {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class StartCheckTest : public testing::Test {
 protected:
  StartCheckTest() {
    std::string name = (std::filesystem::temp_directory_path() / "start-check-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    options_.listen = {"127.0.0.1:0"};
    options_.webex_base_url = "https://webexapis.com/v1";
  }
  ~StartCheckTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  StartCheck CheckLedger(const std::string& path) {
    options_.ledger = {.kind = LedgerKind::kSqlite, .path = path};
    return CheckStart(options_);
  }
  void Write(const std::string& name, const std::string& content) const { std::ofstream(Path(name)) << content; }

  std::filesystem::path folder_;
  Options options_;
};

TEST_F(StartCheckTest, FindsNothingWhereAStartWouldAndMakesNothing) {
  options_.listen.push_back("unix:" + Path("socket"));
  options_.admin_listen = "127.0.0.1:0";
  EXPECT_THAT(CheckLedger(Path("ledger.db")).faults, IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(StartCheckTest, SaysThatTheNetworkIsNotChecked) {
  EXPECT_THAT(CheckStart(options_).unchecked,
              ElementsAre(HasSubstr("--webex_base_url: whether https://webexapis.com/v1")));
  options_.ledger.kind = LedgerKind::kPostgresql;
  EXPECT_THAT(CheckStart(options_).unchecked, Contains(HasSubstr("--ledger: whether PostgreSQL is available")));
}

TEST_F(StartCheckTest, NamesAFolderOrFileThatCanHoldNoLedger) {
  EXPECT_THAT(CheckLedger(Path("none/ledger.db")).faults,
              ElementsAre(absl::StrCat("--ledger: ", Path("none/ledger.db"), ": its folder, ", Path("none"),
                                       ", cannot be written: No such file or directory")));
  EXPECT_THAT(CheckLedger(folder_.string()).faults, ElementsAre(HasSubstr("Is a directory")));
  std::filesystem::create_symlink(Path("nowhere"), Path("link"));
  EXPECT_THAT(CheckLedger(Path("link")).faults, ElementsAre(HasSubstr("symbolic link to a missing file")));
  Write("text", "not a database");
  EXPECT_THAT(CheckLedger(Path("text")).faults, ElementsAre(HasSubstr("it is not a SQLite file")));
  Write("foreign", std::string("SQLite format 3\0", 16) + std::string(84, '\0'));
  EXPECT_THAT(CheckLedger(Path("foreign")).faults, ElementsAre(HasSubstr("not a ledger of webex-gateway")));
}

TEST_F(StartCheckTest, NamesALedgerOfANewerGateway) {
  std::string header = std::string("SQLite format 3\0", 16) + std::string(84, '\0');
  header.replace(60, 4, std::string("\0\0\0\x63", 4));
  header.replace(68, 4, "wbxg");
  Write("newer", header);
  EXPECT_THAT(CheckLedger(Path("newer")).faults, ElementsAre(HasSubstr("its schema has version 99")));
}

TEST_F(StartCheckTest, TakesALedgerOfThisGatewayAndLeavesOneThatIsInUse) {
  Loop loop;
  const std::unique_ptr<Clock> clock = CreateSystemClock(loop);
  LedgerOptions options{
      .place = {.kind = LedgerKind::kSqlite, .path = Path("ledger.db")},
      .subject_of_user = [](const std::string& enterprise, const std::string& user) { return enterprise + user; }};
  auto ledger = OpenLedger(options, loop, *clock);
  ASSERT_TRUE(ledger.ok()) << ledger.status();
  const StartCheck beside = CheckLedger(Path("ledger.db"));
  EXPECT_THAT(beside.faults, IsEmpty());
  EXPECT_THAT(beside.unchecked, Contains(HasSubstr("it is in use by another process, so its content was not checked")));
  ledger->reset();
  const StartCheck after = CheckLedger(Path("ledger.db"));
  EXPECT_THAT(after.faults, IsEmpty());
  EXPECT_THAT(after.unchecked, Not(Contains(HasSubstr("--ledger"))));
}

TEST_F(StartCheckTest, NamesAddressesThatAreNotThisMachines) {
  options_.listen = {"192.0.2.1:1", "unix:" + Path("none/socket")};
  options_.admin_listen = "192.0.2.1:2";
  EXPECT_THAT(
      CheckStart(options_).faults,
      ElementsAre("--listen: cannot listen on 192.0.2.1:1: Cannot assign requested address",
                  absl::StrCat("--listen: cannot listen on unix:", Path("none/socket"), ": No such file or directory"),
                  "--admin_listen: cannot listen on 192.0.2.1:2: Cannot assign requested address"));
}

TEST_F(StartCheckTest, LeavesAnAddressThatARunningGatewayMayHave) {
  const auto taken = Listen("127.0.0.1:0");
  options_.listen = {absl::StrCat("127.0.0.1:", taken->front().port())};
  const StartCheck check = CheckStart(options_);
  EXPECT_THAT(check.faults, IsEmpty());
  EXPECT_THAT(check.unchecked, Contains(HasSubstr(absl::StrCat("--listen: ", options_.listen[0], " is in use now"))));
}

}  // namespace
}  // namespace webex_gateway
