#include "server/ledger/sqlite/ledger.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/ledger/in_flight.h"
#include "server/ledger/retention.h"
#include "server/ledger/sqlite/connection.h"
#include "server/ledger/sqlite/schema.h"
#include "server/ledger/sqlite/store.h"
#include "server/ledger/sqlite/workers.h"
#include "server/ledger/watch.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kSweepEvery = absl::Minutes(1);
constexpr absl::Duration kProbeAfter = absl::Seconds(5);  // after this time without a write
constexpr absl::Duration kSlowestWrite = absl::Seconds(10);
class SqliteLedger : public Ledger {
 public:
  SqliteLedger(std::unique_ptr<SqliteStore> store, Loop& loop, Clock& clock, absl::Duration retention,
               LedgerObserver observer)
      : clock_(clock),
        retention_(retention),
        watch_(clock, kProbeAfter + kSlowestWrite, std::move(observer)),
        workers_(std::move(store), loop, [this](SqliteReport report) { Take(std::move(report)); }) {
    Sweep();
    Probe();
  }

  Async<absl::StatusOr<int64_t>> Recover() override {
    auto work = [now = clock_.WallNow()](SqliteStore& store) { return store.Recover(now); };
    auto job = workers_.Write(std::move(work));
    co_await job->done.Wait();
    if (!job->result.ok()) co_return absl::FailedPreconditionError(job->result.status().message());
    co_return job->result;
  }

  Async<absl::StatusOr<ClaimAnswer>> Claim(ClaimRequest request) override {
    auto work = [&request, now = clock_.WallNow()](SqliteStore& store) { return store.Claim(request, now); };
    auto job = workers_.Write(std::move(work));
    co_await job->done.Wait();
    const bool claimed = job->result.ok() && job->result->verdict == ClaimVerdict::kClaimed;
    if (claimed) in_flight_.Begin(job->result->operation.request_id);
    co_return Answer(job->result, request.request_id);
  }

  Async<absl::StatusOr<ClaimAnswer>> Look(ClaimRequest request) override {
    auto work = [&request, now = clock_.WallNow()](SqliteStore& store) { return store.Look(request, now); };
    auto job = workers_.Read(std::move(work));
    co_await job->done.Wait();
    co_return Answer(job->result, request.request_id);
  }

  Async<absl::StatusOr<CompleteVerdict>> Complete(std::string request_id, int64_t claim, Ending ending) override {
    auto work = [&request_id, claim, &ending, now = clock_.WallNow()](SqliteStore& store) {
      return store.Complete(request_id, claim, ending, now);
    };
    auto job = workers_.Write(std::move(work));
    co_await job->done.Wait();
    if (job->result.ok()) in_flight_.End(absl::AsciiStrToLower(request_id));
    co_return Answer(job->result, request_id);
  }

  Async<void> AwaitEnd(std::string request_id, Clock::Time until, std::stop_token stop) override {
    return in_flight_.AwaitEnd(clock_, absl::AsciiStrToLower(request_id), until, std::move(stop));
  }

  Async<absl::StatusOr<std::optional<Operation>>> Get(std::string request_id) override {
    auto work = [&request_id](SqliteStore& store) { return store.Get(request_id); };
    auto job = workers_.Read(std::move(work));
    co_await job->done.Wait();
    co_return Answer(job->result, request_id);
  }

  Async<absl::StatusOr<OperationPage>> List(ListQuery query) override {
    int64_t before = std::numeric_limits<int64_t>::max() - 1;
    if (!query.page_token.empty() && (!absl::SimpleAtoi(query.page_token, &before) || before <= 0)) {
      co_return absl::InvalidArgumentError("the page token is not from this ledger");
    }
    OperationPage page;
    page.now = clock_.WallNow();
    const auto size = static_cast<size_t>(query.page_size);
    int64_t last = 0;
    while (before > 0) {
      // Reads one more than needed, to know whether there is another page.
      const auto most = static_cast<int64_t>(size + 1 - page.operations.size());
      auto work = [&query, before, most](SqliteStore& store) { return store.List(query, before, most); };
      auto job = workers_.Read(std::move(work));
      co_await job->done.Wait();
      if (!job->result.ok()) co_return Answer(job->result, "").status();
      ListBite& bite = *job->result;
      for (size_t i = 0; i < bite.operations.size(); ++i) {
        if (page.operations.size() == size) {
          page.next_page_token = absl::StrCat(last);
          co_return page;
        }
        page.operations.push_back(std::move(bite.operations[i]));
        last = bite.places[i];
      }
      before = bite.go_on_before;
    }
    co_return page;
  }

