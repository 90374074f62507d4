#include "tests/e2e/promise/caller.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/uuid.h"
#include "webex_gateway/call_error.h"

namespace webex_gateway::promise {
namespace {

using webex::broadworks::v1::ListOperationsRequest;
using webex::broadworks::v1::Operation;
using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::ResolveOperationRequest;
using webex::broadworks::v1::Workspace;
using webex::broadworks::v1::WorkspaceService;

constexpr char kEnterprise[] = "Reseller1+acme";
constexpr absl::Duration kPatience = absl::Minutes(4);  // with one order
constexpr absl::Duration kLongestWait = absl::Seconds(3);
constexpr absl::Duration kAskTimeout = absl::Seconds(5);  // for what is no order

ProvisionWorkspaceRequest OrderOf(const std::string& user_id, const std::string& request_id) {
  ProvisionWorkspaceRequest request;
  request.set_provisioning_id("template");
  request.set_user_id(user_id);
  request.set_sp_enterprise_id(kEnterprise);
  request.set_display_name("Room");
  request.set_request_id(request_id);
  return request;
}

Word WordOf(const client::CallError& error) {
  const absl::string_view outcome = client::OutcomeName(error.outcome);
  if (outcome == "not_applied") return Word::kNotApplied;
  return outcome == "unchanged" ? Word::kUnchanged : Word::kUnknown;
}

absl::Time SendsUntil(const Operation& operation) {
  const google::protobuf::Timestamp& time = operation.sends_until();
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

// "host/id": each gateway has a host of its own here.
std::string HostOf(const Operation& operation) { return operation.gateway().substr(0, operation.gateway().find('/')); }

absl::Duration DrawDeadline(Random& random) {
  const int longest = std::vector<int>{1'000, 4'000, 10'000}[Draw(random, 2)];
  return absl::Milliseconds(300 + Draw(random, longest - 300));
}

}  // namespace

std::string Caller::Obtain(const std::string& user_id, const std::optional<FirstCall>& first) {
  const bool without_id = !first && OneIn(random_, 20);
  Request request = OrderOf(user_id, without_id ? "" : NewUuid(random_));
  const absl::Time until = absl::Now() + kPatience;
  for (bool begun = false; absl::Now() < until; begun = true) {
    Told told = first && !begun ? OrderFirst(request, *first) : OrderSomehow(request);
    if (told.word == Word::kUnknown && request.request_id().empty()) {
      request.set_request_id(told.request_id.empty() ? FindIdOf(user_id) : told.request_id);
      // Whoever has no id to ask for, and finds nothing on record, may not order anew.
      if (request.request_id().empty()) return "";
    }
    if (told.word == Word::kUnknown) told = Settled(request, std::move(told));
    if (told.word == Word::kOk) return request.request_id().empty() ? told.request_id : request.request_id();
    if (told.word == Word::kNotApplied && !told.earlier_request_id.empty()) {
      Settle(told.earlier_request_id, user_id);
    } else if (told.word == Word::kNotApplied && !left_open_.joinable() && OneIn(random_, 2)) {
      request.set_request_id(NewUuid(random_));
    }
    absl::SleepFor(std::min(told.wait, kLongestWait));
  }
  checker_.Complain(Rule::kUnresolved, request.request_id(), user_id);
  return "";
}

bool Caller::IsStillThere(const std::string& user_id, const std::string& request_id) {
  const Request request = OrderOf(user_id, request_id);
  const absl::Time until = absl::Now() + kPatience;
  while (absl::Now() < until) {
    const Told told = Order(request, *gateways_.Any(random_), absl::Seconds(10));
    if (told.word == Word::kOk) return true;
    if (told.word == Word::kNotApplied || told.by_the_record) return false;
    absl::SleepFor(absl::Milliseconds(100));
  }
  return false;
}

Caller::Told Caller::OrderSomehow(const Request& request) {
  const absl::Duration deadline = DrawDeadline(random_);
  if (request.request_id().empty()) return OrderWithoutId(request, *gateways_.Any(random_), deadline);
  if (OneIn(random_, 20)) return OrderAtTwo(request, deadline);
  return Order(request, *gateways_.Any(random_), deadline);
}

Caller::Told Caller::Order(const Request& request, const Entrance& at, absl::Duration deadline) {
  const auto call = checker_.Begin(Checker::Kind::kOrder, request.request_id(), request.user_id(), at.name);
  const auto result = at.client.Provision(request, {.timeout = deadline});
  Told told;
  if (result.ok()) {
    told.word = Word::kOk;
    told.workspace_id = result.value().workspace.id();
    told.request_id = result.value().metadata.request_id;
  } else {
    const client::CallError& error = result.error();
    told.word = WordOf(error);
    told.reason = error.reason;
    told.request_id = error.metadata.request_id;
    told.by_the_record = error.reason == "OUTCOME_UNKNOWN";
    told.earlier_request_id = error.earlier_request_id == request.request_id() ? "" : error.earlier_request_id;
    if (error.retry_delay) told.wait = std::max(told.wait, *error.retry_delay);
  }
  checker_.End(call, told);
  return told;
}

Caller::Told Caller::OrderWithoutId(const Request& request, const Entrance& at, absl::Duration deadline) {
  const auto call = checker_.Begin(Checker::Kind::kOrder, "", request.user_id(), at.name);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  Workspace workspace;
  const grpc::Status status = WorkspaceService::NewStub(at.channel)->ProvisionWorkspace(&context, request, &workspace);
  Told told;
  const auto& trailers = context.GetServerTrailingMetadata();
  if (const auto id = trailers.find("x-request-id"); id != trailers.end()) {
    told.request_id.assign(id->second.data(), id->second.size());
  }
  if (status.ok()) {
    told.word = Word::kOk;
    told.workspace_id = workspace.id();
  } else {
    const client::CallError error = client::ReadCallError(status, {});
    told.word = WordOf(error);
    told.reason = error.reason;
    told.earlier_request_id = error.earlier_request_id;
    if (error.retry_delay) told.wait = std::max(told.wait, *error.retry_delay);
  }
  checker_.End(call, told);
  return told;
}

Caller::Told Caller::OrderAtTwo(const Request& request, absl::Duration deadline) {
  const auto one = gateways_.Any(random_);
  const auto other = gateways_.Any(random_);
  auto second =
      std::async(std::launch::async, [&] { return Caller(checker_, gateways_, 0).Order(request, *other, deadline); });
  Told told = Order(request, *one, deadline);
  Told also = second.get();
  // What is known from both: that it exists, or that it may, or what one of them knows of the record.
  for (const Word word : {Word::kOk, Word::kUnknown, Word::kNotApplied}) {
    if (told.word == word) return told;
    if (also.word == word) return also;
  }
  return told;
}

Caller::Told Caller::OrderFirst(const Request& request, const FirstCall& first) {
  if (!first.stays_open) return Order(request, *first.at, kDefaultDeadline);
  std::packaged_task<Told()> task([this, request, first] {
    return Caller(checker_, gateways_, 0).Order(request, *first.at, absl::InfiniteDuration());
  });
  std::future<Told> told = task.get_future();
  left_open_ = std::jthread(std::move(task));
  const absl::Duration patience = kDefaultDeadline + absl::Seconds(1);
  if (told.wait_for(absl::ToChronoMilliseconds(patience)) == std::future_status::ready) return told.get();
  return {};
}

// An unknown order: finds out more. What the record says counts as an answer.
Caller::Told Caller::Settled(const Request& request, Told told) {
  if (told.by_the_record) {
    Settle(request.request_id(), request.user_id());
  } else if (OneIn(random_, 3)) {
    const std::optional<Operation> operation = Get(request.request_id(), request.user_id());
    if (operation && operation->state() == Operation::SUCCEEDED) told.word = Word::kOk;
    if (operation && operation->state() == Operation::FAILED) told.word = Word::kNotApplied;
  }
  return told;
}

std::optional<Operation> Caller::Get(const std::string& request_id, const std::string& user_id) {
  const auto at = gateways_.Any(random_);
  const auto call = checker_.Begin(Checker::Kind::kGet, request_id, user_id, at->name);
  const auto result = at->client.GetOperation(request_id, {.timeout = kAskTimeout});
  Answer answer{.word = Word::kNothing};
  if (!result.ok()) {
    answer.reason = result.error().reason;
  } else {
    answer.reason = Operation::State_Name(result.value().state());
    answer.workspace_id = result.value().workspace().id();
    if (result.value().state() == Operation::SUCCEEDED) answer.word = Word::kOk;
    if (result.value().state() == Operation::FAILED) answer.word = Word::kNotApplied;
  }
  checker_.End(call, answer);
  return result.ok() ? std::optional(result.value()) : std::nullopt;
}

std::string Caller::FindIdOf(const std::string& user_id) {
  ListOperationsRequest request;
  request.set_sp_enterprise_id(kEnterprise);
  request.set_user_id(user_id);
  const auto result = gateways_.Any(random_)->client.ListOperations(request, {.timeout = kAskTimeout});
  return result.ok() && result.value().operations_size() > 0 ? result.value().operations(0).request_id() : "";
}

void Caller::Settle(const std::string& request_id, const std::string& user_id) {
  const std::optional<Operation> operation = Get(request_id, user_id);
  if (!operation || operation->state() != Operation::UNKNOWN) return;
  const std::optional<absl::Time> gone = gateways_.GoneSince(HostOf(*operation));
  // "Look for the user id in Webex Control Hub."
  std::string workspace_id = checker_.WorkspaceOf(user_id);
  if (workspace_id.empty()) {
    // Who does not wait is refused.
    const bool is_early = absl::Now() < SendsUntil(*operation) - absl::Seconds(1);
    if (is_early && OneIn(random_, 8) && Resolve(*operation, "", /*is_gone=*/false)) {
      checker_.Complain(Rule::kTooEarly, request_id, user_id);
    }
    // And even then Webex is given some time, of which this one needs little.
    absl::SleepFor(gone.value_or(SendsUntil(*operation)) + kActsWithin - absl::Now());
    workspace_id = checker_.WorkspaceOf(user_id);
  }
  Resolve(*operation, workspace_id, gone.has_value());
}

bool Caller::Resolve(const Operation& operation, const std::string& workspace_id, bool is_gone) {
  ResolveOperationRequest request;
  request.set_request_id(operation.request_id());
  request.set_note("as Webex has it");
  request.set_gateway_is_gone(is_gone);
  if (workspace_id.empty()) {
    request.mutable_not_applied();
  } else {
    request.mutable_applied()->set_id(workspace_id);
  }
  const auto at = gateways_.Any(random_);
  const auto result = at->client.ResolveOperation(request, {.timeout = kAskTimeout});
  if (result.ok()) {
    checker_.Resolved(operation.request_id(), operation.user_id(), workspace_id);
  } else {
    checker_.Note(operation.request_id(), operation.user_id(),
                  absl::StrCat(at->name, " takes no resolution: ", result.error().reason));
  }
  return result.ok();
}

}  // namespace webex_gateway::promise
