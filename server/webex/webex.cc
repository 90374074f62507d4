#include "server/webex/webex.h"

#include <map>
#include <utility>

#include "server/webex/errors.h"
#include "server/webex/rest_binding.h"

namespace webex_gateway {
namespace {

using google::protobuf::Message;
using Bindings = std::map<const Method*, RestBinding>;

class OverHttp : public Webex {
 public:
  OverHttp(HttpClient& http, Clock& clock, Bindings bindings)
      : http_(http), clock_(clock), bindings_(std::move(bindings)) {}

  Async<absl::StatusOr<WebexResult>> Send(const Method& method, const Message& request, Call& call) override {
    const RestBinding& binding = bindings_.at(&method);
    call.route = binding.route();
    const absl::StatusOr<HttpAnswer> answer = co_await http_.Send(binding.Bind(request), call);
    if (!answer.ok()) co_return ErrorOfSend(answer.status(), call);
    const bool success = answer->status >= 200 && answer->status < 300;
    const bool is_gone = answer->status == 404 || answer->status == 410;
    if (success || (method.removes && is_gone && call.maybe_acted)) co_return method.read(request, *answer, call);
    co_return ErrorOfAnswer(*answer, binding.method(), call, clock_.WallNow());
  }

 private:
  HttpClient& http_;
  Clock& clock_;
  const Bindings bindings_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Webex>> CreateWebex(HttpClient& http, Clock& clock) {
  Bindings bindings;
  for (const Method& method : Methods()) {
    absl::StatusOr<RestBinding> binding = RestBinding::Of(*method.rpc);
    if (!binding.ok()) return binding.status();
    bindings.emplace(&method, *std::move(binding));
  }
  return std::make_unique<OverHttp>(http, clock, std::move(bindings));
}

}  // namespace webex_gateway
