#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/on_loop.h"
#include "server/base/process.h"
#include "server/http/cpprest/client.h"
#include "server/webex/rest_binding.h"
#include "tests/bench/child_process.h"
#include "tests/bench/parts.h"
#include "tests/bench/statistics.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {
namespace {

// Requests as the gateway sends them, each for a user of its own.
class Requests {
 public:
  Requests() : example_(RestBinding::Of(*MethodOf(ExampleOrder()).rpc)->Bind(ExampleOrder())) {
    const std::string user = ExampleOrder().user_id();
    const size_t at = example_.body.find(user);
    before_user_ = example_.body.substr(0, at);
    after_user_ = example_.body.substr(at + user.size());
    example_.headers.push_back({"Authorization", "Bearer sandbox-token"});
    example_.headers.push_back({"TrackingID", "WXGW_11111111-2222-4333-8444-555555555555_1"});
    example_.headers.push_back({"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"});
  }

  HttpRequest Next() {
    HttpRequest request = example_;
    request.body = absl::StrCat(before_user_, ++users_, "@sp.com", after_user_);
    return request;
  }

 private:
  HttpRequest example_;
  std::string before_user_;
  std::string after_user_;
  int users_ = 0;
};

std::string EndingOfAnswer(const absl::StatusOr<HttpAnswer>& answer) {
  if (!answer.ok()) return std::string(NameOf(SendFailureOf(answer.status())));
  return answer->status == 200 ? "OK" : absl::StrCat("http_", answer->status);
}

// Not for the loop's thread, but for what is private.
class Sender {
 public:
  Sender(Loop& loop, Clock& clock, HttpClient& wire) : loop_(loop), clock_(clock), wire_(wire) {}

  // Keeps so many requests under way for so long, one each at least, and returns when the last has ended.
  Tally Run(int in_flight, absl::Duration duration) {
    tally_ = {};
    std::promise<void> ended;
    const Clock::Time begun = clock_.Now();
    OnLoopAndWait(loop_, [&] {
      under_way_ = in_flight;
      for (int i = 0; i < in_flight; ++i) Spawn(loop_, Send(Later(begun, duration), ended));
    });
    ended.get_future().wait();
    tally_.seconds = std::chrono::duration<double>(clock_.Now() - begun).count();
    return std::move(tally_);
  }

 private:
  // One after the other.
  Async<void> Send(Clock::Time until, std::promise<void>& ended) {
    do {
      const Clock::Time begun = clock_.Now();
      Call call{.request_id = "", .account = "", .deadline = Later(begun, absl::Minutes(1))};
      HttpRequest request = requests_.Next();
      const absl::StatusOr<HttpAnswer> answer = co_await wire_.Send(std::move(request), call);
      tally_.milliseconds.push_back(std::chrono::duration<double, std::milli>(clock_.Now() - begun).count());
      ++tally_.endings[EndingOfAnswer(answer)];
    } while (clock_.Now() < until);
    if (--under_way_ == 0) ended.set_value();
  }

  Loop& loop_;
  Clock& clock_;
  HttpClient& wire_;
  Requests requests_;
  Tally tally_;
  int under_way_ = 0;
};

}  // namespace

bool LoadWireAlone(const WireLoad& load) {
  Loop& loop = StartCpprestLoop();
  const std::unique_ptr<Clock> clock = CreateSystemClock(loop);
  const auto wire = CreateCpprestClient(*clock, {.base_url = absl::StrCat(load.url, "/v1")});
  if (!wire.ok()) {
    std::fprintf(stderr, "%s\n", std::string(wire.status().message()).c_str());
    return false;
  }
  Sender sender(loop, *clock, **wire);
  std::fprintf(stderr, "\"resident_kb\":%d\n", static_cast<int>(ResidentBytes() / 1000));
  Endings endings = sender.Run(1, absl::ZeroDuration()).endings;
  std::fputs("\"answered\":1\n", stderr);
  Add(sender.Run(load.in_flight, load.warm_up).endings, endings);
  const double cpu = CpuSecondsOf(getpid());
  const Tally tally = sender.Run(load.in_flight, load.duration);
  const double cpu_used = CpuSecondsOf(getpid()) - cpu;
  Add(tally.endings, endings);
  std::fputs(LineOf(FiguresOf(tally, cpu_used), endings).c_str(), stderr);
  return true;
}

}  // namespace webex_gateway
