// A wire to a ScriptedServer, and a clock that stands still, for tests that drive the loop from outside.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/on_loop.h"
#include "server/http/cpprest/client.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/scripted_server.h"

namespace webex_gateway {

// The process's loop, started at the first call.
inline Loop& TheLoop() {
  static Loop& loop = StartCpprestLoop();
  return loop;
}

// When the program is about to end, and all its test servers are gone, the library still finishes the abandoned
// requests, one task at a time.
class LoopSettles : public testing::Environment {
  void TearDown() override {
    for (int i = 0; i < 20; ++i) OnLoopAndWait(TheLoop(), [] {});
  }
};
inline const testing::Environment* const kLoopSettles = testing::AddGlobalTestEnvironment(new LoopSettles);

// A wire to `server`, and a clock that stands still.
class WireUnderTest {
 public:
  explicit WireUnderTest(const ScriptedServer& server, const std::string& scheme = "http",
                         const std::string& host = "127.0.0.1")
      : WireUnderTest(absl::StrCat(scheme, "://", host, ":", server.port()), server.certificate_file()) {}

  WireUnderTest(const std::string& url, const std::string& ca_file)
      : WireUnderTest(WireOptions{.base_url = url, .max_answer_bytes = 1000, .ca_file = ca_file}) {}

  explicit WireUnderTest(WireOptions options) {
    auto made = CreateCpprestClient(*clock_, std::move(options));
    EXPECT_TRUE(made.ok()) << made.status();
    wire_ = *std::move(made);
  }

  // The wire and its members belong to the loop.
  ~WireUnderTest() {
    OnLoop([this] {
      wire_.reset();
      clock_.reset();
    });
  }

  template <typename Step>
  void OnLoop(Step step) {
    OnLoopAndWait(TheLoop(), std::move(step));
  }

  void Begin(HttpRequest request) {
    call_ = std::make_unique<Call>();
    call_->request_id = "r";
    call_->stop = stop_.get_token();
    call_->lease = lease_;
    result_ = {};
    OnLoop([&] {
      call_->deadline = Later(clock_->Now(), deadline_);
      Spawn(TheLoop(), Run(std::move(request)));
    });
  }

  absl::StatusOr<HttpAnswer> End() { return result_.get_future().get(); }

  absl::StatusOr<HttpAnswer> Post() {
    Begin(Order());
    return End();
  }

  static HttpRequest Order() {
    return {
        .method = "POST", .target = "/orders", .headers = {{"Content-Type", "application/json"}}, .body = "{\"a\":1}"};
  }

  // A request without a body.
  static HttpRequest Removal() { return {.method = "DELETE", .target = "/orders/1", .repeatable = true}; }

  Async<void> Run(HttpRequest request) { result_.set_value(co_await wire_->Send(std::move(request), *call_)); }

  WireCounts Counts() {
    WireCounts counts;
    OnLoop([&] { counts = wire_->counts(); });
    return counts;
  }

  // Returns once the server may have the order that was begun.
  void AwaitLeft() {
    for (bool left = false; !left;) OnLoop([&] { left = call_->in_flight; });
  }

  void Elapse(absl::Duration by) {
    OnLoop([&] { clock_->Elapse(by); });
  }

  // Sends concurrent orders, in addition to the one that was begun; returns the bodies of their answers.
  std::vector<std::string> PostBeside(size_t orders) {
    std::vector<std::promise<std::string>> results(orders);
    std::vector<Call> calls(orders);
    OnLoop([&] {
      for (size_t i = 0; i < orders; ++i) {
        calls[i].deadline = Later(clock_->Now(), absl::Minutes(1));
        Spawn(TheLoop(), PostInto(calls[i], results[i]));
      }
    });
    std::vector<std::string> bodies;
    for (auto& result : results) bodies.push_back(result.get_future().get());
    return bodies;
  }

  Async<void> PostInto(Call& call, std::promise<std::string>& body) {
    const absl::StatusOr<HttpAnswer> answer = co_await wire_->Send(Order(), call);
    body.set_value(answer.ok() ? answer->body : std::string(answer.status().message()));
  }

  std::unique_ptr<FakeClock> clock_ = std::make_unique<FakeClock>(TheLoop());
  std::unique_ptr<WireClient> wire_;
  std::unique_ptr<Call> call_;
  std::stop_source stop_;
  std::shared_ptr<const Lease> lease_;
  absl::Duration deadline_ = absl::Minutes(1);
  std::promise<absl::StatusOr<HttpAnswer>> result_;
};

}  // namespace webex_gateway
