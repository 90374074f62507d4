// A webex-gateway of the benchmark's own: the program beside it, in front of a sandbox, with a new ledger.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/child_process.h"

namespace webex_gateway {

class GatewayProcess {
 public:
  // Returns once it serves. Its ledger is a SQLite file where `settings` do not name another. The error is the end of
  // its log. It ends with the thread that started it, at the latest, and what it has written is removed.
  static absl::StatusOr<std::unique_ptr<GatewayProcess>> Start(const std::string& sandbox_url,
                                                               const std::vector<std::string>& settings);

  // Where it serves.
  std::string address() const;
  pid_t id() const { return process_.id(); }
  std::filesystem::path ledger_file() const;

 private:
  GatewayProcess(const std::string& sandbox_url, const std::vector<std::string>& settings);

  const TemporaryFolder folder_;
  ChildProcess process_;
  int port_ = 0;
};

}  // namespace webex_gateway
