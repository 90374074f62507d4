#include "server/ledger/postgresql/ledger.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/backoff.h"
#include "server/base/uuid.h"
#include "server/ledger/in_flight.h"
#include "server/ledger/postgresql/jobs.h"
#include "server/ledger/postgresql/memory.h"
#include "server/ledger/postgresql/restoration.h"
#include "server/ledger/postgresql/schema.h"
#include "server/ledger/postgresql/workers.h"
#include "server/ledger/retention.h"
#include "server/ledger/watch.h"

namespace webex_gateway {
namespace {

// After a connection that failed.
constexpr Backoff kConnectAgain{.first = absl::Milliseconds(100), .longest = absl::Seconds(2)};
constexpr absl::Duration kAskForEndEvery = absl::Milliseconds(200);
constexpr absl::Duration kReleaseEvery = absl::Seconds(1);  // while a claim is in doubt
constexpr absl::Duration kRestoreEvery = absl::Seconds(1);  // until it succeeds
constexpr absl::Duration kEnlistEvery = absl::Seconds(1);   // until the first lease is granted
constexpr char kBehind[] =
    "PostgreSQL has a standby for which no commit waits (synchronous_standby_names is empty): if it takes over, the "
    "record of the last orders may be lost";
constexpr absl::Duration kQuick = absl::Seconds(10);
constexpr absl::Duration kForgetEvery = absl::Seconds(10);

// What a gateway learns about the database with its first lease.
struct Enlisted {
  bool failed_over = false;  // recently
  bool is_behind = false;    // a standby
  int64_t orphans = 0;       // operations that are UNKNOWN now
};

absl::StatusOr<Enlisted> Enlist(PostgresqlStore& store) {
  const absl::StatusOr<bool> others_before = store.Enlist();
  if (!others_before.ok()) return others_before.status();
  const bool is_behind = store.HasStandbyBehind().value_or(false);
  const absl::StatusOr<int64_t> orphans = store.MarkOrphansUnknown();
  if (!orphans.ok()) return orphans.status();
  return Enlisted{*others_before, is_behind, *orphans};
}

class Postgresql : public Ledger {
 public:
  Postgresql(Loop& loop, Clock& clock, PostgresqlLedgerOptions options)
      : clock_(clock),
        options_(std::move(options)),
        restoration_(
            clock, workers_, memory_, options_.lease,
            {.on_hold = [this](const absl::Status& why) { watch_.OnHold(why); }, .noticed = options_.observer.noticed}),
        watch_(clock, options_.lease / 3 + 2 * options_.call_limit, options_.observer),
        workers_(loop, SettingsOf(options_), [this](const PgReport& report) { Take(report); }) {}

  Async<absl::StatusOr<int64_t>> Recover() override {
    const Clock::Time asked = clock_.Now();
    const auto question = std::make_shared<PgQuestion<Enlisted>>(&Enlist);
    // The tables may have to be migrated to this version first.
    co_await Run(question, Later(asked, options_.call_limit + kMigrationLimit), std::stop_token());
    if (!question->given_up && question->answer.ok()) OnEnlisted(*question->answer, asked);
    KeepLease();
    Upkeep();
    Forget();
    if (question->given_up) co_return GivenUp("");
    if (!connected_.ok()) co_return connected_;
    if (!question->answer.ok()) co_return question->answer.status();
    co_return question->answer->orphans;
  }

  Async<absl::StatusOr<ClaimAnswer>> Claim(ClaimRequest request) override {
    request.request_id = absl::AsciiStrToLower(request.request_id);
    if (restoration_.MayBeLost(request.request_id)) co_return co_await Look(std::move(request));
    // The present lease: between it and a later one, others may have taken over.
    const std::shared_ptr<const Lease> lease = lease_;
    TicketedClaim claim{std::move(request), ++last_ticket_};
    const auto call =
        std::make_shared<PgClaimJob>(std::move(claim), [this](const TicketedClaim& late) { Doubt(late); });
    co_await Run(call);
    const std::string& id = call->claim.request.request_id;
    if (call->given_up) co_return GivenUp(id);
    if (call->in_doubt) Doubt(call->claim);
    if (!call->answer.ok()) co_return LedgerUnavailable(call->answer.status().message(), id);
    if (call->answer->verdict != ClaimVerdict::kClaimed) co_return restoration_.UnlessLost(std::move(call->answer), id);
    if (!restoration_.hold().ok()) {  // by now: others may know of the order
      Doubt(call->claim);
      co_return LedgerUnavailable(restoration_.hold().message(), id);
    }
    if (lease == nullptr || !lease->Holds(clock_.Now())) {
      Doubt(call->claim);
      co_return LedgerUnavailable("this gateway's lease has expired", id);
    }
    in_flight_.Begin(id);
    memory_.OnClaim(call->claim, call->answer->operation);
    call->answer->lease = lease;
    co_return std::move(call->answer);
  }

