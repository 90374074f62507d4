#include "server/gateway.h"

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/process.h"
#include "server/base/uuid.h"
#include "server/gateway_callers.h"
#include "server/gateway_look.h"
#include "server/gateway_tokens.h"
#include "server/http/readings.h"
#include "server/ledger/open.h"
#include "server/ledger/readings.h"
#include "server/otlp/sampler.h"
#include "server/rpc/operation_service.h"
#include "server/rpc/readings.h"
#include "server/rpc/reflection_service.h"
#include "server/rpc/server_certificate.h"
#include "server/rpc/workspace_service.h"
#include "server/webex/access_token.h"
#include "server/webex/errors.h"
#include "server/webex/methods.h"

namespace webex_gateway {
namespace {

constexpr char kWorkspaceService[] = "webex.broadworks.v1.WorkspaceService";
constexpr char kOperationService[] = "webex.broadworks.v1.OperationService";

template <typename T>
Async<void> RunInto(std::shared_ptr<std::promise<T>> result, Async<T> task) {
  result->set_value(co_await std::move(task));
}

// Runs the task that `begin` returns on the loop, to its end. Not for the loop's thread.
template <typename T>
T Await(Loop& loop, std::function<Async<T>()> begin) {
  const auto result = std::make_shared<std::promise<T>>();
  boost::asio::post(loop, [&] { Spawn(loop, RunInto(result, begin())); });
  return result->get_future().get();
}

AdmissionOptions AdmissionOf(const Options& options) { return {options.max_upstream_calls, options.max_queued_calls}; }

// Who the spans come from, as far as the operator does not say otherwise.
SpanSource SourceOf(const OtlpOptions& options, const std::string& instance) {
  SpanSource source{options.resource, "webex-gateway", WEBEX_GATEWAY_VERSION};
  const auto add = [&source](const char* name, const std::string& value) {
    const bool is_there =
        absl::c_any_of(source.resource, [&](const auto& attribute) { return attribute.first == name; });
    if (!is_there && !value.empty()) source.resource.emplace_back(name, value);
  };
  add("service.version", source.version);
  add("service.instance.id", instance);
  add("host.name", HostName());
  return source;
}

void ReportReadiness(const std::vector<Check>& failing, Log& log) {
  const auto append = [](std::string* out, const Check& check) {
    absl::StrAppend(out, check.name, ": ", check.trouble);
  };
  if (failing.empty()) {
    log.Info("ready again");
  } else {
    log.Warn(absl::StrCat(TakesOrders(failing) ? "in trouble until an order gets through: " : "not ready: ",
                          absl::StrJoin(failing, "; ", append)));
  }
}

// Shows an operator who restored a wrong or an empty file.
void ReportCounts(const LedgerCounts& counts, Log& log) {
  const auto append_id = [](std::string* ids, const UnknownOperation& operation) { ids->append(operation.request_id); };
  log.Info(absl::StrCat("on record: ", counts.succeeded, " succeeded, ", counts.failed, " failed, ", counts.unknown,
                        " unknown", counts.oldest_unknown.empty() ? "" : ", the oldest ",
                        absl::StrJoin(counts.oldest_unknown, " ", append_id)));
}

}  // namespace

Gateway::Gateway(const Options& options, Log& log)
    : options_(options),
      log_(log),
      loop_(StartCpprestLoop()),
      clock_(CreateSystemClock(loop_)),
      started_at_(clock_->WallNow()),
      metrics_(WEBEX_GATEWAY_VERSION, started_at_),
      history_(*clock_),
      applied_(*clock_) {}

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Create(const Options& options, Log& log) {
  std::unique_ptr<Gateway> gateway(new Gateway(options, log));
  if (absl::Status status = gateway->CreateObservers(); !status.ok()) return status;
  if (absl::Status status = gateway->CreateUpstream(); !status.ok()) return status;
  if (absl::Status status = gateway->OpenLedger(); !status.ok()) return status;
  return gateway;
}

absl::Status Gateway::CreateObservers() {
  if (options_.otlp) {
    auto collector = CreateGrpcCollector(options_.otlp->collector, SourceOf(*options_.otlp, NewUuid(random_)), loop_);
    if (!collector.ok()) return absl::UnavailableError(absl::StrCat("spans: ", collector.status().message()));
    collector_ = *std::move(collector);
    spans_.emplace(loop_, *clock_, random_, *collector_, options_.otlp->batch,
                   [this](const std::string& what, bool trouble) { log_.Report("OTLP", what, trouble); });
    const TracingFacts facts{options_.webex_base_url, std::string(NameOf(options_.ledger.kind))};
    tracing_.emplace(*clock_, *spans_, random_, facts);
  }
  observers_.emplace(log_, metrics_, history_, applied_, tracing_ ? &*tracing_ : nullptr);
  return absl::OkStatus();
}

absl::Status Gateway::CreateUpstream() {
  absl::StatusOr<std::unique_ptr<WireClient>> wire = CreateCpprestClient(*clock_, WireOptionsOf(options_, log_));
  if (!wire.ok()) return wire.status();
  wire_.reset(wire->release());
  refresh_wire_ = WithTelemetry(*wire_, *clock_, *observers_, "refresh");
  if (options_.oauth && !options_.oauth->state.empty()) oauth_state_.emplace(loop_, options_.oauth->state);
  StateFile* const state = oauth_state_ ? &*oauth_state_ : nullptr;
  tokens_.reset(CreateTokenSource(options_, loop_, *clock_, random_, *refresh_wire_, state, log_).release());
  http_.reset(CreateStack(*wire_, *clock_, random_, *tokens_, RefusesAccessToken, *observers_,
                          {.admission = AdmissionOf(options_)})
                  .release());
  absl::StatusOr<std::unique_ptr<Webex>> webex = CreateWebex(http_->client(), *clock_);
  if (!webex.ok()) return webex.status();
  webex_ = *std::move(webex);
  absl::StatusOr<std::shared_ptr<ServerCertificate>> certificate = CreateCertificate(options_, *clock_, log_);
  if (!certificate.ok()) return certificate.status();
  certificate_ = *std::move(certificate);
  return absl::OkStatus();
}

LedgerOptions Gateway::LedgerOptionsOf() {
  LedgerOptions ledger{.place = options_.ledger,
                       .retention = options_.ledger_retention,
                       .subject_of_user = SubjectOfUserOnBroadWorks,
                       .gateway_id = NewUuid(random_),
                       .host = HostName()};
  if (!options_.ledger_password_file.empty()) {
    ledger.password = [path = options_.ledger_password_file] { return ReadSmallFile(path); };
  }
  ledger.observer.committed = [this](bool ok, absl::Duration took) { observers_->OnCommit(ok, took); };
  ledger.observer.noticed = [this](const std::string& words) { log_.Warn(absl::StrCat("--ledger: ", words)); };
  ledger.observer.changed = [this](const absl::Status& status) {
    if (status.ok()) {
      log_.Info("--ledger: orders can be recorded again");
      if (!counts_reported_) Spawn(loop_, CountAndReport());
    } else {
      log_.Warn(absl::StrCat("--ledger: orders cannot be recorded, so all are refused: ", status.message()));
    }
  };
  return ledger;
}

absl::Status Gateway::OpenLedger() {
  absl::StatusOr<std::unique_ptr<Ledger>> ledger = webex_gateway::OpenLedger(LedgerOptionsOf(), loop_, *clock_);
  if (!ledger.ok()) return absl::UnavailableError(absl::StrCat("--ledger: ", ledger.status().message()));
  ledger_.reset(ledger->release());
  return absl::OkStatus();
}

void Gateway::CloseLedger::operator()(Ledger* ledger) const {
  const auto closed = std::make_shared<std::promise<void>>();
  boost::asio::post(gateway->loop_, [ledger, closed] {
    delete ledger;
    closed->set_value();
  });
  const auto limit = absl::ToChronoMilliseconds(gateway->options_.stop.ledger_close);
  if (closed->get_future().wait_for(limit) == std::future_status::ready) return;
  gateway->log_.Warn("the ledger does not close; its disk may hang");
  gateway->ExitNow(gateway->stopped_ ? EXIT_SUCCESS : EXIT_FAILURE);
}

absl::Status Gateway::Recover() {
  const auto count = Await<absl::StatusOr<int64_t>>(loop_, [this] { return ledger_->Recover(); });
  if (absl::IsUnavailable(count.status())) {
    log_.Warn("--ledger: the gateway serves, but is not ready: it accepts orders once PostgreSQL is available");
    return absl::OkStatus();
  }
  if (!count.ok()) {
    const bool login = absl::IsPermissionDenied(count.status());
    return absl::UnavailableError(absl::StrCat(
        "--ledger: ", count.status().message(),
        login ? "; --ledger names user and database, --ledger_password_file (or PGPASSFILE) the password" : ""));
  }
  if (*count > 0) {
    log_.Warn(absl::StrCat("the ledger has ", *count, " operations that were under way when the gateway last ended: ",
                           "their outcome is unknown until they are resolved or, if updates or removals, repeated"));
  }
  return absl::OkStatus();
}

Async<void> Gateway::CountAndReport() {
  const absl::StatusOr<LedgerCounts> counts = co_await ledger_->Count();
  if (!counts.ok() || std::exchange(counts_reported_, true)) co_return;
  ReportCounts(*counts, log_);
}

Async<bool> Gateway::CountAtStart() {
  co_await CountAndReport();
  co_return counts_reported_;
}

absl::Status Gateway::Serve() {
  Await<bool>(loop_, [this] { return CountAtStart(); });
  if (options_.ledger.kind == LedgerKind::kNone) {
    log_.Warn("--ledger=none: orders are not recorded, so after a crash or a lost answer an order may be sent twice");
  }
  CreateServices();
  OnLoopAndWait(loop_, [this] { CreateMonitor(); });  // it reads what the loop is already writing
  if (!options_.admin_listen.empty()) {
    absl::StatusOr<std::unique_ptr<AdminServer>> admin =
        StartAdminServer(loop_, {.listen = options_.admin_listen, .names = options_.admin_names}, monitor_->Pages());
    if (!admin.ok()) return absl::UnavailableError(absl::StrCat("--admin_listen: ", admin.status().message()));
    admin_ = *std::move(admin);
  }
  if (absl::Status status = server_->Start(options_.listen, certificate_); !status.ok()) {
    const bool address = absl::IsUnavailable(status) || absl::IsAlreadyExists(status);
    return absl::UnavailableError(absl::StrCat(address ? "--listen: " : "", status.message()));
  }
  if (collector_ != nullptr) collector_->Start();
  boost::asio::post(loop_, [this] {
    if (spans_) spans_->Start();
    tokens_->Start();
    monitor_->Start();
    Spawn(loop_, Look());
  });
  log_.OnServing({.version = WEBEX_GATEWAY_VERSION,
                  .listen = absl::StrJoin(options_.listen, ","),
                  .ports = server_->ports(),
                  .admin_listen = options_.admin_listen,
                  .admin_port = admin_ != nullptr ? admin_->port() : 0,
                  .webex_base_url = options_.webex_base_url});
  return absl::OkStatus();
}

// With plain http, the host is a sandbox on this machine.
Async<void> Gateway::Look() {
  if (!absl::StartsWith(options_.webex_base_url, "https:")) co_return;
  looking_ = true;
  co_await LookAtWebex(options_, *clock_, log_, stop_looking_.get_token());
  looking_ = false;
}

Async<bool> Gateway::IsLooking() { co_return looking_; }

void Gateway::CreateServices() {
  orders_.emplace(loop_, *clock_, *ledger_, *webex_, *observers_, [this] { return NewUuid(random_); });
  server_ = CreateRpcServer(options_, loop_, *clock_, metrics_, log_);
  const Sampler sampler = options_.otlp ? SamplerOf(options_.otlp->sampler) : Sampler();
  AddWorkspaceService(*server_, *clock_, *orders_, *observers_, random_,
                      {.default_deadline = options_.default_deadline,
                       .felt_limit = [this] { return FeltLimit(http_->Status()); },
                       .sampler = sampler});
  AddOperationService(*server_, *clock_, *ledger_, *observers_, log_, random_, ReadPolicy(options_.read_clients),
                      sampler);
  AddReflectionService(*server_, {kWorkspaceService, kOperationService, "grpc.health.v1.Health"});
  health_.emplace(*server_);
  health_->Set(kOperationService, true);
}

void Gateway::CreateMonitor() {
  monitor_.emplace(*clock_,
                   Facts{WEBEX_GATEWAY_VERSION, started_at_, std::string(NameOf(options_.ledger.kind)),
                         AdmissionOf(options_), WebexctlOf(options_, ProcessEnvironment(), HostName())},
                   Sources{.stack = [this] { return http_->Status(); },
                           .token = [this] { return http_->Token(); },
                           .ledger = [this] { return ledger_->Health(); },
                           .none_applied = [this] { return applied_.warning(); }},
                   metrics_, history_, *health_, std::vector<std::string>{kWorkspaceService},
                   [this](const std::vector<Check>& failing) { ReportReadiness(failing, log_); });
  metrics_.Collect([this] { return ReadingsOf(wire_->counts()); });
  metrics_.Collect([this] { return ReadingsOf(http_->Status()); });
  metrics_.Collect([this] { return ReadingsOf(http_->Token()); });
  metrics_.Collect([this] { return ReadingsOf(applied_); });
  metrics_.Collect([this] { return ReadingsOf(ledger_->Health().counts, clock_->WallNow()); });
  metrics_.Collect([this] { return ReadingsOf(NameOf(options_.ledger.kind), ledger_->Health().volume); });
  metrics_.Collect([this] { return ReadingsOf(server_->counts()); });
  metrics_.Collect([this] { return ReadingsOf(certificate_.get(), clock_->WallNow()); });
  metrics_.Collect([this] { return ReadingsOf(monitor_->Readiness()); });
  metrics_.Collect([this] { return ReadingsOf(log_); });
  metrics_.Collect([this] { return ReadingsOf(spans_ ? spans_->counts() : SpanCounts()); });
  metrics_.Collect([] { return ReadingsOf(ReadProcessUse()); });
}

StopSteps Gateway::StepsOfStop() {
  return {
      .not_ready =
          [this] {
            monitor_->Drain(options_.stop);
            log_.Info("stopping: calls under way may finish; another signal ends the process at once");
          },
      .refuse_orders = [this] { orders_->RefuseOrders(); },
      .hold_answers = [this](StopSteps::Done done) { server_->HoldAnswers(std::move(done)); },
      .await_idle = [this](StopSteps::Done done) { orders_->WhenIdle(std::move(done)); },
      .stop_tokens = [this](StopSteps::Done done) { tokens_->Stop(std::move(done)); },
      .flush_spans =
          [this](StopSteps::Done done) { spans_ ? spans_->Stop(options_.stop.last_spans, std::move(done)) : done(); }};
}

void Gateway::Stop() {
  const StopLimits& limits = options_.stop;
  boost::asio::post(loop_, [this] { stop_looking_.request_stop(); });
  const auto until = Await<Clock::Time>(loop_, [&] { return RefuseOrders(*clock_, limits, StepsOfStop()); });
  server_->SendCallersAway();
  const bool drained = Await<bool>(loop_, [&] { return AwaitOrders(*clock_, until, StepsOfStop()); });
  std::unique_ptr<Timer> limit;
  OnLoopAndWait(loop_, [&] {
    const absl::Duration last = limits.last_calls + limits.last_answers + limits.last_records;
    limit = clock_->At(Later(clock_->Now(), last), [this] { EndDespiteCalls(); });
  });
  server_->Shutdown(drained ? limits.last_calls : absl::ZeroDuration(), limits.last_answers);
  OnLoopAndWait(loop_, [&] { limit = nullptr; });
  const auto unfinished = Await<Unfinished>(loop_, [&] { return EndWork(*clock_, limits, StepsOfStop()); });
  if (unfinished == Unfinished::kOrders) {
    log_.Warn("stopped with orders under way: their outcome is unknown");
  } else {
    log_.Info("stopped");
  }
  const bool looking = Await<bool>(loop_, [this] { return IsLooking(); });
  // Work still under way uses the members that would be destroyed.
  if (unfinished != Unfinished::kNothing || looking) ExitNow(EXIT_SUCCESS);
  stopped_ = true;
}

// Calls about operations wait for the ledger, for as long as its disk hangs. Orders do not.
void Gateway::EndDespiteCalls() {
  log_.Warn("stopped with calls under way: the ledger does not answer them; its disk may hang");
  ExitNow(EXIT_SUCCESS);
}

void Gateway::ExitNow(int code) {
  log_.Flush();
  std::_Exit(code);
}

}  // namespace webex_gateway
