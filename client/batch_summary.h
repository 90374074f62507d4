// The summary of a batch at its end.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/batch_file.h"
#include "client/batch_result.h"
#include "client/batch_run.h"

namespace webex_gateway::client {

// The exit codes of `webexctl batch` in addition to kExitOk, kExitUsage and kExitNotWritten (cli.h), and those of
// calls.
inline constexpr int kExitSomeRefused = 4;    // refused or never sent; none is unknown
inline constexpr int kExitSomeUnknown = 5;    // the outcome of some orders is unknown
inline constexpr int kExitInterrupted = 130;  // Ctrl-C; none is unknown

class BatchSummary {
 public:
  void Note(const BatchOrder& order, const BatchResult& result);

  // The counts; each reason why orders were not applied, with its lines and the next step; and, if the outcome of
  // orders is unknown, the commands that resolve them. Whole lines.
  std::string Text() const;

  // The same as a BatchReport (batch_report.proto): `results` is the file, `stopped` is why it stopped early.
  std::string Json(const std::string& results, const std::string& stopped) const;

  int ExitCode(const BatchOutcome& outcome) const;

 private:
  struct Group {
    size_t count = 0;
    std::set<size_t> lines{};  // the first few
    std::string message{};     // of one of them
    std::string next{};        // the next step
  };

  size_t CountOf(BatchEnd end) const { return counts_[static_cast<size_t>(end)]; }

  std::array<size_t, 4> counts_{};
  bool has_unknown_provision_ = false;
  std::map<std::pair<BatchEnd, std::string>, Group> groups_;  // by reason
};

}  // namespace webex_gateway::client
