#include "server/http/auth.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

class Auth : public HttpClient {
 public:
  Auth(HttpClient& wire, TokenSource& tokens, RefusesToken refuses) : wire_(wire), tokens_(tokens), refuses_(refuses) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    const absl::StatusOr<std::string> token = co_await tokens_.Token(call);
    if (!token.ok()) co_return token.status();
    request.headers.push_back({"Authorization", absl::StrCat("Bearer ", *token)});
    absl::StatusOr<HttpAnswer> answer = co_await wire_.Send(std::move(request), call);
    if (answer.ok() && refuses_(*answer)) answer->credentials_renewed = co_await tokens_.HasOtherThan(*token, call);
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
