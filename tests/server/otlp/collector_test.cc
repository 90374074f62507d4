// The collector's port against a receiver of the public protocol, over real gRPC.
#include "server/otlp/collector.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "opentelemetry/proto/collector/trace/v1/trace_service.grpc.pb.h"
#include "server/base/small_file.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/loop_thread.h"
#include "tests/server/testing/test_certificate.h"

namespace webex_gateway {
namespace {

namespace v1 = opentelemetry::proto::collector::trace::v1;
using testing::HasSubstr;

class Receiver : public v1::TraceService::Service {
 public:
  using Answer = std::function<grpc::Status(grpc::ServerContext& context, v1::ExportTraceServiceResponse& response)>;

  explicit Receiver(const std::shared_ptr<grpc::ServerCredentials>& credentials = grpc::InsecureServerCredentials()) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~Receiver() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::Status Export(grpc::ServerContext* context, const v1::ExportTraceServiceRequest* request,
                      v1::ExportTraceServiceResponse* response) override {
    {
      const std::lock_guard lock(mutex_);
      received_ = *request;
      for (const auto& [name, value] : context->client_metadata()) {
        headers_.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
      }
      ++exports_;
      changed_.notify_all();
    }
    return answer(*context, *response);
  }

  void AwaitExport() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return exports_ > 0; });
  }

  int port() const { return port_; }
  v1::ExportTraceServiceRequest received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  std::multimap<std::string, std::string> headers() const {
    const std::lock_guard lock(mutex_);
    return headers_;
  }

  Answer answer = [](grpc::ServerContext&, v1::ExportTraceServiceResponse&) { return grpc::Status::OK; };

 private:
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int exports_ = 0;
  v1::ExportTraceServiceRequest received_;
  std::multimap<std::string, std::string> headers_;
  std::unique_ptr<grpc::Server> server_;
};

constexpr auto kFull = grpc::StatusCode::RESOURCE_EXHAUSTED;

class CollectorTest : public testing::Test {
 protected:
  std::unique_ptr<GrpcCollector> Connect(CollectorOptions options) {
    auto collector = CreateGrpcCollector(options, {{{"service.name", "s"}}, "webex-gateway", "1.2"}, loop_.loop());
    EXPECT_TRUE(collector.ok()) << collector.status();
    (*collector)->Start();
    return *std::move(collector);
  }
  std::unique_ptr<GrpcCollector> Connect(int port) { return Connect({.target = absl::StrCat("127.0.0.1:", port)}); }

  static Async<void> Keep(SpanCollector& collector, std::shared_ptr<const Spans> spans, absl::Duration limit,
                          std::promise<ExportAnswer>& answer) {
    answer.set_value(co_await collector.Export(std::move(spans), limit));
  }
  std::future<ExportAnswer> Begin(SpanCollector& collector, absl::Duration limit = absl::Seconds(10)) {
    auto spans = std::make_shared<Spans>();
    spans->push_back({.trace_id = std::string(32, 'a'), .span_id = std::string(16, 'b'), .name = "POST"});
    answers_.emplace_back();
    std::promise<ExportAnswer>& answer = answers_.back();
    loop_.Run([&] { Spawn(loop_.loop(), Keep(collector, std::move(spans), limit, answer)); });
    return answer.get_future();
  }
  ExportAnswer Export(SpanCollector& collector, absl::Duration limit = absl::Seconds(10)) {
    return Begin(collector, limit).get();
  }

  std::deque<std::promise<ExportAnswer>> answers_;
  LoopThread loop_;
};

TEST_F(CollectorTest, HandsSpansAndHeadersOver) {
  Receiver receiver;
  const auto collector = Connect({.target = absl::StrCat("127.0.0.1:", receiver.port()),
                                  .headers = {{"authorization", "Bearer t"}},
                                  .gzip = true});
  EXPECT_EQ(Export(*collector).status, absl::OkStatus());
  ASSERT_EQ(receiver.received().resource_spans_size(), 1);
  EXPECT_EQ(receiver.received().resource_spans(0).scope_spans(0).spans(0).name(), "POST");
  const auto headers = receiver.headers();
  EXPECT_EQ(headers.find("authorization")->second, "Bearer t");
  EXPECT_THAT(headers.find("user-agent")->second, HasSubstr("webex-gateway/1.2 "));
}

