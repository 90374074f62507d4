#include "tests/bench/compare_report.h"

#include <algorithm>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/json.h"

namespace webex_gateway {
namespace {

#ifdef NDEBUG
constexpr bool kOptimized = true;
#else
constexpr bool kOptimized = false;
#endif

std::set<int> LevelsOf(const Results& results) {
  std::set<int> levels;
  for (const auto& [key, cells] : results) levels.insert(key.first);
  return levels;
}

// What each row gave at all levels, or at this one.
std::vector<Cell> CellsOf(const Results& results, Row row, std::optional<int> in_flight = std::nullopt) {
  std::vector<Cell> found;
  for (const auto& [key, cells] : results) {
    if (key.second != row || key.first != in_flight.value_or(key.first)) continue;
    found.insert(found.end(), cells.begin(), cells.end());
  }
  return found;
}

Figures MedianOf(const std::vector<Cell>& cells) {
  std::vector<Figures> all;
  all.reserve(cells.size());
  for (const Cell& cell : cells) all.push_back(cell.figures);
  return Median(all);
}

double MedianOf(const std::vector<Cell>& cells, double Cell::* figure) {
  std::vector<double> all;
  all.reserve(cells.size());
  for (const Cell& cell : cells) all.push_back(cell.*figure);
  return Median(std::move(all));
}

bool AllWarm(const std::vector<Cell>& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.warm; });
}

std::optional<double> CpuUs(const Results& results, int in_flight, Row row) {
  const std::vector<Cell> cells = CellsOf(results, row, in_flight);
  if (cells.empty()) return std::nullopt;
  return MedianOf(cells).cpu_us;
}

std::string Shown(std::optional<double> number, const char* sign, int decimals) {
  return number ? absl::StrFormat("%s%.*f", sign, decimals, *number) : "";
}

std::string RowLine(const Results& results, int in_flight, const RowName& row, const std::vector<Cell>& cells) {
  const Figures figures = MedianOf(cells);
  return absl::StrFormat(
      "  %-16s %8.1f%s %9s %8s %9.0f %9.2f %9.2f\n", row.title, figures.cpu_us, AllWarm(cells) ? " " : "*",
      Shown(row.row > Row::kNone ? MoreUs(results, in_flight, row.row) : std::nullopt, "+", 1),
      Shown(Ratio(results, in_flight, row.row), "x ", 2), figures.per_second, figures.p50_ms, figures.p99_ms);
}

std::string LevelHeading(const Level& level) {
  std::string heading = absl::StrCat(level.in_flight, " in flight");
  if (level.max_upstream_calls > 0) {
    absl::StrAppend(&heading, "; Webex takes ", absl::FormatDuration(level.latency),
                    ", the gateways have --max_upstream_calls=", level.max_upstream_calls);
  }
  return heading + "\n";
}

std::string LevelLines(const Results& results, int in_flight) {
  std::string lines = LevelHeading(LevelOf(in_flight));
  for (const RowName& row : kRows) {
    const std::vector<Cell> cells = CellsOf(results, row.row, in_flight);
    if (!cells.empty()) lines += RowLine(results, in_flight, row, cells);
  }
  if (const std::optional<double> between = BetweenUs(results, in_flight)) {
    const double share = *between / *CpuUs(results, in_flight, Row::kNone);
    absl::StrAppendFormat(&lines, "  %-16s %8.1f  %9s %8s\n", "what is between", *between, "", Shown(share, "x ", 2));
  }
  return lines;
}

// Many in flight beside the most of those that are fewer.
std::string ManyLines(const Results& results) {
  const std::set<int> levels = LevelsOf(results);
  const auto many = levels.lower_bound(kManyInFlight);
  if (many == levels.end() || many == levels.begin()) return "";
  const int fewer = *std::prev(many);
  std::string lines;
  for (const RowName& row : kRows) {
    const std::optional<double> ratio = RatioToFewer(results, row.row, *many, fewer);
    if (!ratio) continue;
    absl::StrAppendFormat(&lines, "  %-16s x %.2f\n", row.title, *ratio);
  }
  return lines.empty() ? "" : absl::StrCat("CPU of ", *many, " in flight against ", fewer, "\n", lines);
}

std::string StartLines(const Results& results) {
  std::string lines = "Start: MB before the first order, ms from exec to the first answer\n";
  for (const RowName& row : kRows) {
    const std::vector<Cell> cells = CellsOf(results, row.row);
    if (cells.empty()) continue;
    absl::StrAppendFormat(&lines, "  %-16s %8.1f  %9.0f\n", row.title, MedianOf(cells, &Cell::idle_mb),
                          MedianOf(cells, &Cell::first_answer_ms));
  }
  return lines;
}

std::string Notes(const Results& results) {
  const bool has_postgresql = !CellsOf(results, Row::kPostgresql).empty();
  return absl::StrCat(
      has_postgresql ? "PostgreSQL: a server here, over TCP, with fsync=off\n" : "",
      AllWarm(CellsOf(results, Row::kSqlite)) ? "" : "*: SQLite's log has not been full yet, so it still grows\n");
}

std::string OrNull(std::optional<double> number) { return number ? JsonNumber(*number) : "null"; }

