#include <utility>

#include "absl/strings/str_cat.h"
#include "server/http/stack.h"

namespace webex_gateway {
namespace {

class Auth : public HttpClient {
 public:
  Auth(HttpClient& wire, TokenSource& tokens, RefusesToken refuses) : wire_(wire), tokens_(tokens), refuses_(refuses) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    const absl::StatusOr<std::string> token = tokens_.Token();
    if (!token.ok()) co_return SendError(SendFailure::kNoToken, "its token cannot be read");
    request.headers.push_back({"Authorization", absl::StrCat("Bearer ", *token)});
    absl::StatusOr<HttpAnswer> answer = co_await wire_.Send(std::move(request), call);
    if (answer.ok() && refuses_(*answer)) answer->credentials_renewed = tokens_.HasOtherThan(*token);
    co_return answer;
  }

 private:
  HttpClient& wire_;
  TokenSource& tokens_;
  const RefusesToken refuses_;
};

}  // namespace

std::unique_ptr<HttpClient> WithAuth(HttpClient& wire, TokenSource& tokens, RefusesToken refuses) {
  return std::make_unique<Auth>(wire, tokens, refuses);
}

}  // namespace webex_gateway
