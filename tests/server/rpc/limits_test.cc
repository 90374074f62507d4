// What callers may take of the server, over real gRPC.

#include "server/rpc/limits.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/messages.h"
#include "tests/server/rpc/rpc_test.h"

namespace webex_gateway {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

// ---- HTTP/2 by hand (RFC 9113), since gRPC's clients send nothing amiss.

constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kRstStream = 3;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kPing = 6;
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr size_t kFrameHead = 9;

std::string Number(uint32_t value, int bytes) {
  std::string number;
  for (int i = bytes - 1; i >= 0; --i) number.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
  return number;
}

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, const std::string& payload) {
  return Number(static_cast<uint32_t>(payload.size()), 3) + Number(type, 1) + Number(flags, 1) + Number(stream, 4) +
         payload;
}

// POST, http, and the rest as literals that are not to be indexed (RFC 7541).
std::string CheckHeaders(uint32_t stream) {
  const auto text = [](const std::string& value) { return Number(static_cast<uint32_t>(value.size()), 1) + value; };
  const std::string literal(1, '\0');
  return Frame(kHeaders, kEndHeaders, stream,
               "\x83\x86\x04" + text(kCheck) + "\x01" + text("gateway") + literal + text("content-type") +
                   text("application/grpc") + literal + text("te") + text("trailers"));
}

class RawClient {
 public:
  enum Result { kSeen, kEnded };

  explicit RawClient(int port, const std::string& settings = "")
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<in_port_t>(port)), .sin_addr = {}};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, settings));
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(socket_); }

  // As much as the server takes.
  void Send(const std::string& bytes) const { send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  void EndSending() const { shutdown(socket_, SHUT_WR); }

  // Reads frames until one is of this type, or the connection has ended.
  Result ReadUntil(std::optional<uint8_t> type) const {
    for (;;) {
      std::string frame;
      if (!Read(kFrameHead, frame)) return kEnded;
      size_t payload = 0;
      for (const size_t i : {0, 1, 2}) payload = payload << 8 | static_cast<uint8_t>(frame[i]);
      if (!Read(payload, frame)) return kEnded;
      if (type && static_cast<uint8_t>(frame[3]) == *type) return kSeen;
    }
  }
  Result ReadToTheEnd() const { return ReadUntil(std::nullopt); }

 private:
  bool Read(size_t bytes, std::string& frame) const {
    const size_t had = frame.size();
    frame.resize(had + bytes);
    return bytes == 0 || recv(socket_, &frame[had], bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes);
  }

  const int socket_;
};

// A server with limits of the test's own, whose one method answers at once.
class LimitsTest : public RpcTest {
 protected:
  ~LimitsTest() override { limited_->Shutdown(absl::ZeroDuration()); }

  std::shared_ptr<grpc::Channel> Start(const Limits& limits, const std::string& host = "127.0.0.1",
                                       const CallerCheck& check = nullptr) {
    limited_.emplace(loop_, *clock_, observer_, limits);
    if (check != nullptr) limited_->CheckCallers(check);
    limited_->TellFloods([this](int connections) { told_.set_value(connections); });
    // The server keeps the closure. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
    limited_->Handle(kCheck, [this](RpcCall& call) -> Async<absl::Status> {
      ++handled_;
      const std::optional<grpc::ByteBuffer> message = co_await call.Read();
      if (!message) co_return absl::InvalidArgumentError("");
      if (hold_) {
        Event gone;
        const auto set = [&gone] { gone.Set(); };
        const std::stop_callback on_gone(call.gone(), set);
        held_.set_value();
        co_await gone.Wait();
      }
      call.Answer(ToWire(HealthCheckResponse()));
      co_return absl::OkStatus();
    });
    const auto watch = [](RpcCall& call) -> Async<absl::Status> {
      co_await call.Read();
      co_await call.Write(ToWire(HealthCheckResponse()));
      Event gone;
      const auto set = [&gone] { gone.Set(); };
      const std::stop_callback on_gone(call.gone(), set);
      co_await gone.Wait();
      co_return absl::CancelledError("");
    };
    limited_->Handle(kWatch, watch, RpcType::kServerStream);
    EXPECT_TRUE(limited_->Start({absl::StrCat(host, ":0")}).ok());
    return grpc::CreateChannel(absl::StrCat(host, ":", limited_->ports()[0]), grpc::InsecureChannelCredentials());
  }

