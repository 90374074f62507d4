// The sandbox's whole state: shared by every connection of every thread; each part has its own lock.
#pragma once

#include <cstdint>

#include "tests/sandbox/attempts.h"
#include "tests/sandbox/dice.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/rate_limit.h"
#include "tests/sandbox/settings.h"
#include "tests/sandbox/stats.h"
#include "tests/sandbox/tokens.h"
#include "tests/sandbox/workspaces.h"

namespace webex_gateway::sandbox {

struct World {
  World(const Settings& from_flags, uint64_t seed)
      : flags(from_flags), settings(from_flags), dice(seed), tokens(from_flags.refresh_token) {}

  const Settings flags;
  LiveSettings settings;
  Dice dice;
  Stats stats;
  FaultPlan faults;
  RateLimit rate_limit;
  Tokens tokens;
  Workspaces workspaces;
  Attempts attempts;

  // No workspaces, no issued tokens, no faults to come, counters at zero, settings as in the flags.
  void Reset() {
    settings.Set(flags);
    faults.Clear();
    rate_limit.Reset();
    tokens.Reset(flags.refresh_token);
    workspaces.Clear();
    attempts.Clear();
    stats.Reset();
  }
};

}  // namespace webex_gateway::sandbox
