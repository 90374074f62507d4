#include "tests/e2e/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr size_t kKept = 16 * 1024;

std::vector<char*> PointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentWith(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!more.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(absl::StrCat(name, "=", value));
  return all;
}

}  // namespace

std::string BuiltFile(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

Program::Program(const std::string& name, std::vector<std::string> args, const std::string& announcement,
                 const std::map<std::string, std::string>& environment) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  args.insert(args.begin(), BuiltFile(name));
  std::vector<std::string> variables = EnvironmentWith(environment);
  const std::vector<char*> argv = PointersTo(args);
  const std::vector<char*> envp = PointersTo(variables);
  id_ = fork();
  if (id_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(ends[1]);
  from_ = fdopen(ends[0], "r");
  port_ = PortAfter(announcement);
  // A full pipe would block the program.
  drain_ = std::thread([this] { Drain(); });
}

void Program::Signal(int signal) const {
  if (id_ != 0) kill(id_, signal);
}

int Program::End(int signal) {
  Signal(signal);
  return AwaitEnd();
}

int Program::AwaitEnd() {
  if (id_ == 0) return exit_code_;
  int status = 0;
  waitpid(id_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  drain_.join();
  std::fclose(from_);
  id_ = 0;
  return exit_code_;
}

std::string Program::output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

int Program::PortAfter(const std::string& announcement) {
  std::string seen;
  for (int c = std::fgetc(from_); c != EOF; c = std::fgetc(from_)) {
    seen.push_back(static_cast<char>(c));
    const size_t at = seen.find(announcement);
    int port = 0;
    if (c == '\n' && at != std::string::npos) {
      const std::string rest = seen.substr(at + announcement.size());
      EXPECT_TRUE(absl::SimpleAtoi(rest.substr(0, rest.find_first_not_of("0123456789")), &port)) << seen;
      return port;
    }
  }
  ADD_FAILURE() << "it ended before it served: " << seen;
  return 0;
}

void Program::Drain() {
  for (int c = std::fgetc(from_); c != EOF; c = std::fgetc(from_)) {
    const std::lock_guard lock(mutex_);
    output_.push_back(static_cast<char>(c));
    if (output_.size() > 2 * kKept) output_.erase(0, kKept);
  }
}

}  // namespace webex_gateway
