#include "tests/bench/ledger_bench.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/clock.h"
#include "server/base/uuid.h"
#include "server/ledger/open.h"
#include "server/orders/fingerprint.h"
#include "tests/server/testing/orders.h"
#include "tests/server/testing/sqlite_faults.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;

constexpr int kUnknownOnRecord = 1000;

double MillisecondsSince(Clock::Time begun) {
  return absl::ToDoubleMilliseconds(absl::FromChrono(BootClock::now() - begun));
}

// Answers as long as Webex's.
Workspace WorkspaceOf(const ProvisionWorkspaceRequest& order) {
  Workspace workspace;
  workspace.set_id("Y2lzY29zcGFyazovL3VzL1BMQUNFL2E1Y2E0ZTEyLTYxNmUtNDdlZi05NjI3LTQ5YzNjNTBiYWRiNg");
  workspace.set_provisioning_id(order.provisioning_id());
  workspace.set_user_id(order.user_id());
  workspace.set_sp_enterprise_id(order.sp_enterprise_id());
  workspace.set_display_name(order.display_name());
  workspace.set_primary_phone_number(order.primary_phone_number());
  workspace.set_extension(order.extension());
  workspace.mutable_create_time()->set_seconds(1'700'000'000);
  workspace.set_state(Workspace::PROVISIONED);
  return workspace;
}

class Measurement {
 public:
  explicit Measurement(std::string ledger) : where_(std::move(ledger)) {}

  bool Open() {
    const Clock::Time begun = clock_->Now();
    const absl::StatusOr<LedgerPlace> place = ParseLedgerPlace(where_);
    absl::StatusOr<std::unique_ptr<Ledger>> opened =
        place.ok() ? OpenLedger({.place = *place, .gateway_id = NewUuid(random_)}, loop_, *clock_) : place.status();
    if (!opened.ok()) {
      std::fprintf(stderr, "webex-bench: %s\n", std::string(opened.status().message()).c_str());
      return false;
    }
    ledger_ = *std::move(opened);
    const bool recovered = Await(ledger_->Recover());
    opened_in_ = MillisecondsSince(begun);
    return recovered;
  }

  void Close() { ledger_.reset(); }

  // Orders until `enough` returns true, with this many under way; returns orders per second.
  double Order(int in_flight, const Ending* ending, const std::function<bool(int ordered)>& enough) {
    const Clock::Time begun = clock_->Now();
    ordered_ = 0;
    open_ = in_flight;
    for (int i = 0; i < in_flight; ++i) Spawn(loop_, OrderOneByOne(ending, enough));
    while (open_ > 0) loop_.run_one();
    return ordered_ / MillisecondsSince(begun) * 1000;
  }

  double MillisecondsOfList(ListQuery query) {
    const Clock::Time begun = clock_->Now();
    Await(ledger_->List(std::move(query)));
    return MillisecondsSince(begun);
  }

  double MillisecondsOfCount() {
    const Clock::Time begun = clock_->Now();
    Await(ledger_->Count());
    return MillisecondsSince(begun);
  }

  double opened_in() const { return opened_in_; }
  int refused() const { return refused_; }

 private:
  Async<void> OrderOneByOne(const Ending* ending, const std::function<bool(int ordered)>& enough) {
    while (!enough(ordered_)) {
      ++ordered_;
      co_await OrderOne(ending);
    }
    --open_;
  }

  Async<void> OrderOne(const Ending* ending) {
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.set_user_id(absl::StrCat(++users_, "@sp.com"));
    ClaimRequest request{.request_id = NewUuid(random_),
                         .method = "ProvisionWorkspace",
                         .subject = absl::StrCat(order.sp_enterprise_id(), "\n", order.user_id()),
                         .sp_enterprise_id = order.sp_enterprise_id(),
                         .user_id = order.user_id(),
                         .fingerprint = FingerprintOf(order)};
    const std::string id = request.request_id;
    const absl::StatusOr<ClaimAnswer> claimed = co_await ledger_->Claim(std::move(request));
    if (!claimed.ok() || claimed->verdict != ClaimVerdict::kClaimed) {
      ++refused_;
      co_return;
    }
    const Workspace made = WorkspaceOf(order);
    Ending how = ending != nullptr ? *ending
                                   : Ending{.state = OperationState::kSucceeded,
                                            .answer = made.SerializeAsString(),
                                            .workspace_id = made.id(),
                                            .tracking_id = "GATEWAY_a5ca4e12-616e-47ef-9627-49c3c50badb6"};
    co_await ledger_->Complete(id, claimed->operation.claim, std::move(how));
  }

  // False, with a message on stderr: it has failed.
  template <typename T>
  bool Await(Async<T> task) {
    done_ = false;
    Spawn(loop_, Mark(std::move(task)));
    while (!done_) loop_.run_one();
    if (!result_.ok()) std::fprintf(stderr, "webex-bench: %s\n", std::string(result_.message()).c_str());
    return result_.ok();
  }

  template <typename T>
  Async<void> Mark(Async<T> task) {
    const T result = co_await std::move(task);
    result_ = result.status();
    done_ = true;
  }

  const std::string where_;
  Loop loop_;
  boost::asio::executor_work_guard<Loop::executor_type> work_{loop_.get_executor()};
  const std::unique_ptr<Clock> clock_ = CreateSystemClock(loop_);
  absl::BitGen random_;
  std::unique_ptr<Ledger> ledger_;
  double opened_in_ = 0;
  int users_ = 0;
  int ordered_ = 0;
  int refused_ = 0;
  int open_ = 0;
  bool done_ = false;
  absl::Status result_;
};

// Each line is followed by the text that `also` returns for its number of orders.
void MeasureOrders(Measurement& measurement, absl::Duration duration, const std::function<std::string(int)>& also) {
  for (const int in_flight : {1, 16, 256}) {
    also(1);  // from here on
    const auto end = Later(BootClock::now(), duration);
    int ordered = 0;
    const double rate = measurement.Order(in_flight, nullptr, [&](int so_far) {
      ordered = so_far;
      return BootClock::now() >= end;
    });
    std::printf("%3d in flight: %.0f orders/s%s\n", in_flight, rate, also(ordered).c_str());
  }
}

bool MeasureShared(const LedgerBench& bench) {
  Measurement measurement(bench.ledger);
  if (!measurement.Open()) return false;
  MeasureOrders(measurement, bench.duration, [](int /*ordered*/) { return ""; });
  return true;
}

bool MeasureFile(const LedgerBench& bench) {
  if (std::filesystem::exists(bench.ledger)) {  // it would be deleted at the end
    std::fprintf(stderr, "webex-bench: %s exists already\n", bench.ledger.c_str());
    return false;
  }
  SqliteFaults& disk = SqliteFaults::Install();
  disk.sync_micros = bench.sync < absl::ZeroDuration() ? -1 : static_cast<int>(absl::ToInt64Microseconds(bench.sync));
  Measurement measurement(absl::StrCat("sqlite:", bench.ledger));
  if (!measurement.Open()) return false;
  int before = 0;
  MeasureOrders(measurement, bench.duration, [&](int ordered) {
    const int syncs = disk.syncs - before;
    before = disk.syncs;
    return absl::StrFormat(", %.2f syncs/order", static_cast<double>(syncs) / ordered);
  });

  disk.sync_micros = 0;
  Ending unknown;
  unknown.error_reason = "WEBEX_ANSWER_LOST";
  measurement.Order(100, &unknown, [](int ordered) { return ordered >= kUnknownOnRecord; });
  const double rate = measurement.Order(256, nullptr, [&](int ordered) { return ordered >= bench.operations; });
  std::printf("without syncs, %d operations: %.0f orders/s\n", bench.operations, rate);
  measurement.Close();
  const auto size = static_cast<double>(std::filesystem::file_size(bench.ledger));
  const bool opened = measurement.Open();
  std::printf("start-up with about %d operations: %.0f ms, %.0f MB on disk\n", bench.operations,
              measurement.opened_in(), size / 1e6);
  std::printf("first 100 of %d unknown: %.2f ms; all of one user, by looking at each: %.0f ms; counts: %.2f ms\n",
              kUnknownOnRecord, measurement.MillisecondsOfList({.state = OperationState::kUnknown}),
              measurement.MillisecondsOfList({.user_id = "1@sp.com"}), measurement.MillisecondsOfCount());
  measurement.Close();
  std::filesystem::remove(bench.ledger);
  if (measurement.refused() > 0) std::fprintf(stderr, "webex-bench: %d claims were refused\n", measurement.refused());
  return opened && measurement.refused() == 0;
}

}  // namespace

bool MeasureLedger(const LedgerBench& bench) {
  return absl::StrContains(bench.ledger, "://") ? MeasureShared(bench) : MeasureFile(bench);
}

}  // namespace webex_gateway
