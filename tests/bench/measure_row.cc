#include "tests/bench/measure_row.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/child_process.h"
#include "tests/bench/gateway_process.h"
#include "tests/bench/steady_load.h"
#include "tests/sandbox/server.h"
#include "tests/server/testing/postgres_server.h"
#include "tests/server/testing/test_certificate.h"

namespace webex_gateway {
namespace {

using SteadyClock = Load::Clock;

// Connections are made meanwhile, and caches filled.
absl::Duration WarmUpFor(absl::Duration duration) { return duration / 6; }
// A log that fills slowly is not waited for any longer.
constexpr int kDurationsToFillLog = 5;

double MillisecondsSince(SteadyClock::time_point begun) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begun).count();
}

sandbox::Settings SettingsOf(const Level& level) {
  sandbox::Settings settings;
  settings.latency = level.latency;
  return settings;
}

// A Webex of the measurement's own.
class Upstream {
 public:
  static absl::StatusOr<std::unique_ptr<Upstream>> Start(const Level& level, const TestCertificate* certificate) {
    std::unique_ptr<Upstream> upstream(new Upstream(level));
    sandbox::ServerOptions options;
    if (certificate != nullptr) {
      options.tls_cert_file = certificate->certificate_file();
      options.tls_key_file = certificate->key_file();
    }
    auto server = sandbox::Server::Start(options, upstream->world_);
    if (!server.ok()) return server.status();
    upstream->server_ = *std::move(server);
    return upstream;
  }
  std::string url() const { return server_->url(); }

 private:
  explicit Upstream(const Level& level) : world_(SettingsOf(level), 1) {}

  sandbox::World world_;
  std::unique_ptr<sandbox::Server> server_;
};

// How often SQLite has begun its log anew since the file was made: a number in the log's header.
uint32_t TimesLogWasFull(const std::string& ledger_file) {
  unsigned char bytes[16] = {};
  std::ifstream(ledger_file + "-wal", std::ios::binary).read(reinterpret_cast<char*>(bytes), sizeof bytes);
  return static_cast<uint32_t>(bytes[12]) << 24 | static_cast<uint32_t>(bytes[13]) << 16 |
         static_cast<uint32_t>(bytes[14]) << 8 | bytes[15];
}

// A server that has begun to serve orders.
struct Served {
  std::string address;
  pid_t process = 0;
  SteadyClock::time_point started;
  std::function<bool()> is_warm = [] { return true; };
};

absl::StatusOr<Cell> MeasureServed(const Served& served, int in_flight, absl::Duration duration) {
  Cell cell;
  cell.idle_mb = ResidentMegabytesOf(served.process);
  Load load(served.address, 1);
  Load::Order first;
  load.Begin(first, absl::Minutes(1));
  load.Await();
  cell.first_answer_ms = MillisecondsSince(served.started);
  cell.endings[EndingOf(first.status)] = 1;
  const auto limit = SteadyClock::now() + absl::ToChronoNanoseconds(kDurationsToFillLog * duration);
  do {
    Add(Run({.in_flight = in_flight, .duration = WarmUpFor(duration)}, load).endings, cell.endings);
  } while (!served.is_warm() && SteadyClock::now() < limit);
  cell.warm = served.is_warm();
  const double cpu = CpuSecondsOf(served.process);
  const Tally tally = Run({.in_flight = in_flight, .duration = duration}, load);
  cell.figures = FiguresOf(tally, CpuSecondsOf(served.process) - cpu);
  Add(tally.endings, cell.endings);
  return cell;
}

// This program in another mode.
std::string ThisProgram() { return std::filesystem::read_symlink("/proc/self/exe").filename(); }

absl::StatusOr<Cell> MeasureGrpc(const Level& level, absl::Duration duration) {
  const TemporaryFolder folder;
  const auto started = SteadyClock::now();
  ChildProcess server(ThisProgram(), {"--part=grpc", absl::StrCat("--in_flight=", level.in_flight)},
                      folder.path() / "log");
  const absl::StatusOr<int> port = server.AwaitNumber("\"ports\":[");
  if (!port.ok()) return port.status();
  return MeasureServed({.address = absl::StrCat("127.0.0.1:", *port), .process = server.id(), .started = started},
                       level.in_flight, duration);
}

