#include "server/ops/line_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace webex_gateway {
namespace {

// After a write, the next one waits this long for more lines: waking a thread for each line costs more than the lines.
constexpr std::chrono::milliseconds kGather(5);

// Returns the part of `text` that could not be written.
absl::string_view Write(int file, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {  // our parent process made it non-blocking
      pollfd wanted{file, POLLOUT, 0};
      poll(&wanted, 1, -1);
    } else if (errno != EINTR) {
      break;
    }
  }
  return text;
}

}  // namespace

struct LineWriter::Shared {
  Shared(int the_file, size_t most, std::function<std::string(int64_t)> tell)
      : file(fcntl(the_file, F_DUPFD_CLOEXEC, 0)), most_waiting(most), tell_lost(std::move(tell)) {}
  ~Shared() {
    if (file >= 0) close(file);
  }

  bool AllOut() const { return waiting.empty() && !writing; }

  const int file;  // our own copy: a stuck thread keeps it
  const size_t most_waiting;
  const std::function<std::string(int64_t)> tell_lost;

  std::mutex mutex;  // guards the members below
  std::condition_variable changed;
  std::string waiting;
  int64_t untold = 0;  // lost, and not yet reported
  int64_t lost = 0;
  bool idle = false;  // the writer waits for a line
  bool writing = false;
  int flushing = 0;  // threads that wait for the queued lines
  bool stopping = false;
  bool ended = false;
};

LineWriter::LineWriter(int file, size_t most_waiting, std::function<std::string(int64_t)> tell_lost)
    : shared_(std::make_shared<Shared>(file, most_waiting, std::move(tell_lost))),
      thread_([shared = shared_] { Work(shared); }) {}

LineWriter::~LineWriter() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  const bool ended =
      shared_->changed.wait_for(lock, absl::ToChronoMilliseconds(kPatience), [this] { return shared_->ended; });
  lock.unlock();
  ended ? thread_.join() : thread_.detach();
}

void LineWriter::Put(absl::string_view line) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->waiting.size() + line.size() >= shared_->most_waiting) {
    ++shared_->untold;
    ++shared_->lost;
    return;
  }
  if (std::exchange(shared_->idle, false)) shared_->changed.notify_all();
  shared_->waiting.append(line.data(), line.size());
  shared_->waiting.push_back('\n');
}

void LineWriter::Flush() {
  std::unique_lock lock(shared_->mutex);
  ++shared_->flushing;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, absl::ToChronoMilliseconds(kPatience), [this] { return shared_->AllOut(); });
  --shared_->flushing;
}

int64_t LineWriter::lost() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->lost;
}

// Lines are lost only while others wait, so they came after these: their report follows.
void LineWriter::Work(const std::shared_ptr<Shared>& shared) {
  std::string batch;
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->idle = shared->waiting.empty();
    shared->changed.wait(lock, [&] { return !shared->waiting.empty() || shared->stopping; });
    if (shared->waiting.empty()) break;
    batch.clear();
    batch.swap(shared->waiting);
    const int64_t untold = std::exchange(shared->untold, 0);
    shared->writing = true;
    lock.unlock();
    if (untold > 0) batch.append(shared->tell_lost(untold)).push_back('\n');
    const absl::string_view rest = Write(shared->file, batch);
    lock.lock();
    shared->writing = false;
    if (!rest.empty()) {  // including the report of earlier lost lines, which comes last
      const int64_t unwritten = std::count(rest.begin(), rest.end(), '\n') - (untold > 0 ? 1 : 0);
      shared->untold += untold + unwritten;
      shared->lost += unwritten;
    }
    shared->changed.notify_all();
    shared->changed.wait_for(lock, kGather, [&] { return shared->flushing > 0 || shared->stopping; });
  }
  shared->ended = true;
  shared->changed.notify_all();
}

}  // namespace webex_gateway
