#include "server/ops/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_split.h"
#include "server/ops/metric_labels.h"
#include "server/webex/methods.h"

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

// A commit is a disk sync, or a few round trips more.
const Histogram::BucketBoundaries& CommitSeconds() {
  static const auto& buckets =
      *new Histogram::BucketBoundaries{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};
  return buckets;
}

// ---- What is read at the scrape.

MetricFamily FamilyOf(const Reading& reading) {
  const MetricType type = reading.type == Reading::Type::kCounter ? MetricType::Counter : MetricType::Gauge;
  MetricFamily family{reading.name, reading.help, type, {}};
  for (const Reading::Sample& sample : reading.samples) {
    ClientMetric& metric = family.metric.emplace_back();
    for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = sample.value;
  }
  return family;
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
  Counter& OrderOf(const std::string& order_method, const Fate& fate) {
    Counter*& counter = orders[{order_method, fate.outcome, fate.reason}];
    if (counter == nullptr) {
      counter = &order_family.Add({{"method", order_method}, {"outcome", fate.outcome}, {"reason", fate.reason}});
    }
    return *counter;
  }
  // Buckets for attempts, refreshes or commits.
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
  Family<Counter>& started_family = CounterFamily("grpc_server_started_total", "RPCs that arrived, of every service");
  Family<Counter>& handled_family = CounterFamily("grpc_server_handled_total", "RPCs that ended, by gRPC code");
  Family<Histogram>& seconds_family = HistogramFamily("grpc_server_handling_seconds", "How long RPCs took");
  Family<Gauge>& in_flight_family = GaugeFamily("webex_gateway_rpcs_in_flight", "RPCs that arrived and have not ended");
  Family<Counter>& order_family =
      CounterFamily("webex_gateway_orders_total",
                    "Answers to orders, by method, outcome and reason; a repeated order is counted again");
  Results attempts{
      CounterFamily("webex_gateway_attempts_total", "Attempts at Webex, by HTTP status or the failure to get one")};
  Results refreshes{CounterFamily("webex_gateway_token_refreshes_total",
                                  "Requests for an access token, by HTTP status or the failure to get one")};
  Histogram& attempt_seconds =
      HistogramFamily("webex_gateway_attempt_seconds", "How long attempts at Webex took").Add({}, Seconds());
  Results commits{CounterFamily("webex_gateway_ledger_commits_total",
                                "Attempts to commit to the ledger, usually many operations at once")};
  Histogram& commit_seconds =
      HistogramFamily("webex_gateway_ledger_commit_seconds", "How long successful ledger commits took")
          .Add({}, CommitSeconds());

  Counter& contradicted =
      CounterFamily("webex_gateway_contradicted_orders_total",
                    "Orders that Webex carried out although they were resolved otherwise: there may be two workspaces")
          .Add({});

  std::map<std::string, Method> methods;                                         // "": those without a handler
  std::map<std::tuple<std::string, std::string, std::string>, Counter*> orders;  // by method, outcome and reason
  std::map<RetryCause, Counter*> retries;
};

Metrics::Series::Series(const std::string& version, absl::Time began) {
  AddMethod("", {{"grpc_service", "unknown"}, {"grpc_method", "unknown"}, {"grpc_type", "unknown"}});
  for (const webex_gateway::Method& method : Methods()) {
    for (const Fate& fate : OrderFates()) OrderOf(method.name(), fate);
  }
  for (const std::string& result : AttemptResults()) {
    attempts.Add(result);
    refreshes.Add(result);
  }
  for (const char* const result : {kCommitted, kNotCommitted}) commits.Add(result);
  auto& retry_family = CounterFamily("webex_gateway_retries_total", "Attempts that were repeated, by cause");
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

std::string Metrics::Text() const {
  std::vector<MetricFamily> families = series_->registry.Collect();
  for (const Collector& collect : collectors_) {
    for (const Reading& reading : collect()) families.push_back(FamilyOf(reading));
  }
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
  series_->OrderOf(std::string(report.method), FateOf(report)).Increment();
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
