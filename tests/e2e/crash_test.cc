// The gateway is killed (SIGKILL) at random moments with orders under way, and started again on the same ledger.
// However that goes, in the end every order exists once, none was sent again after it had taken effect, and no answer
// that was given is ever taken back.
//
// Short as it stands; WEBEX_CRASH_ROUNDS sets how often the gateway is killed, WEBEX_CRASH_SEED repeats a run.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/empty.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/unknown_variables.h"
#include "server/ledger/sqlite/ledger.h"
#include "tests/e2e/program.h"
#include "tests/sandbox/raw_client.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/orders.h"
#include "webex/broadworks/v1/workspaces.grpc.pb.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;
using webex::broadworks::v1::WorkspaceService;

constexpr int kOrdersARound = 40;
constexpr int kInFlight = 16;

uint64_t NumberFrom(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

// What webex-sandbox says of itself.
class Sandbox : public Program {
 public:
  Sandbox() : Program("webex-sandbox", {"--listen=127.0.0.1:0", "--latency=3ms", "--jitter=3ms"}, "127.0.0.1:") {}

  std::string Get(const std::string& what) const {
    sandbox::RawClient client(port());
    client.Send(absl::StrCat("GET /sandbox/", what, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    return client.ReadAll();
  }

  int Count(const std::string& name) const {
    const std::string stats = Get("stats");
    const std::string key = absl::StrCat("\"", name, "\":");
    const size_t at = stats.find(key);
    int count = -1;
    if (at != std::string::npos) {
      const std::string rest = stats.substr(at + key.size());
      EXPECT_TRUE(absl::SimpleAtoi(rest.substr(0, rest.find_first_not_of("0123456789")), &count)) << stats;
    }
    return count;
  }

  // How many workspaces the user has.
  static int WorkspacesOf(const std::string& user, absl::string_view all) {
    const std::string member = absl::StrCat("\"userId\":\"", user, "\"");
    int count = 0;
    for (size_t at = all.find(member); at != absl::string_view::npos; at = all.find(member, at + 1)) ++count;
    return count;
  }

  // What a killed gateway had sent still arrives; returns once nothing has for a while.
  void Settle() const {
    const auto seen = [this] { return std::pair(Count("postsStarted"), Count("provisioned")); };
    auto before = std::pair(-1, -1);
    for (auto now = seen(); now != before; now = seen()) {
      before = now;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
};

struct Order {
  ProvisionWorkspaceRequest request;
  std::string workspace_id;  // as it was told
  bool unknown = false;      // told so

  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Workspace>> reader;
  Workspace answer;
  grpc::Status status;
};

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details())) return "";
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

class CrashTest : public testing::Test {
 protected:
  CrashTest() {
    std::string name = (std::filesystem::temp_directory_path() / "crash-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    for (const auto& [variable, value] : ProcessVariables()) {
      if (absl::StartsWith(variable, "WEBEX_GATEWAY_") || absl::StartsWith(variable, "OTEL_"))
        unsetenv(variable.c_str());  // of whoever runs the tests
    }
    setenv("WEBEX_GATEWAY_WEBEX_TOKEN", "sandbox-token", 1);
  }
  ~CrashTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Program> StartGateway() {
    auto gateway = std::make_unique<Program>(
        "webex-gateway",
        std::vector<std::string>{"--listen=127.0.0.1:0", "--admin_listen=", absl::StrCat("--ledger=sqlite:", file()),
                                 absl::StrCat("--webex_base_url=http://127.0.0.1:", sandbox_.port(), "/v1")},
        "\"ports\":[");
    stub_ = WorkspaceService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", gateway->port()), grpc::InsecureChannelCredentials()));
    return gateway;
  }

  std::string file() const { return folder_ / "ledger.db"; }

  void AddOrders(int count) {
    for (int i = 0; i < count; ++i) {
      Order& order = orders_.emplace_back();
      order.request = ExampleOrder();
      order.request.set_user_id(absl::StrCat("user-", orders_.size(), "@sp.com"));
      order.request.set_request_id(absl::StrFormat("%08x-0000-4000-8000-000000000000", orders_.size()));
    }
  }

  void Begin(Order& order) {
    order.context = std::make_unique<grpc::ClientContext>();
    order.context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    order.reader = stub_->AsyncProvisionWorkspace(order.context.get(), order.request, &queue_);
    order.reader->Finish(&order.answer, &order.status, &order);
  }

  // Sends the orders, so many at a time, and calls `answered` after each answer.
  void Send(std::vector<Order*> orders, const std::function<void(int answers)>& answered) {
    size_t next = 0;
    int open = 0;
    for (int answers = 0; open > 0 || next < orders.size();) {
      for (; open < kInFlight && next < orders.size(); ++open) Begin(*orders[next++]);
      void* tag = nullptr;
      bool ok = false;
      ASSERT_TRUE(queue_.Next(&tag, &ok));
      --open;
      Take(*static_cast<Order*>(tag));
      answered(++answers);
    }
  }

  // An answer that was given holds forever.
  void Take(Order& order) {
    const std::string& id = order.request.request_id();
    if (order.status.ok()) {
      EXPECT_FALSE(order.answer.id().empty()) << id;
      EXPECT_TRUE(order.workspace_id.empty() || order.answer.id() == order.workspace_id) << id;
      order.workspace_id = order.answer.id();
      return;
    }
    EXPECT_EQ(order.workspace_id, "") << id << " was " << order.status.error_message();
    const std::string reason = ReasonOf(order.status);
    EXPECT_TRUE(reason.empty() || reason == "OUTCOME_UNKNOWN") << reason << " " << order.status.error_message();
    order.unknown = reason == "OUTCOME_UNKNOWN";
  }

  std::vector<Order*> OrdersWithout(bool unknown) {
    std::vector<Order*> orders;
    for (Order& order : orders_) {
      if (order.workspace_id.empty() && !(unknown && order.unknown)) orders.push_back(&order);
    }
    return orders;
  }

  // As an operator does: what does Webex have?
  int ResolveUnknown() {
    const std::string all = sandbox_.Get("workspaces");
    Loop loop;
    const auto work = boost::asio::make_work_guard(loop);
    const std::unique_ptr<Clock> clock = CreateSystemClock(loop);
    auto ledger = OpenSqliteLedger(loop, *clock, {.path = file()});
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    Started<absl::StatusOr<int64_t>> recovered(loop, (*ledger)->Recover());
    while (!recovered.done()) loop.run_one();
    Started<absl::StatusOr<OperationPage>> page(
        loop, (*ledger)->List({.state = OperationState::kUnknown, .page_size = 1'000'000}));
    while (!page.done()) loop.run_one();
    for (const Operation& operation : (*page)->operations) {
      Resolution resolution{.request_id = operation.request_id, .by = "crash_test", .note = "as Webex has it"};
      if (Sandbox::WorkspacesOf(operation.user_id, all) > 0) {
        Workspace found;
        found.set_id("found-" + operation.user_id);
        resolution.answer = found.SerializeAsString();
        resolution.workspace_id = found.id();
      }
      Started<absl::StatusOr<ResolveAnswer>> resolved(loop, (*ledger)->Resolve(resolution));
      while (!resolved.done()) loop.run_one();
      EXPECT_TRUE(resolved->ok()) << resolved->status();
    }
    return static_cast<int>((*page)->operations.size());
  }

  Sandbox sandbox_;
  std::filesystem::path folder_;
  std::unique_ptr<WorkspaceService::Stub> stub_;
  grpc::CompletionQueue queue_;
  std::deque<Order> orders_;
};

TEST_F(CrashTest, EveryOrderExistsOnceHoweverOftenTheGatewayIsKilled) {
  const uint64_t seed = NumberFrom("WEBEX_CRASH_SEED", std::random_device{}());
  const uint64_t rounds = NumberFrom("WEBEX_CRASH_ROUNDS", 6);
  std::printf("WEBEX_CRASH_SEED=%lu WEBEX_CRASH_ROUNDS=%lu\n", seed, rounds);
  std::mt19937_64 random(seed);

  for (uint64_t round = 0; round < rounds; ++round) {
    AddOrders(kOrdersARound);
    const std::unique_ptr<Program> gateway = StartGateway();
    const int fatal = std::uniform_int_distribution<int>(1, kOrdersARound - 1)(random);
    const auto moment = std::chrono::microseconds(std::uniform_int_distribution<int>(0, 3000)(random));
    Send(OrdersWithout(/*unknown=*/true), [&](int answers) {
      if (answers != fatal) return;
      std::this_thread::sleep_for(moment);
      gateway->End(SIGKILL);
    });
    sandbox_.Settle();
  }
  const int unknown = ResolveUnknown();
  std::printf("%zu orders, of which %d had to be resolved\n", orders_.size(), unknown);
  EXPECT_GT(unknown, 0) << "no order was under way when the gateway was killed";

  const std::unique_ptr<Program> gateway = StartGateway();
  Send(OrdersWithout(/*unknown=*/false), [](int) {});
  const std::string all = sandbox_.Get("workspaces");
  for (const Order& order : orders_) {
    EXPECT_NE(order.workspace_id, "") << order.request.request_id();
    EXPECT_EQ(Sandbox::WorkspacesOf(order.request.user_id(), all), 1) << order.request.request_id();
  }
  EXPECT_EQ(sandbox_.Count("provisioned"), static_cast<int>(orders_.size()));
  EXPECT_EQ(sandbox_.Count("alreadyAssociated"), 0) << "an order was sent again though it had taken effect";

  // And each is answered so forever, without another POST.
  const int posts = sandbox_.Count("postsReceived");
  std::vector<Order*> every;
  for (Order& order : orders_) every.push_back(&order);
  Send(every, [](int) {});
  EXPECT_EQ(sandbox_.Count("postsReceived"), posts);
}

// A change of a workspace, which is repeated under its id until it is done: nobody resolves anything.
struct Change {
  std::string workspace_id;
  std::string request_id;
  std::string extension;  // empty: it is removed
  bool done = false;      // as it was told

  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Workspace>> updated;
  std::unique_ptr<grpc::ClientAsyncResponseReader<google::protobuf::Empty>> removed;
  Workspace workspace;
  google::protobuf::Empty nothing;
  grpc::Status status;
};

class ChangeCrashTest : public CrashTest {
 protected:
  void AddChanges() {
    for (const Order& order : orders_) {
      Change& change = changes_.emplace_back();
      change.workspace_id = order.workspace_id;
      change.request_id = absl::StrFormat("%08x-1111-4000-8000-000000000000", changes_.size());
      if (changes_.size() % 2 == 0) change.extension = absl::StrCat(7000 + changes_.size());
    }
  }

  void Begin(Change& change) {
    change.context = std::make_unique<grpc::ClientContext>();
    change.context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    if (change.extension.empty()) {
      webex::broadworks::v1::RemoveWorkspaceRequest remove;
      remove.set_workspace_id(change.workspace_id);
      remove.set_request_id(change.request_id);
      change.removed = stub_->AsyncRemoveWorkspace(change.context.get(), remove, &queue_);
      change.removed->Finish(&change.nothing, &change.status, &change);
    } else {
      webex::broadworks::v1::UpdateWorkspaceRequest update;
      update.set_workspace_id(change.workspace_id);
      update.set_request_id(change.request_id);
      update.set_extension(change.extension);
      change.updated = stub_->AsyncUpdateWorkspace(change.context.get(), update, &queue_);
      change.updated->Finish(&change.workspace, &change.status, &change);
    }
  }

  // Sends what is not done, so many at a time, and calls `answered` after each answer.
  void SendOpen(const std::function<void(int answers)>& answered) {
    std::vector<Change*> open;
    for (Change& change : changes_) {
      if (!change.done) open.push_back(&change);
    }
    size_t next = 0;
    for (size_t answers = 0; answers < open.size(); ++answers) {
      for (; next < open.size() && next - answers < kInFlight; ++next) Begin(*open[next]);
      void* tag = nullptr;
      bool ok = false;
      ASSERT_TRUE(queue_.Next(&tag, &ok));
      Change& change = *static_cast<Change*>(tag);
      EXPECT_EQ(ReasonOf(change.status), "") << change.status.error_message();  // the gateway was killed
      change.done = change.status.ok();
      answered(static_cast<int>(answers) + 1);
    }
  }

  std::deque<Change> changes_;
};

TEST_F(ChangeCrashTest, EveryUpdateAndRemovalIsDoneUnderItsIdHoweverOftenTheGatewayIsKilled) {
  const uint64_t seed = NumberFrom("WEBEX_CRASH_SEED", std::random_device{}());
  const uint64_t rounds = NumberFrom("WEBEX_CRASH_ROUNDS", 6);
  std::printf("WEBEX_CRASH_SEED=%lu WEBEX_CRASH_ROUNDS=%lu\n", seed, rounds);
  std::mt19937_64 random(seed);
  AddOrders(static_cast<int>(rounds) * kOrdersARound);
  {
    const std::unique_ptr<Program> gateway = StartGateway();
    Send(OrdersWithout(/*unknown=*/false), [](int) {});
  }
  AddChanges();
  for (uint64_t round = 0; round < rounds; ++round) {
    const std::unique_ptr<Program> gateway = StartGateway();
    const int fatal = std::uniform_int_distribution<int>(1, kOrdersARound - 1)(random);
    SendOpen([&](int answers) {
      if (answers == fatal) gateway->End(SIGKILL);
    });
    sandbox_.Settle();
  }
  const std::unique_ptr<Program> gateway = StartGateway();
  SendOpen([](int) {});
  const std::string all = sandbox_.Get("workspaces");
  for (size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    EXPECT_TRUE(change.done) << change.request_id;
    const bool is_there = Sandbox::WorkspacesOf(orders_[i].request.user_id(), all) == 1;
    EXPECT_EQ(is_there, !change.extension.empty()) << change.request_id;
    const bool is_changed = absl::StrContains(all, absl::StrCat("\"extension\":\"", change.extension, "\""));
    EXPECT_EQ(is_changed, is_there) << change.request_id;
  }
}

}  // namespace
}  // namespace webex_gateway
