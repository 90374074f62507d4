#include "server/ops/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_split.h"
#include "server/ops/metric_labels.h"

namespace webex_gateway {
namespace {

using prometheus::ClientMetric;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::MetricFamily;
using prometheus::MetricType;

const Histogram::BucketBoundaries& Seconds() {
  static const auto& buckets =
      *new Histogram::BucketBoundaries{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return buckets;
}

constexpr char kCommitted[] = "ok";
constexpr char kNotCommitted[] = "failed";

// A commit is a sync of a disk, or a few round trips more.
const Histogram::BucketBoundaries& CommitSeconds() {
  static const auto& buckets =
      *new Histogram::BucketBoundaries{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};
  return buckets;
}

// ---- What is read at the scrape.

struct Sample {
  double value = 0;
  std::vector<ClientMetric::Label> labels = {};
};

MetricFamily Read(MetricType type, const std::string& name, const std::string& help,
                  const std::vector<Sample>& samples) {
  MetricFamily family{name, help, type, {}};
  for (const Sample& sample : samples) {
    ClientMetric& metric = family.metric.emplace_back();
    metric.label = sample.labels;
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = sample.value;
  }
  return family;
}

MetricFamily ReadCounter(const std::string& name, const std::string& help, int64_t value) {
  return Read(MetricType::Counter, name, help, {{static_cast<double>(value)}});
}

MetricFamily ReadGauge(const std::string& name, const std::string& help, double value) {
  return Read(MetricType::Gauge, name, help, {{value}});
}

MetricFamily BreakerState(Breaker::State now) {
  std::vector<Sample> samples;
  for (const Breaker::State state : {Breaker::State::kClosed, Breaker::State::kOpen, Breaker::State::kHalfOpen}) {
    samples.push_back({state == now ? 1.0 : 0.0, {{"state", std::string(NameOf(state))}}});
  }
  return Read(MetricType::Gauge, "webex_gateway_breaker_state", "1 for the circuit breaker's present state", samples);
}

MetricFamily Readiness(const std::vector<Check>& checks) {
  std::vector<Sample> samples;
  for (const Check& check : checks) samples.push_back({check.ok() ? 1.0 : 0.0, {{"check", check.name}}});
  return Read(MetricType::Gauge, "webex_gateway_ready", "1 where this check of readiness passes", samples);
}

// NaN for what is not known: no comparison holds for it, so no alert fires.
double SecondsLeft(const std::optional<absl::Duration>& left) {
  return left ? absl::ToDoubleSeconds(*left) : std::numeric_limits<double>::quiet_NaN();
}

MetricFamily TokenLifetimes(const TokenHealth& token) {
  return Read(MetricType::Gauge, "webex_gateway_token_expires_in_seconds",
              "Time left to a token for Webex, negative once it is over; NaN where it is not known",
              {{SecondsLeft(token.token_expires_in), {{"token", "access"}}},
               {SecondsLeft(token.refresh_token_expires_in), {{"token", "refresh"}}}});
}

MetricFamily CertificateLifetime(const std::optional<absl::Duration>& left) {
  return Read(MetricType::Gauge, "webex_gateway_certificate_expires_in_seconds",
              "Time left to the certificate that callers are shown, negative once it is over; NaN where there is none",
              {{SecondsLeft(left), {}}});
}

MetricFamily LedgerOperations(const LedgerCounts& counts) {
  const auto of = [](const char* state, int64_t count) {
    return Sample{static_cast<double>(count), {{"state", state}}};
  };
  return Read(MetricType::Gauge, "webex_gateway_ledger_operations", "Operations on record, by what became of them",
              {of("in_flight", counts.in_flight), of("succeeded", counts.succeeded), of("failed", counts.failed),
               of("unknown", counts.unknown)});
}

MetricFamily RpcPlaces(const RpcServer::Use& use) {
  const auto of = [](const char* kind, const char* state, int count) {
    return Sample{static_cast<double>(count), {{"kind", kind}, {"state", state}}};
  };
  return Read(MetricType::Gauge, "webex_gateway_rpc_places",
              "RPCs that callers may have under way: how many are, and how many more may be",
              {of("call", "taken", use.calls), of("call", "free", use.max_calls - use.calls),
               of("watch", "taken", use.watches), of("watch", "free", use.max_watches - use.watches)});
}

// By clocks that may differ, so never negative.
double OldestUnknownSeconds(const Readings& now) {
  if (now.ledger.oldest_unknown.empty()) return 0;
  return std::max(0.0, absl::ToDoubleSeconds(now.now - now.ledger.oldest_unknown.front().since));
}

std::vector<MetricFamily> FamiliesOf(const Readings& now) {
  return {
      ReadCounter("webex_gateway_sends_total", "Requests that began to leave: Webex has seen no more than these",
                  now.wire.sends),
      ReadCounter("webex_gateway_vetoed_resends_total", "Re-sends by the HTTP library, stopped before they left",
                  now.wire.vetoed_resends),
      ReadCounter("webex_gateway_stale_connections_total", "Connections found unfit before a request left on them",
                  now.wire.stale),
      ReadCounter("webex_gateway_too_long_answers_total", "Answers given up because of their size", now.wire.too_long),
      ReadCounter("webex_gateway_log_lines_dropped_total", "Lines of the log that could not be written",
                  now.log_lines_dropped),
      ReadCounter("webex_gateway_floods_ended_total",
                  "Callers' connections ended because of headers, resets or pings without end", now.floods_ended),
      ReadCounter("webex_gateway_connections_refused_total", "Callers' connections closed because there were too many",
                  now.connections_refused),
      RpcPlaces(now.rpcs),
      ReadCounter("webex_gateway_handshakes_failed_total", "Callers' TLS handshakes that came to nothing",
                  now.handshakes_failed),
      ReadGauge("webex_gateway_calls_in_flight", "Calls to Webex under way, with their retries and waits",
                now.stack.admission.under_way),
      ReadGauge("webex_gateway_calls_queued", "Calls that wait because as many as allowed are under way",
                now.stack.admission.queued),
      ReadGauge("webex_gateway_pace_requests_per_second", "Requests that may leave; +Inf while Webex has set no limit",
                now.stack.pace),
      ReadGauge("webex_gateway_pause_seconds", "For how long nothing is sent, since Webex asked for that (429)",
                absl::ToDoubleSeconds(now.stack.paused)),
      BreakerState(now.stack.breaker),
      Readiness(now.readiness),
      TokenLifetimes(now.token),
      CertificateLifetime(now.certificate_expires_in),
      LedgerOperations(now.ledger),
      ReadGauge("webex_gateway_ledger_oldest_unknown_seconds",
                "For how long the oldest UNKNOWN operation has been so; 0 where there is none",
                OldestUnknownSeconds(now)),
      ReadGauge("process_resident_memory_bytes", "Resident memory size in bytes",
                static_cast<double>(now.process.resident_bytes)),
      ReadGauge("process_open_fds", "Number of open file descriptors", static_cast<double>(now.process.open_fds)),
      ReadGauge("process_max_fds", "Maximum number of open file descriptors", static_cast<double>(now.process.max_fds)),
      Read(MetricType::Counter, "process_cpu_seconds_total", "User and system CPU time spent in seconds",
           {{absl::ToDoubleSeconds(now.process.cpu)}}),
  };
}

}  // namespace

// ---- What is counted as it happens.

struct Metrics::Series {
  struct Method {
    Counter* started;
    std::array<Counter*, kGrpcCodes.size()> handled;
    Histogram* seconds;
    Gauge* in_flight;
  };

