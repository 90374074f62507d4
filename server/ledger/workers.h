// Threads for blocking work: jobs wait in one queue, and each thread takes those that may go together, and does them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace webex_gateway {

// Any thread may submit and withdraw jobs.
template <typename Job>
class Workers {
 public:
  using Jobs = std::vector<std::shared_ptr<Job>>;
  // Does the jobs, in their order, and reports on them.
  using Work = std::function<void(Jobs jobs)>;

  struct Options {
    std::function<bool(const Job& first, const Job& other)> go_together;
    size_t most = 1;  // the most jobs that go together
    // Jobs that wait at the end are done first; otherwise they never are.
    bool finishes = false;
  };

  // A thread for each of `work`, which only that thread calls.
  Workers(std::vector<Work> work, Options options) : options_(std::move(options)) {
    for (Work& one : work) {
      threads_.emplace_back([this, do_them = std::move(one)] {
        for (Jobs jobs = Take(); !jobs.empty(); jobs = Take()) do_them(std::move(jobs));
      });
    }
  }

  // Waits for the jobs that are being done.
  ~Workers() {
    Stop();
    for (std::thread& thread : threads_) thread.join();
  }

  // Does nothing once the end has begun.
  void Submit(std::shared_ptr<Job> job) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    waiting_.push_back(std::move(job));
    changed_.notify_one();
  }

  // True: no thread has begun the job, and none will.
  bool Withdraw(const Job& job) {
    const std::lock_guard lock(mutex_);
    return std::erase_if(waiting_, [&job](const auto& waiting) { return waiting.get() == &job; }) > 0;
  }

  // Those of these that no thread has begun, and now none will.
  Jobs WithdrawAll(const std::function<bool(const Job&)>& which) {
    const std::lock_guard lock(mutex_);
    Jobs withdrawn;
    for (auto& job : waiting_) {
      if (which(*job)) withdrawn.push_back(std::move(job));
    }
    std::erase(waiting_, nullptr);
    return withdrawn;
  }

  // Begins the end.
  void Stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (!options_.finishes) waiting_.clear();
    changed_.notify_all();
  }

 private:
  // The job that has waited longest, and those that may go with it. Empty: the end.
  Jobs Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
    Jobs jobs;
    std::deque<std::shared_ptr<Job>> others;
    for (std::shared_ptr<Job>& job : waiting_) {
      const bool goes = jobs.empty() || (jobs.size() < options_.most && options_.go_together(*jobs.front(), *job));
      if (goes) {
        jobs.push_back(std::move(job));
      } else {
        others.push_back(std::move(job));
      }
    }
    waiting_ = std::move(others);
    return jobs;
  }

  const Options options_;
  // The standard library's, not Abseil's: ThreadSanitizer understands it.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                     // guarded by mutex_
  std::vector<std::thread> threads_;          // last: they use the other members
};

}  // namespace webex_gateway
