// Threads with a connection each, for blocking work.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/base/async.h"
#include "server/ledger/postgresql/connection.h"
#include "server/ledger/postgresql/store.h"
#include "server/ledger/workers.h"

namespace webex_gateway {

class PgJob;
using PgJobs = std::vector<std::shared_ptr<PgJob>>;

// A job on a store.
class PgJob {
 public:
  enum class Kind { kClaim, kComplete, kOther };

  explicit PgJob(Kind the_kind) : kind(the_kind) {}
  virtual ~PgJob() = default;

  // On a worker's thread. `jobs` are this one and others of its kind (never for kOther), to be done together.
  virtual void Run(PostgresqlStore& store, const PgJobs& jobs) = 0;
  // On a worker's thread, instead of Run: there is no connection, so nothing was tried.
  virtual void Fail(const absl::Status& why) = 0;
  // On the loop, after either.
  virtual void Ended() = 0;

  const Kind kind;
};

// The part of a connection error that callers may know: libpq's messages name host and user.
absl::Status ForCallers(const absl::Status& connected);

// The result of a batch of jobs.
struct PgReport {
  absl::Status connected;  // whether there was a connection for it, with a message for the log
  std::vector<PgWrite> writes;
};

class PostgresqlWorkers {
 public:
  struct Settings {
    PgTarget target;  // without `stop` and `settings`
    absl::Duration statement_timeout;
    PostgresqlStore::Settings store;
    int connections;
  };

  // `tell` is called on the loop for each batch, before its jobs end. `loop` must outlive the workers.
  PostgresqlWorkers(Loop& loop, Settings settings, std::function<void(const PgReport&)> tell);
  // Unfinished jobs never end. Waits for a connection that is being made.
  ~PostgresqlWorkers();

  void Submit(std::shared_ptr<PgJob> job) { workers_.Submit(std::move(job)); }
  // True: no worker has begun the job, and none will.
  bool Withdraw(const PgJob& job) { return workers_.Withdraw(job); }

 private:
  // Once something is written to it, statements under way are given up.
  struct StopEvent {
    StopEvent();
    ~StopEvent();
    StopEvent(const StopEvent&) = delete;
    StopEvent& operator=(const StopEvent&) = delete;
    const int file;
  };

  std::vector<Workers<PgJob>::Work> OneForEachConnection();
  void Work(std::unique_ptr<PgConnection>& connection, PgJobs jobs);
  absl::Status Connect(std::unique_ptr<PgConnection>& connection);
  void Report(PgJobs jobs, PgReport report);

  Loop& loop_;
  const StopEvent stop_;
  const Settings settings_;
  // Locked by reports on their way to the loop while the workers exist.
  std::shared_ptr<const std::function<void(const PgReport&)>> tell_;
  Workers<PgJob> workers_;
};

}  // namespace webex_gateway
