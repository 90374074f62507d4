#include "server/http/telemetry.h"

#include <utility>

namespace webex_gateway {
namespace {

class Telemetry : public HttpClient {
 public:
  // `owned` is `next`, or null if that is shared.
  Telemetry(std::unique_ptr<HttpClient> owned, HttpClient& next, Clock& clock, SendObserver& observer,
            absl::string_view stage)
      : owned_(std::move(owned)), next_(next), clock_(clock), observer_(observer), stage_(stage) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    const std::string method = request.method;
    const Clock::Time begun = clock_.Now();
    absl::StatusOr<HttpAnswer> result = co_await next_.Send(std::move(request), call);
    observer_.OnSent({stage_, method, call, result, absl::FromChrono(clock_.Now() - begun), begun});
    co_return result;
  }

 private:
  const std::unique_ptr<HttpClient> owned_;
  HttpClient& next_;
  Clock& clock_;
  SendObserver& observer_;
  const absl::string_view stage_;
};

}  // namespace

std::unique_ptr<HttpClient> WithTelemetry(std::unique_ptr<HttpClient> next, Clock& clock, SendObserver& observer,
                                          absl::string_view stage) {
  HttpClient& borrowed = *next;
  return std::make_unique<Telemetry>(std::move(next), borrowed, clock, observer, stage);
}

std::unique_ptr<HttpClient> WithTelemetry(HttpClient& next, Clock& clock, SendObserver& observer,
                                          absl::string_view stage) {
  return std::make_unique<Telemetry>(nullptr, next, clock, observer, stage);
}

}  // namespace webex_gateway
