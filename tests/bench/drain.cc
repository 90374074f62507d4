#include "tests/bench/drain.h"

#include <cmath>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tests/bench/gateway_process.h"
#include "tests/bench/load.h"
#include "tests/limiters/knowing_client.h"
#include "tests/sandbox/server.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kRoundTrip = absl::Milliseconds(20);
constexpr absl::Duration kTimeout = absl::Minutes(30);

struct Drained {
  double seconds = 0;
  int refused = 0;
  std::map<std::string, int> endings;
};

sandbox::Settings SettingsOf(const DrainCase& the_case) {
  sandbox::Settings settings;
  settings.latency = kRoundTrip;
  settings.limit = {.per_second = the_case.per_second, .burst = the_case.burst};
  settings.retry_after = absl::StrCat(the_case.retry_after);
  return settings;
}

absl::StatusOr<Drained> Drain(const DrainCase& the_case, int connections) {
  sandbox::World webex(SettingsOf(the_case), 1);
  const auto server = sandbox::Server::Start({}, webex);
  if (!server.ok()) return server.status();
  const auto gateway = GatewayProcess::Start((*server)->url(), {absl::StrCat("--max_queued_calls=", the_case.orders)});
  if (!gateway.ok()) return gateway.status();

  Load load((*gateway)->address(), connections);
  std::deque<Load::Order> orders(static_cast<size_t>(the_case.orders));
  const auto begun = Load::Clock::now();
  for (Load::Order& order : orders) load.Begin(order, kTimeout);
  Drained drained;
  for (int i = 0; i < the_case.orders; ++i) ++drained.endings[EndingOf(load.Await()->status)];
  drained.seconds = std::chrono::duration<double>(Load::Clock::now() - begun).count();
  drained.refused = static_cast<int>(webex.stats.by_status[429]);
  return drained;
}

double PercentRefused(int refused, int orders) { return 100.0 * refused / (refused + orders); }

// Prints the case's line, and returns how many times as long the gateway took as the client that knows the limit.
double Report(const DrainCase& the_case, const Drained& drained) {
  TokenBucket bucket(the_case.per_second, the_case.burst);
  const KnowingClient knows{.round_trip = absl::ToDoubleSeconds(kRoundTrip),
                            .rest = static_cast<double>(the_case.retry_after)};
  const KnowingClient::Drained known = knows.Drain(bucket, the_case.orders);
  const std::string name =
      absl::StrFormat("%g/s, burst %d, Retry-After %d s", the_case.per_second, the_case.burst, the_case.retry_after);
  const double ratio = drained.seconds / known.seconds;
  std::puts(absl::StrFormat("%-36s %6d %8.1f s %8.1f s %6.2f %8.1f %% %8.1f %%", name, the_case.orders, known.seconds,
                            drained.seconds, ratio, PercentRefused(known.refused, the_case.orders),
                            PercentRefused(drained.refused, the_case.orders))
                .c_str());
  for (const auto& [ending, times] : drained.endings) {
    if (ending != "OK") std::printf("  failed, %s: %d\n", ending.c_str(), times);
  }
  std::fflush(stdout);
  return ratio;
}

bool IsSound(const DrainCase& the_case, const Drained& drained) {
  const auto taken = drained.endings.find("OK");
  if (taken == drained.endings.end() || taken->second != the_case.orders) return false;
  if (drained.refused == 0) std::fputs("webex-bench: the limit was not met; more orders are needed\n", stderr);
  return drained.refused > 0;
}

}  // namespace

absl::StatusOr<std::vector<DrainCase>> ParseDrainCases(absl::string_view text) {
  std::vector<DrainCase> cases;
  for (const absl::string_view one : absl::StrSplit(text, ';')) {
    const std::vector<std::string> words = absl::StrSplit(one, ' ', absl::SkipWhitespace());
    DrainCase& the_case = cases.emplace_back();
    const bool read = words.size() == 4 && absl::SimpleAtod(words[0], &the_case.per_second) &&
                      absl::SimpleAtoi(words[1], &the_case.burst) &&
                      absl::SimpleAtoi(words[2], &the_case.retry_after) && absl::SimpleAtoi(words[3], &the_case.orders);
    const bool valid = read && the_case.per_second > 0 && std::isfinite(the_case.per_second) && the_case.burst > 0 &&
                       the_case.retry_after >= 0 && the_case.orders > 0;
    if (!valid) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", one, "' is not a rate, a burst, the seconds of Retry-After and a number of orders"));
    }
  }
  return cases;
}

bool MeasureDrain(const std::vector<DrainCase>& cases, int connections) {
  std::puts("token bucket                         orders  knowing it    gateway  ratio  refused it  refused us");
  double logarithms = 0;
  bool sound = true;
  for (const DrainCase& the_case : cases) {
    const absl::StatusOr<Drained> drained = Drain(the_case, connections);
    if (!drained.ok()) {
      std::fprintf(stderr, "webex-bench: %s\n", std::string(drained.status().message()).c_str());
      return false;
    }
    logarithms += std::log(Report(the_case, *drained));
    sound &= IsSound(the_case, *drained);
  }
  std::printf("geometric mean %.2f\n", std::exp(logarithms / static_cast<double>(cases.size())));
  return sound;
}

}  // namespace webex_gateway
