#include "tests/e2e/promise/gateways.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "webex_gateway/channel.h"

namespace webex_gateway::promise {
namespace {

// A page that this process writes and the gateway reads. It lives as long as this process.
Clocks& NewClocks(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  EXPECT_EQ(ftruncate(file, sizeof(Clocks)), 0);
  void* const page = mmap(nullptr, sizeof(Clocks), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  EXPECT_NE(page, MAP_FAILED);
  return *static_cast<Clocks*>(page);
}

std::filesystem::path ClocksFile(const Gateway::Settings& settings) {
  return settings.folder / absl::StrCat(settings.name, ".clocks");
}

std::string Sanitizer() {
  const char* const options = std::getenv("ASAN_OPTIONS");
  // The preloaded library comes before the sanitizer's own.
  return absl::StrCat(options == nullptr ? "" : options, ":verify_asan_link_order=0");
}

std::shared_ptr<const Entrance> EntranceTo(const std::string& name, int port) {
  const auto channel = client::Connect({.address = absl::StrCat("127.0.0.1:", port)});
  EXPECT_TRUE(channel.ok()) << channel.status();
  return std::make_shared<Entrance>(Entrance{name, *channel, client::GatewayClient(*channel)});
}

}  // namespace

Gateway::Gateway(Checker& checker, const Settings& settings)
    : webex_(checker, settings.seed, settings.manners), clocks_(NewClocks(ClocksFile(settings))) {
  SetClockAhead(settings.clock_ahead);
  const std::vector<std::string> flags = {"--listen=127.0.0.1:0",
                                          "--admin_listen=",
                                          "--drain_timeout=6s",
                                          "--default_deadline=8s",
                                          "--ledger_retention=2h",
                                          "--log_format=text",
                                          absl::StrCat("--attempt_timeout=", absl::FormatDuration(kAttemptTimeout)),
                                          absl::StrCat("--ledger=", settings.ledger_url),
                                          absl::StrCat("--webex_base_url=http://127.0.0.1:", webex_.port(), "/v1")};
  program_ = std::make_unique<Program>("webex-gateway", flags, "ports=",
                                       std::map<std::string, std::string>{{"WEBEX_GATEWAY_WEBEX_TOKEN", "token"},
                                                                          {"LD_PRELOAD", BuiltFile("libclock_shim.so")},
                                                                          {"ASAN_OPTIONS", Sanitizer()},
                                                                          {kHostVariable, settings.name},
                                                                          {kClocksVariable, ClocksFile(settings)}});
  entrance_ = EntranceTo(settings.name, program_->port());
}

void Gateway::Stop() {
  program_->Signal(SIGSTOP);
  stopped_at_ = absl::Now();
}

void Gateway::Continue() { program_->Signal(SIGCONT); }

void Gateway::Resume() {
  clocks_.monotonic -= absl::ToInt64Nanoseconds(absl::Now() - stopped_at_);
  Continue();
}

void Gateways::Add(std::shared_ptr<const Entrance> entrance) {
  const std::lock_guard lock(mutex_);
  open_.push_back(std::move(entrance));
}

void Gateways::Remove(const std::shared_ptr<const Entrance>& entrance) {
  const std::lock_guard lock(mutex_);
  open_.erase(std::remove(open_.begin(), open_.end(), entrance), open_.end());
}

void Gateways::IsGone(const std::string& name) {
  const std::lock_guard lock(mutex_);
  gone_.emplace(name, absl::Now());
}

std::optional<absl::Time> Gateways::GoneSince(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = gone_.find(name);
  return found == gone_.end() ? std::nullopt : std::optional(found->second);
}

std::shared_ptr<const Entrance> Gateways::Any(Random& random) const {
  const std::lock_guard lock(mutex_);
  return open_[Draw(random, static_cast<int>(open_.size()) - 1)];
}

}  // namespace webex_gateway::promise
