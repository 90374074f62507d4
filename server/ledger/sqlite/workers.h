// The only thread that uses the SQLite store: everything that waits goes into one transaction and one sync.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/ledger/sqlite/store.h"
#include "server/ledger/workers.h"

namespace webex_gateway {

// A job for the store, on its thread; the requester awaits `done` on the loop.
class SqliteJob {
 public:
  explicit SqliteJob(bool the_writes) : writes(the_writes) {}
  virtual ~SqliteJob() = default;
  virtual absl::Status Run(SqliteStore& store) = 0;
  // The effect of Run was rolled back.
  virtual void Fail(const absl::Status& why) = 0;
  // Someone waits for it; otherwise it is the ledger's own.
  virtual bool IsRequested() const { return true; }
  // The effect of Run is durable, and there is more to do.
  virtual bool GoesOn() const { return false; }

  const bool writes;
  Event done;
};

template <typename Result, typename Work>
class SqliteJobOf : public SqliteJob {
 public:
  SqliteJobOf(bool the_writes, Work work) : SqliteJob(the_writes), work_(std::move(work)) {}
  absl::Status Run(SqliteStore& store) override {
    result = work_(store);
    return result.status();
  }
  void Fail(const absl::Status& why) override { result = why; }

  Result result = absl::UnknownError("not run");

 private:
  Work work_;
};

// What the thread has learned about the store in one round.
struct SqliteReport {
  struct Commit {
    absl::Status result;
    absl::Duration took;
  };
  std::optional<Commit> commit;  // set if there was anything to write
  absl::StatusOr<LedgerCounts> counts;
  std::optional<VolumeUse> volume;
};

class SqliteWorkers {
 public:
  // `tell` is called on the loop with a report, each time before its jobs are done.
  SqliteWorkers(std::unique_ptr<SqliteStore> store, Loop& loop, std::function<void(SqliteReport)> tell);
  // Finishes earlier requests first; reports nothing more about them.
  ~SqliteWorkers();

  // Starts `work`, and returns the job to wait for. The requesting coroutine must live until then: `work` may refer to
  // its variables.
  template <typename Work>
  auto Read(Work work) {
    return Start(/*writes=*/false, std::move(work));
  }
  template <typename Work>
  auto Write(Work work) {
    return Start(/*writes=*/true, std::move(work));
  }

  // Deletes operations that ended before the given time.
  void Forget(absl::Time before);
  // Makes a write that changes nothing.
  std::shared_ptr<SqliteJob> Probe();
  // Ends with this error what was requested and the thread has not begun. For the loop's thread.
  void Refuse(const absl::Status& why);

 private:
  using Jobs = Workers<SqliteJob>::Jobs;

  template <typename Work>
  auto Start(bool writes, Work work) {
    using Result = std::invoke_result_t<Work&, SqliteStore&>;
    auto job = std::make_shared<SqliteJobOf<Result, Work>>(writes, std::move(work));
    workers_.Submit(job);
    return job;
  }

  void Work(Jobs batch);
  std::optional<SqliteReport::Commit> RunBatch(const Jobs& batch);
  absl::Status WriteBatch(const Jobs& jobs);
  void Report(Jobs batch, SqliteReport report);

  const std::unique_ptr<SqliteStore> store_;
  Loop& loop_;
  // Locked by reports on their way to the loop while this object exists.
  const std::shared_ptr<const std::function<void(SqliteReport)>> tell_;
  Workers<SqliteJob> workers_;
};

}  // namespace webex_gateway
