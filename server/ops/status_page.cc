#include "server/ops/status_page.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "server/base/json.h"
#include "server/base/sha256.h"
#include "server/ops/page_html.h"

namespace webex_gateway {
namespace {

// A value that is JSON already, under its name.
std::string Member(absl::string_view name, absl::string_view json) { return absl::StrCat(JsonText(name), ": ", json); }
std::string Member(absl::string_view name, double number) { return Member(name, JsonNumber(number)); }

std::string Object(const std::vector<std::string>& members) {
  return absl::StrCat("{", absl::StrJoin(members, ", "), "}");
}

template <typename Elements, typename ToJson>
std::string Array(const Elements& elements, ToJson to_json) {
  return absl::StrCat(
      "[", absl::StrJoin(elements, ", ", [&](std::string* out, const auto& element) { out->append(to_json(element)); }),
      "]");
}

std::string Boolean(bool value) { return value ? "true" : "false"; }

double Unix(absl::Time time) { return static_cast<double>(absl::ToUnixMillis(time)) / 1000; }

std::string Seconds(const std::optional<absl::Duration>& duration) {
  return duration ? JsonNumber(absl::ToDoubleSeconds(*duration)) : "null";
}

std::string ChecksJson(const std::vector<Check>& checks) {
  return Array(checks, [](const Check& check) {
    return Object({Member("name", JsonText(check.name)), Member("trouble", JsonText(check.trouble)),
                   Member("trying", Boolean(check.trying))});
  });
}

std::string CallsJson(const Facts& facts, const Snapshot& now) {
  return Object({Member("inFlight", now.stack.admission.under_way), Member("maxInFlight", facts.admission.max_calls),
                 Member("queued", now.stack.admission.queued), Member("maxQueued", facts.admission.max_queued)});
}

std::string RefusalJson(const std::optional<Refusal>& refusal) {
  if (!refusal) return "null";
  return Object({Member("since", Unix(refusal->since)), Member("reason", JsonText(refusal->reason))});
}

std::string LimitJson(const std::optional<BelievedLimit>& limit) {
  if (!limit) return "null";
  return Object({Member("perSecond", limit->per_second), Member("burst", limit->burst),
                 Member("measured", Boolean(limit->measured))});
}

std::string OutageJson(const std::optional<Outage>& outage) {
  if (!outage) return "null";
  return Object({Member("lastsSeconds", Seconds(outage->lasts)), Member("why", JsonText(outage->why)),
                 Member("nextProbeSeconds", Seconds(outage->next_probe))});
}

std::string WebexJson(const StackStatus& stack, const std::optional<Refusal>& refusal) {
  return Object({Member("perSecond", stack.pace), Member("pausedSeconds", Seconds(stack.paused)),
                 Member("limit", LimitJson(stack.limit)), Member("breaker", JsonText(NameOf(stack.breaker))),
                 Member("outage", OutageJson(stack.outage)), Member("refusal", RefusalJson(refusal))});
}

std::string TokenRefusalJson(const std::optional<TokenRefusal>& refused) {
  if (!refused) return "null";
  return Object({Member("since", Unix(refused->since)), Member("nextTrySeconds", Seconds(refused->next_try))});
}

std::string TokenJson(const TokenHealth& token) {
  return Object({Member("accessSeconds", Seconds(token.token_expires_in)),
                 Member("refreshSeconds", Seconds(token.refresh_token_expires_in)),
                 Member("troubles", Array(token.troubles, JsonText)),
                 Member("refused", TokenRefusalJson(token.refused)), Member("remedy", JsonText(NameOf(token.remedy)))});
}

std::string LedgerJson(const Facts& facts, const LedgerCounts& counts) {
  const auto unknown = [](const UnknownOperation& operation) {
    return Object({Member("requestId", JsonText(operation.request_id)), Member("since", Unix(operation.since)),
                   Member("gateway", JsonText(operation.gateway)), Member("sendsUntil", Unix(operation.sends_until)),
                   Member("reason", JsonText(operation.error_reason))});
  };
  const auto group = [](const UnknownGroup& unknown_group) {
    return Object({Member("orderedSince", Unix(unknown_group.ordered_since)),
                   Member("reason", JsonText(unknown_group.error_reason)),
                   Member("orders", static_cast<double>(unknown_group.orders))});
  };
  return Object({Member("kind", JsonText(facts.ledger)), Member("inFlight", static_cast<double>(counts.in_flight)),
                 Member("succeeded", static_cast<double>(counts.succeeded)),
                 Member("failed", static_cast<double>(counts.failed)),
                 Member("unknown", static_cast<double>(counts.unknown)),
                 Member("oldestUnknown", Array(counts.oldest_unknown, unknown)),
                 Member("unknownGroups", Array(counts.unknown_groups, group))});
}

std::string NoneAppliedJson(const std::optional<NoneApplied>& none) {
  if (!none) return "null";
  return Object({Member("orders", static_cast<double>(none->orders)), Member("since", Unix(none->since)),
                 Member("reason", JsonText(none->reason))});
}

std::string DrainJson(const std::optional<DrainLeft>& drain) {
  if (!drain) return "null";
  return Object(
      {Member("takesOrdersSeconds", Seconds(drain->takes_orders)), Member("endsSeconds", Seconds(drain->ends))});
}

std::string ReasonsJson(const std::vector<ReasonCount>& reasons) {
  return Array(reasons, [](const ReasonCount& count) {
    return Object({Member("outcome", JsonText(count.outcome)), Member("reason", JsonText(count.reason)),
                   Member("orders", static_cast<double>(count.orders))});
  });
}

// One list per figure, which is half the size of a list of objects.
std::string HistoryJson(const std::vector<HistoryPoint>& points) {
  const auto counts = [&](int64_t HistoryPoint::* figure) {
    return Array(points, [&](const HistoryPoint& point) { return absl::StrCat(point.*figure); });
  };
  const auto seconds = [&](absl::Duration HistoryPoint::* figure) {
    return Array(points, [&](const HistoryPoint& point) { return Seconds(point.*figure); });
  };
  return Object(
      {Member("stretchSeconds", Seconds(History::kStretch)), Member("applied", counts(&HistoryPoint::applied)),
       Member("notApplied", counts(&HistoryPoint::not_applied)), Member("unknown", counts(&HistoryPoint::unknown)),
       Member("median", seconds(&HistoryPoint::median)), Member("p95", seconds(&HistoryPoint::p95)),
       Member("longest", seconds(&HistoryPoint::longest)), Member("commits", counts(&HistoryPoint::commits)),
       Member("failedCommits", counts(&HistoryPoint::failed_commits)),
       Member("slowestCommit", seconds(&HistoryPoint::slowest_commit))});
}

// The hash of the only element of that name, by which Content-Security-Policy allows it.
std::string HashOf(absl::string_view html, absl::string_view element) {
  const std::string opening = absl::StrCat("<", element, ">");
  const size_t begin = html.find(opening) + opening.size();
  const absl::string_view text = html.substr(begin, html.find(absl::StrCat("</", element, ">")) - begin);
  return absl::StrCat("'sha256-", absl::Base64Escape(Sha256(text)), "'");
}

}  // namespace

AdminAnswer StatusPage() {
  const std::string policy = absl::StrCat(
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'; "
      "img-src data:; script-src ",
      HashOf(kPageHtml, "script"), "; style-src ", HashOf(kPageHtml, "style"));
  return {.content_type = "text/html; charset=utf-8",
          .headers = {{"Content-Security-Policy", policy}},
          .body = std::string(kPageHtml)};
}

std::string StatusJson(const Facts& facts, const Snapshot& now, const std::vector<HistoryPoint>& history) {
  return absl::StrCat(
      Object({Member("version", JsonText(facts.version)), Member("webexctl", JsonText(facts.webexctl)),
              Member("now", Unix(now.now)), Member("started", Unix(facts.started)),
              Member("checks", ChecksJson(now.readiness)), Member("calls", CallsJson(facts, now)),
              Member("webex", WebexJson(now.stack, now.refusal)), Member("token", TokenJson(now.token)),
              Member("ledger", LedgerJson(facts, now.ledger)), Member("noneApplied", NoneAppliedJson(now.none_applied)),
              Member("drain", DrainJson(now.drain)), Member("reasons", ReasonsJson(now.reasons)),
              Member("history", HistoryJson(history))}),
      "\n");
}

}  // namespace webex_gateway
