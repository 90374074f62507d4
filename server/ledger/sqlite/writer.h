// The thread that has the SQLite store to itself: all that waits goes into one transaction and one sync.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/ledger/sqlite/store.h"

namespace webex_gateway {

// Something to do with the store, on the writer's thread; who asked awaits `done` on the loop.
class SqliteJob {
 public:
  explicit SqliteJob(bool the_writes) : writes(the_writes) {}
  virtual ~SqliteJob() = default;
  virtual absl::Status Run(SqliteStore& store) = 0;
  // What Run did has come to nothing.
  virtual void Fail(const absl::Status& why) = 0;

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

// What the writer has seen of the store in one go.
struct SqliteReport {
  struct Commit {
    absl::Status result;
    absl::Duration took;
  };
  std::optional<Commit> commit;  // where there was anything to write
  absl::StatusOr<LedgerCounts> counts;
};

class SqliteWriter {
 public:
  // `tell` is called on the loop, each time before the jobs that the report is of are done.
  SqliteWriter(std::unique_ptr<SqliteStore> store, Loop& loop, std::function<void(SqliteReport)> tell);
  // Ends with what was asked before; of that nothing is told any more.
  ~SqliteWriter();

  // Starts `work`, and gives the job to wait for. The coroutine that asks must stay until then: `work` may refer to
  // what is its own.
  template <typename Work>
  auto Read(Work work) {
    return Start(/*writes=*/false, std::move(work));
  }
  template <typename Work>
  auto Write(Work work) {
    return Start(/*writes=*/true, std::move(work));
  }

  // Deletes what ended before.
  void Forget(absl::Time before);
  // Writes something that changes nothing.
  void Probe();

 private:
  using Jobs = std::vector<std::shared_ptr<SqliteJob>>;

  // What nobody waits for.
  struct Chores {
    bool any() const { return forget_before || probe; }
    std::optional<absl::Time> forget_before;
    bool probe = false;
  };

  template <typename Work>
  auto Start(bool writes, Work work) {
    using Result = std::invoke_result_t<Work&, SqliteStore&>;
    auto job = std::make_shared<SqliteJobOf<Result, Work>>(writes, std::move(work));
    const std::lock_guard lock(mutex_);
    waiting_.push_back(job);
    has_work_.notify_one();
    return job;
  }

  bool HasWork() const { return !waiting_.empty() || chores_.any() || stopping_; }
  void Work();
  std::optional<SqliteReport::Commit> RunBatch(const Jobs& batch, const Chores& chores);
  absl::Status WriteBatch(const Jobs& jobs, const Chores& chores);
  void Report(Jobs batch, SqliteReport report);

  const std::unique_ptr<SqliteStore> store_;
  Loop& loop_;
  // Held by the reports on their way to the loop as long as the writer is there.
  const std::shared_ptr<const std::function<void(SqliteReport)>> tell_;
  // Not Abseil's: ThreadSanitizer does not see that of a prebuilt library.
  std::mutex mutex_;  // guards what follows
  std::condition_variable has_work_;
  Jobs waiting_;
  Chores chores_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace webex_gateway
