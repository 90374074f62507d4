#include "server/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/server/testing/test_certificate.h"

namespace webex_gateway {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kToken[] = "WEBEX_GATEWAY_WEBEX_TOKEN";

// Abseil's flags are the process's: each test begins with their defaults. So is what the system trusts, which is read
// with nearly every one of these: here one certificate.
class OptionsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    static const TestCertificate trusted("webexapis.com");
    setenv("SSL_CERT_FILE", trusted.certificate_file().c_str(), 1);
    setenv("SSL_CERT_DIR", "/nonexistent", 1);
  }

  OptionsTest() {
    for (const auto& [name, flag] : absl::GetAllFlags()) {
      std::string error;
      if (absl::EndsWith(flag->Filename(), "server/options.cc")) flag->ParseFrom(flag->DefaultValue(), &error);
    }
  }

  Options Read(const std::vector<std::string>& args) {
    faults_.clear();
    const Environment environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    return ReadOptions(args, environment, faults_);
  }

  // The faults of `args`, with a good token in the environment.
  std::vector<std::string> FaultsOf(const std::vector<std::string>& args) {
    Read(args);
    return faults_;
  }

  std::map<std::string, std::string> variables_ = {{kToken, "token"}};
  std::vector<std::string> faults_;
};

TEST_F(OptionsTest, KeepTheTokenThatWasReadSinceAPipeGivesItOnce) {
  variables_.clear();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "token\n", 6), 6);
  close(ends[1]);
  const std::string path = absl::StrCat("/dev/fd/", ends[0]);
  const Options options = Read({"--webex_token_file=" + path});
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(options.webex_token, "token");
  EXPECT_EQ(options.webex_token_file, path);
  close(ends[0]);
}

TEST_F(OptionsTest, NamePipesWhereAFileIsReadMoreThanOnce) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string path = absl::StrCat("/dev/fd/", ends[0]);
  const auto named = [&path](const char* flag) {
    return Contains(absl::StrCat("--", flag, ": ", path, " is a pipe, but the gateway reads it more than once"));
  };
  for (const char* flag :
       {"tls_cert_file", "tls_key_file", "tls_client_ca_file", "webex_ca_file", "ledger_password_file"}) {
    EXPECT_THAT(FaultsOf({absl::StrCat("--", flag, "=", path), "--ledger=postgresql://u@h/d"}), named(flag));
  }
  variables_.clear();
  for (const char* flag : {"oauth_client_id_file", "oauth_client_secret_file", "oauth_refresh_token_file"}) {
    EXPECT_THAT(FaultsOf({absl::StrCat("--", flag, "=", path)}), named(flag));
  }
  close(ends[0]);
  close(ends[1]);
}

TEST_F(OptionsTest, WarnOfNothingInAPipeWhichWouldHaveToBeReadForThat) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string path = absl::StrCat("/dev/fd/", ends[0]);
  const Options options = Read({"--check_config", "--tls_cert_file=" + path, "--tls_key_file=" + path});
  EXPECT_THAT(WarningsOf(options, {}), testing::Not(Contains(testing::StartsWith("tls: "))));
  close(ends[0]);
  close(ends[1]);
}

TEST(UnknownSettings, AreNoneOfTheFlagsNorTheToken) {
  EXPECT_THAT(
      UnknownSettings({{kToken, "s3cret"},
                       {"WEBEX_GATEWAY_ALLOWED_CLIENTS", "a.sp.com"},
                       {"WEBEX_GATEWAY_ALOWED_CLIENTS", "a.sp.com"},
                       {"WEBEX_GATEWAY_SERVICE_HOST", "10.0.0.1"}}),
      ElementsAre(
          "WEBEX_GATEWAY_ALOWED_CLIENTS: there is no such setting; did you mean WEBEX_GATEWAY_ALLOWED_CLIENTS?"));
}

// A deployment's variables may have these names: WEBEX_GATEWAY_VERSION is a usual one for an image's tag.
TEST_F(OptionsTest, TakeNoCommandFromTheEnvironment) {
  for (const char* value : {"true", "1.4.0"}) {
    for (const char* name : {"WEBEX_GATEWAY_VERSION", "WEBEX_GATEWAY_HELP", "WEBEX_GATEWAY_CHECK_CONFIG"}) {
      variables_[name] = value;
      EXPECT_THAT(UnknownSettings({{name, value}}), ElementsAre(absl::StrCat(name, ": there is no such setting")));
    }
    const Options options = Read({});
    EXPECT_THAT(faults_, IsEmpty());
    EXPECT_FALSE(options.help || options.version || options.check_config);
  }
  EXPECT_TRUE(Read({"--version"}).version);
}

