// A Ledger for tests, in memory: it answers at once, unless it is told to fail or to hold its answers back.
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
#include "server/ledger/in_flight.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

class FakeLedger : public Ledger {
 public:
  struct Record {
    Operation operation;
    std::string fingerprint;
    int number = 0;  // in the order of first claims
  };
  struct Records : std::map<std::string, Record> {
    int made = 0;
  };

  // Where two ledgers have the same `records`, the second goes on where the first ended.
  explicit FakeLedger(Clock& clock, std::shared_ptr<Records> the_records = std::make_shared<Records>(),
                      absl::Duration retention = absl::InfiniteDuration())
      : records(std::move(the_records)), clock_(clock), retention_(retention) {}

  Async<absl::StatusOr<int64_t>> Recover() override {
    int64_t count = 0;
    for (auto& [id, record] : *records) {
      if (record.operation.state != OperationState::kInFlight) continue;
      ++count;
      Ending lost;
      lost.error_code = absl::StatusCode::kUnavailable;
      lost.error_reason = "WEBEX_ANSWER_LOST";
      Move(record.operation, std::move(lost));
    }
    co_return count;
  }

  Async<absl::StatusOr<ClaimAnswer>> Claim(ClaimRequest request) override {
    ++claims;
    co_await Gate();
    co_return ClaimNow(std::move(request));
  }

  Async<absl::Status> Complete(std::string request_id, int64_t claim, Ending ending) override {
    const std::string id = absl::AsciiStrToLower(request_id);
    ++completions;
    co_await Gate();
    if (unavailable) co_return LedgerUnavailable("as the test has it", id);
    const auto found = records->find(id);
    if (found == records->end() || found->second.operation.claim != claim) co_return NotItsOwn();
    Operation& operation = found->second.operation;
    const bool open = operation.state == OperationState::kInFlight || operation.state == OperationState::kUnknown;
    if (operation.state == ending.state) co_return absl::OkStatus();
    if (!open || !operation.resolved_by.empty()) co_return NotItsOwn();
    Move(operation, std::move(ending));
    in_flight_.End(id);
    co_return absl::OkStatus();
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
      co_return absl::InvalidArgumentError("the page token is none of this ledger's");
    }
    std::vector<const Record*> matches;
    for (const auto& [id, record] : *records) {
      if (record.number < before && Matches(record.operation, query)) matches.push_back(&record);
    }
    std::sort(matches.begin(), matches.end(), [](auto* a, auto* b) { return a->number > b->number; });
    OperationPage page;
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
    if (unavailable) co_return LedgerUnavailable("as the test has it", resolution.request_id);
    const auto found = records->find(absl::AsciiStrToLower(resolution.request_id));
    if (found == records->end()) co_return ResolveAnswer{ResolveVerdict::kNotFound, {}};
    Operation& operation = found->second.operation;
    if (operation.state != OperationState::kUnknown) {
      co_return ResolveAnswer{ResolveVerdict::kNotUnknown, operation};
    }
    Ending ending = operation.ending;
    ending.state = resolution.workspace ? OperationState::kSucceeded : OperationState::kFailed;
    ending.workspace = resolution.workspace;
    Move(operation, std::move(ending));
    operation.resolved_by = resolution.by;
    operation.resolve_note = resolution.note;
    co_return ResolveAnswer{ResolveVerdict::kResolved, operation};
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
  int claims = 0;       // asked so far
  int completions = 0;  // likewise
  const std::shared_ptr<Records> records;

 private:
  Async<void> Gate() {
    if (!held_) co_return;
    const auto gate = std::make_shared<Event>();
    gates_.push_back(gate);
    co_await gate->Wait();
  }