absl::StatusOr<Cell> MeasureWire(const Level& level, absl::Duration duration) {
  const auto webex = Upstream::Start(level, nullptr);
  if (!webex.ok()) return webex.status();
  const TemporaryFolder folder;
  const auto started = SteadyClock::now();
  ChildProcess wire(
      ThisProgram(),
      {"--part=wire", absl::StrCat("--upstream=", (*webex)->url()), absl::StrCat("--in_flight=", level.in_flight),
       absl::StrCat("--warm_up=", absl::FormatDuration(WarmUpFor(duration))),
       absl::StrCat("--duration=", absl::FormatDuration(duration))},
      folder.path() / "log");
  Cell cell;
  const absl::StatusOr<int> kilobytes = wire.AwaitNumber("\"resident_kb\":");
  if (!kilobytes.ok()) return kilobytes.status();
  cell.idle_mb = *kilobytes / 1000.0;
  if (const auto answered = wire.AwaitNumber("\"answered\":"); !answered.ok()) return answered.status();
  cell.first_answer_ms = MillisecondsSince(started);
  std::optional<Measured> measured;
  const absl::Status ended = wire.Await(
      [&](const std::string& log) {
        measured = ReadLine(log);
        return measured.has_value();
      },
      absl::Minutes(1) + 2 * duration);
  if (!ended.ok()) return ended;
  cell.figures = measured->figures;
  cell.endings = measured->endings;
  return cell;
}

absl::StatusOr<Cell> MeasureGateway(const Level& level, std::vector<std::string> settings,
                                    const TestCertificate* certificate, bool has_log, absl::Duration duration) {
  const auto webex = Upstream::Start(level, certificate);
  if (!webex.ok()) return webex.status();
  if (level.max_upstream_calls > 0) settings.push_back(absl::StrCat("--max_upstream_calls=", level.max_upstream_calls));
  const auto started = SteadyClock::now();
  const auto gateway = GatewayProcess::Start((*webex)->url(), settings);
  if (!gateway.ok()) return gateway.status();
  Served served{.address = (*gateway)->address(), .process = (*gateway)->id(), .started = started};
  if (has_log) {
    served.is_warm = [file = (*gateway)->ledger_file()] { return TimesLogWasFull(file) > 0; };
  }
  return MeasureServed(served, level.in_flight, duration);
}

absl::StatusOr<Cell> MeasureWithPostgresql(const Level& level, absl::Duration duration) {
  PostgresServer& postgres = PostgresServer::Get();
  const std::string database = postgres.NewDatabase();
  absl::StatusOr<Cell> cell = MeasureGateway(
      level, {absl::StrCat("--ledger=", postgres.TcpUrl("postgres", database, "sslmode=disable"))}, nullptr,
      /*has_log=*/false, duration);
  postgres.Drop(database);
  return cell;
}

absl::StatusOr<Cell> MeasureWithTls(const Level& level, absl::Duration duration) {
  const TestCertificate certificate("127.0.0.1");
  return MeasureGateway(level, {"--ledger=none", absl::StrCat("--webex_ca_file=", certificate.certificate_file())},
                        &certificate, /*has_log=*/false, duration);
}

}  // namespace

absl::StatusOr<Cell> Measure(Row row, const Level& level, absl::Duration duration) {
  switch (row) {
    case Row::kGrpc:
      return MeasureGrpc(level, duration);
    case Row::kWire:
      return MeasureWire(level, duration);
    case Row::kNone:
      return MeasureGateway(level, {"--ledger=none"}, nullptr, /*has_log=*/false, duration);
    case Row::kSqlite:
      return MeasureGateway(level, {}, nullptr, /*has_log=*/true, duration);
    case Row::kPostgresql:
      return MeasureWithPostgresql(level, duration);
    case Row::kTls:
      return MeasureWithTls(level, duration);
  }
  return absl::InternalError("no such row");
}

}  // namespace webex_gateway