TEST_F(OptionsTest, HaveTheDefaultsOfTheReadme) {
  const Options options = Read({});
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_THAT(options.listen, ElementsAre("127.0.0.1:50051"));
  EXPECT_EQ(options.tls_cert_file, "");
  EXPECT_THAT(options.allowed_clients, IsEmpty());
  EXPECT_THAT(options.resolve_clients, IsEmpty());
  EXPECT_THAT(options.read_clients, IsEmpty());
  EXPECT_EQ(options.admin_listen, "127.0.0.1:9464");
  EXPECT_EQ(options.webex_base_url, "https://webexapis.com/v1");
  EXPECT_EQ(options.webex_token, "token");
  EXPECT_EQ(options.webex_token_file, "");
  EXPECT_FALSE(options.oauth);
  EXPECT_EQ(options.webex_ca_file, "");
  EXPECT_EQ(options.ledger, (LedgerPlace{.kind = LedgerKind::kSqlite, .path = "/var/lib/webex-gateway/ledger.db"}));
  EXPECT_EQ(options.ledger_retention, absl::Hours(72));
  EXPECT_EQ(options.default_deadline, absl::Seconds(60));
  EXPECT_EQ(options.attempt_timeout, absl::Seconds(30));
  EXPECT_EQ(options.max_upstream_calls, 64);
  EXPECT_EQ(options.max_queued_calls, 1000);
  EXPECT_EQ(options.max_answer_bytes, 1 << 20);
  EXPECT_EQ(options.stop.drain_delay, absl::ZeroDuration());
  EXPECT_EQ(options.stop.drain_timeout, absl::Seconds(35));
  EXPECT_GE(options.stop.drain_timeout, StopLimits::LeastDrain(options.attempt_timeout));
  EXPECT_EQ(options.log_level, "info");
  EXPECT_EQ(options.log_format, "json");
  EXPECT_FALSE(options.help || options.version || options.check_config);
}

TEST_F(OptionsTest, ComeFromTheEnvironmentAndTheCommandLineWins) {
  variables_["WEBEX_GATEWAY_ATTEMPT_TIMEOUT"] = "7s";
  variables_["WEBEX_GATEWAY_DRAIN_TIMEOUT"] = "8s";
  const Options options = Read({"--drain_timeout=9s"});
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(options.attempt_timeout, absl::Seconds(7));
  EXPECT_EQ(options.stop.drain_timeout, absl::Seconds(9));
}

TEST_F(OptionsTest, TakeTheLedgerApart) {
  const auto place = [this](const std::string& setting) {
    const Options options = Read({"--ledger=" + setting});
    EXPECT_THAT(faults_, IsEmpty()) << setting;
    return options.ledger;
  };
  const LedgerPlace server{.kind = LedgerKind::kPostgresql, .url = "postgresql://localhost/gateway"};
  EXPECT_EQ(place("sqlite:ledger.db"), (LedgerPlace{.kind = LedgerKind::kSqlite, .path = "ledger.db"}));
  EXPECT_EQ(place("sqlite:/var/lib/x.db"), (LedgerPlace{.kind = LedgerKind::kSqlite, .path = "/var/lib/x.db"}));
  EXPECT_EQ(place("postgresql://localhost/gateway"), server);
  EXPECT_EQ(place("postgres://localhost/gateway"), server);
  EXPECT_EQ(place("none"), LedgerPlace{.kind = LedgerKind::kNone});
}

TEST_F(OptionsTest, TakeAFileAServerOrNoneForALedger) {
  for (const char* bad : {"", "sqlite:", "/var/lib/x.db", "None", "postgresql:", "mysql://user:secret@db"}) {
    EXPECT_THAT(FaultsOf({absl::StrCat("--ledger=", bad)}),
                ElementsAre(testing::AllOf(testing::StartsWith("--ledger: "),
                                           HasSubstr("must be sqlite:PATH, postgresql://... or none"),
                                           testing::Not(HasSubstr("secret")))))
        << bad;
  }
  EXPECT_THAT(FaultsOf({"--ledger=none", "--ledger_retention=59m"}),
              ElementsAre("--ledger_retention: '59m' is not within 1h to 8760h"));
}

// All of them are known before anything is connected to.
TEST_F(OptionsTest, TakeAServerForALedgerThatLibpqTakesAndThatKeepsThePasswordIn) {
  for (const char* bad : {"postgresql://db.example/d", "postgres://db.example/d", "postgresql://u:secret@localhost/d",
                          "postgresql://localhost/d?nonsense=1", "postgresql://localhost:0/d"}) {
    EXPECT_THAT(FaultsOf({absl::StrCat("--ledger=", bad), "--ledger_password_file=/dev/null"}),
                ElementsAre(testing::StartsWith("--ledger: ")))
        << bad;
    EXPECT_THAT(faults_[0], testing::Not(testing::AnyOf(HasSubstr("secret"), HasSubstr("db.example")))) << bad;
  }
}

TEST_F(OptionsTest, SayWhichKindOfLedgerWasMeantAndQuoteNoPassword) {
  EXPECT_THAT(FaultsOf({"--ledger=/var/lib/ledger.db"}),
              ElementsAre("--ledger: '/var/lib/ledger.db' must be sqlite:PATH, postgresql://... or none; did you mean "
                          "sqlite:/var/lib/ledger.db?"));
  EXPECT_THAT(FaultsOf({"--ledger=mysql://u:s3cret@h/d"}),
              ElementsAre("--ledger: 'mysql:...' must be sqlite:PATH, postgresql://... or none"));
  EXPECT_THAT(FaultsOf({"--ledger=s3cret"}), ElementsAre("--ledger: must be sqlite:PATH, postgresql://... or none"));
}

