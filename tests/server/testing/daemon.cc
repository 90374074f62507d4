#include "tests/server/testing/daemon.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace webex_gateway {
namespace {

namespace fs = std::filesystem;

// nullptr: the user who runs the test.
const passwd* OrdinaryUser() {
  if (getuid() != 0) return nullptr;
  static const passwd* const user = getpwnam("postgres");
  if (user == nullptr) GiveUp("there is no user postgres");
  return user;
}

}  // namespace

void GiveUp(const std::string& what) {
  std::fprintf(stderr, "the servers for the tests: %s (Debian: apt-get install postgresql pgbouncer)\n", what.c_str());
  std::abort();
}

fs::path NewFolderOfDaemons(const std::string& name) {
  std::string folder = (fs::temp_directory_path() / (name + "-XXXXXX")).string();
  if (mkdtemp(folder.data()) == nullptr) GiveUp("no temporary folder");
  const passwd* const user = OrdinaryUser();
  if (user != nullptr && chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) {
    GiveUp("cannot change the temporary folder's owner");
  }
  return folder;
}

pid_t Launch(const std::vector<std::string>& command, const fs::path& log) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const passwd* const user = OrdinaryUser();
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const pid_t process = fork();
  if (process != 0) {
    close(output);
    return process;
  }
  if (user != nullptr && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(1);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(arguments[0], arguments.data());
  _exit(127);
}

void RunToItsEnd(const std::vector<std::string>& command, const fs::path& log) {
  int status = 0;
  if (waitpid(Launch(command, log), &status, 0) < 0 || status != 0) GiveUp(ReadAll(log));
}

void WaitFor(const std::string& what, const std::function<bool()>& so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!so()) {
    if (std::chrono::steady_clock::now() > end) GiveUp(what + " did not happen within a minute");
    poll(nullptr, 0, 10);
  }
}

int FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(probe, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  close(probe);
  return ntohs(address.sin_port);
}

}  // namespace webex_gateway
