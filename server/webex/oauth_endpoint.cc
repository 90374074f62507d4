#include "server/webex/oauth_endpoint.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "server/http/retry_after.h"
#include "server/webex/access_token.h"
#include "server/webex/errors.h"
#include "server/webex/parse_json.h"

namespace webex_gateway {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr double kMaxSeconds = 10.0 * 365 * 24 * 3600;

std::string EncodeText(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("*-._", absl::string_view(&c, 1))) {
      out.push_back(c);
    } else if (c == ' ') {
      out.push_back('+');
    } else {
      absl::StrAppend(&out, "%",
                      absl::AsciiStrToUpper(absl::StrCat(absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2))));
    }
  }
  return out;
}

const Value& MemberOf(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? Value::default_instance() : found->second;
}

// A positive number of seconds, also as text; nothing if it is neither.
std::optional<absl::Duration> SecondsOf(const Value& value) {
  double seconds = value.number_value();
  if (value.kind_case() == Value::kStringValue && !absl::SimpleAtod(value.string_value(), &seconds))
    return std::nullopt;
  if (!(seconds > 0)) return std::nullopt;
  return absl::Seconds(std::min(seconds, kMaxSeconds));
}

// The answer's error code if it is one of OAuth's (RFC 6749, 5.2); otherwise empty.
std::string KnownErrorIn(const Struct& object) {
  const std::string& error = MemberOf(object, "error").string_value();
  for (const absl::string_view known : {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
                                        "unsupported_grant_type", "invalid_scope"}) {
    if (error == known) return error;
  }
  return "";
}

TokenRemedy RemedyOf(int status, absl::string_view error) {
  if (error == "invalid_client" || error == "unauthorized_client") return TokenRemedy::kClientCredentials;
  return status == 400 || status == 401 ? TokenRemedy::kAuthorize : TokenRemedy::kWait;
}

absl::string_view MeaningOf(TokenRemedy remedy) {
  switch (remedy) {
    case TokenRemedy::kClientCredentials:
      return "Webex refuses the OAuth client id or client secret: put the integration's own into their files";
    case TokenRemedy::kAuthorize:
      return "Webex refuses the refresh token: a person must authorise the gateway again";
    default:
      return "Webex's token endpoint returns no token";
  }
}

RefreshFailure FailureOf(const HttpAnswer& answer, absl::Time now) {
  const std::string error = KnownErrorIn(ParseObject(answer.body));
  RefreshFailure failure{.refused = answer.status == 400 || answer.status == 401,
                         .remedy = RemedyOf(answer.status, error)};
  failure.what = absl::StrCat(MeaningOf(failure.remedy), " (HTTP status ", answer.status);
  if (!error.empty()) absl::StrAppend(&failure.what, ", ", error);
  if (const std::string id = TrackingIdOf(answer); !id.empty()) absl::StrAppend(&failure.what, ", tracking id ", id);
  failure.what.push_back(')');
  const std::optional<absl::string_view> header = FindHeader(answer.headers, "Retry-After");
  if (header) failure.retry_after = ParseRetryAfter(*header, now).value_or(absl::ZeroDuration());
  return failure;
}

}  // namespace

std::string FormEncode(const std::vector<std::pair<absl::string_view, absl::string_view>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&out, out.empty() ? "" : "&", EncodeText(name), "=", EncodeText(value));
  }
  return out;
}

HttpRequest RefreshRequest(const OAuthCredentials& credentials) {
  return {.method = "POST",
          .target = "/access_token",
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
          .body = FormEncode({{"grant_type", "refresh_token"},
                              {"client_id", credentials.client_id},
                              {"client_secret", credentials.client_secret},
                              {"refresh_token", credentials.refresh_token}})};
}

std::variant<OAuthGrant, RefreshFailure> ReadRefreshAnswer(const absl::StatusOr<HttpAnswer>& result, absl::Time now) {
  if (!result.ok()) {
    return RefreshFailure{.what = absl::StrCat("Webex's token endpoint does not answer: ", result.status().message())};
  }
  if (result->status < 200 || result->status >= 300) return FailureOf(*result, now);
  const Struct object = ParseObject(result->body);
  absl::StatusOr<std::string> token = CheckedToken(MemberOf(object, "access_token").string_value());
  if (!token.ok()) {
    return RefreshFailure{.what = "the answer of Webex's token endpoint contains no readable access token"};
  }
  return OAuthGrant{.access_token = *std::move(token),
                    .expires_in = SecondsOf(MemberOf(object, "expires_in")),
                    .refresh_token = MemberOf(object, "refresh_token").string_value(),
                    .refresh_token_expires_in = SecondsOf(MemberOf(object, "refresh_token_expires_in"))};
}

}  // namespace webex_gateway
