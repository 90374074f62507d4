#include "tests/bench/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/unknown_variables.h"

namespace webex_gateway {
namespace {

// The time to a first answer is measured through it.
constexpr std::chrono::milliseconds kLooksEvery{1};

std::vector<std::string> EnvironmentWithToken() {
  std::vector<std::string> all = {"WEBEX_GATEWAY_WEBEX_TOKEN=sandbox-token"};
  for (const auto& [name, value] : ProcessVariables()) {
    if (!absl::StartsWith(name, "WEBEX_GATEWAY_")) all.push_back(absl::StrCat(name, "=", value));
  }
  return all;
}

std::vector<char*> PointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The number that follows `announcement` on a line that has come whole; 0 if there is none yet.
int NumberAfter(const std::string& announcement, const std::string& text) {
  const size_t at = text.find(announcement);
  if (at == std::string::npos || text.find('\n', at) == std::string::npos) return 0;
  const std::string rest = text.substr(at + announcement.size());
  int number = 0;
  return absl::SimpleAtoi(rest.substr(0, rest.find_first_not_of("0123456789")), &number) ? number : 0;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = std::filesystem::temp_directory_path() / "webex-bench-XXXXXX";
  if (mkdtemp(name.data()) != nullptr) path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ChildProcess::ChildProcess(const std::string& name, const std::vector<std::string>& args, std::filesystem::path log)
    : log_(std::move(log)) {
  std::vector<std::string> command = {std::filesystem::read_symlink("/proc/self/exe").parent_path() / name};
  command.insert(command.end(), args.begin(), args.end());
  std::vector<std::string> variables = EnvironmentWithToken();
  const std::vector<char*> argv = PointersTo(command);
  const std::vector<char*> envp = PointersTo(variables);
  id_ = fork();
  if (id_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(file, STDERR_FILENO);
  execve(argv[0], argv.data(), envp.data());
  _exit(127);
}

ChildProcess::~ChildProcess() {
  if (id_ <= 0) return;
  kill(id_, SIGKILL);
  waitpid(id_, nullptr, 0);
}

absl::Status ChildProcess::Await(const std::function<bool(const std::string& log)>& found, absl::Duration limit) {
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(limit);
  for (bool ended = id_ <= 0; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(kLooksEvery)) {
    if (found(Log())) return absl::OkStatus();
    if (ended) break;
    ended = waitpid(id_, nullptr, WNOHANG) == id_;
    if (ended) id_ = 0;
  }
  return absl::UnavailableError(Log());
}

absl::StatusOr<int> ChildProcess::AwaitNumber(const std::string& announcement) {
  int number = 0;
  const absl::Status status = Await([&](const std::string& log) {
    number = NumberAfter(announcement, log);
    return number != 0;
  });
  if (!status.ok()) return status;
  return number;
}

std::string ChildProcess::Log() const {
  std::ostringstream text;
  text << std::ifstream(log_).rdbuf();
  return text.str();
}

double CpuSecondsOf(pid_t process) {
  clockid_t clock = 0;
  timespec time{};
  if (process <= 0 || clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double ResidentMegabytesOf(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/statm"));
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

}  // namespace webex_gateway