TEST_F(OptionsTest, TakeAPasswordFileForAServersLedgerOnly) {
  EXPECT_THAT(FaultsOf({"--ledger=postgresql://localhost/gateway", "--ledger_password_file=/dev/null"}), IsEmpty());
  EXPECT_THAT(FaultsOf({"--ledger=none", "--ledger_password_file=/nonexistent"}),
              ElementsAre("--ledger_password_file: only for --ledger=postgresql://...", HasSubstr("cannot open")));
}

TEST_F(OptionsTest, NameEveryFaultAtOnce) {
  variables_ = {{"WEBEX_GATEWAY_MAX_QUEUED_CALLS", "many"}};
  EXPECT_THAT(FaultsOf({"--listen=nowhere", "--attempt_timeout=zz", "--webex_base_url=ftp://x", "--log_level=loud",
                        "--unheard_of", "--max_upstream_calls=0"}),
              ElementsAre("WEBEX_GATEWAY_MAX_QUEUED_CALLS: 'many' is not valid: a whole number",  //
                          "--attempt_timeout: 'zz' is not valid: a duration, such as 60s",        //
                          "--unheard_of: no such flag",                                           //
                          "--listen: 'nowhere' is neither host:port nor unix:/path",
                          "--webex_base_url: 'ftp://x' begins with neither https:// nor http://",
                          "no access token for Webex: set --webex_token_file, the four --oauth_... files, or "
                          "WEBEX_GATEWAY_WEBEX_TOKEN",
                          "--max_upstream_calls: '0' is not within 1 to 10000",
                          "--log_level: 'loud' is not one of debug, info, warning, error"));
}

