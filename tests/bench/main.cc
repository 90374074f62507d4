// webex-bench: how many orders a running gateway carries, and at what cost. Keeps a fixed number of orders in flight
// for a fixed time and prints one line: orders per second, latencies, and, given the gateway's process id, its CPU time
// per order.
//
// With --ledger it measures the ledger's file by itself instead.
//
//   webex-sandbox --listen=127.0.0.1:8080 & webex-gateway ... & webex-bench --in_flight=16 --gateway_pid=$!

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/flags.h"
#include "tests/bench/ledger_bench.h"
#include "webex/broadworks/v1/workspaces.grpc.pb.h"

ABSL_FLAG(std::string, address, "127.0.0.1:50051", "The gateway's address. Only loopback is ever loaded.");
ABSL_FLAG(int, in_flight, 16, "Orders under way at a time, 1 to 10000.");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(5), "How long to order, at most 1m.");
ABSL_FLAG(int, gateway_pid, 0, "Process whose CPU time is counted; 0: none.");
ABSL_FLAG(std::string, ledger, "", "Measure a SQLite ledger by itself, in this new file, and no gateway.");
ABSL_FLAG(absl::Duration, ledger_sync, absl::Milliseconds(1),
          "What a sync of that file is made to cost; negative: what the disk makes of it.");
ABSL_FLAG(int, ledger_operations, 1'000'000, "Operations on record when its start-up and its lists are timed.");
ABSL_FLAG(bool, help, false, "Show this text.");

namespace webex_gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;
using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;
using webex::broadworks::v1::WorkspaceService;

double CpuSeconds(int pid) {
  if (pid == 0) return 0;
  std::string stat;
  std::getline(std::ifstream(absl::StrCat("/proc/", pid, "/stat")), stat);
  const std::vector<std::string> fields = absl::StrSplit(stat.substr(std::min(stat.size(), stat.rfind(')') + 2)), ' ');
  if (fields.size() < 13) return 0;
  return (std::stod(fields[11]) + std::stod(fields[12])) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// One order after the other, as long as there is time.
struct Order {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Workspace>> reader;
  Workspace workspace;
  grpc::Status status;
  SteadyClock::time_point begun;
};

class Bench {
 public:
  explicit Bench(const std::string& address)
      : stub_(WorkspaceService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {
    request_.set_provisioning_id(
        "ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ");
    request_.set_sp_enterprise_id("Reseller1+acme");
    request_.set_display_name("Conference Room");
    request_.set_primary_phone_number("+1-240-555-1212");
    request_.set_extension("51212");
  }

  void Run(int in_flight, absl::Duration duration) {
    const auto end = SteadyClock::now() + absl::ToChronoMilliseconds(duration);
    std::vector<Order> orders(static_cast<size_t>(in_flight));
    for (Order& order : orders) Begin(order);
    void* tag = nullptr;
    bool ok = false;
    for (int open = in_flight; open > 0 && queue_.Next(&tag, &ok);) {
      Order& order = *static_cast<Order*>(tag);
      milliseconds_.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - order.begun).count());
      ++codes_[order.status.error_code()];
      if (SteadyClock::now() < end) {
        Begin(order);
      } else {
        --open;
      }
    }
  }

  void Report(double seconds, double cpu_seconds) {
    std::sort(milliseconds_.begin(), milliseconds_.end());
    const auto at = [this](double share) {
      return milliseconds_[std::min(milliseconds_.size() - 1,
                                    static_cast<size_t>(share * static_cast<double>(milliseconds_.size())))];
    };
    const auto count = static_cast<double>(milliseconds_.size());
    std::printf("%.0f orders/s, p50 %.2f ms, p99 %.2f ms, max %.2f ms", count / seconds, at(0.5), at(0.99), at(1));
    if (cpu_seconds > 0) std::printf(", gateway CPU %.1f us/order", cpu_seconds / count * 1e6);
    for (const auto& [code, times] : codes_) std::printf(", code %d: %d", code, times);
    std::puts("");
  }

 private:
  void Begin(Order& order) {
    request_.set_user_id(absl::StrCat(getpid(), "-", ++ordered_, "@sp.com"));
    order.context = std::make_unique<grpc::ClientContext>();
    order.begun = SteadyClock::now();
    order.reader = stub_->AsyncProvisionWorkspace(order.context.get(), request_, &queue_);
    order.reader->Finish(&order.workspace, &order.status, &order);
  }

  const std::unique_ptr<WorkspaceService::Stub> stub_;
  grpc::CompletionQueue queue_;
  ProvisionWorkspaceRequest request_;
  int ordered_ = 0;
  std::vector<double> milliseconds_;
  std::map<int, int> codes_;
};

int Main(const std::vector<std::string>& args) {
  std::vector<FlagSection> sections = {{"Flags", {}}};
  for (const char* name :
       {"address", "in_flight", "duration", "gateway_pid", "ledger", "ledger_sync", "ledger_operations", "help"}) {
    sections[0].flags.push_back(absl::FindCommandLineFlag(name));
  }
  std::vector<std::string> faults;
  ReadFlags(sections, "", ProcessEnvironment(), args, faults);
  for (const std::string& fault : faults) std::fprintf(stderr, "webex-bench: %s\n", fault.c_str());
  if (!faults.empty()) return 2;
  if (absl::GetFlag(FLAGS_help)) return std::fputs(DescribeFlags(sections).c_str(), stdout), 0;

  if (const std::string path = absl::GetFlag(FLAGS_ledger); !path.empty()) {
    const bool measured = MeasureLedger({path, absl::GetFlag(FLAGS_ledger_sync), absl::GetFlag(FLAGS_duration),
                                         absl::GetFlag(FLAGS_ledger_operations)});
    return measured ? 0 : 1;
  }
  const std::string address = absl::GetFlag(FLAGS_address);
  if (address.rfind("127.", 0) != 0 && address.rfind("unix:", 0) != 0)
    return std::fputs("webex-bench: loopback only\n", stderr), 2;
  const int in_flight = std::clamp(absl::GetFlag(FLAGS_in_flight), 1, 10'000);
  const absl::Duration duration = std::min(absl::GetFlag(FLAGS_duration), absl::Minutes(1));
  const int pid = absl::GetFlag(FLAGS_gateway_pid);

  Bench(address).Run(in_flight, absl::Milliseconds(300));  // connections are made, caches filled
  Bench bench(address);
  const double cpu = CpuSeconds(pid);
  const auto begun = SteadyClock::now();
  bench.Run(in_flight, duration);
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - begun).count();
  bench.Report(seconds, CpuSeconds(pid) - cpu);
  return 0;
}

}  // namespace
}  // namespace webex_gateway

int main(int argc, char** argv) { return webex_gateway::Main({argv + 1, argv + argc}); }
