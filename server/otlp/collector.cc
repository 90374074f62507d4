#include "server/otlp/collector.h"

#include <grpcpp/grpcpp.h>

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "opentelemetry/proto/collector/trace/v1/trace_service.grpc.pb.h"
#include "server/base/small_file.h"

namespace webex_gateway {
namespace {

namespace v1 = opentelemetry::proto::collector::trace::v1;

constexpr size_t kMostOfFile = 1 << 20;  // for example, all of the system's certificates in one file
constexpr int kLongestReconnectBackoffMs = 10'000;

// The collector's RetryInfo.
std::optional<absl::Duration> RetryAfterIn(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return std::nullopt;
  for (const google::protobuf::Any& detail : details.details()) {
    google::rpc::RetryInfo info;
    if (!detail.Is<google::rpc::RetryInfo>() || !detail.UnpackTo(&info)) continue;
    return absl::Seconds(info.retry_delay().seconds()) + absl::Nanoseconds(info.retry_delay().nanos());
  }
  return std::nullopt;
}

ExportAnswer AnswerOf(const grpc::Status& status, const v1::ExportTraceServiceResponse& response) {
  if (!status.ok()) {
    return {absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message()),
            RetryAfterIn(status)};
  }
  const v1::ExportTracePartialSuccess& partial = response.partial_success();
  return {.rejected = partial.rejected_spans(), .words = partial.error_message()};
}

absl::Status ReadInto(const std::string& path, std::string& content) {
  if (path.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> read = ReadSmallFile(path, kMostOfFile);
  if (!read.ok()) return read.status();
  content = *std::move(read);
  return absl::OkStatus();
}

class OverGrpc : public GrpcCollector {
 public:
  OverGrpc(CollectorOptions options, std::shared_ptr<grpc::ChannelCredentials> credentials, SpanSource source,
           Loop& loop)
      : options_(std::move(options)), credentials_(std::move(credentials)), source_(std::move(source)), loop_(loop) {}

  ~OverGrpc() override {
    Cancel();
    if (thread_.joinable()) thread_.join();
  }

  void Start() override {
    grpc::ChannelArguments arguments;
    arguments.SetUserAgentPrefix(absl::StrCat(source_.name, "/", source_.version));
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectBackoffMs);
    stub_ = v1::TraceService::NewStub(grpc::CreateCustomChannel(options_.target, credentials_, arguments));
    thread_ = std::thread([this] { Work(); });
  }

  Async<ExportAnswer> Export(std::shared_ptr<const Spans> spans, absl::Duration limit) override {
    const auto job = std::make_shared<Job>();
    job->spans = std::move(spans);
    job->limit = limit;
    if (!Give(job)) co_return ExportAnswer{absl::CancelledError("the gateway stops")};
    co_await job->done.Wait();
    co_return job->answer;
  }

  void Cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (job_ != nullptr) job_->context.TryCancel();
    changed_.notify_one();
  }

 private:
  // One export. It belongs to the thread until the loop sets `done`.
  struct Job {
    std::shared_ptr<const Spans> spans;
    absl::Duration limit;
    grpc::ClientContext context;
    ExportAnswer answer;
    Event done;
  };

  bool Give(const std::shared_ptr<Job>& job) {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return false;
    job_ = job;
    changed_.notify_one();
    return true;
  }

  // The next job; null at the end.
  std::shared_ptr<Job> Await() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return job_ != nullptr || cancelled_; });
    return job_;
  }

  void Work() {
    while (const std::shared_ptr<Job> job = Await()) {
      job->answer = Send(*job);
      {
        const std::lock_guard lock(mutex_);
        job_ = nullptr;
      }
      boost::asio::post(loop_, [job] { job->done.Set(); });
    }
  }

  ExportAnswer Send(Job& job) {
    v1::ExportTraceServiceRequest request;
    v1::ExportTraceServiceResponse response;
    Encode(*job.spans, source_, request);
    for (const auto& [name, value] : options_.headers) job.context.AddMetadata(name, value);
    if (options_.gzip) job.context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    job.context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                          gpr_time_from_nanos(absl::ToInt64Nanoseconds(job.limit), GPR_TIMESPAN)));
    const grpc::Status status = stub_->Export(&job.context, request, &response);
    return AnswerOf(status, response);
  }

  const CollectorOptions options_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;
  const SpanSource source_;
  Loop& loop_;
  std::unique_ptr<v1::TraceService::Stub> stub_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Job> job_;  // with mutex_; from Give until it has been sent
  bool cancelled_ = false;    // with mutex_
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcCollector>> CreateGrpcCollector(const CollectorOptions& options, SpanSource source,
                                                                   Loop& loop) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (options.is_tls) {
    grpc::SslCredentialsOptions tls;
    absl::Status read = ReadInto(options.ca_file, tls.pem_root_certs);
    read.Update(ReadInto(options.client_key_file, tls.pem_private_key));
    read.Update(ReadInto(options.client_certificate_file, tls.pem_cert_chain));
    if (!read.ok()) return read;
    credentials = grpc::SslCredentials(tls);
  }
  return std::make_unique<OverGrpc>(options, std::move(credentials), std::move(source), loop);
}

}  // namespace webex_gateway
