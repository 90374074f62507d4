#include "client/workspace_export.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/csv.h"
#include "client/text.h"
#include "server/base/user_name.h"

namespace webex_gateway::client {
namespace {

absl::Status AtLine(const CsvRow& row, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat("line ", row.line, ": ", fault));
}

absl::StatusOr<size_t> ColumnOf(const CsvRow& headings, absl::string_view name) {
  const auto is_it = [name](const std::string& heading) {
    return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(heading), absl::StripAsciiWhitespace(name));
  };
  const auto found = std::find_if(headings.cells.begin(), headings.cells.end(), is_it);
  if (found != headings.cells.end()) return static_cast<size_t>(found - headings.cells.begin());
  return AtLine(headings, absl::StrCat("there is no column '", name, "'; there are ",
                                       Printable(absl::StrJoin(headings.cells, ", "))));
}

}  // namespace

absl::StatusOr<WorkspaceExport> ReadExport(absl::string_view text, const ExportColumns& columns,
                                           const std::set<std::string>& users) {
  CsvReader reader(text);
  CsvRow row;
  if (!reader.Next(row)) return absl::InvalidArgumentError("it contains no line");
  if (!row.fault.empty()) return AtLine(row, row.fault);
  const absl::StatusOr<size_t> user_id = ColumnOf(row, columns.user_id);
  if (!user_id.ok()) return user_id.status();
  const absl::StatusOr<size_t> workspace_id = ColumnOf(row, columns.workspace_id);
  if (!workspace_id.ok()) return workspace_id.status();

  WorkspaceExport found;
  for (; reader.Next(row); ++found.rows) {
    if (!row.fault.empty()) return AtLine(row, row.fault);
    if (row.cells.size() <= std::max(*user_id, *workspace_id)) return AtLine(row, "it has too few cells");
    std::string user = FoldedName(row.cells[*user_id]);
    if (user.empty() || !users.contains(user)) continue;
    found.workspaces[std::move(user)].emplace(absl::StripAsciiWhitespace(row.cells[*workspace_id]));
  }
  if (found.rows == 0) return absl::InvalidArgumentError("it contains no workspace");
  return found;
}

}  // namespace webex_gateway::client
