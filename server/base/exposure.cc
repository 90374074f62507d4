#include "server/base/exposure.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace webex_gateway {

Process ThisProcess() {
  Process process{.user = geteuid(), .groups = {}};
  const int count = getgroups(0, nullptr);
  process.groups.resize(static_cast<size_t>(std::max(0, count)));
  process.groups.resize(static_cast<size_t>(std::max(0, getgroups(count, process.groups.data()))));
  process.groups.push_back(getegid());
  return process;
}

std::string ExposureOf(const struct stat& file, FileKind kind, const Process& process) {
  if (!S_ISREG(file.st_mode)) return "";
  const bool owner = file.st_uid != 0 && file.st_uid != process.user;
  const bool group = std::find(process.groups.begin(), process.groups.end(), file.st_gid) == process.groups.end();
  const auto may = [&](mode_t by_owner, mode_t by_group, mode_t by_all) {
    return (owner && (file.st_mode & by_owner) != 0) || (group && file.st_gid != 0 && (file.st_mode & by_group) != 0) ||
           (file.st_mode & by_all) != 0;
  };
  const bool write = may(S_IWUSR, S_IWGRP, S_IWOTH);
  const bool read = kind == FileKind::kSecret && may(S_IRUSR, S_IRGRP, S_IROTH);
  if (!write && !read) return "";
  const char* const what = write && read ? "read and write" : write ? "write" : "read";
  return absl::StrCat("others may ", what, " it (mode 0", absl::Hex((file.st_mode >> 6) & 7),
                      absl::Hex((file.st_mode >> 3) & 7), absl::Hex(file.st_mode & 7), ")");
}

std::string ExposureOf(const std::string& path, FileKind kind) {
  struct stat file{};
  return stat(path.c_str(), &file) == 0 ? ExposureOf(file, kind, ThisProcess()) : "";
}

}  // namespace webex_gateway
