#include "server/webex/state_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace webex_gateway {
namespace {

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  const int fd_;
};

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", what, " ", path));
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status WriteNew(const std::string& path, absl::string_view content) {
  unlink(path.c_str());  // left by a crash, if anything
  const OpenFile file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.get() < 0) return Failed("create", path);
  while (!content.empty()) {
    const ssize_t written = write(file.get(), content.data(), content.size());
    if (written < 0 && errno != EINTR) return Failed("write", path);
    if (written > 0) content.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file.get()) == 0 ? absl::OkStatus() : Failed("write", path);
}

// The rename itself must survive a crash. Some file systems do not support this (EINVAL).
absl::Status SyncDirectory(const std::string& path) {
  const OpenFile directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return Failed("open", path);
  return fsync(directory.get()) == 0 || errno == EINVAL ? absl::OkStatus() : Failed("write", path);
}

}  // namespace

absl::Status ReplaceFile(const std::string& path, absl::string_view content) {
  const std::string fresh = path + ".new";
  absl::Status status = WriteNew(fresh, content);
  if (status.ok() && rename(fresh.c_str(), path.c_str()) != 0) status = Failed("replace", path);
  if (!status.ok()) {
    unlink(fresh.c_str());
    return status;
  }
  return SyncDirectory(DirectoryOf(path));
}

absl::Status CheckReplaceable(const std::string& path) {
  const std::string probe = path + ".check";  // not .new, which a running gateway may be writing
  absl::Status status = WriteNew(probe, "");
  unlink(probe.c_str());
  return status;
}

StateFile::~StateFile() { IsWriting(absl::Seconds(1)); }

bool StateFile::IsWriting(absl::Duration wait) const {
  return written_.valid() && written_.wait_for(absl::ToChronoMilliseconds(wait)) != std::future_status::ready;
}

void StateFile::Save(std::string content, std::function<void(absl::Status)> done) {
  const auto answer = [&loop = loop_, done = std::move(done)](absl::Status status) {
    boost::asio::post(loop, [done, status = std::move(status)] { done(status); });
  };
  if (IsWriting(absl::ZeroDuration())) return answer(absl::UnavailableError("the previous write has not finished yet"));
  std::packaged_task<void()> write(
      [path = path_, content = std::move(content), answer] { answer(ReplaceFile(path, content)); });
  written_ = write.get_future();
  try {
    std::thread(std::move(write)).detach();
  } catch (const std::system_error& error) {
    answer(absl::ResourceExhaustedError(absl::StrCat("no thread for writing: ", error.what())));
  }
}

}  // namespace webex_gateway
