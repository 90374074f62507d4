#include "server/ledger/sqlite_ledger.h"

#include <boost/asio/post.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "server/ledger/in_flight.h"
#include "server/ledger/sqlite_store.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kSweepEvery = absl::Minutes(1);
// What is too old goes in bites of so many, so that no order waits long for it.
constexpr int64_t kForgetAtOnce = 200;

// Something to do with the store, on the writer's thread; who asked awaits `done` on the loop.
class Job {
 public:
  explicit Job(bool the_writes) : writes(the_writes) {}
  virtual ~Job() = default;
  virtual absl::Status Run(SqliteStore& store) = 0;
  // What Run did has come to nothing.
  virtual void Fail(const absl::Status& why) = 0;

  const bool writes;
  Event done;
};

template <typename Result, typename Work>
class JobOf : public Job {
 public:
  JobOf(bool the_writes, Work work) : Job(the_writes), work_(std::move(work)) {}
  absl::Status Run(SqliteStore& store) override {
    result = work_(store);
    return result.status();
  }
  void Fail(const absl::Status& why) override { result = why; }

  Result result = absl::UnknownError("not run");

 private:
  Work work_;
};

using Jobs = std::vector<std::shared_ptr<Job>>;

// The thread that has the store to itself.
class Writer {
 public:
  Writer(std::unique_ptr<SqliteStore> store, Loop& loop)
      : store_(std::move(store)), loop_(loop), thread_([this] { Work(); }) {}

  ~Writer() {
    {
      const absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    thread_.join();
  }

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

  void Forget(absl::Time before) {
    const absl::MutexLock lock(&mutex_);
    forget_before_ = before;
  }

 private:
  template <typename Work>
  auto Start(bool writes, Work work) {
    using Result = std::invoke_result_t<Work&, SqliteStore&>;
    auto job = std::make_shared<JobOf<Result, Work>>(writes, std::move(work));
    const absl::MutexLock lock(&mutex_);
    waiting_.push_back(job);
    return job;
  }

  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !waiting_.empty() || forget_before_ || stopping_;
  }

  void Work() {
    while (true) {
      Jobs batch;
      std::optional<absl::Time> forget_before;
      {
        const absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(this, &Writer::HasWork));
        if (waiting_.empty() && stopping_) return;
        batch = std::exchange(waiting_, {});
        forget_before = std::exchange(forget_before_, std::nullopt);
      }
      const bool forget_more = RunBatch(batch, forget_before);
      Answer(std::move(batch));
      if (forget_more) Forget(*forget_before);
    }
  }

  // Reads come first, so that they get their answer even where nothing can be written. True: there is more to forget.
  bool RunBatch(const Jobs& batch, std::optional<absl::Time> forget_before) {
    Jobs writes;
    for (const auto& job : batch) {
      if (job->writes) {
        writes.push_back(job);
      } else if (absl::Status read = job->Run(*store_); !read.ok()) {
        job->Fail(read);
      }
    }
    if (writes.empty() && !forget_before) return false;
    const absl::StatusOr<bool> forget_more = WriteBatch(writes, forget_before);
    if (forget_more.ok()) return *forget_more;
    store_->Rollback();
    for (const auto& job : writes) job->Fail(forget_more.status());
    return false;
  }

  absl::StatusOr<bool> WriteBatch(const Jobs& jobs, std::optional<absl::Time> forget_before) {
    if (absl::Status begun = store_->Begin(); !begun.ok()) return begun;
    for (const auto& job : jobs) {
      if (absl::Status done = job->Run(*store_); !done.ok()) return done;
    }
    absl::StatusOr<int64_t> forgotten = forget_before ? store_->Forget(*forget_before, kForgetAtOnce) : 0;
    if (!forgotten.ok()) return forgotten.status();
    if (absl::Status committed = store_->Commit(); !committed.ok()) return committed;
    return *forgotten == kForgetAtOnce;
  }

  // In the order in which they were asked: who learns that an operation is in progress learns it after its beginning
  // and before its end.
  void Answer(Jobs batch) {
    if (batch.empty()) return;
    boost::asio::post(loop_, [answered = std::move(batch)] {
      for (const auto& job : answered) job->done.Set();
    });
  }

  const std::unique_ptr<SqliteStore> store_;
  Loop& loop_;
  absl::Mutex mutex_;
  Jobs waiting_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Time> forget_before_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the others
};

class SqliteLedger : public Ledger {
 public:
  SqliteLedger(std::unique_ptr<SqliteStore> store, Loop& loop, Clock& clock, absl::Duration retention)
      : clock_(clock), retention_(retention), writer_(std::move(store), loop) {
    Sweep();
  }

