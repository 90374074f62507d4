#include "server/http/auth.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

// A limiter, or a server that fails, need not have checked the token.
bool ShowsThatItIsTaken(int status) { return status < 500 && status != 429; }

class Auth : public HttpClient {
 public:
  Auth(HttpClient& wire, TokenSource& tokens, TokenGuard& guard, RefusesToken refuses)
      : wire_(wire), tokens_(tokens), guard_(guard), refuses_(refuses) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    const absl::StatusOr<std::string> token = co_await tokens_.Token(call);
    if (!token.ok()) co_return token.status();
    request.headers.push_back({"Authorization", absl::StrCat("Bearer ", *token)});
    absl::StatusOr<HttpAnswer> answer = co_await wire_.Send(std::move(request), call);
    if (!answer.ok()) co_return answer;
    if (refuses_(*answer)) {
      answer->credentials_renewed = co_await tokens_.HasOtherThan(*token, call);
      guard_.OnRefused(*token);  // only now: while another is fetched nobody need be held back
    } else if (ShowsThatItIsTaken(answer->status)) {
      guard_.OnTaken(*token);
    }
    co_return answer;
  }

 private:
  HttpClient& wire_;
  TokenSource& tokens_;
  TokenGuard& guard_;
  const RefusesToken refuses_;
};

}  // namespace

std::unique_ptr<HttpClient> WithAuth(HttpClient& wire, TokenSource& tokens, TokenGuard& guard, RefusesToken refuses) {
  return std::make_unique<Auth>(wire, tokens, guard, refuses);
}

}  // namespace webex_gateway
