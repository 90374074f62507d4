// A program that the benchmark starts, and ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace webex_gateway {

// A new one, which is removed in the end with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class ChildProcess {
 public:
  // `name` is that of a program beside this one. What it prints on stderr goes to `log`. Its environment is that of
  // whoever runs the benchmark, without settings for a gateway, and with the sandbox's token. It ends with the thread
  // that started it, at the latest.
  ChildProcess(const std::string& name, const std::vector<std::string>& args, std::filesystem::path log);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  // ends it

  // Until it has printed what `found` looks for. The error, where it ends before or takes longer than `limit`, is what
  // it has printed.
  absl::Status Await(const std::function<bool(const std::string& log)>& found,
                     absl::Duration limit = absl::Seconds(30));
  // The number that follows `announcement` on a line that it has printed; never 0.
  absl::StatusOr<int> AwaitNumber(const std::string& announcement);

  pid_t id() const { return id_; }

 private:
  std::string Log() const;

  const std::filesystem::path log_;
  pid_t id_ = 0;
};

// What the system says of a process; 0 where there is none.
double CpuSecondsOf(pid_t process);
double ResidentMegabytesOf(pid_t process);

}  // namespace webex_gateway
