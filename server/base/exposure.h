// Checks whether others may write a file that this process relies on, or read one that holds a secret.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace webex_gateway {

enum class FileKind {
  kData,    // others must not write it
  kSecret,  // others must not read it either
};

struct Process {
  uid_t user = 0;
  std::vector<gid_t> groups;
};
Process ThisProcess();

// For example "others may write it (mode 0622)"; empty if nobody else may. Others are all except root, the process's
// user and, as for its unix sockets, its groups. Only regular files are checked.
std::string ExposureOf(const struct stat& file, FileKind kind, const Process& process);

// The same for the file at `path`, following links; empty if there is none.
std::string ExposureOf(const std::string& path, FileKind kind);

}  // namespace webex_gateway
