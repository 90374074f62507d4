#include "tests/bench/compare.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/bench/compare_report.h"
#include "tests/bench/measure_row.h"
#include "tests/server/testing/postgres_server.h"

namespace webex_gateway {
namespace {

// 1000 orders at Webex are as many connections, at both ends. What is started inherits it.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void LeaveOutWhatIsMissing(std::vector<Row>& rows) {
  if (std::count(rows.begin(), rows.end(), Row::kPostgresql) == 0 || PostgresServer::IsInstalled()) return;
  std::puts("PostgreSQL is left out: its server's programs are not installed (Debian: apt-get install postgresql)");
  rows.erase(std::remove(rows.begin(), rows.end(), Row::kPostgresql), rows.end());
}

// Whether it was started, and all orders ended well.
bool MeasureInto(Results& results, Row row, const Level& level, absl::Duration duration) {
  const absl::StatusOr<Cell> cell = Measure(row, level, duration);
  if (!cell.ok()) {
    std::fprintf(stderr, "webex-bench: %s: %s\n", TitleOf(row), std::string(cell.status().message()).c_str());
    return false;
  }
  std::fprintf(stderr, "%d in flight, %s: %.1f us\n", level.in_flight, TitleOf(row), cell->figures.cpu_us);
  results[{level.in_flight, row}].push_back(*cell);
  if (AllOk(cell->endings)) return true;
  for (const auto& [ending, times] : cell->endings) std::fprintf(stderr, "  %s: %d\n", ending.c_str(), times);
  return false;
}

bool WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (file.fail()) std::fprintf(stderr, "webex-bench: cannot write %s\n", path.c_str());
  return !file.fail();
}

}  // namespace

bool Compare(Comparison comparison) {
  RaiseFileLimit();
  LeaveOutWhatIsMissing(comparison.rows);
  Results results;
  bool sound = true;
  for (int round = 1; round <= comparison.rounds; ++round) {
    std::fprintf(stderr, "round %d of %d\n", round, comparison.rounds);
    for (const int in_flight : comparison.in_flight) {
      for (const Row row : comparison.rows) {
        sound &= MeasureInto(results, row, LevelOf(in_flight), comparison.duration);
      }
    }
  }
  const Setting setting{.rounds = comparison.rounds, .duration = comparison.duration};
  std::fputs(TableOf(results, setting).c_str(), stdout);
  return (comparison.json.empty() || WriteFile(comparison.json, JsonOf(results, setting))) && sound;
}

}  // namespace webex_gateway
