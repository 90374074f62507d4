// A webex-gateway of the benchmark's own: the program beside it, in front of a sandbox, with a new ledger.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace webex_gateway {

class GatewayProcess {
 public:
  // Returns once it serves. The error is the end of its log. It ends with the thread that started it, at the latest.
  static absl::StatusOr<std::unique_ptr<GatewayProcess>> Start(const std::string& sandbox_url,
                                                               const std::vector<std::string>& settings);
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;
  // Ends it, and removes what it has written.
  ~GatewayProcess();

  // Where it serves.
  std::string address() const;

 private:
  GatewayProcess(const std::string& sandbox_url, const std::vector<std::string>& settings);
  absl::Status AwaitPort();
  std::string Log() const;

  const std::filesystem::path folder_;
  pid_t id_ = 0;
  int port_ = 0;
};

}  // namespace webex_gateway
