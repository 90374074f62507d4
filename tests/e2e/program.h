// One of the built programs, run by a test: it is next to the test's own binary.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace webex_gateway {

// The path of a built program or library.
std::string BuiltFile(const std::string& name);

class Program {
 public:
  // Returns once the program has printed `announcement` followed by a port. `environment` is added to the test's own.
  // It ends at the latest with the thread that started it.
  Program(const std::string& name, std::vector<std::string> args, const std::string& announcement,
          const std::map<std::string, std::string>& environment = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { End(SIGKILL); }

  void Signal(int signal) const;
  // Returns its exit code; 128 or more: a signal ended it.
  int AwaitEnd();
  int End(int signal);  // with this signal

  int port() const { return port_; }
  // The last lines that it has printed.
  std::string output() const;

 private:
  int PortAfter(const std::string& announcement);
  void Drain();

  pid_t id_ = 0;
  int port_ = 0;
  int exit_code_ = 0;
  FILE* from_ = nullptr;
  mutable std::mutex mutex_;
  std::string output_;
  std::thread drain_;
};

}  // namespace webex_gateway