  Series(const std::string& version, absl::Time began);
  void AddMethod(const std::string& key, const Labels& labels);
  Counter& AddOrder(const Fate& fate) {
    return *orders
                .try_emplace({fate.outcome, fate.reason},
                             &order_family.Add({{"outcome", fate.outcome}, {"reason", fate.reason}}))
                .first->second;
  }
  // Of attempts, refreshes or commits.
  struct Results {
    Family<Counter>& family;
    std::map<std::string, Counter*> counters = {};

    Counter& Add(const std::string& result) {
      return *counters.try_emplace(result, &family.Add({{"result", result}})).first->second;
    }
    void Count(const std::string& result) {
      const auto found = counters.find(result);
      (found == counters.end() ? Add(result) : *found->second).Increment();
    }
  };

  Family<Counter>& CounterFamily(const std::string& name, const std::string& help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& GaugeFamily(const std::string& name, const std::string& help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& HistogramFamily(const std::string& name, const std::string& help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  prometheus::Registry registry;
  Family<Counter>& started_family = CounterFamily("grpc_server_started_total", "RPCs that came, of every service");
  Family<Counter>& handled_family = CounterFamily("grpc_server_handled_total", "RPCs that ended, by gRPC code");
  Family<Histogram>& seconds_family = HistogramFamily("grpc_server_handling_seconds", "How long RPCs took to end");
  Family<Gauge>& in_flight_family = GaugeFamily("webex_gateway_rpcs_in_flight", "RPCs that came and have not ended");
  Family<Counter>& order_family = CounterFamily(
      "webex_gateway_orders_total",
      "Answers to orders, by what was known of the order then, and why; a repeated order is answered again");
  Results attempts{
      CounterFamily("webex_gateway_attempts_total", "Attempts at Webex, by HTTP status or the failure to get one")};
  Results refreshes{CounterFamily("webex_gateway_token_refreshes_total",
                                  "Requests for another access token, by HTTP status or the failure to get one")};
  Histogram& attempt_seconds =
      HistogramFamily("webex_gateway_attempt_seconds", "How long attempts at Webex took").Add({}, Seconds());
  Results commits{CounterFamily("webex_gateway_ledger_commits_total",
                                "Attempts to make something durable in the ledger, many operations at once as a rule")};
  Histogram& commit_seconds =
      HistogramFamily("webex_gateway_ledger_commit_seconds", "How long those took that succeeded")
          .Add({}, CommitSeconds());

  Counter& contradicted =
      CounterFamily("webex_gateway_contradicted_orders_total",
                    "Orders that Webex took although someone had said otherwise: there may be two workspaces")
          .Add({});

  std::map<std::string, Method> methods;  // "": those that nobody handles
  std::map<std::pair<std::string, std::string>, Counter*> orders;
  std::map<RetryCause, Counter*> retries;
};

Metrics::Series::Series(const std::string& version, absl::Time began) {
  AddMethod("", {{"grpc_service", "unknown"}, {"grpc_method", "unknown"}, {"grpc_type", "unknown"}});
  for (const Fate& fate : OrderFates()) AddOrder(fate);
  for (const std::string& result : AttemptResults()) {
    attempts.Add(result);
    refreshes.Add(result);
  }
  for (const char* const result : {kCommitted, kNotCommitted}) commits.Add(result);
  auto& retry_family = CounterFamily("webex_gateway_retries_total", "Attempts made again, by what spoke for it");
  for (const RetryCause cause : RetryCauses()) {
    retries[cause] = &retry_family.Add({{"cause", std::string(NameOf(cause))}});
  }
  GaugeFamily("webex_gateway_build_info", "1, with the version").Add({{"version", version}}).Set(1);
  GaugeFamily("process_start_time_seconds", "Start time of the process since unix epoch in seconds")
      .Add({})
      .Set(absl::ToDoubleSeconds(began - absl::UnixEpoch()));
}

void Metrics::Series::AddMethod(const std::string& key, const Labels& labels) {
  Method& method = methods[key];
  method.started = &started_family.Add(labels);
  method.seconds = &seconds_family.Add(labels, Seconds());
  method.in_flight = &in_flight_family.Add(labels);
  for (size_t code = 0; code < kGrpcCodes.size(); ++code) {
    Labels coded = labels;
    coded["grpc_code"] = kGrpcCodes[code];
    method.handled[code] = &handled_family.Add(coded);
  }
}

Metrics::Metrics(const std::string& version, absl::Time started)
    : series_(std::make_unique<Series>(version, started)) {}

Metrics::~Metrics() = default;

std::string Metrics::Text(const Readings& readings) const {
  std::vector<MetricFamily> families = series_->registry.Collect();
  std::vector<MetricFamily> read = FamiliesOf(readings);
  std::move(read.begin(), read.end(), std::back_inserter(families));
  return prometheus::TextSerializer().Serialize(families);
}

void Metrics::OnMethod(const std::string& method, RpcType type) {
  const std::vector<std::string> parts = absl::StrSplit(method, '/');  // "/package.Service/Method"
  series_->AddMethod(method,
                     {{"grpc_service", parts[1]}, {"grpc_method", parts[2]}, {"grpc_type", std::string(NameOf(type))}});
}

void Metrics::OnStarted(const std::string& method) {
  const Series::Method& series = series_->methods.at(method);
  series.started->Increment();
  series.in_flight->Increment();
}

void Metrics::OnHandled(const std::string& method, absl::StatusCode code, absl::Duration elapsed) {
  const Series::Method& series = series_->methods.at(method);
  series.handled.at(static_cast<size_t>(code))->Increment();
  series.seconds->Observe(absl::ToDoubleSeconds(elapsed));
  series.in_flight->Decrement();
}

void Metrics::OnAnswered(const RpcReport& report) {
  if (!report.is_order) return;
  const Fate fate = FateOf(report);
  const auto found = series_->orders.find({fate.outcome, fate.reason});
  (found == series_->orders.end() ? series_->AddOrder(fate) : *found->second).Increment();
}

void Metrics::OnSent(const SendReport& report) {
  if (report.stage == "refresh") series_->refreshes.Count(ResultOf(report.result));
  if (report.stage != "attempt") return;
  series_->attempts.Count(ResultOf(report.result));
  series_->attempt_seconds.Observe(absl::ToDoubleSeconds(report.elapsed));
}

void Metrics::OnRetry(RetryCause cause) { series_->retries.at(cause)->Increment(); }

void Metrics::OnContradicted() { series_->contradicted.Increment(); }

void Metrics::OnCommit(bool ok, absl::Duration took) {
  series_->commits.Count(ok ? kCommitted : kNotCommitted);
  if (ok) series_->commit_seconds.Observe(absl::ToDoubleSeconds(took));
}

}  // namespace webex_gateway
