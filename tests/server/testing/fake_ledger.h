// A Ledger for tests, in memory: it answers at once, unless set to fail or to hold its answers back.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/ledger/claim_rules.h"
#include "server/ledger/in_flight.h"
#include "server/ledger/ledger.h"
#include "server/ledger/unknown_groups.h"

namespace webex_gateway {

class FakeLedger : public Ledger {
 public:
  struct Record : Recorded {
    int number = 0;  // in the order of first claims
  };
  struct Records : std::map<std::string, Record> {
    int made = 0;
  };

  // If two ledgers have the same `records`, the second continues where the first ended.
  explicit FakeLedger(Clock& clock, std::shared_ptr<Records> the_records = std::make_shared<Records>(),
                      absl::Duration retention = absl::InfiniteDuration())
      : records(std::move(the_records)), clock_(clock), retention_(retention) {}

  Async<absl::StatusOr<int64_t>> Recover() override {
    int64_t count = 0;
    for (auto& [id, record] : *records) {
      if (record.operation.state != OperationState::kInFlight) continue;
      ++count;
      record.operation.state = record.operation.ending.state = OperationState::kUnknown;
      record.operation.ending.error_code = absl::StatusCode::kUnavailable;
      record.operation.ending.error_reason = "WEBEX_ANSWER_LOST";
      record.operation.update_time = clock_.WallNow();
    }
    co_return count;
  }

  Async<absl::StatusOr<ClaimAnswer>> Claim(ClaimRequest request) override {
    ++claims;
    co_await Gate();
    co_return ClaimNow(std::move(request));
  }

  Async<absl::StatusOr<ClaimAnswer>> Look(ClaimRequest request) override {
    co_await Gate();
    if (unavailable) co_return LedgerUnavailable("as the test has it", request.request_id);
    co_return LookNow(request);
  }

  Async<absl::StatusOr<CompleteVerdict>> Complete(std::string request_id, int64_t claim, Ending ending) override {
    const std::string id = absl::AsciiStrToLower(request_id);
    ++completions;
    co_await Gate();
    if (unavailable) co_return LedgerUnavailable("as the test has it", id);
    in_flight_.End(id);
    const auto found = records->find(id);
    if (found == records->end()) co_return OfNoRecord(ending);
    Operation& operation = found->second.operation;
    Completed completed = webex_gateway::Complete(operation, claim, ending, clock_.WallNow());
    if (completed.operation) operation = *std::move(completed.operation);
    co_return completed.verdict;
  }

  Async<void> AwaitEnd(std::string request_id, Clock::Time until, std::stop_token stop) override {
    return in_flight_.AwaitEnd(clock_, absl::AsciiStrToLower(request_id), until, std::move(stop));
  }

  Async<absl::StatusOr<std::optional<Operation>>> Get(std::string request_id) override {
    Forget();
    if (unavailable) co_return LedgerUnavailable("as the test has it", request_id);
    const auto found = records->find(absl::AsciiStrToLower(request_id));
    if (found == records->end()) co_return std::optional<Operation>();
    co_return std::optional<Operation>(found->second.operation);
  }

  Async<absl::StatusOr<OperationPage>> List(ListQuery query) override {
    Forget();
    if (unavailable) co_return LedgerUnavailable("as the test has it", "");
    int before = 0;
    if (query.page_token.empty()) {
      before = records->made;
    } else if (!absl::SimpleAtoi(query.page_token, &before) || before < 0) {
      co_return absl::InvalidArgumentError("the page token is not from this ledger");
    }
    std::vector<const Record*> matches;
    for (const auto& [id, record] : *records) {
      const bool is_new_enough = query.newest == 0 || record.number >= records->made - query.newest;
      if (is_new_enough && record.number < before && Matches(record.operation, query)) matches.push_back(&record);
    }
    std::sort(matches.begin(), matches.end(), [](auto* a, auto* b) { return a->number > b->number; });
    OperationPage page;
    page.now = clock_.WallNow();
    for (const Record* match : matches) {
      if (page.operations.size() == static_cast<size_t>(query.page_size)) {
        page.next_page_token = absl::StrCat(match->number + 1);
        break;
      }
      page.operations.push_back(match->operation);
    }
    co_return page;
  }

  Async<absl::StatusOr<ResolveAnswer>> Resolve(Resolution resolution) override {
    absl::StatusOr<ResolveAnswer> answer = ResolveNow(resolution);
    if (loses_resolutions) co_return LedgerUnavailable("as the test has it", resolution.request_id);
    co_return answer;
  }

  Async<absl::StatusOr<LedgerCounts>> Count() override {
    Forget();
    if (unavailable) co_return LedgerUnavailable("as the test has it", "");
    co_return CountNow();
  }

  LedgerHealth Health() const override { return {unavailable ? "as the test has it" : "", CountNow()}; }

