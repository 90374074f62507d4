// webex-bench: how many orders a running gateway carries, and at what cost. Keeps a fixed number of orders in flight,
// or gives so many orders a second, for a fixed time and prints one line: orders per second, latencies, given the
// gateway's process id its CPU time per order, and how many orders ended how.
//
// With --ledger it measures a ledger by itself instead, with --drain how fast backlogs drain where Webex limits the
// rate.
//
//   webex-sandbox --listen=127.0.0.1:8080 & webex-gateway ... & webex-bench --in_flight=16 --gateway_pid=$!

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/flags.h"
#include "tests/bench/drain.h"
#include "tests/bench/ledger_bench.h"
#include "tests/bench/load.h"

ABSL_FLAG(std::string, address, "127.0.0.1:50051", "The gateway's address. Only loopback is ever loaded.");
ABSL_FLAG(int, in_flight, 16, "Orders under way at a time, 1 to 10000.");
ABSL_FLAG(int, connections, 1, "Connections that the orders are spread over, 1 to 1000.");
ABSL_FLAG(double, rate, 0, "Orders per second, with no more than --in_flight under way; 0: as many as these allow.");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(5), "How long to order, at most 15m.");
ABSL_FLAG(int, gateway_pid, 0, "Process whose CPU time is counted; 0: none.");
ABSL_FLAG(
    std::string, ledger, "",
    "Measure a ledger by itself, and no gateway: in this new SQLite file, or postgresql://..., an empty database.");
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

using SteadyClock = Load::Clock;

double CpuSeconds(int pid) {
  if (pid == 0) return 0;
  std::string stat;
  std::getline(std::ifstream(absl::StrCat("/proc/", pid, "/stat")), stat);
  const std::vector<std::string> fields = absl::StrSplit(stat.substr(std::min(stat.size(), stat.rfind(')') + 2)), ' ');
  if (fields.size() < 13) return 0;
  return (std::stod(fields[11]) + std::stod(fields[12])) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

class Bench {
 public:
  Bench(const std::string& address, int connections) : load_(address, connections) {}

  void Run(int in_flight, double rate, absl::Duration duration) {
    const auto begun = SteadyClock::now();
    const auto end = begun + absl::ToChronoNanoseconds(duration);
    const auto due = [&] {
      return rate > 0 ? begun + absl::ToChronoNanoseconds(absl::Seconds(ordered_ / rate)) : begun;
    };
    std::vector<Load::Order> orders(static_cast<size_t>(in_flight));
    std::vector<Load::Order*> idle;
    for (Load::Order& order : orders) idle.push_back(&order);
    for (auto now = begun; now < end || idle.size() < orders.size(); now = SteadyClock::now()) {
      while (now < end && !idle.empty() && due() <= now) {
        load_.Begin(*idle.back());
        ++ordered_;
        idle.pop_back();
      }
      Load::Order* const ended =
          load_.Await(now < end && !idle.empty() ? std::min(due(), end) : SteadyClock::time_point::max());
      if (ended == nullptr) continue;
      milliseconds_.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - ended->begun).count());
      ++endings_[EndingOf(ended->status)];
      idle.push_back(ended);
    }
  }

  void Report(double seconds, double cpu_seconds) {
    std::sort(milliseconds_.begin(), milliseconds_.end());
    const auto at = [this](double share) {
      return milliseconds_[std::min(milliseconds_.size() - 1,
                                    static_cast<size_t>(share * static_cast<double>(milliseconds_.size())))];
    };
    const auto count = static_cast<double>(milliseconds_.size());
    std::printf("%.0f orders/s, p50 %.2f ms, p99 %.2f ms, max %.2f ms", count / seconds, at(0.5), at(0.99), at(1));
    if (cpu_seconds > 0) std::printf(", gateway CPU %.1f us/order", cpu_seconds / count * 1e6);
    for (const auto& [ending, times] : endings_) std::printf(", %s: %d", ending.c_str(), times);
    std::puts("");
  }

 private:
  Load load_;
  int ordered_ = 0;
  std::vector<double> milliseconds_;
  std::map<std::string, int> endings_;
};

int Connections() { return std::clamp(absl::GetFlag(FLAGS_connections), 1, 1000); }

int Drain(const std::string& text) {
  const absl::StatusOr<std::vector<DrainCase>> cases = ParseDrainCases(text);
  if (cases.ok()) return MeasureDrain(*cases, Connections()) ? 0 : 1;
  std::fprintf(stderr, "webex-bench: --drain_cases: %s\n", std::string(cases.status().message()).c_str());
  return 2;
}

int Main(const std::vector<std::string>& args) {
  std::vector<FlagSection> sections = {{"Flags", {}}};
  for (const char* name : {"address", "in_flight", "connections", "rate", "duration", "gateway_pid", "ledger",
                           "ledger_sync", "ledger_operations", "drain", "drain_cases", "help"}) {
    sections[0].flags.push_back(absl::FindCommandLineFlag(name));
  }
  std::vector<std::string> faults;
  ReadFlags(sections, "", ProcessEnvironment(), args, faults);
  for (const std::string& fault : faults) std::fprintf(stderr, "webex-bench: %s\n", fault.c_str());
  if (!faults.empty()) return 2;
  if (absl::GetFlag(FLAGS_help)) return std::fputs(DescribeFlags(sections).c_str(), stdout), 0;

  if (const std::string ledger = absl::GetFlag(FLAGS_ledger); !ledger.empty()) {
    const bool measured = MeasureLedger({ledger, absl::GetFlag(FLAGS_duration), absl::GetFlag(FLAGS_ledger_sync),
                                         absl::GetFlag(FLAGS_ledger_operations)});
    return measured ? 0 : 1;
  }
  if (absl::GetFlag(FLAGS_drain)) return Drain(absl::GetFlag(FLAGS_drain_cases));
  const std::string address = absl::GetFlag(FLAGS_address);
  if (address.rfind("127.", 0) != 0 && address.rfind("unix:", 0) != 0)
    return std::fputs("webex-bench: loopback only\n", stderr), 2;
  const int in_flight = std::clamp(absl::GetFlag(FLAGS_in_flight), 1, 10'000);
  const absl::Duration duration = std::min(absl::GetFlag(FLAGS_duration), absl::Minutes(15));
  const int pid = absl::GetFlag(FLAGS_gateway_pid);

  Bench(address, Connections()).Run(in_flight, 0, absl::Milliseconds(300));  // connections are made, caches filled
  Bench bench(address, Connections());
  const double cpu = CpuSeconds(pid);
  const auto begun = SteadyClock::now();
  bench.Run(in_flight, absl::GetFlag(FLAGS_rate), duration);
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - begun).count();
  bench.Report(seconds, CpuSeconds(pid) - cpu);
  return 0;
}

}  // namespace
}  // namespace webex_gateway

int main(int argc, char** argv) { return webex_gateway::Main({argv + 1, argv + argc}); }
