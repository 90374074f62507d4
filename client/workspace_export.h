// An export of the workspaces that Webex Control Hub shows, as CSV with a line of headings: which of some users have
// one.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace webex_gateway::client {

// By their headings; letter case and white space around them make no difference.
struct ExportColumns {
  std::string user_id;
  std::string workspace_id;
};

struct WorkspaceExport {
  int64_t rows = 0;
  // The different ids of each user's workspaces, "" for a row that names none, by FoldedName (server/base/user_name.h)
  // of the user id.
  std::map<std::string, std::set<std::string>> workspaces;
};

// Of those `users` (FoldedName) alone, so that it takes no memory for the others. INVALID_ARGUMENT, in words for the
// user: a column that is not there, a row that cannot be read or is too short, no row at all. Then nothing of the file
// counts, since who is missing from it may be in what could not be read.
absl::StatusOr<WorkspaceExport> ReadExport(absl::string_view text, const ExportColumns& columns,
                                           const std::set<std::string>& users);

}  // namespace webex_gateway::client