  // Answers of Claim and Complete wait from now on, until the loop runs after LetGo.
  void HoldBack() { held_ = true; }
  void LetGo() {
    held_ = false;
    for (const auto& waiting : std::exchange(gates_, {})) waiting->Set();
  }

  bool unavailable = false;
  bool loses_resolutions = false;  // records them, but answers with an error
  std::shared_ptr<Lease> lease;    // of claims from now on
  int claims = 0;                  // calls so far
  int completions = 0;             // likewise
  const std::shared_ptr<Records> records;

 private:
  Async<void> Gate() {
    if (!held_) co_return;
    const auto gate = std::make_shared<Event>();
    gates_.push_back(gate);
    co_await gate->Wait();
  }

  ClaimAnswer LookNow(ClaimRequest& request) {
    Forget();
    request.request_id = absl::AsciiStrToLower(request.request_id);
    const auto own = records->find(request.request_id);
    const Recorded* const recorded = own == records->end() ? nullptr : &own->second;
    return JudgeClaim(request, recorded, Blocking(request), clock_.WallNow());
  }

  const Recorded* Blocking(const ClaimRequest& request) const {
    for (const auto& [id, record] : *records) {
      const Operation& operation = record.operation;
      if (IsOpen(operation) && operation.subject == request.subject && id != request.request_id) return &record;
    }
    return nullptr;
  }

  absl::StatusOr<ClaimAnswer> ClaimNow(ClaimRequest request) {
    if (unavailable) return LedgerUnavailable("as the test has it", request.request_id);
    ClaimAnswer answer = LookNow(request);
    if (answer.verdict != ClaimVerdict::kClaimed) return answer;
    const auto [at, is_new] = records->try_emplace(request.request_id);
    Record& record = at->second;
    if (is_new) record.number = records->made++;
    if (is_new) record.fingerprint = request.fingerprint;
    record.operation = Claimed(request, is_new ? nullptr : &record, "host/fake", clock_.WallNow());
    in_flight_.Begin(request.request_id);
    answer.operation = record.operation;
    answer.lease = lease;
    return answer;
  }

  absl::StatusOr<ResolveAnswer> ResolveNow(const Resolution& resolution) {
    if (unavailable) return LedgerUnavailable("as the test has it", resolution.request_id);
    const auto found = records->find(absl::AsciiStrToLower(resolution.request_id));
    if (found == records->end()) return ResolveAnswer();
    Operation& operation = found->second.operation;
    ResolveAnswer answer = webex_gateway::Resolve(operation, resolution, clock_.WallNow());
    if (answer.verdict == ResolveVerdict::kResolved) operation = answer.operation;
    return answer;
  }

  LedgerCounts CountNow() const {
    LedgerCounts counts;
    UnknownGroups groups;
    for (const auto& [id, record] : *records) {
      const Operation& operation = record.operation;
      counts.in_flight += operation.state == OperationState::kInFlight ? 1 : 0;
      counts.succeeded += operation.state == OperationState::kSucceeded ? 1 : 0;
      counts.failed += operation.state == OperationState::kFailed ? 1 : 0;
      if (operation.state != OperationState::kUnknown) continue;
      ++(operation.repeatable ? counts.unknown_repeatable : counts.unknown);
      if (operation.repeatable) continue;
      groups.Add(operation.create_time, operation.ending.error_reason, 1);
      counts.oldest_unknown.push_back(
          {id, operation.update_time, operation.ending.error_reason, operation.gateway, operation.sends_until});
    }
    std::stable_sort(counts.oldest_unknown.begin(), counts.oldest_unknown.end(),
                     [](const auto& a, const auto& b) { return a.since < b.since; });
    if (counts.oldest_unknown.size() > kOldestUnknown) counts.oldest_unknown.resize(kOldestUnknown);
    counts.unknown_groups = groups.Newest();
    return counts;
  }

  static bool Matches(const Operation& operation, const ListQuery& query) {
    return (!query.state || operation.state == *query.state) &&
           (query.sp_enterprise_id.empty() || operation.sp_enterprise_id == query.sp_enterprise_id) &&
           (query.user_id.empty() || operation.user_id == query.user_id) &&
           (query.method.empty() || operation.method == query.method) &&
           (query.workspace_id.empty() || operation.workspace_id == query.workspace_id) &&
           (query.caller.empty() || operation.caller == query.caller);
  }

  void Forget() {
    const absl::Time before = clock_.WallNow() - retention_;
    std::erase_if(*records, [before](const auto& entry) {
      const Operation& operation = entry.second.operation;
      return !IsOpen(operation) && operation.update_time < before;
    });
  }

  Clock& clock_;
  const absl::Duration retention_;
  InFlight in_flight_;
  bool held_ = false;
  std::vector<std::shared_ptr<Event>> gates_;
};

}  // namespace webex_gateway
