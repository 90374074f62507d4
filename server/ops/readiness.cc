#include "server/ops/readiness.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/json.h"

namespace webex_gateway {
namespace {

std::string TokenTrouble(const TokenHealth& token) {
  if (token.usable && token.refused) {
    const absl::Time since = token.refused->since;
    return absl::StrCat("Webex refuses the gateway's token since ",
                        absl::FormatTime("%H:%M:%S UTC", since, absl::UTCTimeZone()));
  }
  if (token.usable) return "";
  return absl::StrCat("there is no usable token", token.troubles.empty() ? "" : ": ",
                      absl::StrJoin(token.troubles, "; "));
}

std::string LedgerTrouble(const std::string& trouble) {
  return trouble.empty() ? "" : absl::StrCat("orders cannot be recorded, so none is sent: ", trouble);
}

constexpr absl::Duration kRefusalHolds = absl::Minutes(1);

bool IsOld(const Refusal& refusal, absl::Time now) { return now - refusal.last >= kRefusalHolds; }

Check WebexCheck(const std::optional<Refusal>& refusal, absl::Time now) {
  if (!refusal || refusal->reason != "WEBEX_TLS_FAILED") return {"webex", ""};
  return {"webex", refusal->detail, IsOld(*refusal, now)};
}

Check TokenCheck(const TokenHealth& token) {
  const bool may_try = token.usable && token.refused && token.refused->next_try <= absl::ZeroDuration();
  return {"token", TokenTrouble(token), may_try};
}

Check BreakerCheck(Breaker::State breaker) {
  switch (breaker) {
    case Breaker::State::kClosed:
      break;
    case Breaker::State::kOpen:
      return {"breaker", "Webex has failed too often recently, so nothing is sent for a while"};
    case Breaker::State::kHalfOpen:
      return {"breaker", "Webex has failed too often recently; one order checks whether it is back", true};
  }
  return {"breaker", ""};
}

std::string CheckJson(const Check& check) {
  if (check.ok()) return absl::StrCat("{\"name\": ", JsonText(check.name), ", \"ok\": true}");
  return absl::StrCat("{\"name\": ", JsonText(check.name), ", \"ok\": false, \"trouble\": ", JsonText(check.trouble),
                      "}");
}

}  // namespace

std::vector<Check> ReadinessOf(const Condition& condition) {
  return {
      TokenCheck(condition.token),
      {"ledger", LedgerTrouble(condition.ledger_trouble)},
      BreakerCheck(condition.breaker),
      WebexCheck(condition.refusal, condition.now),
      {"drain", condition.draining ? "a stop was requested; orders under way may finish" : ""},
  };
}

bool TakesOrders(const std::vector<Check>& checks) {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok() || check.trying; });
}

bool IsReady(const std::vector<Check>& checks) {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok(); });
}

Readings ReadingsOf(const std::vector<Check>& checks) {
  Reading reading{Reading::Type::kGauge, "webex_gateway_ready", "1 if this readiness check passes", {}};
  for (const Check& check : checks) reading.samples.push_back({check.ok() ? 1.0 : 0.0, {{"check", check.name}}});
  return {reading};
}

std::string ReadinessJson(const std::vector<Check>& checks, const std::vector<std::string>& warnings) {
  const auto append = [](std::string* json, const Check& check) { json->append(CheckJson(check)); };
  const auto append_text = [](std::string* json, const std::string& text) { json->append(JsonText(text)); };
  const bool trying = TakesOrders(checks) && !IsReady(checks);
  return absl::StrCat(
      "{\"ready\": ", IsReady(checks) ? "true" : "false", trying ? ", \"trying\": true" : "", ", \"checks\": [",
      absl::StrJoin(checks, ", ", append), "]",
      warnings.empty() ? "" : absl::StrCat(", \"warnings\": [", absl::StrJoin(warnings, ", ", append_text), "]"),
      "}\n");
}

}  // namespace webex_gateway
