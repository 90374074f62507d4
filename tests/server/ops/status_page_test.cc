#include "server/ops/status_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace webex_gateway {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

const Facts kFacts{.version = "1.2.3",
                   .started = absl::FromUnixSeconds(1'700'000'000),
                   .ledger = "sqlite",
                   .admission = {.max_calls = 64, .max_queued = 1000}};

Struct StatusOf(const Snapshot& now, const std::vector<HistoryPoint>& history = {}) {
  Struct status;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(StatusJson(kFacts, now, history), &status).ok());
  return status;
}

// What stands at this path of names.
Value At(const Struct& status, const std::vector<std::string>& path) {
  Value value;
  *value.mutable_struct_value() = status;
  for (const std::string& name : path) {
    const Value next = value.struct_value().fields().at(name);
    value = next;
  }
  return value;
}
double NumberAt(const Struct& status, const std::vector<std::string>& path) { return At(status, path).number_value(); }

TEST(StatusJsonTest, ReportsItsState) {
  const Struct status = StatusOf({.now = absl::FromUnixMillis(1'700'000'100'250),
                                  .stack = {.admission = {.under_way = 3, .queued = 4},
                                            .pace = 2.5,
                                            .limit = BelievedLimit{.per_second = 3.5, .burst = 20, .measured = true},
                                            .paused = absl::Milliseconds(1500),
                                            .breaker = Breaker::State::kHalfOpen},
                                  .token = {.troubles = {"it is \"old\""}, .token_expires_in = -absl::Hours(1)},
                                  .readiness = {{"token", ""}, {"ledger", "the disk is full"}}});
  EXPECT_EQ(At(status, {"version"}).string_value(), "1.2.3");
  EXPECT_EQ(NumberAt(status, {"now"}), 1'700'000'100.25);
  EXPECT_EQ(NumberAt(status, {"started"}), 1'700'000'000);
  EXPECT_EQ(NumberAt(status, {"calls", "inFlight"}), 3);
  EXPECT_EQ(NumberAt(status, {"calls", "maxInFlight"}), 64);
  EXPECT_EQ(NumberAt(status, {"calls", "queued"}), 4);
  EXPECT_EQ(NumberAt(status, {"calls", "maxQueued"}), 1000);
  EXPECT_EQ(NumberAt(status, {"webex", "perSecond"}), 2.5);
  EXPECT_EQ(NumberAt(status, {"webex", "limit", "perSecond"}), 3.5);
  EXPECT_EQ(NumberAt(status, {"webex", "limit", "burst"}), 20);
  EXPECT_TRUE(At(status, {"webex", "limit", "measured"}).bool_value());
  EXPECT_EQ(NumberAt(status, {"webex", "pausedSeconds"}), 1.5);
  EXPECT_EQ(At(status, {"webex", "breaker"}).string_value(), "half_open");
  EXPECT_EQ(NumberAt(status, {"token", "accessSeconds"}), -3600);
  EXPECT_EQ(At(status, {"token", "troubles"}).list_value().values(0).string_value(), "it is \"old\"");
  const auto checks = At(status, {"checks"}).list_value();
  ASSERT_EQ(checks.values_size(), 2);
  EXPECT_EQ(At(checks.values(1).struct_value(), {"name"}).string_value(), "ledger");
  EXPECT_EQ(At(checks.values(1).struct_value(), {"trouble"}).string_value(), "the disk is full");
}

TEST(StatusJsonTest, SaysNullWhereThereIsNoLimitAndWhereALifetimeIsNotKnown) {
  const Struct status = StatusOf({.stack = {.pace = std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(At(status, {"webex", "perSecond"}).kind_case(), Value::kNullValue);
  EXPECT_EQ(At(status, {"webex", "limit"}).kind_case(), Value::kNullValue);
  EXPECT_EQ(At(status, {"token", "accessSeconds"}).kind_case(), Value::kNullValue);
  EXPECT_EQ(At(status, {"token", "refreshSeconds"}).kind_case(), Value::kNullValue);
}

TEST(StatusJsonTest, SaysSinceWhenWebexRefusesTheGateway) {
  EXPECT_EQ(At(StatusOf({}), {"webex", "refusal"}).kind_case(), Value::kNullValue);
  const Refusal refusal{.since = absl::FromUnixSeconds(1'700'000'100), .reason = "WEBEX_FORBIDDEN"};
  const Struct status = StatusOf({.refusal = refusal});
  EXPECT_EQ(NumberAt(status, {"webex", "refusal", "since"}), 1'700'000'100);
  EXPECT_EQ(At(status, {"webex", "refusal", "reason"}).string_value(), "WEBEX_FORBIDDEN");
}

TEST(StatusJsonTest, SaysHowLongWebexHasFailedAndWhyAndWhenItIsTriedNext) {
  EXPECT_EQ(At(StatusOf({}), {"webex", "outage"}).kind_case(), Value::kNullValue);
  const Struct status = StatusOf({.stack = {.outage = Outage{absl::Seconds(90), "HTTP status 500", absl::Seconds(4)}}});
  EXPECT_EQ(NumberAt(status, {"webex", "outage", "lastsSeconds"}), 90);
  EXPECT_EQ(At(status, {"webex", "outage", "why"}).string_value(), "HTTP status 500");
  EXPECT_EQ(NumberAt(status, {"webex", "outage", "nextProbeSeconds"}), 4);
}

TEST(StatusJsonTest, SaysThatWebexRefusesTheTokenAndWhatToDo) {
  EXPECT_EQ(At(StatusOf({}), {"token", "refused"}).kind_case(), Value::kNullValue);
  const Struct status =
      StatusOf({.token = {.refused = TokenRefusal{absl::FromUnixSeconds(1'700'000'000), 3, absl::Seconds(7)},
                          .remedy = TokenRemedy::kNewFile}});
  EXPECT_EQ(NumberAt(status, {"token", "refused", "since"}), 1'700'000'000);
  EXPECT_EQ(NumberAt(status, {"token", "refused", "nextTrySeconds"}), 7);
  EXPECT_EQ(At(status, {"token", "remedy"}).string_value(), "new_file");
}

TEST(StatusJsonTest, CountsWhyOrdersWereNotApplied) {
  const Struct status = StatusOf({.reasons = {{"not_applied", "WEBEX_NOT_FOUND", 97}}});
  const Struct first = At(status, {"reasons"}).list_value().values(0).struct_value();
  EXPECT_EQ(At(first, {"outcome"}).string_value(), "not_applied");
  EXPECT_EQ(At(first, {"reason"}).string_value(), "WEBEX_NOT_FOUND");
  EXPECT_EQ(NumberAt(first, {"orders"}), 97);
}

TEST(StatusJsonTest, NamesUnknownOperationsByTheirIdsAlone) {
  const Struct status =
      StatusOf({.ledger = {.in_flight = 1,
                           .succeeded = 2,
                           .failed = 3,
                           .unknown = 40,
                           .oldest_unknown = {{"an-id", absl::FromUnixSeconds(1'700'000'000), "WEBEX_TIMEOUT",
                                               "host/id", absl::FromUnixSeconds(1'700'000'030)}},
                           .unknown_groups = {{absl::FromUnixSeconds(1'699'999'200), "WEBEX_TIMEOUT", 40}}}});
  EXPECT_EQ(NumberAt(status, {"ledger", "inFlight"}), 1);
  EXPECT_EQ(NumberAt(status, {"ledger", "succeeded"}), 2);
  EXPECT_EQ(NumberAt(status, {"ledger", "failed"}), 3);
  EXPECT_EQ(NumberAt(status, {"ledger", "unknown"}), 40);
  const Struct oldest = At(status, {"ledger", "oldestUnknown"}).list_value().values(0).struct_value();
  const Struct group = At(status, {"ledger", "unknownGroups"}).list_value().values(0).struct_value();
  EXPECT_EQ(NumberAt(group, {"orderedSince"}), 1'699'999'200);
  EXPECT_EQ(At(group, {"reason"}).string_value(), "WEBEX_TIMEOUT");
  EXPECT_EQ(NumberAt(group, {"orders"}), 40);
  EXPECT_EQ(oldest.fields_size(), 5);
  EXPECT_EQ(At(oldest, {"gateway"}).string_value(), "host/id");
  EXPECT_EQ(NumberAt(oldest, {"sendsUntil"}), 1'700'000'030);
  EXPECT_EQ(At(oldest, {"requestId"}).string_value(), "an-id");
  EXPECT_EQ(NumberAt(oldest, {"since"}), 1'700'000'000);
  EXPECT_EQ(At(oldest, {"reason"}).string_value(), "WEBEX_TIMEOUT");
}

TEST(StatusJsonTest, HoldsTheHistoryAsAListForEachFigure) {
  const Struct status = StatusOf({}, {{.applied = 1, .p95 = absl::Milliseconds(250)}, {.applied = 2, .unknown = 3}});
  const auto list = [&](const char* name) { return At(status, {"history", name}).list_value(); };
  EXPECT_EQ(NumberAt(status, {"history", "stretchSeconds"}), 10);
  for (const char* name :
       {"applied", "notApplied", "unknown", "median", "p95", "longest", "commits", "failedCommits", "slowestCommit"}) {
    EXPECT_EQ(list(name).values_size(), 2) << name;
  }
  EXPECT_EQ(list("applied").values(1).number_value(), 2);
  EXPECT_EQ(list("unknown").values(1).number_value(), 3);
  EXPECT_EQ(list("p95").values(0).number_value(), 0.25);
}

TEST(StatusPageTest, LetsTheBrowserRunNothingButItsOwnScriptAndStyle) {
  const AdminAnswer page = StatusPage();
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  ASSERT_EQ(page.headers.size(), 1u);
  EXPECT_EQ(page.headers[0].first, "Content-Security-Policy");
  EXPECT_THAT(page.headers[0].second,
              testing::MatchesRegex("default-src 'none'; .*; connect-src 'self'; img-src data:; "
                                    "script-src 'sha256-[A-Za-z0-9+/]{43}='; style-src 'sha256-[A-Za-z0-9+/]{43}='"));
}

TEST(StatusPageTest, IsOneDocumentThatPutsNoTextIntoItsMarkup) {
  const std::string html = StatusPage().body;
  EXPECT_THAT(html, testing::StartsWith("<!doctype html>"));
  for (const char* word :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", " src="}) {
    EXPECT_THAT(html, testing::Not(testing::HasSubstr(word)));
  }
}

}  // namespace
}  // namespace webex_gateway
