#include "client/batch_results.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/csv.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

absl::Status Failed(const std::string& path, absl::string_view what) {
  return absl::UnknownError(absl::StrCat(path, ": ", what, ": ", std::strerror(errno)));
}

// OK if the file may be moved: it is a results file, and nobody is writing it.
absl::Status MayBeMoved(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return Failed(path, "cannot be read");
  std::string start(ResultsHeader().size(), '\0');
  const ssize_t size = read(fd, start.data(), start.size());
  start.resize(size < 0 ? 0 : static_cast<size_t>(size));
  const bool is_free = flock(fd, LOCK_SH | LOCK_NB) == 0;
  close(fd);
  // A run that was killed at its start leaves less than a header.
  if (!absl::StartsWith(ResultsHeader(), start)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": exists and is not a results file of webexctl batch; give --results, or move it away"));
  }
  if (is_free) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(path, ": another webexctl batch is writing to it"));
}

// Moves the file at `path` to the name that is returned; empty if there is no file.
absl::StatusOr<std::string> MoveAway(const std::string& path) {
  struct stat there;
  if (lstat(path.c_str(), &there) != 0) return std::string();
  if (!S_ISREG(there.st_mode)) return absl::FailedPreconditionError(absl::StrCat(path, ": is not a regular file"));
  if (absl::Status status = MayBeMoved(path); !status.ok()) return status;
  int number = 1;
  while (lstat(absl::StrCat(path, ".", number).c_str(), &there) == 0) ++number;
  std::string free = absl::StrCat(path, ".", number);
  if (rename(path.c_str(), free.c_str()) != 0) return Failed(path, "cannot be moved");
  return free;
}

// Foreign text as one cell.
std::string Cell(absl::string_view text) { return NoFormula(Printable(text)); }

std::string MessageOf(const BatchResult& result) {
  if (!result.error) return result.metadata.replayed ? "ordered before; this is the answer on record" : "";
  std::string message = result.error->message;
  if (!result.error->earlier_request_id.empty()) {
    absl::StrAppend(&message, " (earlier order: ", result.error->earlier_request_id, ")");
  }
  return message;
}

}  // namespace

std::string ResultsHeader() {
  return CsvLine({"line", "requestId", "outcome", "code", "reason", "workspaceId", "webexTrackingId", "message"});
}

std::string ResultsRow(const BatchOrder& order, const BatchResult& result) {
  const std::string code = result.error ? absl::StatusCodeToString(result.error->code) : result.was_sent ? "OK" : "";
  return CsvLine({absl::StrCat(order.line), order.request_id(), std::string(OutcomeText(result)), code,
                  Cell(result.error ? result.error->reason : ""), Cell(result.workspace_id),
                  Cell(result.metadata.tracking_id), Cell(MessageOf(result))});
}

absl::Status RowsInOrder::Add(size_t number, std::string row) {
  waiting_.emplace(number, std::move(row));
  std::string lines;
  for (auto it = waiting_.begin(); it != waiting_.end() && it->first == next_; it = waiting_.erase(it), ++next_) {
    lines += it->second;
  }
  if (!lines.empty() && status_.ok()) status_ = write_(lines);
  return status_;
}

absl::StatusOr<std::unique_ptr<ResultsFile>> ResultsFile::Create(const std::string& path) {
  absl::StatusOr<std::string> moved_to = MoveAway(path);
  if (!moved_to.ok()) return moved_to.status();
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) return Failed(path, "cannot be created");
  std::unique_ptr<ResultsFile> file(new ResultsFile(fd, path, *std::move(moved_to)));
  flock(fd, LOCK_EX | LOCK_NB);  // so that other runs notice
  absl::Status written = file->Append(ResultsHeader());
  if (!written.ok()) return written;
  return file;
}

ResultsFile::ResultsFile(int fd, std::string path, std::string moved_to)
    : fd_(fd), path_(std::move(path)), moved_to_(std::move(moved_to)) {}

ResultsFile::~ResultsFile() { close(fd_); }

absl::Status ResultsFile::Append(absl::string_view lines) {
  const ssize_t written = write(fd_, lines.data(), lines.size());
  if (written == static_cast<ssize_t>(lines.size())) {
    size_ += lines.size();
    return absl::OkStatus();
  }
  if (written >= 0) errno = ENOSPC;
  absl::Status failed = Failed(path_, "cannot be written");
  if (written > 0 && ftruncate(fd_, static_cast<off_t>(size_)) != 0) {
    return absl::UnknownError(absl::StrCat(failed.message(), "; its last line is incomplete"));
  }
  return failed;
}

}  // namespace webex_gateway::client
