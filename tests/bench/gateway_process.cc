#include "tests/bench/gateway_process.h"

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

std::vector<std::string> ArgsOf(const std::string& sandbox_url, const std::string& ledger,
                                const std::vector<std::string>& settings) {
  std::vector<std::string> args = {"--listen=127.0.0.1:0", "--admin_listen=", absl::StrCat("--ledger=sqlite:", ledger),
                                   absl::StrCat("--webex_base_url=", sandbox_url, "/v1")};
  args.insert(args.end(), settings.begin(), settings.end());
  return args;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GatewayProcess>> GatewayProcess::Start(const std::string& sandbox_url,
                                                                      const std::vector<std::string>& settings) {
  std::unique_ptr<GatewayProcess> gateway(new GatewayProcess(sandbox_url, settings));
  const absl::StatusOr<int> port = gateway->process_.AwaitNumber("\"ports\":[");
  if (!port.ok()) {
    return absl::UnavailableError(
        absl::StrCat("the webex-gateway beside this program does not serve: ", port.status().message()));
  }
  gateway->port_ = *port;
  return gateway;
}

GatewayProcess::GatewayProcess(const std::string& sandbox_url, const std::vector<std::string>& settings)
    : process_("webex-gateway", ArgsOf(sandbox_url, ledger_file(), settings), folder_.path() / "log") {}

std::string GatewayProcess::address() const { return absl::StrCat("127.0.0.1:", port_); }

std::filesystem::path GatewayProcess::ledger_file() const { return folder_.path() / "ledger.db"; }

}  // namespace webex_gateway
