// What the ledger has its workers do: jobs that coroutines wait for, and its background tasks.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/async.h"
#include "server/ledger/postgresql/store.h"
#include "server/ledger/postgresql/workers.h"

namespace webex_gateway {

// Whether a statement that failed with this error may have taken effect nevertheless.
inline bool MayHaveTakenEffect(const absl::Status& error) {
  return !absl::IsAborted(error) && !absl::IsAlreadyExists(error) && !absl::IsNotFound(error) &&
         !absl::IsDeadlineExceeded(error) && !absl::IsDataLoss(error);
}

// A job that a coroutine waits for, unless it has given up.
class PgAwaitedJob : public PgJob {
 public:
  using PgJob::PgJob;
  void Ended() override {
    if (given_up) return Late();
    ended.Set();
  }
  virtual void Late() {}

  // For the loop.
  Event ended;
  bool given_up = false;  // then a worker may still be working on it
};

template <typename T>
class PgQuestion : public PgAwaitedJob {
 public:
  using Ask = std::function<absl::StatusOr<T>(PostgresqlStore&)>;
  explicit PgQuestion(Ask ask) : PgAwaitedJob(Kind::kOther), ask_(std::move(ask)) {}
  void Run(PostgresqlStore& store, const PgJobs& /*jobs*/) override { answer = ask_(store); }
  void Fail(const absl::Status& why) override { answer = why; }

  absl::StatusOr<T> answer = absl::UnknownError("not asked yet");

 private:
  const Ask ask_;
};

class PgClaimJob : public PgAwaitedJob {
 public:
  PgClaimJob(TicketedClaim the_claim, std::function<void(const TicketedClaim&)> release)
      : PgAwaitedJob(Kind::kClaim), claim(std::move(the_claim)), release_(std::move(release)) {}

  void Run(PostgresqlStore& store, const PgJobs& jobs) override {
    std::vector<const TicketedClaim*> claims;
    for (const auto& job : jobs) claims.push_back(&static_cast<PgClaimJob&>(*job).claim);
    std::vector<absl::StatusOr<ClaimAnswer>> answers = store.Claim(claims);
    for (size_t i = 0; i < jobs.size(); ++i) {
      auto& call = static_cast<PgClaimJob&>(*jobs[i]);
      call.answer = std::move(answers[i]);
      call.in_doubt = !call.answer.ok() && MayHaveTakenEffect(call.answer.status());
    }
  }
  void Fail(const absl::Status& why) override { answer = why; }
  void Late() override {
    if (in_doubt || (answer.ok() && answer->verdict == ClaimVerdict::kClaimed)) release_(claim);
  }

  const TicketedClaim claim;
  absl::StatusOr<ClaimAnswer> answer = absl::UnknownError("not asked yet");
  bool in_doubt = false;  // whether it was written is not known

 private:
  const std::function<void(const TicketedClaim&)> release_;
};

class PgCompleteJob : public PgAwaitedJob {
 public:
  explicit PgCompleteJob(Completion the_completion)
      : PgAwaitedJob(Kind::kComplete), completion(std::move(the_completion)) {}

  void Run(PostgresqlStore& store, const PgJobs& jobs) override {
    std::vector<const Completion*> completions;
    for (const auto& job : jobs) completions.push_back(&static_cast<PgCompleteJob&>(*job).completion);
    const std::vector<absl::StatusOr<PgCompleted>> answers = store.Complete(completions);
    for (size_t i = 0; i < jobs.size(); ++i) static_cast<PgCompleteJob&>(*jobs[i]).answer = answers[i];
  }
  void Fail(const absl::Status& why) override { answer = why; }

  const Completion completion;
  absl::StatusOr<PgCompleted> answer = absl::UnknownError("not asked yet");
};

// The ledger's background tasks.
class PgChore : public PgJob {
 public:
  PgChore(std::function<absl::Status(PostgresqlStore&)> work, std::function<void(const absl::Status&)> then)
      : PgJob(Kind::kOther), work_(std::move(work)), then_(std::move(then)) {}
  void Run(PostgresqlStore& store, const PgJobs& /*jobs*/) override { result_ = work_(store); }
  void Fail(const absl::Status& why) override { result_ = why; }
  void Ended() override { then_(result_); }

 private:
  const std::function<absl::Status(PostgresqlStore&)> work_;
  const std::function<void(const absl::Status&)> then_;
  absl::Status result_;
};

}  // namespace webex_gateway
