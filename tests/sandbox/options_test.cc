#include "tests/sandbox/options.h"

#include "gmock/gmock.h"

namespace webex_gateway::sandbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Flags belong to the process, so each test sets those that it reads.
std::vector<std::string> FaultsOf(const std::vector<std::string>& args, Options* options = nullptr) {
  std::vector<std::string> faults;
  const Options read = ReadOptions(args, [](const std::string&) { return std::nullopt; }, faults);
  if (options != nullptr) *options = read;
  return faults;
}

TEST(SandboxOptions, ReadsFlagsIntoPlainStructs) {
  Options options;
  EXPECT_THAT(FaultsOf({"--listen=[::1]:0", "--latency=20ms", "--fault={\"kind\":\"close\"}", "--seed=7",
                        "--limiter=sliding_window", "--rate_limit=2.5", "--burst=3", "--window=1m"},
                       &options),
              IsEmpty());
  EXPECT_EQ(options.server.address, "::1");
  EXPECT_EQ(options.server.port, 0);
  EXPECT_EQ(options.settings.latency, absl::Milliseconds(20));
  EXPECT_EQ(options.settings.limit, (Limit{LimiterKind::kSlidingWindow, 2.5, 3, absl::Minutes(1)}));
  EXPECT_EQ(options.faults.size(), 1u);
  EXPECT_EQ(options.seed, 7u);
}

TEST(SandboxOptions, NamesEveryFaultAtOnce) {
  EXPECT_THAT(FaultsOf({"--listen=0.0.0.0:70000", "--threads=0", "--jitter=-1s", "--limiter=leaky", "--rate_limit=nan",
                        "--burst=-1", "--window=0", "--fault={", "--tls_key_file=x", "extra"}),
              ElementsAre(HasSubstr("extra"), HasSubstr("port"), HasSubstr("loopback"), HasSubstr("--threads"),
                          HasSubstr("give both"), HasSubstr("--jitter"), HasSubstr("leaky"), HasSubstr("--rate_limit"),
                          HasSubstr("--burst"), HasSubstr("--window"), HasSubstr("--fault")));
}

TEST(SandboxOptions, HelpNamesEveryFlag) {
  for (const std::string flag : {"--listen", "--token_lifetime", "--fault", "--rotate_refresh_token", "--idle_timeout",
                                 "--limiter", "--burst", "--window"}) {
    EXPECT_THAT(HelpText(), HasSubstr(flag));
  }
}

}  // namespace
}  // namespace webex_gateway::sandbox