  static grpc::Status Check(Health::Stub& stub, grpc::ClientContext& context, size_t bytes = 0) {
    HealthCheckRequest request;
    request.set_service(std::string(bytes, 'x'));
    HealthCheckResponse response;
    return stub.Check(&context, request, &response);
  }

  // Until the server has so many under way.
  void AwaitCalls(int64_t calls) const {
    while (limited_->use().calls != calls) std::this_thread::yield();
  }

  // A call, and then the end of its connection, which the server wants.
  static void ServeOnceAndBeLetGo(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    EXPECT_TRUE(Check(*Health::NewStub(channel), context).ok());
    channel->WaitForStateChange(GRPC_CHANNEL_READY, std::chrono::system_clock::now() + std::chrono::seconds(10));
    EXPECT_NE(channel->GetState(false), GRPC_CHANNEL_READY);
  }

  ServerObserver* observer_ = nullptr;
  std::optional<RpcServer> limited_;
  std::atomic<int> handled_ = 0;
  bool hold_ = false;
  std::promise<void> held_;
  std::promise<int> told_;
};

TEST_F(LimitsTest, RefusesACallAtOnceWhereTooManyAreUnderWay) {
  hold_ = true;
  const auto channel = Start({.max_calls = 1});
  const auto stub = Health::NewStub(channel);
  grpc::ClientContext first;
  auto answered = std::async(std::launch::async, [&] { return Check(*stub, first); });
  held_.get_future().wait();
  grpc::ChannelArguments arguments;  // another connection: of one connection gRPC clients know the bound, and wait
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto other = Health::NewStub(grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", limited_->ports()[0]),
                                                               grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext second;
  const grpc::Status refused = Check(*other, second);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(refused.error_message(), "too many calls are under way [GATEWAY_OVERLOADED, unchanged]");
  EXPECT_THAT(refused.error_details(), testing::HasSubstr("GATEWAY_OVERLOADED"));
  first.TryCancel();
  answered.wait();
  EXPECT_EQ(handled_, 1);
}

TEST_F(LimitsTest, GivesEndlessStreamsSeparatePlaces) {
  const auto channel = Start({.max_calls = 1, .max_watches = 2, .max_watches_per_connection = 1});
  const auto stub = Health::NewStub(channel);
  const auto watch = [&](grpc::ClientContext& context) {
    auto reader = stub->Watch(&context, HealthCheckRequest());
    HealthCheckResponse response;
    const bool begun = reader->Read(&response);
    return std::pair(begun, std::move(reader));
  };
  grpc::ClientContext first;
  grpc::ClientContext second;
  const auto held = watch(first);
  EXPECT_TRUE(held.first);
  const auto refused = watch(second);
  EXPECT_FALSE(refused.first);
  EXPECT_EQ(refused.second->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  const RpcServer::Use use = limited_->use();
  EXPECT_EQ(use.watches, 1);
  EXPECT_EQ(use.max_watches, 2);
  grpc::ClientContext call;
  EXPECT_TRUE(Check(*stub, call).ok());
  first.TryCancel();
  EXPECT_EQ(held.second->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(LimitsTest, RefusesWhoMayNotCallAtTheHeaders) {
  Start({}, "127.0.0.1", [](const Peer&, const std::string&) { return absl::PermissionDeniedError("not you"); });
  const RawClient client(limited_->ports()[0]);
  client.Send(CheckHeaders(1));  // and no message
  EXPECT_EQ(client.ReadUntil(kHeaders), RawClient::kSeen);
  EXPECT_EQ(handled_, 0);
  EXPECT_EQ(limited_->use().calls, 0);
}

TEST_F(LimitsTest, EndsACallWhoseMessageDoesNotCome) {
  const auto channel = Start({.first_message = absl::Milliseconds(50)});
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, kCheck, &queue);
  call->StartCall(nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
}

// What became of each RPC.
class Endings final : public ServerObserver {
 public:
  void OnMethod(const std::string&, RpcType) override {}
  void OnStarted(const std::string&) override { ++started_; }
  void OnHandled(const std::string&, absl::StatusCode code, absl::Duration) override {
    const std::lock_guard lock(mutex_);
    codes_.push_back(code);
    changed_.notify_all();
  }

  absl::StatusCode Next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !codes_.empty(); });
    const absl::StatusCode code = codes_.front();
    codes_.pop_front();
    EXPECT_EQ(started_.exchange(0), 1);
    return code;
  }

 private:
  std::atomic<int> started_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<absl::StatusCode> codes_;
};

TEST_F(LimitsTest, TellsACallerThatLeftBeforeItsMessageFromOneThatSendsNone) {
  Endings endings;
  observer_ = &endings;
  Start({});
  for (int i = 0; i < 50; ++i) {
    const RawClient leaves(limited_->ports()[0]);
    leaves.Send(CheckHeaders(1));
    AwaitCalls(1);
    leaves.Send(Frame(kRstStream, 0, 1, std::string("\0\0\0\x08", 4)));
    EXPECT_EQ(endings.Next(), absl::StatusCode::kCancelled);
    AwaitCalls(0);
    const RawClient disconnects(limited_->ports()[0]);
    disconnects.Send(CheckHeaders(1));
    AwaitCalls(1);
    disconnects.EndSending();
    EXPECT_EQ(endings.Next(), absl::StatusCode::kCancelled);
    EXPECT_EQ(handled_, i);
    const RawClient sends_none(limited_->ports()[0]);
    sends_none.Send(CheckHeaders(1) + Frame(kData, kEndStream, 1, ""));
    EXPECT_EQ(endings.Next(), absl::StatusCode::kInvalidArgument);
    AwaitCalls(0);
  }
}

TEST_F(LimitsTest, TakesNoMessageThatIsFarTooLong) {
  const auto stub = Health::NewStub(Start({.max_message_bytes = 1000}));
  grpc::ClientContext good;
  EXPECT_TRUE(Check(*stub, good, 900).ok());
  grpc::ClientContext bad;
  EXPECT_EQ(Check(*stub, bad, 1100).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(LimitsTest, RefusesTooMuchMetadataOnThatCallAlone) {
  hold_ = true;
  const auto stub = Health::NewStub(Start({.max_metadata_bytes = 10'000, .grpc_metadata_bytes = 40'000}));
  grpc::ClientContext under_way;
  under_way.AddMetadata("token", std::string(9'000, 'x'));
  auto answered = std::async(std::launch::async, [&] { return Check(*stub, under_way); });
  held_.get_future().wait();
  EXPECT_EQ(limited_->use().calls, 2);  // one for each 8 KiB
  for (int i = 0; i < 10; ++i) {
    grpc::ClientContext context;
    context.AddMetadata("token", std::string(30'000, 'x'));
    const grpc::Status refused = Check(*stub, context);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(refused.error_message(), testing::HasSubstr("at most 10000 are allowed"));
    EXPECT_THAT(refused.error_details(), testing::HasSubstr("unchanged"));
  }
  EXPECT_EQ(handled_, 1);
  EXPECT_EQ(limited_->floods_ended(), 0);
  under_way.TryCancel();
  EXPECT_EQ(answered.get().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(LimitsTest, HandsOnWhatGzipHasCompressedAsItCameAndTakesNothingElseCompressed) {
  const auto stub = Health::NewStub(Start({.max_message_bytes = 1000}));
  grpc::ClientContext gzip;
  gzip.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  EXPECT_TRUE(Check(*stub, gzip, 100'000).ok());  // as few as it was on its way
  grpc::ClientContext deflate;
  deflate.set_compression_algorithm(GRPC_COMPRESS_DEFLATE);
  EXPECT_EQ(Check(*stub, deflate, 1000).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

constexpr CallerWatch::Patience kLittle{.of_all = 5000, .of_quiet = 5000};
constexpr FloodGuard::Bounds kFewBytes{.patience = kLittle, .if_grown = kLittle, .aborted = 1};

TEST_F(LimitsTest, TakesAnyNumberOfCallsHoweverFewBytesMayBeUnaccounted) {
  for (const char* host : {"127.0.0.1", "[::1]"}) {  // gRPC names peers of each in a way of its own
    const auto stub = Health::NewStub(Start({.floods = kFewBytes}, host));
    for (int i = 0; i < 200; ++i) {
      grpc::ClientContext context;
      EXPECT_TRUE(Check(*stub, context, 1000).ok()) << host;
    }
    EXPECT_EQ(limited_->floods_ended(), 0) << host;
    limited_->Shutdown(absl::ZeroDuration());
  }
}

TEST_F(LimitsTest, EndsAConnectionThatBringsOnlyBytesThatNothingExplains) {
  Start({.floods = kFewBytes});
  const RawClient flood(limited_->ports()[0]);
  flood.Send(Frame(0x20, 0, 0, std::string(0x2000, 'x')));  // of no known type
  EXPECT_EQ(told_.get_future().get(), 1);
  EXPECT_EQ(limited_->floods_ended(), 1);
}

// gRPC hands it on, whatever its own bound: static entry 17, accept-language without a value, takes a byte.
TEST_F(LimitsTest, EndsAConnectionWhoseCallHasHundredsOfHeadersOfAByteEach) {
  Start({});
  const RawClient flood(limited_->ports()[0]);
  std::string headers = CheckHeaders(1);
  headers += std::string(300, '\x91');
  headers = Number(static_cast<uint32_t>(headers.size() - kFrameHead), 3) + headers.substr(3);
  flood.Send(headers);
  EXPECT_EQ(told_.get_future().get(), 1);
  EXPECT_EQ(flood.ReadToTheEnd(), RawClient::kEnded);
  EXPECT_EQ(handled_, 0);
}

TEST_F(LimitsTest, EndsAConnectionWhoseCallsAreResetAsSoonAsTheyAreOpen) {
  Start({});
  const RawClient flood(limited_->ports()[0]);
  std::string frames;
  for (uint32_t stream = 1; stream < 2 * 1000; stream += 2) {
    frames += CheckHeaders(stream) + Frame(kRstStream, 0, stream, std::string("\0\0\0\x08", 4));
  }
  flood.Send(frames);
  EXPECT_EQ(told_.get_future().get(), 1);
  EXPECT_EQ(flood.ReadToTheEnd(), RawClient::kEnded);
}

TEST_F(LimitsTest, ShutsDownWhileCallsComeAndGo) {
  for (int i = 0; i < 100; ++i) {
    Start({});
    {
      const RawClient client(limited_->ports()[0]);
      EXPECT_EQ(client.ReadUntil(kSettings), RawClient::kSeen);
      client.Send(CheckHeaders(1) + Frame(kRstStream, 0, 1, std::string("\0\0\0\x08", 4)));
    }
    limited_->Shutdown(absl::ZeroDuration());
  }
}

TEST_F(LimitsTest, AnswersPingsAndEndsAConnectionThatPingsOnAndOn) {
  Start({.floods = {.if_grown = {.of_all = 1 << 20, .of_quiet = 1 << 20},
                    .pings = 1000,
                    .pings_every = absl::Milliseconds(50)}});
  const RawClient client(limited_->ports()[0]);
  std::string pings;
  for (int i = 0; i < 100; ++i) pings += Frame(kPing, 0, 0, std::string(8, '\0'));
  do {
    client.Send(pings);
  } while (client.ReadUntil(kPing) == RawClient::kSeen);
  EXPECT_EQ(told_.get_future().get(), 1);
}

TEST_F(LimitsTest, EndsACallWhoseAnswerIsNotTaken) {
  Start({.last_message = absl::Milliseconds(50)});
  const RawClient client(limited_->ports()[0], std::string("\0\x04\0\0\0\0", 6));  // SETTINGS_INITIAL_WINDOW_SIZE: 0
  client.Send(CheckHeaders(1) + Frame(kData, kEndStream, 1, std::string(5, '\0')));
  EXPECT_EQ(client.ReadUntil(kRstStream), RawClient::kSeen);
  EXPECT_EQ(handled_, 1);
}

TEST_F(LimitsTest, LetsAConnectionGoThatIsNotUsed) { ServeOnceAndBeLetGo(Start({.idle = absl::Milliseconds(50)})); }

TEST_F(LimitsTest, LetsAConnectionGoWhenItIsOldAndServesTheNext) {
  const auto channel = Start({.age = absl::Milliseconds(50)});
  ServeOnceAndBeLetGo(channel);
  grpc::ClientContext second;
  second.set_wait_for_ready(true);
  EXPECT_TRUE(Check(*Health::NewStub(channel), second).ok());
}

}  // namespace
}  // namespace webex_gateway
