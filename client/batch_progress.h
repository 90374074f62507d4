// What the user sees while a batch runs.
#pragma once

#include <deque>
#include <ostream>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "client/batch_run.h"

namespace webex_gateway::client {

// The recent number of orders completed per second: the fast answers from the record at the beginning do not count
// forever.
class BatchRate {
 public:
  void Note(absl::Duration elapsed, size_t done);
  double per_second() const;

 private:
  std::deque<std::pair<absl::Duration, size_t>> samples_;
};

// Without a line end. `columns` wide at most.
std::string ProgressBar(const BatchProgress& progress, double per_second, size_t columns);
std::string ProgressLine(const BatchProgress& progress, double per_second);

// On a terminal, a bar that is redrawn; otherwise a line every ten seconds.
class ProgressDisplay {
 public:
  // `columns`: the terminal's width; 0: no terminal.
  ProgressDisplay(std::ostream& out, size_t columns) : out_(out), columns_(columns) {}

  void Show(const BatchProgress& progress);
  // Makes room for other text.
  void Clear();

 private:
  std::ostream& out_;
  const size_t columns_;
  BatchRate rate_;
  absl::Duration shown_ = absl::ZeroDuration();  // when it was last shown
};

}  // namespace webex_gateway::client