  Async<absl::StatusOr<ClaimAnswer>> Look(ClaimRequest request) override {
    request.request_id = absl::AsciiStrToLower(request.request_id);
    PgQuestion<ClaimAnswer>::Ask ask = [request](PostgresqlStore& store) { return store.Look(request); };
    absl::StatusOr<ClaimAnswer> answer = co_await Answer<ClaimAnswer>(std::move(ask), request.request_id);
    co_return restoration_.UnlessLost(std::move(answer), request.request_id);
  }

  Async<absl::StatusOr<CompleteVerdict>> Complete(std::string request_id, int64_t claim, Ending ending) override {
    Completion completion{absl::AsciiStrToLower(request_id), claim, std::move(ending)};
    completion.is_own = memory_.Has(completion.request_id, claim);
    const auto call = std::make_shared<PgCompleteJob>(std::move(completion));
    const std::string& id = call->completion.request_id;
    memory_.OnEnd(id, claim, call->completion.ending, clock_.Now());  // so that it is put back with it
    co_await Run(call);
    if (call->given_up) co_return GivenUp(id);
    if (!call->answer.ok()) co_return LedgerUnavailable(call->answer.status().message(), id);
    if (!call->answer->is_on_record && restoration_.MayBeLost(id)) co_return PgRestoration::NotPutBack(id);
    in_flight_.End(id);  // even if someone else has ended it
    co_return call->answer->verdict;
  }

  Async<void> AwaitEnd(std::string request_id, Clock::Time until, std::stop_token stop) override {
    const std::string id = absl::AsciiStrToLower(request_id);
    if (in_flight_.Has(id)) {
      co_await in_flight_.AwaitEnd(clock_, id, until, stop);
      co_return;
    }
    while (clock_.Now() < until && !stop.stop_requested()) {
      const auto look = std::make_shared<PgQuestion<std::optional<Operation>>>(
          [id](PostgresqlStore& store) { return store.Get(id); });
      co_await Run(look, std::min(until, Later(clock_.Now(), options_.call_limit)), stop);
      const bool answered = !look->given_up && look->answer.ok();
      if (answered && (!*look->answer || (*look->answer)->state != OperationState::kInFlight)) co_return;
      co_await Sleep(clock_, std::min(kAskForEndEvery, absl::FromChrono(until - clock_.Now())), stop);
    }
  }

  Async<absl::StatusOr<std::optional<Operation>>> Get(std::string request_id) override {
    const auto ask = [request_id](PostgresqlStore& store) { return store.Get(request_id); };
    return Answer<std::optional<Operation>>(ask, request_id);
  }

  Async<absl::StatusOr<OperationPage>> List(ListQuery query) override {
    int64_t before = std::numeric_limits<int64_t>::max();
    if (!query.page_token.empty() && (!absl::SimpleAtoi(query.page_token, &before) || before <= 0)) {
      co_return absl::InvalidArgumentError("the page token is not from this ledger");
    }
    PgQuestion<OperationPage>::Ask ask = [query, before](PostgresqlStore& store) { return store.List(query, before); };
    co_return co_await Answer<OperationPage>(std::move(ask), "");
  }

  Async<absl::StatusOr<ResolveAnswer>> Resolve(Resolution resolution) override {
    const auto ask = [resolution](PostgresqlStore& store) { return store.Resolve(resolution); };
    return Answer<ResolveAnswer>(ask, resolution.request_id);
  }

  Async<absl::StatusOr<LedgerCounts>> Count() override {
    const auto ask = [](PostgresqlStore& store) { return store.Count(); };
    return Answer<LedgerCounts>(ask, "");
  }

  LedgerHealth Health() const override { return watch_.Health(); }

