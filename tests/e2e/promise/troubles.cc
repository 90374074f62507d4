#include "tests/e2e/promise/troubles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace webex_gateway::promise {
namespace {

constexpr int kBurst = 80;
// Longer than the lease (15 s) and the time that callers then need to find out and to order again.
constexpr absl::Duration kHeldUp = absl::Seconds(24);
constexpr absl::Duration kCrowded = absl::Seconds(4);  // of the caller's eight

void Rest(Random& random, absl::Duration least, absl::Duration most) {
  absl::SleepFor(least + (most - least) * (Draw(random, 1000) / 1000.));
}

absl::Duration DrawClock(Random& random) { return absl::Hours(5 * (Draw(random, 2) - 1)); }

}  // namespace

Troubles::Troubles(Checker& checker, Gateways& gateways, std::filesystem::path folder, uint64_t seed, bool is_short)
    : checker_(checker),
      gateways_(gateways),
      folder_(std::move(folder)),
      random_(seed),
      is_short_(is_short),
      postgres_(PostgresServer::Get()),
      database_(postgres_.NewDatabase()) {}

Troubles::~Troubles() {
  regular_.clear();
  postgres_.Drop(database_);
}

void Troubles::Begin() {
  for (const char* const name : {"a", "b"}) {
    regular_.push_back(Start(name, Moody(), random_()));
    gateways_.Add(regular_.back()->entrance());
  }
}

std::shared_ptr<Gateway> Troubles::Start(const std::string& name, Manners manners, uint64_t seed) {
  Random random(seed);
  return std::make_shared<Gateway>(checker_, Gateway::Settings{.name = absl::StrCat(name, ++started_),
                                                               .ledger_url = postgres_.Url(database_),
                                                               .folder = folder_,
                                                               .clock_ahead = DrawClock(random),
                                                               .manners = std::move(manners),
                                                               .seed = seed});
}

std::vector<Troubles::Trouble> Troubles::All(bool is_short) {
  std::vector<Trouble> all = {
      {"rolling restart", &Troubles::RollingRestart}, {"kill", &Troubles::Kill},
      {"rolling restart", &Troubles::RollingRestart}, {"kill", &Troubles::Kill},
      {"rolling restart", &Troubles::RollingRestart}, {"clock jump", &Troubles::JumpClock},
      {"PostgreSQL crash", &Troubles::CrashPostgres}, {"PostgreSQL crash", &Troubles::CrashPostgres},
      {"PostgreSQL stall", &Troubles::StallPostgres}, {"PostgreSQL stall", &Troubles::StallPostgres}};
  if (!is_short) all.push_back({"PostgreSQL stall beyond the leases", &Troubles::StallPostgresForLong});
  return all;
}

std::string Troubles::Strike() {
  if (to_come_.empty()) {
    to_come_ = All(is_short_);
    std::shuffle(to_come_.begin(), to_come_.end(), random_);
  }
  const Trouble trouble = to_come_.back();
  to_come_.pop_back();
  (this->*trouble.strike)(regular_[Draw(random_, 1)]);
  return trouble.name;
}

// Like Kubernetes: the new one serves before the old one is asked to stop, and callers learn late that it stops.
void Troubles::RollingRestart(std::shared_ptr<Gateway>& gateway) {
  std::unique_lock lock(there_);
  std::shared_ptr<Gateway> next = Start("r", Moody(), random_());
  lock.unlock();
  gateways_.Add(next->entrance());
  gateway->BeginToStop();
  Rest(random_, absl::Milliseconds(100), absl::Seconds(2));
  gateways_.Remove(gateway->entrance());
  EXPECT_EQ(gateway->AwaitEnd(), 0) << gateway->output();
  gateways_.IsGone(gateway->entrance()->name);
  gateway = std::move(next);
}

void Troubles::Kill(std::shared_ptr<Gateway>& gateway) {
  gateway->Kill();
  gateways_.IsGone(gateway->entrance()->name);
  Rest(random_, absl::ZeroDuration(), absl::Milliseconds(500));
  gateways_.Remove(gateway->entrance());
  const std::lock_guard lock(there_);
  gateway = Start("k", Moody(), random_());
  gateways_.Add(gateway->entrance());
}

void Troubles::JumpClock(std::shared_ptr<Gateway>& gateway) { gateway->SetClockAhead(DrawClock(random_)); }

void Troubles::CrashPostgres(std::shared_ptr<Gateway>& /*gateway*/) {
  const std::lock_guard lock(there_);
  postgres_.Crash();
  Rest(random_, absl::Milliseconds(100), absl::Seconds(2));
  postgres_.Start();
}

void Troubles::StallPostgres(std::shared_ptr<Gateway>& /*gateway*/) {
  const std::lock_guard lock(there_);
  postgres_.Freeze();
  Rest(random_, absl::Seconds(1), absl::Seconds(4));
  postgres_.Thaw();
}

void Troubles::StallPostgresForLong(std::shared_ptr<Gateway>& /*gateway*/) {
  const std::lock_guard lock(there_);
  postgres_.Freeze();
  Rest(random_, absl::Seconds(16), absl::Seconds(18));
  postgres_.Thaw();
}

std::vector<std::pair<std::string, std::string>> Troubles::HoldUpInABurst(Pause pause, uint64_t number) {
  Random random(number);
  const bool suspended = pause == Pause::kSuspended;
  std::unique_lock lock(there_);
  const auto gateway = Start("held", suspended ? Crowded(kCrowded) : Calm(), random());
  std::vector<std::pair<std::string, std::string>> obtained(kBurst);
  std::vector<std::jthread> callers;
  for (auto& [user_id, request_id] : obtained) {
    user_id = absl::StrCat(suspended ? "suspended" : "stopped", "-", number, "-", callers.size(), "@sp.com");
    // A suspended host does not notice who leaves.
    const FirstCall first{gateway->entrance(), suspended || OneIn(random, 2)};
    callers.emplace_back([this, seed = random(), first, &user = user_id, &id = request_id] {
      id = Caller(checker_, gateways_, seed).Obtain(user, first);
    });
  }
  EXPECT_TRUE(gateway->webex().AwaitConnection(absl::Minutes(1)));
  absl::SleepFor(suspended ? absl::Milliseconds(200 + Draw(random, 1000)) : absl::Milliseconds(Draw(random, 20)));
  gateway->Stop();
  lock.unlock();
  absl::SleepFor(kHeldUp);
  suspended ? gateway->Resume() : gateway->Continue();
  absl::SleepFor(suspended ? kDefaultDeadline + absl::Seconds(1) : absl::Seconds(2));
  callers.clear();
  gateway->BeginToStop();
  EXPECT_EQ(gateway->AwaitEnd(), 0) << gateway->output();
  return obtained;
}

}  // namespace webex_gateway::promise
