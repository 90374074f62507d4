#include "server/base/small_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"

namespace webex_gateway {

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (file == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  std::string content;
  std::array<char, 64 << 10> part{};  // most files have less, and a limit may be far more
  while (std::feof(file.get()) == 0 && std::ferror(file.get()) == 0 && content.size() <= max_bytes) {
    content.append(part.data(), std::fread(part.data(), 1, part.size(), file.get()));
  }
  if (std::ferror(file.get()) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  if (content.size() > max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is longer than ", max_bytes >> 10, " KiB"));
  }
  return content;
}

}  // namespace webex_gateway