 private:
  static PostgresqlWorkers::Settings SettingsOf(const PostgresqlLedgerOptions& options) {
    return {.target = {.url = options.url, .password = options.password, .limit = options.call_limit},
            // The server gives up before we do, so that its answer, which leaves no doubt, still arrives.
            .statement_timeout = options.call_limit * 0.8,
            .store = {.gateway = options.gateway_id,
                      .host = options.host,
                      .lease = options.lease,
                      .margin = options.call_limit},
            .connections = options.connections};
  }

  template <typename T>
  Async<absl::StatusOr<T>> Answer(typename PgQuestion<T>::Ask ask, std::string request_id) {
    const auto question = std::make_shared<PgQuestion<T>>(std::move(ask));
    co_await Run(question);
    if (question->given_up) co_return GivenUp(request_id);
    if (!question->answer.ok()) co_return LedgerUnavailable(question->answer.status().message(), request_id);
    co_return std::move(question->answer);
  }

  Async<void> Run(std::shared_ptr<PgAwaitedJob> job) {
    return Run(std::move(job), Later(clock_.Now(), options_.call_limit), std::stop_token());
  }

  // Returns when the job has ended or has been given up: at `until`, or when `stop` is requested.
  Async<void> Run(std::shared_ptr<PgAwaitedJob> job, Clock::Time until, std::stop_token stop) {
    if (clock_.Now() < down_until_) {
      job->Fail(down_);
      co_return;
    }
    workers_.Submit(job);
    const auto give_up = [this, job] { GiveUp(*job); };
    const auto timer = clock_.At(until, give_up);
    const std::stop_callback on_stop(stop, give_up);
    co_await job->ended.Wait();
  }

  void GiveUp(PgAwaitedJob& job) {
    if (job.ended.is_set()) return;
    workers_.Withdraw(job);
    job.given_up = true;
    job.ended.Set();
  }

  absl::Status GivenUp(const std::string& request_id) const {
    return LedgerUnavailable(
        absl::StrCat("PostgreSQL gave no answer within ", absl::FormatDuration(options_.call_limit)), request_id);
  }

  void Take(const PgReport& report) {
    Connected(report.connected);
    if (!report.connected.ok()) watch_.OnTrouble(report.connected, down_);
    for (const PgWrite& write : report.writes) watch_.OnWrite(write.result, write.took);
  }

  void Connected(const absl::Status& status) {
    connected_ = status;
    down_ = ForCallers(status);
    if (status.ok()) {
      failures_ = 0;
      down_until_ = Clock::Time();
    } else if (clock_.Now() >= down_until_) {
      down_until_ = Later(clock_.Now(), kConnectAgain.After(++failures_));
    }
  }

  void Doubt(const TicketedClaim& claim) {
    doubtful_.push_back(claim);
    if (upkeep_) Upkeep();
  }

  // The server has renewed the lease, at some time since `asked`. An expired lease is not extended: others may have
  // taken over its claims meanwhile.
  void Renewed(Clock::Time asked) {
    if (lease_ == nullptr || !lease_->Holds(clock_.Now())) lease_ = std::make_shared<Lease>();
    lease_->until = std::max(lease_->until, Later(asked, options_.lease));
  }

  void OnEnlisted(const Enlisted& enlisted, Clock::Time asked) {
    Renewed(asked);
    if (enlisted.is_behind) options_.observer.noticed(kBehind);
    if (enlisted.failed_over) restoration_.HoldForALease("the database failed over recently");
  }

  void KeepLease() {
    if (lease_ == nullptr) return KeepEnlisting();
    if (restoration_.is_unfinished()) return Restore();
    const auto work = [](PostgresqlStore& store) {
      const absl::Status renewed = store.Renew();
      // At once, on the connection that works: the others wait only for whom they see.
      if (absl::IsDataLoss(renewed)) store.MarkRestoring().IgnoreError();
      return renewed;
    };
    const auto then = [this, asked = clock_.Now()](const absl::Status& renewed) {
      if (absl::IsDataLoss(renewed)) return Restore();
      if (renewed.ok()) Renewed(asked);
      KeepLeaseAt(Later(asked, options_.lease / 3));  // at once after a long wait
    };
    workers_.Submit(std::make_shared<PgChore>(work, then));
  }

  void KeepLeaseAt(Clock::Time due) {
    keep_lease_ = clock_.At(due, [this] { KeepLease(); });
  }