TEST_F(OptionsTest, CheckNothingWhereOnlyHelpOrVersionIsAsked) {
  variables_.clear();
  EXPECT_TRUE(Read({"--help", "--listen=nowhere"}).help);
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_TRUE(Read({"--nohelp", "--version"}).version);
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(OptionsTest, ListenWhereverLoopbackIs) {
  for (const char* listen : {"127.0.0.1:0", "127.255.255.254:65535", "localhost:50051", "[::1]:50051",
                             "unix:/run/gateway", "127.0.0.1:1,[::1]:2,unix:/x", "127.0.0.1:1,"}) {
    EXPECT_THAT(FaultsOf({std::string("--listen=") + listen}), IsEmpty()) << listen;
  }
  EXPECT_THAT(Read({"--listen=127.0.0.1:1,unix:/x"}).listen, ElementsAre("127.0.0.1:1", "unix:/x"));
}

TEST_F(OptionsTest, ListenOnSeveralAddressesWithSpacesBetween) {
  EXPECT_THAT(Read({"--listen=127.0.0.1:1, [::1]:2"}).listen, ElementsAre("127.0.0.1:1", "[::1]:2"));
}

TEST_F(OptionsTest, ListenBeyondLoopbackOnlyWherePlaintextIsAllowed) {
  for (const char* listen :
       {"0.0.0.0:50051", "[::]:50051", "10.0.0.1:1", "gateway:1", "128.0.0.1:1", "127.1:1", "127.0.0.1.evil.com:1",
        "localhost.evil:1", "127.0.0.256:1", "[::1%eth0]:1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_THAT(
        FaultsOf({std::string("--listen=") + listen}),
        ElementsAre(
            std::string("--listen: '") + listen +
            "' is beyond loopback and calls are not encrypted; set --tls_cert_file, or --allow_plaintext if that is "
            "intended"));
  }
  EXPECT_THAT(FaultsOf({"--listen=0.0.0.0:50051", "--allow_plaintext"}), IsEmpty());
}

TEST_F(OptionsTest, ListenBeyondLoopbackWithTls) {
  const TestCertificate own("gateway");
  const std::vector<std::string> tls = {"--tls_cert_file=" + own.certificate_file(),
                                        "--tls_key_file=" + own.key_file()};
  EXPECT_THAT(FaultsOf({"--listen=0.0.0.0:50051", tls[0], tls[1]}), IsEmpty());
  const Options options = Read({tls[0], tls[1], "--tls_client_ca_file=" + own.certificate_file()});
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(options.tls_cert_file, own.certificate_file());
  EXPECT_EQ(options.tls_key_file, own.key_file());
  EXPECT_EQ(options.tls_client_ca_file, own.certificate_file());
}

// What is in files is a setting like any other: its faults are named together with theirs.
TEST_F(OptionsTest, NameWhatIsWrongInFilesBesideEveryOtherFault) {
  const TestCertificate own("gateway");
  const TestCertificate other("other");
  EXPECT_THAT(FaultsOf({"--tls_cert_file=" + own.certificate_file(), "--tls_key_file=" + other.key_file(),
                        "--webex_ca_file=" + own.key_file(), "--ledger=postgresql://db.example/d", "--log_level=loud"}),
              ElementsAre(testing::StartsWith(absl::StrCat("--tls_key_file: ", other.key_file(), ": not the key of ")),
                          testing::StartsWith("--webex_ca_file: "), HasSubstr("--ledger: a server beyond loopback"),
                          HasSubstr("--log_level: 'loud'")));
}

TEST_F(OptionsTest, NeedNobodyToTrustWhereWebexIsASandboxInPlainHttp) {
  const std::string missing = "--webex_ca_file=/nonexistent.pem";
  EXPECT_THAT(FaultsOf({"--webex_base_url=http://127.0.0.1"}), IsEmpty());
  EXPECT_THAT(FaultsOf({missing}), ElementsAre(testing::StartsWith("--webex_ca_file: ")));
}

TEST_F(OptionsTest, TakeACertificateWithItsKeyOnly) {
  constexpr char kBoth[] = "--tls_cert_file and --tls_key_file: a certificate needs its key, and a key its certificate";
  EXPECT_THAT(FaultsOf({"--tls_cert_file=c"}), ElementsAre(kBoth));
  EXPECT_THAT(FaultsOf({"--tls_cert_file=", "--tls_key_file=k"}), ElementsAre(kBoth));
  EXPECT_THAT(FaultsOf({"--tls_key_file=", "--tls_client_ca_file=ca"}),
              ElementsAre("--tls_client_ca_file: needs --tls_cert_file"));
}

TEST_F(OptionsTest, ListCallersWhoCanProveTheirNames) {
  const TestCertificate own("gateway");
  Read({"--tls_cert_file=" + own.certificate_file(), "--tls_key_file=" + own.key_file(),
        "--tls_client_ca_file=" + own.certificate_file()});
  const Options options = Read({"--listen=unix:/x", "--allowed_clients=spiffe://sp.com/billing, orders.sp.com,unix",
                                "--resolve_clients=unix", "--read_clients=ops.sp.com,unix"});
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_THAT(options.allowed_clients, ElementsAre("spiffe://sp.com/billing", "orders.sp.com", "unix"));
  EXPECT_THAT(options.resolve_clients, ElementsAre("unix"));
  EXPECT_THAT(options.read_clients, ElementsAre("ops.sp.com", "unix"));
  EXPECT_THAT(FaultsOf({"--listen=127.0.0.1:1"}),
              ElementsAre("--allowed_clients: 'unix' needs a unix:/path in --listen",
                          "--resolve_clients: 'unix' needs a unix:/path in --listen",
                          "--read_clients: 'unix' needs a unix:/path in --listen"));
  EXPECT_THAT(FaultsOf({"--allowed_clients=,", "--resolve_clients= ,", "--read_clients="}),
              ElementsAre("--allowed_clients: names nobody; leave it empty to admit everyone",
                          "--resolve_clients: names nobody; leave it empty to admit everyone"));
  EXPECT_THAT(FaultsOf({"--allowed_clients=*.sp.com", "--resolve_clients=", "--read_clients="}),
              ElementsAre("--allowed_clients: '*.sp.com' is neither a DNS name nor a URI nor 'unix'"));
  EXPECT_THAT(
      FaultsOf({"--allowed_clients=", "--resolve_clients=", "--read_clients=ops.sp.com", "--tls_client_ca_file="}),
      ElementsAre("--read_clients: 'ops.sp.com' can be verified only with --tls_client_ca_file"));
  EXPECT_THAT(FaultsOf({"--read_clients=", "--resolve_clients=ops.sp.com"}),
              ElementsAre("--resolve_clients: 'ops.sp.com' can be verified only with --tls_client_ca_file"));
}

TEST_F(OptionsTest, NameAPathThatIsTooLongForASocket) {
  const std::string longest = "unix:/" + std::string(106, 'x');
  EXPECT_THAT(FaultsOf({"--listen=" + longest}), IsEmpty());
  EXPECT_THAT(FaultsOf({"--listen=" + longest + "x"}),
              ElementsAre("--listen: '" + longest + "x': the path is longer than 107 bytes"));
}

TEST_F(OptionsTest, ListenOnAddressesOnly) {
  EXPECT_THAT(FaultsOf({"--listen="}), ElementsAre("--listen: no address is given"));
  EXPECT_THAT(FaultsOf({"--listen= , "}), ElementsAre("--listen: no address is given"));
  EXPECT_THAT(FaultsOf({"--listen=unix:x"}), ElementsAre("--listen: 'unix:x': the path must begin with '/'"));
  for (const char* listen : {"127.0.0.1", ":1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
                             "127.0.0.1:http", "[::1]", "127.0.0.1: 1", "127.0.0.1:1x", "*:1", "127.0.0.+1:1",
                             "127.0. 0.1:1", "::1:1", "[::1:1", "[x]:1", "http://127.0.0.1:1"}) {
    EXPECT_THAT(FaultsOf({std::string("--listen=") + listen}),
                ElementsAre(std::string("--listen: '") + listen + "' is neither host:port nor unix:/path"));
  }
}

TEST_F(OptionsTest, ListenOnNoAddressTwice) {
  EXPECT_THAT(FaultsOf({"--listen=127.0.0.1:1,unix:/x,127.0.0.1:1"}),
              ElementsAre("--listen: '127.0.0.1:1' is listed twice"));
  EXPECT_THAT(FaultsOf({"--listen=127.0.0.1:1", "--admin_listen=127.0.0.1:1"}),
              ElementsAre("--admin_listen: '127.0.0.1:1' is also in --listen; each needs its own address"));
  EXPECT_THAT(FaultsOf({"--listen=127.0.0.1:0,127.0.0.1:0", "--admin_listen=127.0.0.1:0"}), IsEmpty());
}

// The flag of the file that is at fault, so that nobody has to guess which of three it is.
TEST_F(OptionsTest, NameTheFlagOfTheTlsFileThatIsAtFault) {
  const TestCertificate own("gateway");
  const std::string missing = "/nonexistent.pem";
  const auto fault = [&](const std::string& certificate, const std::string& key, const std::string& ca) {
    FaultsOf({"--tls_cert_file=" + certificate, "--tls_key_file=" + key, "--tls_client_ca_file=" + ca});
    EXPECT_EQ(faults_.size(), 1u);
    return faults_.at(0).substr(0, faults_.at(0).find(':'));
  };
  EXPECT_EQ(fault(missing, own.key_file(), ""), "--tls_cert_file");
  EXPECT_EQ(fault(own.certificate_file(), missing, ""), "--tls_key_file");
  EXPECT_EQ(fault(own.certificate_file(), own.key_file(), missing), "--tls_client_ca_file");
}

TEST_F(OptionsTest, WarnOfADrainThatIsTooShortForAnAttempt) {
  const auto warnings = [&](const std::vector<std::string>& args) { return WarningsOf(Read(args), {}); };
  EXPECT_THAT(warnings({}), IsEmpty());
  EXPECT_THAT(warnings({"--attempt_timeout=33s"}), IsEmpty());
  EXPECT_THAT(
      warnings({"--attempt_timeout=34s"}),
      ElementsAre(testing::AllOf(testing::StartsWith("--drain_timeout: 35s is too short for --attempt_timeout, 34s"),
                                 HasSubstr("set --drain_timeout=36s or more"))));
}

TEST_F(OptionsTest, WarnOfABaseUrlWithoutAPath) {
  const auto warnings = [&](const std::string& url) { return WarningsOf(Read({"--webex_base_url=" + url}), {}); };
  EXPECT_THAT(warnings("https://webexapis.com/"),
              ElementsAre(testing::AllOf(testing::StartsWith("--webex_base_url: https://webexapis.com has no path"),
                                         testing::EndsWith("set https://webexapis.com/v1"))));
  EXPECT_THAT(warnings("https://webexapis.com/v1"), IsEmpty());
  EXPECT_THAT(warnings("https://proxy.example/webex/"), IsEmpty());
}

TEST_F(OptionsTest, AreSummedUpInALineWithoutASecret) {
  const std::string few = SummaryOf(Read({"--ledger=none"}));
  for (const char* part :
       {"ledger none;", "token fixed, from the environment;", "no TLS;", "may call: everyone;",
        "may resolve: everyone;", "at most 64 calls to Webex at a time, 30s each, and 1000 waiting"}) {
    EXPECT_THAT(few, HasSubstr(part));
  }
  const TestCertificate own("gateway");
  const std::string many =
      SummaryOf(Read({"--tls_cert_file=" + own.certificate_file(), "--tls_key_file=" + own.key_file(),
                      "--tls_client_ca_file=" + own.certificate_file(), "--allowed_clients=a.sp.com,b.sp.com",
                      "--resolve_clients=b.sp.com", "--ledger=postgresql://u@localhost/d?sslmode=require"}));
  for (const char* part : {"ledger postgresql://u@localhost/d;", "TLS, only callers with a certificate;",
                           "may call: a.sp.com, b.sp.com;", "may resolve: b.sp.com;"}) {
    EXPECT_THAT(many, HasSubstr(part));
  }
  EXPECT_FALSE(absl::StrContains(many, "sslmode"));
}

TEST_F(OptionsTest, ServeTheAdminPortWhereConfiguredOrNowhere) {
  for (const char* address : {"127.0.0.1:0", "[::1]:9464", "0.0.0.0:9464", "localhost:1"}) {
    EXPECT_EQ(Read({std::string("--admin_listen=") + address}).admin_listen, address);
    EXPECT_THAT(faults_, IsEmpty()) << address;
  }
  EXPECT_EQ(Read({"--admin_listen="}).admin_listen, "");
  EXPECT_THAT(faults_, IsEmpty());
  for (const char* address :
       {"9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "[::1]", "unix:/x", "a b:1"}) {
    EXPECT_THAT(FaultsOf({std::string("--admin_listen=") + address}),
                ElementsAre(std::string("--admin_listen: '") + address + "' is not host:port"));
  }
}

TEST_F(OptionsTest, TakesNamesOfTheAdminPort) {
  EXPECT_THAT(Read({}).admin_names, IsEmpty());
  EXPECT_THAT(Read({"--admin_names=gateway, bss-1.example.com"}).admin_names,
              ElementsAre("gateway", "bss-1.example.com"));
  for (const char* name : {"http://gateway", "gateway:9464", "*"}) {
    EXPECT_THAT(
        FaultsOf({std::string("--admin_names=") + name}),
        ElementsAre(std::string("--admin_names: '") + name + "' is not a host name without a scheme and a port"));
  }
}

TEST_F(OptionsTest, TakeHttpsToAnywhereAndHttpToLoopback) {
  for (const char* url :
       {"https://webexapis.com/v1", "https://webexapis.com:8443/v1", "https://x", "http://127.0.0.1:80/v1",
        "http://localhost/v1", "http://127.9.9.9", "http://[::1]:8080/v1", "https://[2001:db8::1]"}) {
    EXPECT_THAT(FaultsOf({std::string("--webex_base_url=") + url}), IsEmpty()) << url;
  }
  EXPECT_EQ(Read({"--webex_base_url=https://x/v1/"}).webex_base_url, "https://x/v1");
}

TEST_F(OptionsTest, SendNoTokenInTheClearBeyondLoopback) {
  for (const char* url :
       {"http://webexapis.com/v1", "http://127.0.0.1.evil.com", "http://localhost.evil", "http://127.1",
        "http://127.0.0.1.", "http://2130706433", "http://0x7f.0.0.1", "http://0.0.0.0", "http://LOCALHOST.evil"}) {
    EXPECT_THAT(FaultsOf({std::string("--webex_base_url=") + url}),
                ElementsAre(std::string("--webex_base_url: '") + url +
                            "' is plain http beyond loopback; the token must not be sent unencrypted"));
  }
}

TEST_F(OptionsTest, RejectAnInvalidBaseUrl) {
  for (const char* url :
       {"https:///v1", "https://:443", "https://x y", "https://x/\xc3\x9c", "https://x/v1\n", "http://127.0.0.+1",
        "https://[::1", "https://[]", "https://[1.2.3.4]", "https://[localhost]", "http://[::1].evil", "https://h[x/v1",
        "https://h:1:2/v1", "http://127.0.0.1\\.evil.com", "http://127.0.0.1%2eevil.com", "https://x/a[1]",
        "https://x/\"v1\"", "https://x/v1^", "https://x/{v}"}) {
    EXPECT_THAT(FaultsOf({std::string("--webex_base_url=") + url}),
                ElementsAre(std::string("--webex_base_url: '") + url + "' is not a URL"));
  }
  for (const char* url : {"", "webexapis.com", "ftp://x", "HTTPS://x", "https:/x"}) {
    EXPECT_THAT(FaultsOf({std::string("--webex_base_url=") + url}),
                ElementsAre(std::string("--webex_base_url: '") + url + "' begins with neither https:// nor http://"));
  }
  for (const char* url : {"https://user:s3cret@x", "http://127.0.0.1:80@evil.com", "https://x?a=1", "https://x#f"}) {
    EXPECT_THAT(FaultsOf({std::string("--webex_base_url=") + url}),
                ElementsAre("--webex_base_url: must not contain credentials, a query or a fragment"));
  }
}

TEST_F(OptionsTest, TakeAProxyForHttpsThatIsAHostAndAPort) {
  EXPECT_EQ(Read({"--webex_proxy=http://proxy.corp:3128/"}).webex_proxy, "http://proxy.corp:3128");
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_THAT(FaultsOf({"--webex_proxy=http://[::1]"}), IsEmpty());
  for (const char* url : {"https://proxy.corp", "http://proxy.corp/path"}) {
    EXPECT_THAT(FaultsOf({std::string("--webex_proxy=") + url}),
                ElementsAre(std::string("--webex_proxy: '") + url +
                            "' must be exactly http://host:port; the traffic through it is encrypted"));
  }
  EXPECT_THAT(FaultsOf({"--webex_proxy=http://user:s3cret@proxy.corp"}),
              ElementsAre("--webex_proxy: must not contain credentials, a query or a fragment"));
  EXPECT_THAT(FaultsOf({"--webex_proxy=proxy.corp:3128"}),
              ElementsAre("--webex_proxy: 'proxy.corp:3128' begins with neither https:// nor http://"));
  EXPECT_THAT(FaultsOf({"--webex_proxy=http://proxy.corp", "--webex_base_url=http://127.0.0.1"}),
              ElementsAre("--webex_proxy: tunnels need an https --webex_base_url"));
}

TEST_F(OptionsTest, RejectAnInvalidPort) {
  for (const char* url : {"https://x:http", "https://x:65536", "https://x:", "https://x:0", "https://x:+1/v1"}) {
    EXPECT_THAT(FaultsOf({std::string("--webex_base_url=") + url}),
                ElementsAre(std::string("--webex_base_url: '") + url + "': the port must be a number from 1 to 65535"));
  }
}

TEST_F(OptionsTest, TakeTheTokenFromOnePlaceThatHoldsOne) {
  const std::string path = testing::TempDir() + "options_test_token";
  const auto write = [&path](const std::string& content) { std::ofstream(path, std::ios::binary) << content; };
  write("token\n");
  EXPECT_THAT(FaultsOf({"--webex_token_file=" + path}),
              ElementsAre("--webex_token_file and WEBEX_GATEWAY_WEBEX_TOKEN are set; set only one"));
  variables_.clear();
  EXPECT_THAT(FaultsOf({"--webex_token_file=" + path}), IsEmpty());
  write("\n");
  EXPECT_THAT(FaultsOf({"--webex_token_file=" + path}), ElementsAre("--webex_token_file: the token is empty"));
  write("s3cret s3cret");
  EXPECT_THAT(FaultsOf({"--webex_token_file=" + path}),
              ElementsAre("--webex_token_file: the token has characters that are not visible ASCII"));
  std::remove(path.c_str());
  Read({"--webex_token_file=" + path});
  ASSERT_EQ(faults_.size(), 1u);
  EXPECT_TRUE(absl::StartsWith(faults_[0], "--webex_token_file: cannot open " + path)) << faults_[0];
  variables_ = {{kToken, "s3cret\ns3cret"}};
  EXPECT_THAT(FaultsOf({"--webex_token_file="}),
              ElementsAre("WEBEX_GATEWAY_WEBEX_TOKEN: the token has characters that are not visible ASCII"));
}

class OAuthOptionsTest : public OptionsTest {
 protected:
  OAuthOptionsTest() {
    std::string directory = testing::TempDir() + "oauth_options_XXXXXX";
    directory_ = mkdtemp(directory.data());
    variables_.clear();
    Write("id", "C1\n");
    Write("secret", "S");
    Write("refresh", "R");
  }
  ~OAuthOptionsTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  void Write(const std::string& name, const std::string& content) const {
    std::ofstream(Path(name), std::ios::binary) << content;
  }

  std::vector<std::string> Flags(const std::string& state) const {
    return {"--oauth_client_id_file=" + Path("id"), "--oauth_client_secret_file=" + Path("secret"),
            "--oauth_refresh_token_file=" + Path("refresh"), "--oauth_state_file=" + state};
  }

  std::string directory_;
};

TEST_F(OAuthOptionsTest, NameTheFilesAndThatOfTheState) {
  const Options options = Read(Flags(Path("state")));
  EXPECT_THAT(faults_, IsEmpty());
  ASSERT_TRUE(options.oauth);
  EXPECT_EQ(options.oauth->client_id, Path("id"));
  EXPECT_EQ(options.oauth->client_secret, Path("secret"));
  EXPECT_EQ(options.oauth->refresh_token, Path("refresh"));
  EXPECT_EQ(options.oauth->state, Path("state"));
  EXPECT_FALSE(std::filesystem::exists(Path("state")));  // it is created when needed
}

TEST_F(OAuthOptionsTest, DoWithoutAStateFileWhereThatIsMeant) {
  EXPECT_EQ(Read(Flags("none")).oauth->state, "");
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_THAT(
      FaultsOf(Flags("")),
      ElementsAre(
          "--oauth_state_file: required with OAuth: a file on a disk that survives a restart, or 'none' (see --help)"));
}

TEST_F(OAuthOptionsTest, AreAllOfThemOrNone) {
  EXPECT_THAT(FaultsOf({"--oauth_state_file=none"}), ElementsAre("--oauth_client_id_file: required with OAuth",
                                                                 "--oauth_client_secret_file: required with OAuth",
                                                                 "--oauth_refresh_token_file: required with OAuth"));
}

TEST_F(OAuthOptionsTest, AreTheOnlySourceOfTokens) {
  variables_[kToken] = "token";
  EXPECT_THAT(FaultsOf(Flags("none")), ElementsAre("WEBEX_GATEWAY_WEBEX_TOKEN and --oauth_... are set; set only one"));
  variables_.clear();
  std::vector<std::string> flags = Flags("none");
  flags.push_back("--webex_token_file=" + Path("id"));
  EXPECT_THAT(FaultsOf(flags), ElementsAre("--webex_token_file and --oauth_... are set; set only one"));
}

TEST_F(OAuthOptionsTest, NameEachFileThatHoldsNoSecretAndQuoteNone) {
  Write("id", "");
  Write("secret", "s3cret s3cret");
  std::filesystem::remove(Path("refresh"));
  Write("state", "s3cret");
  EXPECT_THAT(
      FaultsOf(Flags(Path("state"))),
      ElementsAre(
          "--oauth_client_id_file: the client id is empty",
          "--oauth_client_secret_file: the client secret has characters that are not visible ASCII",
          testing::StartsWith("--oauth_refresh_token_file: cannot open " + Path("refresh")),
          "--oauth_state_file: " + Path("state") +
              " contains no state written by this gateway; remove it to start from the operator's refresh token"));
}

TEST_F(OAuthOptionsTest, NeedAPlaceForTheStateThatCanBeWritten) {
  for (const std::string& directory : {Path("none"), std::string("/proc")}) {
    EXPECT_THAT(FaultsOf(Flags(directory + "/state")),
                ElementsAre(testing::StartsWith("--oauth_state_file: cannot create " + directory + "/state")));
  }
}

TEST_F(OptionsTest, QuoteNoSecretInAFault) {
  variables_[kToken] = "s3cret s3cret";
  const std::vector<std::string> args[] = {
      {"--webex_token=s3cret"},
      {"--webex_token", "s3cret"},
      {"s3cret"},
      {"--", "s3cret"},
      {"--webex_base_url=https://user:s3cret@x"},
      {"--webex_base_url=ftp://user:s3cret@x"},
      {"--webex_base_url=user:s3cret@x"},
      {"--webex_base_url=https://x?token=s3cret"},
  };
  for (const auto& line : args) {
    Read(line);
    EXPECT_GE(faults_.size(), 2u);
    EXPECT_FALSE(absl::StrContains(absl::StrJoin(faults_, "\n"), "s3cret")) << absl::StrJoin(faults_, "\n");
  }
}

TEST_F(OptionsTest, ExpectNoArgumentBesideFlags) {
  EXPECT_THAT(FaultsOf({"serve", "now"}), ElementsAre("only flags are expected; other arguments: 2"));
}

TEST_F(OptionsTest, KeepToTheirRanges) {
  const struct {
    const char* flag;
    std::vector<const char*> good;
    std::vector<const char*> bad;
    const char* range;
  } cases[] = {
      {"default_deadline", {"1ms", "1h"}, {"0", "999us", "3601s", "-1s", "inf"}, "1ms to 1h"},
      {"attempt_timeout", {"1ms", "5m"}, {"0", "301s", "-1s", "inf"}, "1ms to 5m"},
      {"max_upstream_calls", {"1", "10000"}, {"0", "-1", "10001"}, "1 to 10000"},
      {"max_queued_calls", {"0", "1000000"}, {"-1", "1000001"}, "0 to 1000000"},
      {"max_answer_bytes", {"1024", "67108864"}, {"1023", "67108865"}, "1024 to 67108864"},
      {"drain_delay", {"0", "1h"}, {"-1ns", "3601s", "inf"}, "0 to 1h"},
      {"drain_timeout", {"0", "1h"}, {"-1ns", "3601s", "inf"}, "0 to 1h"},
  };
  for (const auto& range : cases) {
    const std::string flag = std::string("--") + range.flag;
    for (const char* value : range.good) EXPECT_THAT(FaultsOf({flag + "=" + value}), IsEmpty()) << flag << value;
    for (const char* value : range.bad) {
      EXPECT_THAT(FaultsOf({flag + "=" + value}),
                  ElementsAre(testing::AllOf(testing::StartsWith(flag + ": '"),
                                             testing::EndsWith(std::string("' is not within ") + range.range))))
          << value;
    }
    Read({flag + "=" + range.good[0]});
  }
}

TEST_F(OptionsTest, KnowTwoLogFormats) {
  for (const char* format : {"json", "text"}) {
    EXPECT_EQ(Read({std::string("--log_format=") + format}).log_format, format);
    EXPECT_THAT(faults_, IsEmpty());
  }
  EXPECT_THAT(FaultsOf({"--log_format=JSON"}), ElementsAre("--log_format: 'JSON' is neither json nor text"));
  EXPECT_THAT(FaultsOf({"--log_format="}), ElementsAre("--log_format: '' is neither json nor text"));
}

TEST_F(OptionsTest, KnowFourLogLevels) {
  for (const char* level : {"debug", "info", "warning", "error"}) {
    EXPECT_EQ(Read({std::string("--log_level=") + level}).log_level, level);
    EXPECT_THAT(faults_, IsEmpty());
  }
  for (const char* level : {"", "INFO", "warn", "trace", "off"}) {
    EXPECT_EQ(FaultsOf({std::string("--log_level=") + level}).size(), 1u) << level;
  }
}

TEST_F(OptionsTest, SumTheLimitsOfAStopUp) {
  const StopLimits stop = Read({"--drain_delay=5s", "--drain_timeout=35s"}).stop;
  EXPECT_EQ(stop.AfterDrain(), absl::Seconds(5));
  EXPECT_EQ(stop.Total(), absl::Seconds(45));
  EXPECT_THAT(HelpText(), HasSubstr("A stop takes at most --drain_delay + --drain_timeout + 5s."));
}

TEST_F(OptionsTest, AreAllInTheHelp) {
  const std::string help = HelpText();
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (absl::EndsWith(flag->Filename(), "server/options.cc")) {
      EXPECT_TRUE(absl::StrContains(help, "--" + std::string(name))) << name;
    }
  }
  for (absl::string_view line : absl::StrSplit(help, '\n')) EXPECT_LE(line.size(), 110u) << line;
}

}  // namespace
}  // namespace webex_gateway
