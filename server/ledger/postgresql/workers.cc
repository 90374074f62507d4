#include "server/ledger/postgresql/workers.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/ledger/postgresql/schema.h"

namespace webex_gateway {
namespace {

// Enough for many to share the server's sync, few enough that none waits long for the others.
constexpr size_t kBatch = 64;

bool GoTogether(const PgJob& first, const PgJob& other) {
  return first.kind != PgJob::Kind::kOther && first.kind == other.kind;
}

PostgresqlWorkers::Settings WithSession(PostgresqlWorkers::Settings settings, int stop) {
  settings.target.stop = stop;
  settings.target.settings = LedgerSettings(settings.statement_timeout);
  return settings;
}

}  // namespace

// The server's message about a statement names neither.
absl::Status ForCallers(const absl::Status& connected) {
  if (absl::IsPermissionDenied(connected)) return absl::PermissionDeniedError("PostgreSQL refuses the gateway's login");
  return absl::IsUnavailable(connected) ? absl::UnavailableError("PostgreSQL cannot be reached") : connected;
}

PostgresqlWorkers::StopEvent::StopEvent() : file(eventfd(0, EFD_CLOEXEC)) {}
PostgresqlWorkers::StopEvent::~StopEvent() { close(file); }

PostgresqlWorkers::PostgresqlWorkers(Loop& loop, Settings settings, std::function<void(const PgReport&)> tell)
    : loop_(loop),
      settings_(WithSession(std::move(settings), stop_.file)),
      tell_(std::make_shared<const std::function<void(const PgReport&)>>(std::move(tell))),
      workers_(OneForEachConnection(), {.go_together = GoTogether, .most = kBatch}) {}

PostgresqlWorkers::~PostgresqlWorkers() {
  workers_.Stop();
  eventfd_write(stop_.file, 1);
}

std::vector<Workers<PgJob>::Work> PostgresqlWorkers::OneForEachConnection() {
  std::vector<Workers<PgJob>::Work> works;
  for (int i = 0; i < settings_.connections; ++i) {
    const auto connection = std::make_shared<std::unique_ptr<PgConnection>>();
    works.emplace_back([this, connection](PgJobs jobs) { Work(*connection, std::move(jobs)); });
  }
  return works;
}

void PostgresqlWorkers::Work(std::unique_ptr<PgConnection>& connection, PgJobs jobs) {
  PgReport report{.connected = Connect(connection), .writes = {}};
  if (report.connected.ok()) {
    PostgresqlStore store(*connection, settings_.store);
    jobs.front()->Run(store, jobs);
    report.writes = store.writes();
  } else {
    for (const auto& job : jobs) job->Fail(ForCallers(report.connected));
  }
  Report(std::move(jobs), std::move(report));
}

absl::Status PostgresqlWorkers::Connect(std::unique_ptr<PgConnection>& connection) {
  if (connection != nullptr && connection->IsUsable()) return absl::OkStatus();
  connection = nullptr;
  absl::StatusOr<std::unique_ptr<PgConnection>> opened = PgConnection::Open(settings_.target);
  if (!opened.ok()) return opened.status();
  const absl::Status ready = PrepareDatabase(**opened);
  // If the server is available but cannot do it at present (for example, a standby that has not taken over yet), the
  // fault may be temporary.
  if (!ready.ok()) return absl::IsUnavailable(ready) ? ready : absl::FailedPreconditionError(ready.message());
  connection = *std::move(opened);
  return absl::OkStatus();
}

void PostgresqlWorkers::Report(PgJobs jobs, PgReport report) {
  boost::asio::post(loop_, [told = std::weak_ptr(tell_), ended = std::move(jobs), shown = std::move(report)] {
    const auto tell = told.lock();
    if (tell == nullptr) return;
    (*tell)(shown);
    for (const auto& job : ended) job->Ended();
  });
}

}  // namespace webex_gateway
