#include "tests/sandbox/tokens.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/sandbox/json.h"

namespace webex_gateway::sandbox {
namespace {

// Webex's documented lifetimes: 14 days, and 90 days for a refresh token.
constexpr int64_t kUsualLifetimeSeconds = 14 * 24 * 3600;
constexpr int64_t kRefreshLifetimeSeconds = 90 * 24 * 3600;

std::string FormDecode(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) &&
        absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      out += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

Answer OAuthError(int status, absl::string_view error, absl::string_view description) {
  std::string body = "{";
  AppendJsonMember("error", error, body);
  AppendJsonMember("error_description", description, body);
  body.push_back('}');
  return JsonAnswer(status, std::move(body));
}

std::string GrantJson(const std::string& access_token, int64_t expires_in, const std::string& refresh_token) {
  std::string body = "{";
  AppendJsonMember("access_token", access_token, body);
  AppendJsonName("expires_in", body);
  absl::StrAppend(&body, expires_in);
  AppendJsonMember("refresh_token", refresh_token, body);
  AppendJsonName("refresh_token_expires_in", body);
  absl::StrAppend(&body, kRefreshLifetimeSeconds);
  AppendJsonMember("token_type", "Bearer", body);
  AppendJsonMember("scope", "spark-admin:places_write", body);
  body.push_back('}');
  return body;
}

}  // namespace

std::map<std::string, std::string> ParseForm(absl::string_view body) {
  std::map<std::string, std::string> form;
  for (absl::string_view field : absl::StrSplit(body, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(field, absl::MaxSplits('=', 1));
    form[FormDecode(parts.first)] = FormDecode(parts.second);
  }
  return form;
}

bool Tokens::Admits(absl::string_view authorization, const Settings& settings, absl::Time now) const {
  if (settings.token.empty()) return true;
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return false;
  const absl::string_view token = authorization.substr(kScheme.size());
  if (token == settings.token) return true;
  const std::lock_guard lock(mutex_);
  const auto found = expiry_by_token_.find(token);
  return found != expiry_by_token_.end() && now < found->second;
}

Answer Tokens::Refresh(const Request& request, const Settings& settings, Dice& dice, absl::Time now) {
  if (!absl::StartsWithIgnoreCase(request.content_type, "application/x-www-form-urlencoded")) {
    return OAuthError(415, "invalid_request", "The body must be application/x-www-form-urlencoded.");
  }
  std::map<std::string, std::string> form = ParseForm(request.body);
  if (form["grant_type"] != "refresh_token") {
    return OAuthError(400, "unsupported_grant_type", "Only the grant type refresh_token is known here.");
  }
  if (form["client_id"] != settings.client_id || form["client_secret"] != settings.client_secret) {
    return OAuthError(401, "invalid_client", "The client id or the client secret is wrong.");
  }
  const std::lock_guard lock(mutex_);
  if (form["refresh_token"] != refresh_token_) {
    return OAuthError(400, "invalid_grant", "The refresh token provided is expired, revoked, malformed, or invalid.");
  }
  const bool expires = settings.token_lifetime > absl::ZeroDuration();
  const std::string token = absl::StrCat("sandbox-access-", UuidText(dice.NextUuid()));
  expiry_by_token_[token] = expires ? now + settings.token_lifetime : absl::InfiniteFuture();
  if (settings.rotate_refresh_token) refresh_token_ = absl::StrCat("sandbox-refresh-", UuidText(dice.NextUuid()));
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(settings.token_lifetime, absl::Seconds(1)));
  return JsonAnswer(200, GrantJson(token, expires ? seconds : kUsualLifetimeSeconds, refresh_token_));
}

void Tokens::Revoke() {
  const std::lock_guard lock(mutex_);
  expiry_by_token_.clear();
}

void Tokens::Reset(const std::string& refresh_token) {
  const std::lock_guard lock(mutex_);
  expiry_by_token_.clear();
  refresh_token_ = refresh_token;
}

}  // namespace webex_gateway::sandbox
