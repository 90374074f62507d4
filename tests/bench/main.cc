// webex-bench: how many orders a running gateway carries, and at what cost. Keeps a fixed number of orders in flight,
// or gives so many orders a second, for a fixed time and prints one line: orders per second, latencies, given the
// gateway's process id its CPU time per order, and how many orders ended how.
//
// With --compare it shows what an order costs, and where; with --ledger it measures a ledger by itself, with --drain
// how fast backlogs drain where Webex limits the rate.
//
//   webex-sandbox --listen=127.0.0.1:8080 & webex-gateway ... & webex-bench --in_flight=16 --gateway_pid=$!

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/flags.h"
#include "tests/bench/child_process.h"
#include "tests/bench/compare.h"
#include "tests/bench/drain.h"
#include "tests/bench/ledger_bench.h"
#include "tests/bench/load.h"
#include "tests/bench/parts.h"
#include "tests/bench/steady_load.h"

ABSL_FLAG(std::string, address, "127.0.0.1:50051", "The gateway's address. It must be on loopback.");
ABSL_FLAG(std::string, in_flight, "",
          "Orders under way at a time, 1 to 10000. Empty: 16; with --compare, which takes a comma-separated list: "
          "1,16,128,1000.");
ABSL_FLAG(int, connections, 1, "Connections over which to spread the orders, 1 to 1000.");
ABSL_FLAG(double, rate, 0, "Orders per second, with at most --in_flight under way; 0: as many as possible.");
ABSL_FLAG(absl::Duration, duration, absl::ZeroDuration(),
          "How long to order, at most 15m. 0: 5s; with --compare 3s for each measurement.");
ABSL_FLAG(int, gateway_pid, 0, "Process whose CPU time is measured; 0: none.");
ABSL_FLAG(bool, compare, false,
          "Measure the gRPC server alone, the wire alone, and the gateway between them without a ledger, with SQLite, "
          "with PostgreSQL, and with TLS to Webex. It starts everything it needs, and takes six minutes.");
ABSL_FLAG(std::string, rows, "grpc,wire,none,sqlite,postgresql,tls", "Which of these to measure.");
ABSL_FLAG(int, rounds, 3, "How often to measure each, in turn; the medians are reported.");
ABSL_FLAG(std::string, json, "", "File for the results, as JSON.");
ABSL_FLAG(std::string, part, "",
          "Set by --compare for its own processes: serve as 'grpc', or load the sandbox at --upstream as 'wire'.");
ABSL_FLAG(std::string, upstream, "", "The sandbox for --part=wire: http://127.0.0.1:PORT.");
ABSL_FLAG(absl::Duration, warm_up, absl::ZeroDuration(), "How long to order before the measurement begins.");
ABSL_FLAG(std::string, ledger, "",
          "Measure only a ledger, without a gateway: in this new SQLite file, or postgresql://..., an empty database.");
ABSL_FLAG(absl::Duration, ledger_sync, absl::Milliseconds(1),
          "What a sync of that file is made to cost; negative: what the disk makes of it.");
ABSL_FLAG(int, ledger_operations, 1'000'000, "Operations on record when its start-up and its lists are timed.");
ABSL_FLAG(
    bool, drain, false,
    "Measure how fast backlogs drain where Webex limits the rate, each through a gateway and against a sandbox of "
    "its own.");
ABSL_FLAG(
    std::string, drain_cases, "40 20 1 400; 50 10 5 1000; 10 10 10 200; 200 50 2 2000; 5 5 20 100",
    "Those backlogs: the rate and the burst of a token bucket, the seconds in Retry-After, how many orders come at "
    "once.");
ABSL_FLAG(bool, help, false, "Show this text.");

