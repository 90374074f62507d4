#include "server/ops/readiness.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/json.h"

namespace webex_gateway {
namespace {

std::string TokenTrouble(const TokenHealth& token) {
  if (token.usable) return "";
  return absl::StrCat("there is no usable token", token.troubles.empty() ? "" : ": ",
                      absl::StrJoin(token.troubles, "; "));
}

std::string LedgerTrouble(const std::string& trouble) {
  return trouble.empty() ? "" : absl::StrCat("no order can be put on record, so none is sent: ", trouble);
}

constexpr absl::Duration kRefusalHolds = absl::Minutes(1);

bool IsOld(const Refusal& refusal, absl::Time now) { return now - refusal.last >= kRefusalHolds; }

std::string WebexTrouble(const std::optional<Refusal>& refusal, absl::Time now) {
  if (!refusal || IsOld(*refusal, now)) return "";
  if (refusal->reason == "WEBEX_UNAUTHENTICATED") return "Webex refuses the gateway's token";
  return refusal->reason == "WEBEX_TLS_FAILED" ? refusal->detail : "";
}

std::string CheckJson(const Check& check) {
  if (check.ok()) return absl::StrCat("{\"name\": ", JsonText(check.name), ", \"ok\": true}");
  return absl::StrCat("{\"name\": ", JsonText(check.name), ", \"ok\": false, \"trouble\": ", JsonText(check.trouble),
                      "}");
}

}  // namespace

std::vector<Check> ReadinessOf(const Condition& condition) {
  const bool open = condition.breaker == Breaker::State::kOpen;
  return {
      {"token", TokenTrouble(condition.token)},
      {"ledger", LedgerTrouble(condition.ledger_trouble)},
      {"breaker", open ? "Webex has failed too often of late, so nothing is sent for a while" : ""},
      {"webex", WebexTrouble(condition.refusal, condition.now)},
      {"drain", condition.draining ? "a stop was asked for; orders under way may end" : ""},
  };
}

bool IsTrying(const Condition& condition) {
  return condition.breaker == Breaker::State::kHalfOpen ||
         (condition.refusal && IsOld(*condition.refusal, condition.now));
}

bool IsReady(const std::vector<Check>& checks) {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok(); });
}

Readings ReadingsOf(const std::vector<Check>& checks) {
  Reading reading{Reading::Type::kGauge, "webex_gateway_ready", "1 where this check of readiness passes", {}};
  for (const Check& check : checks) reading.samples.push_back({check.ok() ? 1.0 : 0.0, {{"check", check.name}}});
  return {reading};
}

std::string ReadinessJson(const std::vector<Check>& checks) {
  const auto append = [](std::string* json, const Check& check) { json->append(CheckJson(check)); };
  return absl::StrCat("{\"ready\": ", IsReady(checks) ? "true" : "false", ", \"checks\": [",
                      absl::StrJoin(checks, ", ", append), "]}\n");
}

}  // namespace webex_gateway
