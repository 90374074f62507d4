#include "client/batch_rows.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/csv.h"
#include "client/json_objects.h"
#include "client/strict_json.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

constexpr const char* kColumns[] = {"action",         "requestId",   "workspaceId",        "provisioningId", "userId",
                                    "spEnterpriseId", "displayName", "primaryPhoneNumber", "extension"};

// The name as in the REST reference; empty if it is not one of its names.
std::string ColumnNamed(absl::string_view name) {
  name = absl::StripAsciiWhitespace(name);
  for (const char* column : kColumns) {
    if (absl::EqualsIgnoreCase(name, column)) return column;
  }
  return "";
}

std::string UnknownColumn(absl::string_view name) {
  return absl::StrCat("unknown column '", Printable(name), "'; there are ", absl::StrJoin(kColumns, ", "));
}

bool Has(const std::vector<std::string>& columns, const std::string& name) {
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

std::vector<std::string> ReadHeader(const CsvRow& row, const std::vector<std::string>& required,
                                    std::vector<BatchFault>& faults) {
  if (!row.fault.empty()) faults.push_back({row.line, row.fault});
  std::vector<std::string> columns;
  for (const std::string& cell : row.cells) {
    std::string name = ColumnNamed(cell);
    if (name.empty()) {
      faults.push_back({row.line, UnknownColumn(cell)});
    } else if (Has(columns, name)) {
      faults.push_back({row.line, absl::StrCat("two columns '", name, "'")});
    }
    columns.push_back(std::move(name));
  }
  for (const std::string& name : required) {
    if (!Has(columns, "action") && !Has(columns, name)) {
      faults.push_back({row.line, absl::StrCat("no column '", name, "'")});
    }
  }
  return columns;
}

bool IsEmpty(const CsvRow& row) {
  return std::all_of(row.cells.begin(), row.cells.end(), [](const std::string& cell) { return cell.empty(); });
}

void ReadCsvRows(absl::string_view text, const std::vector<std::string>& required,
                 const std::function<void(BatchRow)>& take, std::vector<BatchFault>& faults) {
  CsvReader reader(text);
  CsvRow row;
  if (!reader.Next(row)) return;
  const std::vector<std::string> columns = ReadHeader(row, required, faults);
  if (!faults.empty()) return;  // the rows would be read with a wrong header
  while (reader.Next(row)) {
    if (!row.fault.empty()) {
      faults.push_back({row.line, row.fault});
    } else if (IsEmpty(row)) {
      continue;  // spreadsheets leave such rows at the end
    } else if (row.cells.size() != columns.size()) {
      faults.push_back({row.line, absl::StrCat(row.cells.size(), " cells, but the header has ", columns.size())});
    } else {
      BatchRow taken{.line = row.line};
      for (size_t i = 0; i < columns.size(); ++i) {
        if (!row.cells[i].empty()) taken.fields.emplace(columns[i], std::move(row.cells[i]));
      }
      take(std::move(taken));
    }
  }
}

void ReadJsonRow(const JsonObject& object, const std::function<void(BatchRow)>& take, std::vector<BatchFault>& faults) {
  const std::string not_json = FaultInJson(object.text, object.line);
  if (!not_json.empty()) {
    faults.push_back({object.line, absl::StrCat("not JSON: ", not_json)});
    return;
  }
  google::protobuf::Struct members;
  const auto status = google::protobuf::util::JsonStringToMessage({object.text.data(), object.text.size()}, &members);
  if (!status.ok()) {
    const absl::string_view fault(status.message().data(), status.message().size());
    faults.push_back({object.line, absl::StrCat("not valid JSON: ", Printable(fault.substr(0, fault.find('\n'))))});
    return;
  }
  BatchRow row{.line = object.line};
  const size_t before = faults.size();
  for (const auto& [name, value] : members.fields()) {
    if (!IsBatchColumn(name)) {
      faults.push_back({object.line, UnknownColumn(name)});
    } else if (value.has_string_value()) {
      row.fields.emplace(name, value.string_value());
    } else if (!value.has_null_value()) {
      faults.push_back({object.line, absl::StrCat(name, ": must be a text, in quotes")});
    }
  }
  if (faults.size() == before) take(std::move(row));
}

}  // namespace

bool IsBatchColumn(absl::string_view name) {
  return std::any_of(std::begin(kColumns), std::end(kColumns), [&](const char* column) { return name == column; });
}

void ReadBatchRows(absl::string_view text, const std::vector<std::string>& required,
                   const std::function<void(BatchRow)>& take, std::vector<BatchFault>& faults) {
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  if (!absl::StartsWith(start, "{") && !absl::StartsWith(start, "[")) {
    ReadCsvRows(text, required, take, faults);
    return;
  }
  JsonObjects objects(text);
  for (JsonObject object; objects.Next(object);) {
    if (object.fault.empty()) {
      ReadJsonRow(object, take, faults);
    } else {
      faults.push_back({object.line, object.fault});
    }
  }
}

}  // namespace webex_gateway::client
