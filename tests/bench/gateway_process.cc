#include "tests/bench/gateway_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/unknown_variables.h"

namespace webex_gateway {
namespace {

constexpr std::chrono::seconds kStartsWithin{30};

std::filesystem::path NewFolder() {
  std::string name = std::filesystem::temp_directory_path() / "webex-bench-XXXXXX";
  return mkdtemp(name.data()) == nullptr ? std::filesystem::path() : std::filesystem::path(name);
}

// Of whoever runs the benchmark, without settings for a gateway.
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

absl::StatusOr<std::unique_ptr<GatewayProcess>> GatewayProcess::Start(const std::string& sandbox_url,
                                                                      const std::vector<std::string>& settings) {
  std::unique_ptr<GatewayProcess> gateway(new GatewayProcess(sandbox_url, settings));
  if (absl::Status status = gateway->AwaitPort(); !status.ok()) return status;
  return gateway;
}

GatewayProcess::GatewayProcess(const std::string& sandbox_url, const std::vector<std::string>& settings)
    : folder_(NewFolder()) {
  std::vector<std::string> args = {
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "webex-gateway", "--listen=127.0.0.1:0",
      "--admin_listen=", absl::StrCat("--ledger=sqlite:", (folder_ / "ledger.db").string()),
      absl::StrCat("--webex_base_url=", sandbox_url, "/v1")};
  args.insert(args.end(), settings.begin(), settings.end());
  std::vector<std::string> variables = EnvironmentWithToken();
  const std::vector<char*> argv = PointersTo(args);
  const std::vector<char*> envp = PointersTo(variables);
  const std::string log = folder_ / "log";
  id_ = fork();
  if (id_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(file, STDERR_FILENO);
  execve(argv[0], argv.data(), envp.data());
  _exit(127);
}

GatewayProcess::~GatewayProcess() {
  if (id_ > 0) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string GatewayProcess::address() const { return absl::StrCat("127.0.0.1:", port_); }

absl::Status GatewayProcess::AwaitPort() {
  const auto limit = std::chrono::steady_clock::now() + kStartsWithin;
  while (id_ > 0 && std::chrono::steady_clock::now() < limit) {
    port_ = NumberAfter("\"ports\":[", Log());
    if (port_ != 0) return absl::OkStatus();
    if (waitpid(id_, nullptr, WNOHANG) == id_) id_ = 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return absl::UnavailableError(absl::StrCat("the webex-gateway beside this program does not serve: ", Log()));
}

std::string GatewayProcess::Log() const {
  std::ostringstream text;
  text << std::ifstream(folder_ / "log").rdbuf();
  return text.str();
}

}  // namespace webex_gateway
