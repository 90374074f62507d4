#include "server/ledger/postgresql/workers.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/ledger/postgresql/schema.h"

namespace webex_gateway {
namespace {

// Enough that the server's sync is shared by many, few enough that none waits long for the others.
constexpr size_t kBatch = 64;

}  // namespace

// What the server says of a statement names neither.
absl::Status ForCallers(const absl::Status& connected) {
  return absl::IsUnavailable(connected) ? absl::UnavailableError("PostgreSQL cannot be reached") : connected;
}

PostgresqlWorkers::PostgresqlWorkers(Loop& loop, Settings settings, std::function<void(const PgReport&)> tell)
    : loop_(loop),
      settings_(std::move(settings)),
      tell_(std::make_shared<const std::function<void(const PgReport&)>>(std::move(tell))),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  settings_.target.stop = stop_;
  settings_.target.settings = LedgerSettings(settings_.statement_timeout);
  for (int i = 0; i < settings_.connections; ++i) threads_.emplace_back([this] { Work(); });
}

PostgresqlWorkers::~PostgresqlWorkers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  eventfd_write(stop_, 1);
  for (std::thread& thread : threads_) thread.join();
  close(stop_);
}

void PostgresqlWorkers::Submit(std::shared_ptr<PgJob> job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
}

bool PostgresqlWorkers::Withdraw(const PgJob& job) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(waiting_, [&job](const auto& waiting) { return waiting.get() == &job; }) > 0;
}

void PostgresqlWorkers::Work() {
  std::unique_ptr<PgConnection> connection;
  while (true) {
    PgJobs jobs = Take();
    if (jobs.empty()) return;
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
}

// The one that has waited longest, and what may go with it. None: the end.
PgJobs PostgresqlWorkers::Take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
  PgJobs jobs;
  if (stopping_) return jobs;
  const PgJob::Kind kind = waiting_.front()->kind;
  const size_t most = kind == PgJob::Kind::kOther ? 1 : kBatch;
  std::erase_if(waiting_, [&](std::shared_ptr<PgJob>& job) {
    if (job->kind != kind || jobs.size() == most) return false;
    jobs.push_back(std::move(job));
    return true;
  });
  return jobs;
}

absl::Status PostgresqlWorkers::Connect(std::unique_ptr<PgConnection>& connection) {
  if (connection != nullptr && connection->IsUsable()) return absl::OkStatus();
  connection = nullptr;
  absl::StatusOr<std::unique_ptr<PgConnection>> opened = PgConnection::Open(settings_.target);
  if (!opened.ok()) return opened.status();
  const absl::Status ready = PrepareDatabase(**opened);
  if (!ready.ok()) return (*opened)->is_there() ? absl::FailedPreconditionError(ready.message()) : ready;
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
