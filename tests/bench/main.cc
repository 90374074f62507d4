// webex-bench: how many orders a running gateway carries, and at what cost. Keeps a fixed number of orders in flight,
// or gives so many orders a second, for a fixed time and prints one line: orders per second, latencies, given the
// gateway's process id its CPU time per order, and how many orders ended how.
//
// With --ledger it measures a ledger by itself instead.
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
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/flags.h"
#include "tests/bench/ledger_bench.h"
#include "webex/broadworks/v1/workspaces.grpc.pb.h"

ABSL_FLAG(std::string, address, "127.0.0.1:50051", "The gateway's address. Only loopback is ever loaded.");
ABSL_FLAG(int, in_flight, 16, "Orders under way at a time, 1 to 10000.");
ABSL_FLAG(double, rate, 0, "Orders per second, with no more than --in_flight under way; 0: as many as these allow.");
ABSL_FLAG(absl::Duration, duration, absl::Seconds(5), "How long to order, at most 15m.");
ABSL_FLAG(int, gateway_pid, 0, "Process whose CPU time is counted; 0: none.");
ABSL_FLAG(
    std::string, ledger, "",
    "Measure a ledger by itself, and no gateway: in this new SQLite file, or postgresql://..., an empty database.");
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

// The error's reason, or its code where gRPC made it; "OK" for a success.
std::string EndingOf(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  google::rpc::ErrorInfo info;
  for (const auto& detail : details.details()) detail.UnpackTo(&info);
  if (!info.reason().empty()) return info.reason();
  return status.ok() ? "OK" : absl::StrCat("code ", status.error_code());
}

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

  void Run(int in_flight, double rate, absl::Duration duration) {
    const auto begun = SteadyClock::now();
    const auto end = begun + absl::ToChronoNanoseconds(duration);
    const auto due = [&] {
      return rate > 0 ? begun + absl::ToChronoNanoseconds(absl::Seconds(ordered_ / rate)) : begun;
    };
    std::vector<Order> orders(static_cast<size_t>(in_flight));
    std::vector<Order*> idle;
    for (Order& order : orders) idle.push_back(&order);
    for (auto now = begun; now < end || idle.size() < orders.size(); now = SteadyClock::now()) {
      while (now < end && !idle.empty() && due() <= now) {
        Begin(*idle.back());
        idle.pop_back();
      }
      Order* const ended = Await(now < end && !idle.empty() ? std::min(due(), end) : SteadyClock::time_point::max());
      if (ended == nullptr) continue;
      milliseconds_.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - ended->begun).count());
      ++endings_[EndingOf(ended->status)];
      idle.push_back(ended);
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
    for (const auto& [ending, times] : endings_) std::printf(", %s: %d", ending.c_str(), times);
    std::puts("");
  }

 private:
  // The order that ended; null if none has by then.
  Order* Await(SteadyClock::time_point until) {
    void* tag = nullptr;
    bool ok = false;
    if (until == SteadyClock::time_point::max()) {
      queue_.Next(&tag, &ok);
    } else {
      queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + (until - SteadyClock::now()));
    }
    return static_cast<Order*>(tag);
  }

  void Begin(Order& order) {
    static int users = 0;  // of all runs, so that none orders for another's
    ++ordered_;
    request_.set_user_id(absl::StrCat(getpid(), "-", ++users, "@sp.com"));
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
  std::map<std::string, int> endings_;
};

int Main(const std::vector<std::string>& args) {
  std::vector<FlagSection> sections = {{"Flags", {}}};
  for (const char* name : {"address", "in_flight", "rate", "duration", "gateway_pid", "ledger", "ledger_sync",
                           "ledger_operations", "help"}) {
    sections[0].flags.push_back(absl::FindCommandLineFlag(name));
  }
  std::vector<std::string> faults;
  ReadFlags(sections, "", ProcessEnvironment(), args, faults);
  for (const std::string& fault : faults) std::fprintf(stderr, "webex-bench: %s\n", fault.c_str());
  if (!faults.empty()) return 2;
  if (absl::GetFlag(FLAGS_help)) return std::fputs(DescribeFlags(sections).c_str(), stdout), 0;

  if (const std::string ledger = absl::GetFlag(FLAGS_ledger); !ledger.empty()) {
    const bool measured = MeasureLedger({ledger, absl::GetFlag(FLAGS_duration), absl::GetFlag(FLAGS_ledger_sync),
                                         absl::GetFlag(FLAGS_ledger_operations)});
    return measured ? 0 : 1;
  }
  const std::string address = absl::GetFlag(FLAGS_address);
  if (address.rfind("127.", 0) != 0 && address.rfind("unix:", 0) != 0)
    return std::fputs("webex-bench: loopback only\n", stderr), 2;
  const int in_flight = std::clamp(absl::GetFlag(FLAGS_in_flight), 1, 10'000);
  const absl::Duration duration = std::min(absl::GetFlag(FLAGS_duration), absl::Minutes(15));
  const int pid = absl::GetFlag(FLAGS_gateway_pid);

  Bench(address).Run(in_flight, 0, absl::Milliseconds(300));  // connections are made, caches filled
  Bench bench(address);
  const double cpu = CpuSeconds(pid);
  const auto begun = SteadyClock::now();
  bench.Run(in_flight, absl::GetFlag(FLAGS_rate), duration);
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - begun).count();
  bench.Report(seconds, CpuSeconds(pid) - cpu);
  return 0;
}

}  // namespace
}  // namespace webex_gateway

int main(int argc, char** argv) { return webex_gateway::Main({argv + 1, argv + argc}); }
