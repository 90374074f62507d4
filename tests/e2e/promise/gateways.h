// The gateways of a run: real processes on one ledger, which callers choose from, and which tests manipulate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/program.h"
#include "tests/e2e/promise/checker.h"
#include "tests/e2e/promise/clocks.h"
#include "tests/e2e/promise/webex.h"
#include "webex_gateway/gateway_client.h"

namespace webex_gateway::promise {

using Random = std::mt19937_64;

// 0 .. `most`.
inline int Draw(Random& random, int most) { return std::uniform_int_distribution<int>(0, most)(random); }
inline bool OneIn(Random& random, int n) { return Draw(random, n - 1) == 0; }

// How to reach a gateway, which may have ended meanwhile.
struct Entrance {
  std::string name;
  std::shared_ptr<grpc::Channel> channel;
  client::GatewayClient client;
};

// One process, with its own Webex, so that it is known which gateway sends what. (The checker, shared by all, has
// Webex's state.)
class Gateway {
 public:
  struct Settings {
    std::string name;  // its host's name
    std::string ledger_url;
    std::filesystem::path folder;
    absl::Duration clock_ahead;  // ahead of the machine's clock
    Manners manners;
    uint64_t seed;
  };
  Gateway(Checker& checker, const Settings& settings);

  const std::shared_ptr<const Entrance>& entrance() const { return entrance_; }
  Webex& webex() { return webex_; }

  // Its time of day is this much ahead of the machine's.
  void SetClockAhead(absl::Duration ahead) { clocks_.realtime = absl::ToInt64Nanoseconds(ahead); }

  // Continues as after SIGSTOP and SIGCONT.
  void Stop();
  void Continue();
  // Continues as if the host had been suspended since Stop.
  void Resume();
  // Asks it to stop. Orders under way may finish.
  void BeginToStop() { program_->Signal(SIGTERM); }
  // Returns its exit code: 0 if all is well.
  int AwaitEnd() { return program_->AwaitEnd(); }
  std::string output() const { return program_->output(); }
  void Kill() { program_->End(SIGKILL); }

 private:
  Webex webex_;
  Clocks& clocks_;
  absl::Time stopped_at_;
  std::unique_ptr<Program> program_;
  std::shared_ptr<const Entrance> entrance_;
};

// Where callers find a gateway.
class Gateways {
 public:
  void Add(std::shared_ptr<const Entrance> entrance);
  void Remove(const std::shared_ptr<const Entrance>& entrance);
  // Marks one as certain to send nothing any more: its process has ended.
  void IsGone(const std::string& name);
  // The time since when.
  std::optional<absl::Time> GoneSince(const std::string& name) const;
  // One of them. There is always one.
  std::shared_ptr<const Entrance> Any(Random& random) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Entrance>> open_;
  std::map<std::string, absl::Time> gone_;
};

}  // namespace webex_gateway::promise
