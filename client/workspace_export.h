// An export of workspaces from Webex Control Hub, as CSV with a header line: finds which of some users have a
// workspace.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace webex_gateway::client {

// The columns by their headers, ignoring letter case and surrounding white space.
struct ExportColumns {
  std::string user_id;
  std::string workspace_id;
};

struct WorkspaceExport {
  int64_t rows = 0;
  // The distinct ids of each user's workspaces, "" for a row that has none, by FoldedName (server/base/user_name.h) of
  // the user id.
  std::map<std::string, std::set<std::string>> workspaces;
};

// Only for these `users` (FoldedName), so that the others take no memory. INVALID_ARGUMENT, with a message for the
// user: a missing column, a row that cannot be read or is too short, no row at all. Then nothing in the file counts,
// since a missing user may be in the part that could not be read.
absl::StatusOr<WorkspaceExport> ReadExport(absl::string_view text, const ExportColumns& columns,
                                           const std::set<std::string>& users);

}  // namespace webex_gateway::client
