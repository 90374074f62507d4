#include "server/ledger/ledger.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);
// Error metadata: the workspace in an answer that names another user than the order.
constexpr char kNamedWorkspace[] = "webex_workspace_id";

class None : public Ledger {
 public:
  bool is_kept() const override { return false; }

  Async<absl::StatusOr<int64_t>> Recover() override { co_return 0; }

  Async<absl::StatusOr<ClaimAnswer>> Claim(ClaimRequest request) override {
    ClaimAnswer answer;
    answer.operation.request_id = std::move(request.request_id);
    co_return answer;
  }

  Async<absl::StatusOr<ClaimAnswer>> Look(ClaimRequest /*request*/) override { co_return ClaimAnswer(); }

  Async<absl::StatusOr<CompleteVerdict>> Complete(std::string /*request_id*/, int64_t /*claim*/,
                                                  Ending /*ending*/) override {
    co_return CompleteVerdict::kRecorded;
  }

  Async<void> AwaitEnd(std::string /*request_id*/, Clock::Time /*until*/, std::stop_token /*stop*/) override {
    co_return;
  }

  Async<absl::StatusOr<std::optional<Operation>>> Get(std::string /*request_id*/) override {
    co_return std::optional<Operation>();
  }

  Async<absl::StatusOr<OperationPage>> List(ListQuery /*query*/) override { co_return OperationPage(); }
  Async<absl::StatusOr<ResolveAnswer>> Resolve(Resolution /*resolution*/) override { co_return ResolveAnswer(); }
  Async<absl::StatusOr<LedgerCounts>> Count() override { co_return LedgerCounts(); }
  LedgerHealth Health() const override { return {}; }
};

}  // namespace

Ending EndingOf(const absl::Status& error) {
  Ending ending{.error_code = error.code()};
  const std::optional<Error> said = ErrorIn(error);
  if (!said) return ending;
  if (said->outcome == Outcome::kNotApplied) ending.state = OperationState::kFailed;
  ending.error_reason = said->reason;
  ending.tracking_id = said->tracking_id;
  const auto named = said->metadata.find(kNamedWorkspace);
  if (named != said->metadata.end()) ending.workspace_id = named->second;
  return ending;
}

absl::Status LedgerUnavailable(absl::string_view what, absl::string_view request_id) {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "LEDGER_UNAVAILABLE",
                   .message = absl::StrCat("the ledger cannot be used, so nothing is sent: ", what),
                   .outcome = Outcome::kNotApplied,
                   .metadata = {{"request_id", std::string(request_id)}},
                   .retry_after = kRetryAfter});
}

std::unique_ptr<Ledger> CreateNoLedger() { return std::make_unique<None>(); }

}  // namespace webex_gateway