  Async<absl::StatusOr<int64_t>> Recover() override {
    auto work = [now = clock_.WallNow()](SqliteStore& store) { return store.Recover(now); };
    auto job = writer_.Write(std::move(work));
    co_await job->done.Wait();
    co_return Answer(job->result, "");
  }

  Async<absl::StatusOr<ClaimAnswer>> Claim(ClaimRequest request) override {
    auto work = [&request, now = clock_.WallNow()](SqliteStore& store) { return store.Claim(request, now); };
    auto job = writer_.Write(std::move(work));
    co_await job->done.Wait();
    const bool claimed = job->result.ok() && job->result->verdict == ClaimVerdict::kClaimed;
    if (claimed) in_flight_.Begin(job->result->operation.request_id);
    co_return Answer(job->result, request.request_id);
  }

  Async<absl::Status> Complete(std::string request_id, int64_t claim, Ending ending) override {
    auto work = [&request_id, claim, &ending, now = clock_.WallNow()](SqliteStore& store) {
      return store.Complete(request_id, claim, ending, now);
    };
    auto job = writer_.Write(std::move(work));
    co_await job->done.Wait();
    if (!job->result.ok()) co_return Answer(job->result, request_id).status();
    if (!*job->result) co_return absl::FailedPreconditionError("the operation is not this claim's to end");
    in_flight_.End(absl::AsciiStrToLower(request_id));
    co_return absl::OkStatus();
  }

  Async<void> AwaitEnd(std::string request_id, Clock::Time until, std::stop_token stop) override {
    return in_flight_.AwaitEnd(clock_, absl::AsciiStrToLower(request_id), until, std::move(stop));
  }

  Async<absl::StatusOr<std::optional<Operation>>> Get(std::string request_id) override {
    auto work = [&request_id](SqliteStore& store) { return store.Get(request_id); };
    auto job = writer_.Read(std::move(work));
    co_await job->done.Wait();
    co_return Answer(job->result, request_id);
  }

  Async<absl::StatusOr<OperationPage>> List(ListQuery query) override {
    int64_t before = std::numeric_limits<int64_t>::max() - 1;
    if (!query.page_token.empty() && (!absl::SimpleAtoi(query.page_token, &before) || before <= 0)) {
      co_return absl::InvalidArgumentError("the page token is none of this ledger's");
    }
    OperationPage page;
    const auto size = static_cast<size_t>(query.page_size);
    int64_t last = 0;
    while (before > 0) {
      // One more than is wanted tells whether there is another page.
      const auto most = static_cast<int64_t>(size + 1 - page.operations.size());
      auto work = [&query, before, most](SqliteStore& store) { return store.List(query, before, most); };
      auto job = writer_.Read(std::move(work));
      co_await job->done.Wait();
      if (!job->result.ok()) co_return Answer(job->result, "").status();
      ListBite& bite = *job->result;
      for (size_t i = 0; i < bite.operations.size(); ++i) {
        if (page.operations.size() == size) {
          page.next_page_token = absl::StrCat(last);
          co_return page;
        }
        page.operations.push_back(std::move(bite.operations[i]));
        last = bite.places[i];
      }
      before = bite.go_on_before;
    }
    co_return page;
  }

  Async<absl::StatusOr<ResolveAnswer>> Resolve(Resolution resolution) override {
    auto work = [&resolution, now = clock_.WallNow()](SqliteStore& store) { return store.Resolve(resolution, now); };
    auto job = writer_.Write(std::move(work));
    co_await job->done.Wait();
    co_return Answer(job->result, resolution.request_id);
  }

  Async<absl::StatusOr<LedgerCounts>> Count() override {
    auto work = [](SqliteStore& store) { return store.Count(); };
    auto job = writer_.Read(std::move(work));
    co_await job->done.Wait();
    co_return Answer(job->result, "");
  }

 private:
  template <typename T>
  static absl::StatusOr<T> Answer(absl::StatusOr<T>& result, const std::string& request_id) {
    if (!result.ok()) return LedgerUnavailable(result.status().message(), request_id);
    return std::move(result);
  }

  void Sweep() {
    writer_.Forget(clock_.WallNow() - retention_);
    sweep_ = clock_.At(Later(clock_.Now(), kSweepEvery), [this] { Sweep(); });
  }

  Clock& clock_;
  const absl::Duration retention_;
  InFlight in_flight_;
  std::unique_ptr<Timer> sweep_;
  Writer writer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Ledger>> OpenSqliteLedger(const std::string& path, Loop& loop, Clock& clock,
                                                         absl::Duration retention) {
  absl::StatusOr<std::unique_ptr<SqliteStore>> store = SqliteStore::Open(path);
  if (!store.ok()) {
    return absl::Status(store.status().code(), absl::StrCat(path, ": ", store.status().message()));
  }
  return std::make_unique<SqliteLedger>(*std::move(store), loop, clock, retention);
}

}  // namespace webex_gateway
