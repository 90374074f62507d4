// What the gateway tells its operator, on stderr: a line for each answered RPC, each attempt at Webex and each
// resolution of an order. The lines are built from a fixed list of fields; names of people and rooms, numbers, tokens,
// messages, notes and bodies are not among them.
#pragma once

#include <memory>
#include <string>

#include "server/http/stack.h"
#include "server/rpc/operation_service.h"
#include "server/rpc/rpc_observer.h"

namespace spdlog {
class logger;
namespace sinks {
class sink;
}
}  // namespace spdlog

namespace webex_gateway {

class Log : public SendObserver, public RpcObserver, public ResolveObserver {
 public:
  // `level`: debug, info, warning or error.
  explicit Log(const std::string& level);
  Log(const std::string& level, std::shared_ptr<spdlog::sinks::sink> sink);  // instead of stderr
  ~Log() override;

  void Info(absl::string_view what);
  void Warn(absl::string_view what);
  void Fail(absl::string_view what);

  void OnSent(const SendReport& report) override;  // an attempt: info; the call around it: debug
  void OnRetry(RetryCause) override {}             // the attempts tell it
  // A warning where an operator has something to do: the outcome is unknown, or Webex refuses the gateway. Else info.
  void OnAnswered(const RpcReport& report) override;
  void OnResolved(const ResolveReport& report) override;  // info

 private:
  const std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace webex_gateway
