#include "server/ledger/sqlite/workers.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <limits>

namespace webex_gateway {
namespace {

// Old operations are deleted in steps of this many, so that no order waits long.
constexpr int64_t kForgetAtOnce = 200;

class ForgetJob : public SqliteJob {
 public:
  explicit ForgetJob(absl::Time before) : SqliteJob(/*the_writes=*/true), before_(before) {}
  absl::Status Run(SqliteStore& store) override {
    forgotten_ = store.Forget(before_, kForgetAtOnce);
    return forgotten_.status();
  }
  void Fail(const absl::Status& why) override { forgotten_ = why; }
  bool IsRequested() const override { return false; }
  bool GoesOn() const override { return forgotten_.value_or(0) == kForgetAtOnce; }

 private:
  const absl::Time before_;
  absl::StatusOr<int64_t> forgotten_ = 0;
};

class ProbeJob : public SqliteJob {
 public:
  ProbeJob() : SqliteJob(/*the_writes=*/true) {}
  absl::Status Run(SqliteStore& store) override { return store.Probe(); }
  void Fail(const absl::Status& /*why*/) override {}
  bool IsRequested() const override { return false; }
};

bool AllGoTogether(const SqliteJob& /*first*/, const SqliteJob& /*other*/) { return true; }

}  // namespace

SqliteWorkers::SqliteWorkers(std::unique_ptr<SqliteStore> store, Loop& loop, std::function<void(SqliteReport)> tell)
    : store_(std::move(store)),
      loop_(loop),
      tell_(std::make_shared<const std::function<void(SqliteReport)>>(std::move(tell))),
      workers_({[this](Jobs batch) { Work(std::move(batch)); }},
               {.go_together = AllGoTogether, .most = std::numeric_limits<size_t>::max(), .finishes = true}) {}

SqliteWorkers::~SqliteWorkers() = default;

void SqliteWorkers::Forget(absl::Time before) { workers_.Submit(std::make_shared<ForgetJob>(before)); }

std::shared_ptr<SqliteJob> SqliteWorkers::Probe() {
  auto job = std::make_shared<ProbeJob>();
  workers_.Submit(job);
  return job;
}

void SqliteWorkers::Refuse(const absl::Status& why) {
  for (const auto& job : workers_.WithdrawAll([](const SqliteJob& job) { return job.IsRequested(); })) {
    job->Fail(why);
    job->done.Set();
  }
}

void SqliteWorkers::Work(Jobs batch) {
  std::optional<SqliteReport::Commit> commit = RunBatch(batch);
  for (const auto& job : batch) {
    if (job->GoesOn()) workers_.Submit(job);
  }
  Report(std::move(batch), {std::move(commit), store_->Count(), store_->Volume()});
}

// Reads come first, so that they are answered even if nothing can be written.
std::optional<SqliteReport::Commit> SqliteWorkers::RunBatch(const Jobs& batch) {
  Jobs writes;
  for (const auto& job : batch) {
    if (job->writes) {
      writes.push_back(job);
    } else if (absl::Status read = job->Run(*store_); !read.ok()) {
      job->Fail(read);
    }
  }
  if (writes.empty()) return std::nullopt;
  const auto began = std::chrono::steady_clock::now();
  absl::Status written = WriteBatch(writes);
  const absl::Duration took = absl::FromChrono(std::chrono::steady_clock::now() - began);
  // If no rule allowed a change there was nothing to write, which proves nothing.
  if (written.ok() && !store_->HasChanged()) return std::nullopt;
  if (!written.ok()) {
    store_->Rollback();
    for (const auto& job : writes) job->Fail(written);
  }
  return SqliteReport::Commit{std::move(written), took};
}

absl::Status SqliteWorkers::WriteBatch(const Jobs& jobs) {
  if (absl::Status begun = store_->Begin(); !begun.ok()) return begun;
  for (const auto& job : jobs) {
    if (absl::Status done = job->Run(*store_); !done.ok()) return done;
  }
  return store_->Commit();
}

// In the order of the requests: a caller that learns that an operation is in progress learns it after its beginning and
// before its end.
void SqliteWorkers::Report(Jobs batch, SqliteReport report) {
  boost::asio::post(loop_, [told = std::weak_ptr(tell_), answered = std::move(batch), seen = std::move(report)] {
    if (const auto tell = told.lock()) (*tell)(seen);
    for (const auto& job : answered) job->done.Set();
  });
}

}  // namespace webex_gateway
