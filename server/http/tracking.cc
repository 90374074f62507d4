#include "server/http/tracking.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

class Tracking : public HttpClient {
 public:
  Tracking(std::unique_ptr<HttpClient> next, absl::BitGenRef random) : next_(std::move(next)), random_(random) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    ++call.attempts;
    request.headers.push_back({"TrackingID", absl::StrCat("WXGW_", call.request_id, "_", call.attempts)});
    if (!call.trace.trace_id.empty()) AddSpan(request, call);
    return next_->Send(std::move(request), call);
  }

 private:
  void AddSpan(HttpRequest& request, Call& call) {
    call.span_id = NewSpanId(random_);
    request.headers.push_back({kTraceParentHeader, TraceParentOf(call.trace, call.span_id)});
    if (!call.trace.state.empty()) request.headers.push_back({kTraceStateHeader, call.trace.state});
  }

  const std::unique_ptr<HttpClient> next_;
  absl::BitGenRef random_;
};

}  // namespace

std::unique_ptr<HttpClient> WithTracking(std::unique_ptr<HttpClient> next, absl::BitGenRef random) {
  return std::make_unique<Tracking>(std::move(next), random);
}

}  // namespace webex_gateway
