#include "server/base/process.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <limits>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/small_file.h"

namespace webex_gateway {
namespace {

int64_t OpenFds() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), &closedir);
  if (directory == nullptr) return 0;
  int64_t entries = 0;
  while (readdir(directory.get()) != nullptr) ++entries;
  return entries - 3;  // ".", ".." and the directory's own
}

int64_t MaxFds() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<int64_t>(limit.rlim_cur) : 0;
}

absl::Duration Cpu() {
  timespec used{};
  return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 ? absl::DurationFromTimespec(used) : absl::ZeroDuration();
}

// The path of the control group; nothing with only cgroup v1.
std::optional<std::string> GroupIn(const std::string& own) {
  for (const absl::string_view line : absl::StrSplit(ReadSmallFile(own).value_or(""), '\n')) {
    absl::string_view path = line;
    if (absl::ConsumePrefix(&path, "0::")) return std::string(path);
  }
  return std::nullopt;
}

}  // namespace

Readings ReadingsOf(const ProcessUse& use) {
  return {GaugeOf("process_resident_memory_bytes", "Resident memory size in bytes",
                  static_cast<double>(use.resident_bytes)),
          GaugeOf("webex_gateway_memory_limit_bytes", "The memory limit of its control group; NaN: not known",
                  use.memory_limit_bytes ? static_cast<double>(*use.memory_limit_bytes)
                                         : std::numeric_limits<double>::quiet_NaN()),
          GaugeOf("process_open_fds", "Number of open file descriptors", static_cast<double>(use.open_fds)),
          GaugeOf("process_max_fds", "Maximum number of open file descriptors", static_cast<double>(use.max_fds)),
          {Reading::Type::kCounter,
           "process_cpu_seconds_total",
           "User and system CPU time spent in seconds",
           {{absl::ToDoubleSeconds(use.cpu)}}}};
}

int64_t ResidentBytes() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"), &std::fclose);
  long total = 0;
  long resident = 0;
  if (file == nullptr || std::fscanf(file.get(), "%ld %ld", &total, &resident) != 2) return 0;
  return static_cast<int64_t>(resident) * sysconf(_SC_PAGESIZE);
}

std::optional<int64_t> MemoryLimit(const std::string& own, const std::string& root) {
  std::optional<std::string> group = GroupIn(own);
  std::optional<int64_t> least;
  while (group) {
    int64_t limit = 0;  // "max" means no limit
    const std::string text = ReadSmallFile(absl::StrCat(root, *group, "/memory.max")).value_or("");
    if (absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &limit)) least = std::min(least.value_or(limit), limit);
    const size_t parent = group->rfind('/');
    group = parent == std::string::npos ? std::nullopt : std::optional(group->substr(0, parent));
  }
  return least;
}

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

ProcessUse ReadProcessUse() {
  return {.resident_bytes = ResidentBytes(),
          .open_fds = OpenFds(),
          .max_fds = MaxFds(),
          .cpu = Cpu(),
          .memory_limit_bytes = MemoryLimit()};
}

}  // namespace webex_gateway
