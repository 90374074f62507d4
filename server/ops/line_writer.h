// Writes lines to a file descriptor from its own thread, so that logging never blocks, even if nobody reads: a pipe
// whose reader has stopped, a paused terminal, a disk that hangs.
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
  // The caller keeps owning `file`. Lines of up to `most_waiting` bytes may wait; further ones are lost. Once lines can
  // be written again, a line that `tell_lost` makes from the number lost follows. It is called on the writer's thread,
  // and may be called once after the writer is destroyed.
  LineWriter(int file, size_t most_waiting, std::function<std::string(int64_t lost)> tell_lost);
  // Waits for the queued lines, at most `kPatience`; lines not written by then may be lost, or written later.
  ~LineWriter();

  // Any thread. `line` contains no line ends.
  void Put(absl::string_view line);
  // Waits until all queued lines are written or lost, at most `kPatience`.
  void Flush();
  // Lines lost since the start.
  int64_t lost() const;

  static constexpr absl::Duration kPatience = absl::Milliseconds(500);

 private:
  struct Shared;
  static void Work(const std::shared_ptr<Shared>& shared);

  const std::shared_ptr<Shared> shared_;  // shared with a thread that may be stuck beyond the writer's lifetime
  std::thread thread_;
};

}  // namespace webex_gateway