TEST_F(CollectorTest, TellsOfAPartialSuccess) {
  Receiver receiver;
  receiver.answer = [](grpc::ServerContext&, v1::ExportTraceServiceResponse& response) {
    response.mutable_partial_success()->set_rejected_spans(1);
    response.mutable_partial_success()->set_error_message("too old");
    return grpc::Status::OK;
  };
  const auto collector = Connect(receiver.port());
  const ExportAnswer answer = Export(*collector);
  EXPECT_EQ(answer.status, absl::OkStatus());
  EXPECT_EQ(answer.rejected, 1);
  EXPECT_EQ(answer.words, "too old");
}

TEST_F(CollectorTest, ReadsWhenTheCollectorWantsToBeAskedAgain) {
  Receiver receiver;
  receiver.answer = [](grpc::ServerContext&, v1::ExportTraceServiceResponse&) {
    google::rpc::RetryInfo info;
    info.mutable_retry_delay()->set_seconds(3);
    google::rpc::Status status;
    status.add_details()->PackFrom(info);
    return grpc::Status(kFull, "full", status.SerializeAsString());
  };
  const auto collector = Connect(receiver.port());
  const ExportAnswer answer = Export(*collector);
  EXPECT_EQ(answer.status, absl::ResourceExhaustedError("full"));
  EXPECT_EQ(answer.retry_after, absl::Seconds(3));
}

TEST_F(CollectorTest, TellsACollectorThatIsFullWithoutAWordOfWhen) {
  Receiver receiver;
  receiver.answer = [](grpc::ServerContext&, v1::ExportTraceServiceResponse&) {
    return grpc::Status(kFull, "full", "no message");
  };
  const auto collector = Connect(receiver.port());
  EXPECT_EQ(Export(*collector).retry_after, std::nullopt);
}

TEST_F(CollectorTest, GivesUpOnACollectorThatHangs) {
  Receiver receiver;
  receiver.answer = [](grpc::ServerContext& context, v1::ExportTraceServiceResponse&) {
    while (!context.IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  };
  const auto collector = Connect(receiver.port());
  EXPECT_EQ(Export(*collector, absl::Milliseconds(50)).status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(CollectorTest, EndsAnExportAtOnceWhenItIsCancelled) {
  Receiver receiver;
  receiver.answer = [](grpc::ServerContext& context, v1::ExportTraceServiceResponse&) {
    while (!context.IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  };
  const auto collector = Connect(receiver.port());
  std::future<ExportAnswer> answer = Begin(*collector);
  receiver.AwaitExport();
  collector->Cancel();
  EXPECT_EQ(answer.get().status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Export(*collector).status.code(), absl::StatusCode::kCancelled);
}

TEST_F(CollectorTest, TellsOfACollectorThatIsNotThere) {
  int port = 0;
  {
    const Receiver receiver;
    port = receiver.port();
  }
  const auto collector = Connect(port);
  EXPECT_EQ(Export(*collector).status.code(), absl::StatusCode::kUnavailable);
}

std::string ContentOf(const std::string& file) { return *ReadSmallFile(file); }

TEST_F(CollectorTest, SpeaksTlsAndShowsItsOwnCertificate) {
  const TestCertificate own("127.0.0.1");
  const TestCertificate client("client");
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = ContentOf(client.certificate_file());
  tls.pem_key_cert_pairs.push_back({ContentOf(own.key_file()), ContentOf(own.certificate_file())});
  Receiver receiver(grpc::SslServerCredentials(tls));
  const auto collector = Connect({.target = absl::StrCat("127.0.0.1:", receiver.port()),
                                  .is_tls = true,
                                  .ca_file = own.certificate_file(),
                                  .client_certificate_file = client.certificate_file(),
                                  .client_key_file = client.key_file()});
  EXPECT_EQ(Export(*collector).status, absl::OkStatus());

  const TestCertificate other("127.0.0.1");
  const auto distrustful = Connect({.target = absl::StrCat("127.0.0.1:", receiver.port()),
                                    .is_tls = true,
                                    .ca_file = other.certificate_file(),
                                    .client_certificate_file = client.certificate_file(),
                                    .client_key_file = client.key_file()});
  EXPECT_EQ(Export(*distrustful).status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(CollectorTest, NamesAFileThatCannotBeRead) {
  const auto collector =
      CreateGrpcCollector({.target = "c:1", .is_tls = true, .ca_file = "/nowhere/ca"}, {}, loop_.loop());
  EXPECT_THAT(std::string(collector.status().message()), HasSubstr("cannot open /nowhere/ca"));
}

}  // namespace
}  // namespace webex_gateway
