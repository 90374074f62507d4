// Writes lines to a file descriptor from a thread of its own, so that whoever has something to say goes on at once even
// where nobody reads: a pipe whose reader has stopped, a terminal that is held, a disk that hangs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace webex_gateway {

class LineWriter {
 public:
  // `file` stays the caller's. Lines of `most_waiting` bytes may wait; further ones are lost. Once lines have been
  // written again, the one that `tell_lost` makes of their number follows. It is called on the writer's thread, and may
  // be once after the writer has gone.
  LineWriter(int file, size_t most_waiting, std::function<std::string(int64_t lost)> tell_lost);
  // Waits for what has been put, at most for `kPatience`; what is not out by then may be lost, or come later.
  ~LineWriter();

  // Any thread. `line` is without its end, and has none inside.
  void Put(absl::string_view line);
  // Waits until all that has been put is written or lost, at most for `kPatience`.
  void Flush();
  // Lines lost since the start.
  int64_t lost() const;

  static constexpr absl::Duration kPatience = absl::Milliseconds(500);

 private:
  struct Shared;
  static void Work(const std::shared_ptr<Shared>& shared);

  const std::shared_ptr<Shared> shared_;  // with a thread that may be stuck for longer than the writer lives
  std::thread thread_;
};

}  // namespace webex_gateway
