#include "server/ledger/sqlite/writer.h"

#include <boost/asio/post.hpp>
#include <chrono>

namespace webex_gateway {
namespace {

// What is too old goes in bites of so many, so that no order waits long for it.
constexpr int64_t kForgetAtOnce = 200;

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteStore> store, Loop& loop, std::function<void(SqliteReport)> tell)
    : store_(std::move(store)),
      loop_(loop),
      tell_(std::make_shared<const std::function<void(SqliteReport)>>(std::move(tell))),
      thread_([this] { Work(); }) {}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    has_work_.notify_one();
  }
  thread_.join();
}

void SqliteWriter::Forget(absl::Time before) {
  const std::lock_guard lock(mutex_);
  chores_.forget_before = before;
  has_work_.notify_one();
}

void SqliteWriter::Probe() {
  const std::lock_guard lock(mutex_);
  chores_.probe = true;
  has_work_.notify_one();
}

void SqliteWriter::Work() {
  while (true) {
    Jobs batch;
    Chores chores;
    {
      std::unique_lock lock(mutex_);
      has_work_.wait(lock, [this] { return HasWork(); });
      if (waiting_.empty() && stopping_) return;
      batch = std::exchange(waiting_, {});
      chores = std::exchange(chores_, {});
    }
    std::optional<SqliteReport::Commit> commit = RunBatch(batch, chores);
    Report(std::move(batch), {std::move(commit), store_->Count()});
  }
}

// Reads come first, so that they get their answer even where nothing can be written.
std::optional<SqliteReport::Commit> SqliteWriter::RunBatch(const Jobs& batch, const Chores& chores) {
  Jobs writes;
  for (const auto& job : batch) {
    if (job->writes) {
      writes.push_back(job);
    } else if (absl::Status read = job->Run(*store_); !read.ok()) {
      job->Fail(read);
    }
  }
  if (writes.empty() && !chores.any()) return std::nullopt;
  const auto began = std::chrono::steady_clock::now();
  absl::Status written = WriteBatch(writes, chores);
  const absl::Duration took = absl::FromChrono(std::chrono::steady_clock::now() - began);
  // Where no rule let a change through there was nothing to write, which proves nothing.
  if (written.ok() && !store_->HasChanged()) return std::nullopt;
  if (!written.ok()) {
    store_->Rollback();
    for (const auto& job : writes) job->Fail(written);
  }
  return SqliteReport::Commit{std::move(written), took};
}

absl::Status SqliteWriter::WriteBatch(const Jobs& jobs, const Chores& chores) {
  if (absl::Status begun = store_->Begin(); !begun.ok()) return begun;
  for (const auto& job : jobs) {
    if (absl::Status done = job->Run(*store_); !done.ok()) return done;
  }
  absl::StatusOr<int64_t> forgotten = 0;
  if (chores.forget_before) forgotten = store_->Forget(*chores.forget_before, kForgetAtOnce);
  if (!forgotten.ok()) return forgotten.status();
  if (absl::Status probed = chores.probe ? store_->Probe() : absl::OkStatus(); !probed.ok()) return probed;
  if (absl::Status committed = store_->Commit(); !committed.ok()) return committed;
  if (*forgotten == kForgetAtOnce) Forget(*chores.forget_before);  // there is more
  return absl::OkStatus();
}

// In the order in which they were asked: who learns that an operation is in progress learns it after its beginning and
// before its end.
void SqliteWriter::Report(Jobs batch, SqliteReport report) {
  boost::asio::post(loop_, [told = std::weak_ptr(tell_), answered = std::move(batch), seen = std::move(report)] {
    if (const auto tell = told.lock()) (*tell)(seen);
    for (const auto& job : answered) job->done.Set();
  });
}

}  // namespace webex_gateway