  // If Recover found no database: runs until there is one. Nothing is claimed before that.
  void KeepEnlisting() {
    const auto enlisted = std::make_shared<Enlisted>();
    const auto work = [enlisted](PostgresqlStore& store) {
      const absl::StatusOr<Enlisted> done = Enlist(store);
      *enlisted = done.value_or(Enlisted());
      return done.status();
    };
    const auto then = [this, enlisted, asked = clock_.Now()](const absl::Status& done) {
      if (done.ok()) OnEnlisted(*enlisted, asked);
      const absl::Duration pause = done.ok() ? options_.lease / 3 : kEnlistEvery;
      KeepLeaseAt(Later(asked, pause));
    };
    workers_.Submit(std::make_shared<PgChore>(work, then));
  }

  void Restore() {
    restoration_.Restore([this](std::optional<Clock::Time> leased) {
      if (leased) Renewed(*leased);
      const absl::Duration pause = leased ? options_.lease / 3 : kRestoreEvery;
      KeepLeaseAt(Later(clock_.Now(), pause));
    });
  }

  // Ends operations of dead gateways, and claims that were never granted; and counts.
  void Upkeep() {
    upkeep_ = nullptr;  // null while it runs
    const auto counted = std::make_shared<LedgerCounts>();
    // A release says what became of an order, and so must not come before what this and other gateways know of it.
    const std::vector<TicketedClaim> releasable = restoration_.hold().ok() ? doubtful_ : std::vector<TicketedClaim>();
    const auto work = [counted, doubtful = releasable, subject_of = options_.subject_of_user](PostgresqlStore& store) {
      absl::Status done = store.MarkOrphansUnknown().status();
      if (done.ok()) done = store.GiveSubjects(subject_of);
      if (done.ok() && !doubtful.empty()) done = store.Renew();
      for (const TicketedClaim& claim : doubtful) {
        if (done.ok()) done = store.Release(claim);
      }
      if (!done.ok()) return done;
      const absl::StatusOr<LedgerCounts> counts = store.Count();
      if (counts.ok()) *counted = *counts;
      return counts.status();
    };
    const auto then = [this, counted, count = releasable.size()](const absl::Status& done) {
      if (done.ok()) watch_.OnCounts(std::move(*counted));
      if (done.ok()) doubtful_.erase(doubtful_.begin(), doubtful_.begin() + static_cast<std::ptrdiff_t>(count));
      const absl::Duration pause = doubtful_.empty() ? options_.upkeep : kReleaseEvery;
      upkeep_ = clock_.At(Later(clock_.Now(), pause), [this] { Upkeep(); });
    };
    workers_.Submit(std::make_shared<PgChore>(work, then));
  }

  void Forget() {
    const auto work = [this, retention = retention_](PostgresqlStore& store) {
      const Clock::Time asked = clock_.Now();
      const absl::StatusOr<absl::Time> wall = store.Now();
      if (!wall.ok()) return wall.status();
      if (clock_.Now() > Later(asked, kQuick)) return absl::OkStatus();  // the clocks were not read at the same time
      const std::optional<absl::Time> before = retention->ForgetBefore(asked, *wall);
      return before ? store.Forget(*before) : absl::OkStatus();
    };
    const auto then = [this](const absl::Status& /*done*/) {
      forget_ = clock_.At(Later(clock_.Now(), kForgetEvery), [this] { Forget(); });
    };
    workers_.Submit(std::make_shared<PgChore>(work, then));
  }

  Clock& clock_;
  const PostgresqlLedgerOptions options_;
  InFlight in_flight_;
  int64_t last_ticket_ = 0;
  std::vector<TicketedClaim> doubtful_;
  std::shared_ptr<Lease> lease_;  // null until it was first granted
  std::unique_ptr<Timer> keep_lease_;
  PgMemory memory_{options_.retention};
  PgRestoration restoration_;
  std::unique_ptr<Timer> upkeep_;
  std::unique_ptr<Timer> forget_;
  const std::shared_ptr<Retention> retention_ = std::make_shared<Retention>(options_.retention);
  absl::Status connected_;  // why there is no connection, for operators,
  absl::Status down_;       // and for callers
  int failures_ = 0;        // consecutive failures to connect
  Clock::Time down_until_;
  LedgerWatch watch_;
  PostgresqlWorkers workers_;
};

}  // namespace

std::unique_ptr<Ledger> CreatePostgresqlLedger(Loop& loop, Clock& clock, PostgresqlLedgerOptions options) {
  return std::make_unique<Postgresql>(loop, clock, std::move(options));
}

}  // namespace webex_gateway
