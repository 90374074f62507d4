// Who else may write a file that this process relies on, or read one that holds a secret.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace webex_gateway {

enum class FileKind {
  kData,    // others must not write it
  kSecret,  // nor read it
};

struct Process {
  uid_t user = 0;
  std::vector<gid_t> groups;
};
Process ThisProcess();

// "others may write it (mode 0622)", say; empty where nobody else may. Others are neither root nor the process's user,
// nor, as for its unix sockets, one of its groups. Only a regular file has any.
std::string ExposureOf(const struct stat& file, FileKind kind, const Process& process);

// The same of the file at `path`, behind links; empty where there is none.
std::string ExposureOf(const std::string& path, FileKind kind);

}  // namespace webex_gateway
