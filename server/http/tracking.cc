#include <utility>

#include "absl/strings/str_cat.h"
#include "server/http/stack.h"

namespace webex_gateway {
namespace {

class Tracking : public HttpClient {
 public:
  explicit Tracking(std::unique_ptr<HttpClient> next) : next_(std::move(next)) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    ++call.attempts;
    request.headers.push_back({"TrackingID", absl::StrCat("WXGW_", call.request_id, "_", call.attempts)});
    return next_->Send(std::move(request), call);
  }

 private:
  const std::unique_ptr<HttpClient> next_;
};

}  // namespace

std::unique_ptr<HttpClient> WithTracking(std::unique_ptr<HttpClient> next) {
  return std::make_unique<Tracking>(std::move(next));
}

}  // namespace webex_gateway