std::string EndingsJson(const std::vector<Cell>& cells) {
  Endings endings;
  for (const Cell& cell : cells) Add(cell.endings, endings);
  const auto append = [](std::string* json, const auto& ending) {
    absl::StrAppend(json, JsonText(ending.first), ":", ending.second);
  };
  return absl::StrCat("{", absl::StrJoin(endings, ",", append), "}");
}

std::string RowJson(const Results& results, int in_flight, const RowName& row, const std::vector<Cell>& cells) {
  const Figures figures = MedianOf(cells);
  return absl::StrCat(R"({"row":)", JsonText(row.name), R"(,"cpu_us":)", JsonNumber(figures.cpu_us),
                      R"(,"orders_per_second":)", JsonNumber(figures.per_second), R"(,"p50_ms":)",
                      JsonNumber(figures.p50_ms), R"(,"p99_ms":)", JsonNumber(figures.p99_ms), R"(,"more_us":)",
                      OrNull(MoreUs(results, in_flight, row.row)), R"(,"ratio":)",
                      OrNull(Ratio(results, in_flight, row.row)), R"(,"warm":)", AllWarm(cells) ? "true" : "false",
                      R"(,"endings":)", EndingsJson(cells), "}");
}

std::string LevelJson(const Results& results, int in_flight) {
  const Level level = LevelOf(in_flight);
  std::vector<std::string> rows;
  for (const RowName& row : kRows) {
    const std::vector<Cell> cells = CellsOf(results, row.row, in_flight);
    if (!cells.empty()) rows.push_back(RowJson(results, in_flight, row, cells));
  }
  return absl::StrCat(R"({"in_flight":)", in_flight, R"(,"webex_takes_ms":)",
                      JsonNumber(absl::ToDoubleMilliseconds(level.latency)), R"(,"max_upstream_calls":)",
                      level.max_upstream_calls > 0 ? absl::StrCat(level.max_upstream_calls) : "null",
                      R"(,"between_us":)", OrNull(BetweenUs(results, in_flight)), ",\n \"rows\":[\n  ",
                      absl::StrJoin(rows, ",\n  "), "]}");
}

std::string StartJson(const Results& results) {
  std::vector<std::string> starts;
  for (const RowName& row : kRows) {
    const std::vector<Cell> cells = CellsOf(results, row.row);
    if (cells.empty()) continue;
    starts.push_back(absl::StrCat(R"({"row":)", JsonText(row.name), R"(,"idle_mb":)",
                                  JsonNumber(MedianOf(cells, &Cell::idle_mb)), R"(,"first_answer_ms":)",
                                  JsonNumber(MedianOf(cells, &Cell::first_answer_ms)), "}"));
  }
  return absl::StrJoin(starts, ",\n ");
}

}  // namespace

std::optional<double> BetweenUs(const Results& results, int in_flight) {
  const auto none = CpuUs(results, in_flight, Row::kNone);
  const auto grpc = CpuUs(results, in_flight, Row::kGrpc);
  const auto wire = CpuUs(results, in_flight, Row::kWire);
  if (!none || !grpc || !wire) return std::nullopt;
  return *none - *grpc - *wire;
}

std::optional<double> MoreUs(const Results& results, int in_flight, Row row) {
  const auto none = CpuUs(results, in_flight, Row::kNone);
  const auto other = CpuUs(results, in_flight, row);
  if (!none || !other) return std::nullopt;
  return *other - *none;
}

std::optional<double> Ratio(const Results& results, int in_flight, Row row) {
  const auto none = CpuUs(results, in_flight, Row::kNone);
  const auto other = CpuUs(results, in_flight, row);
  if (!none || !other) return std::nullopt;
  return *other / *none;
}

std::optional<double> RatioToFewer(const Results& results, Row row, int in_flight, int fewer) {
  const auto many = CpuUs(results, in_flight, row);
  const auto few = CpuUs(results, fewer, row);
  if (!many || !few) return std::nullopt;
  return *many / *few;
}

std::string TableOf(const Results& results, const Setting& setting) {
  std::string table = absl::StrCat(
      "Medians of ", setting.rounds, " x ", absl::FormatDuration(setting.duration), "; ",
      std::thread::hardware_concurrency(), " processors, shared with the load and the sandbox, all on loopback",
      kOptimized ? "\n" : "; NOT A RELEASE BUILD: only the figures' presence means anything\n");
  absl::StrAppendFormat(&table, "  %-16s %8s  %9s %8s %9s %9s %9s\n", "", "CPU us", "beyond", "no ledger", "orders/s",
                        "p50 ms", "p99 ms");
  for (const int in_flight : LevelsOf(results)) table += LevelLines(results, in_flight);
  return absl::StrCat(table, ManyLines(results), StartLines(results), Notes(results));
}

std::string JsonOf(const Results& results, const Setting& setting) {
  std::vector<std::string> levels;
  for (const int in_flight : LevelsOf(results)) levels.push_back(LevelJson(results, in_flight));
  return absl::StrCat(
      R"({"rounds":)", setting.rounds, R"(,"seconds":)", JsonNumber(absl::ToDoubleSeconds(setting.duration)),
      R"(,"processors":)", std::thread::hardware_concurrency(), R"(,"release":)", kOptimized ? "true" : "false",
      ",\n\"levels\":[\n", absl::StrJoin(levels, ",\n"), "],\n\"starts\":[\n ", StartJson(results), "]}\n");
}

}  // namespace webex_gateway