namespace webex_gateway {
namespace {

constexpr char kUsualInFlight[] = "16";
constexpr char kInFlightCompared[] = "1,16,128,1000";
constexpr absl::Duration kUsualDuration = absl::Seconds(5);
constexpr absl::Duration kDurationCompared = absl::Seconds(3);

absl::Duration DurationOr(absl::Duration otherwise) {
  const absl::Duration duration = absl::GetFlag(FLAGS_duration);
  return duration > absl::ZeroDuration() ? std::min(duration, absl::Minutes(15)) : otherwise;
}

// Empty: not what the flag takes.
std::vector<int> InFlightOr(const std::string& otherwise) {
  const std::string text = absl::GetFlag(FLAGS_in_flight);
  std::vector<int> numbers;
  for (const absl::string_view word : absl::StrSplit(text.empty() ? otherwise : text, ',')) {
    int number = 0;
    if (!absl::SimpleAtoi(word, &number) || number < 1 || number > 10'000) return {};
    numbers.push_back(number);
  }
  return numbers;
}

int Refuse(absl::string_view why) {
  std::fprintf(stderr, "webex-bench: %s\n", std::string(why).c_str());
  return 2;
}

void Report(Tally tally, double cpu_seconds) {
  const Figures figures = FiguresOf(tally, cpu_seconds);
  std::printf("%.0f orders/s, p50 %.2f ms, p99 %.2f ms, max %.2f ms", figures.per_second, figures.p50_ms,
              figures.p99_ms, Percentile(std::move(tally.milliseconds), 1));
  if (cpu_seconds > 0) std::printf(", gateway CPU %.1f us/order", figures.cpu_us);
  for (const auto& [ending, times] : tally.endings) std::printf(", %s: %d", ending.c_str(), times);
  std::puts("");
}

int Connections() { return std::clamp(absl::GetFlag(FLAGS_connections), 1, 1000); }

int Drain(const std::string& text) {
  const absl::StatusOr<std::vector<DrainCase>> cases = ParseDrainCases(text);
  if (cases.ok()) return MeasureDrain(*cases, Connections()) ? 0 : 1;
  std::fprintf(stderr, "webex-bench: --drain_cases: %s\n", std::string(cases.status().message()).c_str());
  return 2;
}

int CompareRows() {
  const absl::StatusOr<std::vector<Row>> rows = ParseRows(absl::GetFlag(FLAGS_rows));
  if (!rows.ok()) return Refuse(absl::StrCat("--rows: ", rows.status().message()));
  const std::vector<int> in_flight = InFlightOr(kInFlightCompared);
  if (in_flight.empty() || *std::max_element(in_flight.begin(), in_flight.end()) > kMostInFlight) {
    return Refuse(absl::StrCat("--in_flight: with --compare numbers from 1 to ", kMostInFlight));
  }
  const bool sound = Compare({.rows = *rows,
                              .in_flight = in_flight,
                              .rounds = std::clamp(absl::GetFlag(FLAGS_rounds), 1, 100),
                              .duration = DurationOr(kDurationCompared),
                              .json = absl::GetFlag(FLAGS_json)});
  return sound ? 0 : 1;
}

int RunPart(const std::string& part) {
  const std::vector<int> in_flight = InFlightOr(kUsualInFlight);
  if (in_flight.size() != 1) return Refuse("--in_flight: a number from 1 to 10000");
  if (part == "grpc") return ServeGrpcAlone(in_flight[0]) ? 0 : 1;
  if (part != "wire") return Refuse("--part: grpc or wire");
  const WireLoad load{.url = absl::GetFlag(FLAGS_upstream),
                      .in_flight = in_flight[0],
                      .warm_up = absl::GetFlag(FLAGS_warm_up),
                      .duration = DurationOr(kUsualDuration)};
  return LoadWireAlone(load) ? 0 : 1;
}

int LoadGateway() {
  const std::string address = absl::GetFlag(FLAGS_address);
  if (!absl::StartsWith(address, "127.") && !absl::StartsWith(address, "unix:")) return Refuse("loopback only");
  const std::vector<int> in_flight = InFlightOr(kUsualInFlight);
  if (in_flight.size() != 1) return Refuse("--in_flight: a number from 1 to 10000");
  const int pid = absl::GetFlag(FLAGS_gateway_pid);
  Load load(address, Connections());
  Run({.in_flight = in_flight[0], .duration = absl::Milliseconds(300)}, load);  // connections are made, caches filled
  const double cpu = CpuSecondsOf(pid);
  Tally tally =
      Run({.in_flight = in_flight[0], .rate = absl::GetFlag(FLAGS_rate), .duration = DurationOr(kUsualDuration)}, load);
  Report(std::move(tally), CpuSecondsOf(pid) - cpu);
  return 0;
}

int Ledger(const std::string& ledger) {
  const bool measured = MeasureLedger(
      {ledger, DurationOr(kUsualDuration), absl::GetFlag(FLAGS_ledger_sync), absl::GetFlag(FLAGS_ledger_operations)});
  return measured ? 0 : 1;
}

std::vector<FlagSection> Sections() {
  const auto flags = [](std::initializer_list<const char*> names) {
    std::vector<absl::CommandLineFlag*> found;
    for (const char* name : names) found.push_back(absl::FindCommandLineFlag(name));
    return found;
  };
  return {{"A running gateway", flags({"address", "in_flight", "connections", "rate", "duration", "gateway_pid"})},
          {"What an order costs", flags({"compare", "rows", "rounds", "json", "part", "upstream", "warm_up"})},
          {"A ledger", flags({"ledger", "ledger_sync", "ledger_operations"})},
          {"Backlogs", flags({"drain", "drain_cases"})},
          {"Besides", flags({"help"})}};
}

int Main(const std::vector<std::string>& args) {
  const std::vector<FlagSection> sections = Sections();
  std::vector<std::string> faults;
  ReadFlags(sections, "", ProcessEnvironment(), args, faults);
  for (const std::string& fault : faults) std::fprintf(stderr, "webex-bench: %s\n", fault.c_str());
  if (!faults.empty()) return 2;
  if (absl::GetFlag(FLAGS_help)) return std::fputs(DescribeFlags(sections).c_str(), stdout), 0;
  std::signal(SIGPIPE, SIG_IGN);

  if (const std::string part = absl::GetFlag(FLAGS_part); !part.empty()) return RunPart(part);
  if (const std::string ledger = absl::GetFlag(FLAGS_ledger); !ledger.empty()) return Ledger(ledger);
  if (absl::GetFlag(FLAGS_drain)) return Drain(absl::GetFlag(FLAGS_drain_cases));
  if (absl::GetFlag(FLAGS_compare)) return CompareRows();
  return LoadGateway();
}

}  // namespace
}  // namespace webex_gateway

int main(int argc, char** argv) { return webex_gateway::Main({argv + 1, argv + argc}); }
