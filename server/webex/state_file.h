// A small file that is replaced as a whole: after a crash at any time it contains the old or the new content.
#pragma once

#include <functional>
#include <future>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/async.h"

namespace webex_gateway {

// Writes `content` beside `path` (`path`.new) and renames it over `path`: readable only by the owner, and on disk when
// this returns. Blocks.
absl::Status ReplaceFile(const std::string& path, absl::string_view content);

// Whether files can be created at `path`, checked by creating one (`path`.check).
absl::Status CheckReplaceable(const std::string& path);

// Replaces one file from the loop, where nothing may block. For the loop's thread only, except construction and
// destruction.
class StateFile {
 public:
  StateFile(Loop& loop, std::string path) : loop_(loop), path_(std::move(path)) {}
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;
  // Waits for a write under way, for at most a second.
  ~StateFile();

  // Calls `done` later on the loop. One write at a time: another one fails at once while one is under way.
  void Save(std::string content, std::function<void(absl::Status)> done);

 private:
  bool IsWriting(absl::Duration wait) const;

  Loop& loop_;
  const std::string path_;
  std::future<void> written_;
};

}  // namespace webex_gateway