  Async<absl::StatusOr<ResolveAnswer>> Resolve(Resolution resolution) override {
    auto work = [&resolution, now = clock_.WallNow()](SqliteStore& store) { return store.Resolve(resolution, now); };
    auto job = workers_.Write(std::move(work));
    co_await job->done.Wait();
    co_return Answer(job->result, resolution.request_id);
  }

  Async<absl::StatusOr<LedgerCounts>> Count() override {
    auto work = [](SqliteStore& store) { return store.Count(); };
    auto job = workers_.Read(std::move(work));
    co_await job->done.Wait();
    co_return Answer(job->result, "");
  }

  LedgerHealth Health() const override { return watch_.Health(); }

 private:
  void Take(SqliteReport report) {
    if (report.commit) watch_.OnWrite(report.commit->result, report.commit->took);
    if (report.counts.ok()) watch_.OnCounts(*std::move(report.counts));
    watch_.OnVolume(report.volume);
  }

  template <typename T>
  static absl::StatusOr<T> Answer(absl::StatusOr<T>& result, const std::string& request_id) {
    if (!result.ok()) return LedgerUnavailable(result.status().message(), request_id);
    return std::move(result);
  }

  void Sweep() {
    if (const auto before = retention_.ForgetBefore(clock_.Now(), clock_.WallNow())) workers_.Forget(*before);
    sweep_ = clock_.At(Later(clock_.Now(), kSweepEvery), [this] { Sweep(); });
  }

  // While its disk hangs, what has not begun is refused now and then, so that neither memory nor callers' places fill
  // up. What has begun is waited for, since it may be written.
  void Probe() {
    const Clock::Time due = Later(watch_.last_write(), kProbeAfter);
    const bool is_due = due <= clock_.Now();
    const bool is_under_way = probing_ != nullptr && !probing_->done.is_set();
    if (!is_under_way) unanswered_ = 0;
    if (is_under_way && is_due) ++unanswered_;
    if (kProbeAfter * unanswered_ >= kSlowestWrite) {
      workers_.Refuse(absl::UnavailableError("its storage does not respond"));
    }
    if (is_due && !is_under_way) probing_ = workers_.Probe();
    probe_ = clock_.At(is_due ? Later(clock_.Now(), kProbeAfter) : due, [this] { Probe(); });
  }

  Clock& clock_;
  Retention retention_;
  InFlight in_flight_;
  LedgerWatch watch_;
  std::unique_ptr<Timer> sweep_;
  std::unique_ptr<Timer> probe_;
  std::shared_ptr<SqliteJob> probing_;
  int unanswered_ = 0;  // how often it was looked at since without an answer
  SqliteWorkers workers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Ledger>> OpenSqliteLedger(Loop& loop, Clock& clock, SqliteLedgerOptions options) {
  absl::StatusOr<std::unique_ptr<SqliteStore>> store =
      SqliteStore::Open(options.path, options.gateway, options.subject_of_user);
  if (!store.ok()) {
    return absl::Status(store.status().code(), absl::StrCat(options.path, ": ", store.status().message()));
  }
  return std::make_unique<SqliteLedger>(*std::move(store), loop, clock, options.retention, std::move(options.observer));
}

absl::Status CheckSqliteLedger(const std::string& path) {
  const absl::StatusOr<std::string> header = SqliteDatabase::Check(path);
  absl::Status status = header.ok() ? CheckHeader(*header) : header.status();
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

}  // namespace webex_gateway