  absl::StatusOr<ClaimAnswer> ClaimNow(ClaimRequest request) {
    Forget();
    request.request_id = absl::AsciiStrToLower(request.request_id);
    if (unavailable) return LedgerUnavailable("as the test has it", request.request_id);
    if (std::optional<ClaimAnswer> refused = Refusal(request)) return *std::move(refused);
    const auto [at, is_new] = records->try_emplace(request.request_id);
    Record& record = at->second;
    Operation& operation = record.operation;
    if (is_new) {
      record.number = records->made++;
      record.fingerprint = request.fingerprint;
      operation.create_time = clock_.WallNow();
    }
    operation.request_id = request.request_id;
    operation.sp_enterprise_id = request.sp_enterprise_id;
    operation.user_id = request.user_id;
    operation.caller = request.caller;
    operation.state = OperationState::kInFlight;
    operation.ending = Ending();
    operation.update_time = clock_.WallNow();
    operation.resolved_by = operation.resolve_note = "";
    ++operation.claim;
    in_flight_.Begin(operation.request_id);
    return ClaimAnswer{ClaimVerdict::kClaimed, operation};
  }

  LedgerCounts CountNow() const {
    LedgerCounts counts;
    for (const auto& [id, record] : *records) {
      const Operation& operation = record.operation;
      counts.in_flight += operation.state == OperationState::kInFlight ? 1 : 0;
      counts.succeeded += operation.state == OperationState::kSucceeded ? 1 : 0;
      counts.failed += operation.state == OperationState::kFailed ? 1 : 0;
      if (operation.state != OperationState::kUnknown) continue;
      ++counts.unknown;
      counts.oldest_unknown.push_back({id, operation.update_time, operation.ending.error_reason});
    }
    std::stable_sort(counts.oldest_unknown.begin(), counts.oldest_unknown.end(),
                     [](const auto& a, const auto& b) { return a.since < b.since; });
    if (counts.oldest_unknown.size() > kOldestUnknown) counts.oldest_unknown.resize(kOldestUnknown);
    return counts;
  }

  static absl::Status NotItsOwn() { return absl::FailedPreconditionError("not this claim's to end"); }

  static bool Matches(const Operation& operation, const ListQuery& query) {
    return (!query.state || operation.state == *query.state) &&
           (query.sp_enterprise_id.empty() || operation.sp_enterprise_id == query.sp_enterprise_id) &&
           (query.user_id.empty() || operation.user_id == query.user_id);
  }

  void Move(Operation& operation, Ending ending) {
    operation.state = ending.state;
    operation.ending = std::move(ending);
    operation.update_time = clock_.WallNow();
  }

  std::optional<ClaimAnswer> Refusal(const ClaimRequest& request) {
    if (const auto own = records->find(request.request_id); own != records->end()) {
      const Operation& operation = own->second.operation;
      if (own->second.fingerprint != request.fingerprint) return ClaimAnswer{ClaimVerdict::kReused, operation};
      if (operation.state == OperationState::kSucceeded) return ClaimAnswer{ClaimVerdict::kReplay, operation};
      if (operation.state == OperationState::kInFlight) return ClaimAnswer{ClaimVerdict::kInProgress, operation};
      if (operation.state == OperationState::kUnknown) return ClaimAnswer{ClaimVerdict::kUnknown, operation};
    }
    for (const auto& [id, record] : *records) {
      const Operation& operation = record.operation;
      const bool open = operation.state == OperationState::kInFlight || operation.state == OperationState::kUnknown;
      const bool same = operation.sp_enterprise_id == request.sp_enterprise_id && operation.user_id == request.user_id;
      if (open && same) return ClaimAnswer{ClaimVerdict::kBlocked, operation};
    }
    return std::nullopt;
  }

  void Forget() {
    const absl::Time before = clock_.WallNow() - retention_;
    std::erase_if(*records, [before](const auto& entry) {
      const Operation& operation = entry.second.operation;
      const bool kept = operation.state == OperationState::kInFlight || operation.state == OperationState::kUnknown;
      return !kept && operation.update_time < before;
    });
  }

  Clock& clock_;
  const absl::Duration retention_;
  InFlight in_flight_;
  bool held_ = false;
  std::vector<std::shared_ptr<Event>> gates_;
};

}  // namespace webex_gateway
