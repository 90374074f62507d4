// Disturbs the gateways and their ledger while callers order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/promise/caller.h"
#include "tests/e2e/promise/checker.h"
#include "tests/e2e/promise/gateways.h"
#include "tests/server/testing/postgres_server.h"

namespace webex_gateway::promise {

// How a gateway is paused.
enum class Pause {
  kStopped,    // SIGSTOP: it does not run; all clocks continue
  kSuspended,  // as if its host were suspended: its monotonic clock stops as well
};

class Troubles {
 public:
  // If time is short, PostgreSQL is never unavailable for longer than the leases last.
  Troubles(Checker& checker, Gateways& gateways, std::filesystem::path folder, uint64_t seed, bool is_short);
  ~Troubles();

  // Two gateways, which callers find. For the thread that outlives the others, like Strike.
  void Begin();
  // Causes the next trouble of a shuffled round of all kinds: a rolling restart, a kill, a clock jump, a crash of
  // PostgreSQL, or its silence for a while. Returns which, when it is over.
  std::string Strike();

  // Sends a burst of orders to a separate gateway, which is paused just as they leave, for longer than its lease. Their
  // callers turn to the other gateways; then it continues. Returns the request ids by user. Any thread; several at
  // once.
  std::vector<std::pair<std::string, std::string>> HoldUpInABurst(Pause pause, uint64_t number);

 private:
  // An action on one of the two regular gateways, or on all.
  struct Trouble {
    const char* name;
    void (Troubles::*strike)(std::shared_ptr<Gateway>& gateway);
  };
  static std::vector<Trouble> All(bool is_short);

  // Only while PostgreSQL is available.
  std::shared_ptr<Gateway> Start(const std::string& name, Manners manners, uint64_t seed);
  void RollingRestart(std::shared_ptr<Gateway>& gateway);
  void Kill(std::shared_ptr<Gateway>& gateway);
  void JumpClock(std::shared_ptr<Gateway>& gateway);
  void CrashPostgres(std::shared_ptr<Gateway>& /*gateway*/);
  void StallPostgres(std::shared_ptr<Gateway>& /*gateway*/);
  void StallPostgresForLong(std::shared_ptr<Gateway>& /*gateway*/);

  Checker& checker_;
  Gateways& gateways_;
  const std::filesystem::path folder_;
  Random random_;
  const bool is_short_;
  PostgresServer& postgres_;
  const std::string database_;
  std::mutex there_;  // held by code that needs PostgreSQL to be available, and by code that stops it
  std::vector<std::shared_ptr<Gateway>> regular_;
  std::vector<Trouble> to_come_;
  int started_ = 0;
};

}  // namespace webex_gateway::promise
