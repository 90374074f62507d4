// Feeds the fuzzer's inputs to the readers of a user's CSV and JSON Lines, and checks their promises.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "client/csv.h"
#include "client/json_objects.h"
#include "client/text.h"
#include "server/base/utf8.h"

namespace webex_gateway::client {
namespace {

void Expect(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool IsEmptyLine(const CsvRow& row) { return row.cells.size() == 1 && row.cells[0].empty(); }

// A row that is read, written and read again is the same.
void TryAgain(const CsvRow& row) {
  if (IsEmptyLine(row)) return;
  // After a header, since a row's own quotes and separators would count as a header's.
  const std::string text = "a,b\n" + CsvLine(row.cells);
  CsvReader reader(text);
  CsvRow again;
  Expect(reader.Next(again) && reader.Next(again), "a row that was written is there");
  Expect(again.fault.empty() && again.cells == row.cells, "a row that was written is read as it was");
  Expect(!reader.Next(again), "a row that was written is one");
}

void TryCsv(const std::string& text) {
  CsvReader reader(text);
  size_t line = 0;
  for (CsvRow row; reader.Next(row);) {
    Expect(row.line > line, "lines go up");
    Expect(!row.cells.empty() || !row.fault.empty(), "a row has cells, or a fault");
    for (const std::string& cell : row.cells) Expect(IsUtf8(cell), "a cell is UTF-8");
    line = row.line;
    if (row.fault.empty()) TryAgain(row);
  }
}

void TryJson(const std::string& text) {
  JsonObjects objects(text);
  size_t line = 1, bytes = 0;
  for (JsonObject object; objects.Next(object);) {
    Expect(object.line >= line, "lines do not go back");
    Expect(object.text.empty() != object.fault.empty(), "there is an object, or a fault");
    line = object.line;
    bytes += object.text.size();
    if (!object.fault.empty()) continue;
    Expect(object.text.front() == '{', "an object begins as one");
    JsonObjects alone(object.text);
    JsonObject again;
    Expect(alone.Next(again) && again.text == object.text && !alone.Next(again), "an object alone is read as it was");
  }
  Expect(bytes <= text.size(), "objects do not overlap");
}

void Try(const std::string& bytes) {
  const absl::StatusOr<std::string> text = ToUtf8(bytes);
  if (!text.ok()) return;
  Expect(IsUtf8(*text), "text is UTF-8");
  TryCsv(*text);
  TryJson(*text);
}

}  // namespace
}  // namespace webex_gateway::client

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  webex_gateway::client::Try(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
