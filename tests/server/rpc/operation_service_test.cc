// The service over real gRPC and a ledger in memory.

#include "server/rpc/operation_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "google/rpc/status.pb.h"
#include "tests/server/rpc/rpc_test.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_ledger.h"
#include "tests/server/testing/read_all.h"
#include "tests/server/testing/test_certificate.h"
#include "webex/broadworks/v1/operations.grpc.pb.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

namespace v1 = webex::broadworks::v1;

constexpr char kId[] = "aaaaaaaa-0000-4000-8000-000000000001";
constexpr char kOther[] = "aaaaaaaa-0000-4000-8000-000000000002";
constexpr char kNowhere[] = "aaaaaaaa-0000-4000-8000-00000000000f";

struct Observer : RpcObserver, ResolveObserver {
  void OnAnswered(const RpcReport& report) override {
    rpcs.push_back(absl::StrCat(report.method, " ", report.request_id, " ",
                                absl::StatusCodeToString(report.status.code()), report.is_order ? " order" : ""));
    trace_ids.emplace_back(report.trace.trace_id);
  }
  void OnResolved(const ResolveReport& report) override {
    resolutions.push_back(
        absl::StrCat(report.request_id, " ", report.resolver, report.applied ? " applied" : " not applied"));
  }
  std::vector<std::string> rpcs;
  std::vector<std::string> trace_ids;
  std::vector<std::string> resolutions;
};

// A ledger in which something may happen between a look at an operation and its resolution.
struct BusyLedger : FakeLedger {
  using FakeLedger::FakeLedger;
  Async<absl::StatusOr<ResolveAnswer>> Resolve(Resolution resolution) override {
    before_resolve();
    return FakeLedger::Resolve(std::move(resolution));
  }
  std::function<void()> before_resolve = [] {};
};

// What a call gave: the answer; or the error, as the caller reads it.
template <typename Response>
struct Answer {
  Response response;
  absl::Status status;
  std::string request_id;  // the trailer's
};

class OperationServiceTest : public RpcTest {
 protected:
  OperationServiceTest() { Serve(ledger_); }
  ~OperationServiceTest() override { server_.Shutdown(absl::ZeroDuration()); }

  void Serve(Ledger& ledger, const std::vector<std::string>& readers = {}) {
    AddOperationService(server_, *clock_, ledger, observer_, observer_, random_, ReadPolicy(readers));
  }

  // Puts an operation on record as it would be after its one claim ended so.
  Operation& Put(const std::string& id, OperationState state) {
    FakeLedger::Record& record = (*ledger_.records)[id];
    record.number = ledger_.records->made++;
    Operation& operation = record.operation;
    operation.request_id = id;
    operation.method = "ProvisionWorkspace";
    operation.sp_enterprise_id = "Reseller1+acme";
    operation.user_id = "95547321@sp.com";
    operation.state = operation.ending.state = state;
    operation.claim = 1;
    operation.create_time = operation.update_time = fake_clock_.WallNow();
    if (state == OperationState::kUnknown || state == OperationState::kFailed) {
      operation.ending.error_code = absl::StatusCode::kUnavailable;
      operation.ending.error_reason = "WEBEX_ANSWER_LOST";
    }
    return operation;
  }

  Answer<v1::Operation> Get(const std::string& id) {
    v1::GetOperationRequest request;
    request.set_request_id(id);
    return Call<v1::Operation>(&v1::OperationService::Stub::GetOperation, request);
  }
  Answer<v1::ListOperationsResponse> List(const v1::ListOperationsRequest& request) {
    return Call<v1::ListOperationsResponse>(&v1::OperationService::Stub::ListOperations, request);
  }
  Answer<v1::Operation> Resolve(const v1::ResolveOperationRequest& request) {
    return Call<v1::Operation>(&v1::OperationService::Stub::ResolveOperation, request);
  }

  template <typename Response, typename Request>
  Answer<Response> Call(grpc::Status (v1::OperationService::Stub::*rpc)(grpc::ClientContext*, const Request&,
                                                                        Response*),
                        const Request& request) {
    if (stub_ == nullptr) stub_ = v1::OperationService::NewStub(StartServer());
    grpc::ClientContext context;
    Answer<Response> answer;
    const grpc::Status status = (*stub_.*rpc)(&context, request, &answer.response);
    google::rpc::Status details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    answer.status = absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
    for (const google::protobuf::Any& detail : details.details()) {
      answer.status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
    const auto& trailers = context.GetServerTrailingMetadata();
    const auto id = trailers.find("x-request-id");
    if (id != trailers.end()) answer.request_id.assign(id->second.data(), id->second.size());
    return answer;
  }

  // What the observer has been told, read where it was told.
  std::vector<std::string> Told(const std::vector<std::string>& list) {
    std::vector<std::string> copy;
    OnLoop([&] { copy = list; });
    return copy;
  }

  FakeClock fake_clock_{loop_};
  BusyLedger ledger_{fake_clock_};
  Observer observer_;
  absl::BitGen random_;
  std::unique_ptr<v1::OperationService::Stub> stub_;
};

std::vector<std::string> IdsOf(const v1::ListOperationsResponse& response) {
  std::vector<std::string> ids;
  for (const v1::Operation& operation : response.operations()) ids.push_back(operation.request_id());
  return ids;
}

v1::ResolveOperationRequest Applied(const std::string& id) {
  v1::ResolveOperationRequest request;
  request.set_request_id(id);
  request.mutable_applied()->set_id("Y2lzY29z");
  request.set_note("seen in Control Hub");
  return request;
}

v1::ResolveOperationRequest NotApplied(const std::string& id) {
  v1::ResolveOperationRequest request;
  request.set_request_id(id);
  request.mutable_not_applied();
  request.set_note("not in Control Hub");
  return request;
}

// ---- Whose operations a caller is shown.

// Callers whose certificates one authority has issued.
class OperationReadersTest : public OperationServiceTest {
 protected:
  void Start(const std::vector<std::string>& readers) {
    Serve(ledger_, readers);
    const TlsFiles files{gateway_.certificate_file(), gateway_.key_file(), root_.certificate_file()};
    const auto read = [files] { return ReadTlsFiles(files); };
    ASSERT_TRUE(server_
                    .Start({"127.0.0.1:0"},
                           std::make_shared<ServerCertificate>(*clock_, *read(), read, [](const std::string&, bool) {}))
                    .ok());
    Put(kId, OperationState::kUnknown).caller = "spiffe://sp.com/orders";
    Put(kOther, OperationState::kUnknown).caller = "billing.sp.com";
  }

  // The calls that follow are those of a caller with these alternative names.
  void CallAs(const std::string& names) {
    const TestCertificate caller(AlternativeNames{names}, {.common_name = "billing.sp.com"}, &root_);
    const grpc::SslCredentialsOptions options{.pem_root_certs = ReadAll(gateway_.certificate_file()),
                                              .pem_private_key = ReadAll(caller.key_file()),
                                              .pem_cert_chain = ReadAll(caller.certificate_file())};
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetSslTargetNameOverride("localhost");
    stub_ = v1::OperationService::NewStub(grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_.ports()[0]),
                                                                    grpc::SslCredentials(options), arguments));
  }

  void ExpectSees(const std::vector<std::string>& ids) {
    const auto list = List({});
    EXPECT_TRUE(list.status.ok()) << list.status;
    EXPECT_THAT(IdsOf(list.response), ElementsAreArray(ids));
    for (const std::string id : {kId, kOther}) {
      const bool seen = std::find(ids.begin(), ids.end(), id) != ids.end();
      EXPECT_EQ(Get(id).status.code(), seen ? absl::StatusCode::kOk : absl::StatusCode::kNotFound) << id;
    }
  }

  const TestCertificate gateway_{"localhost"};
  const TestCertificate root_{
      AlternativeNames{},
      {.common_name = "root", .basic_constraints = "critical,CA:TRUE", .key_usage = "critical,keyCertSign"}};
};

TEST_F(OperationReadersTest, SeeAllWhereThereIsNoList) {
  Start({});
  CallAs("DNS:stranger.sp.com");
  ExpectSees({kOther, kId});
}

TEST_F(OperationReadersTest, SeeAllWhereTheyAreListedAndOthersTheirOwn) {
  Start({"ops.sp.com"});
  CallAs("DNS:ops.sp.com");
  ExpectSees({kOther, kId});
  CallAs("URI:spiffe://sp.com/orders");
  ExpectSees({kId});
  CallAs("DNS:billing.sp.com");
  ExpectSees({kOther});
  CallAs("DNS:stranger.sp.com");
  ExpectSees({});
}

TEST_F(OperationReadersTest, TakeNoNameOfAnotherKindForTheirs) {
  Start({"ops.sp.com"});
  for (const char* names : {"", "URI:billing.sp.com", "DNS:spiffe://sp.com/orders", "URI:ops.sp.com",
                            "DNS:stranger.sp.com,DNS:billing.sp.com"}) {
    CallAs(names);
    ExpectSees({});
  }
}

TEST_F(OperationReadersTest, DoNotSeeAnothersOperationWhateverTheyAsk) {
  Start({"ops.sp.com"});
  CallAs("DNS:billing.sp.com");
  const absl::Status anothers = Get(kId).status;
  const absl::Status nowhere = Get(kNowhere).status;
  EXPECT_EQ(ReasonOf(anothers), "OPERATION_NOT_FOUND");
  EXPECT_EQ(anothers.message(), nowhere.message());
  v1::ListOperationsRequest request;
  request.set_page_size(1);
  EXPECT_EQ(List(request).response.next_page_token(), "");
  EXPECT_EQ(ReasonOf(Resolve(NotApplied(kId)).status), "OPERATION_NOT_FOUND");
  EXPECT_TRUE(Resolve(NotApplied(kOther)).status.ok());
  EXPECT_EQ(ledger_.records->at(kId).operation.state, OperationState::kUnknown);
}

TEST_F(OperationServiceTest, ShowsTheUnixSocketsCallersAllOnlyWhereTheListSaysSo) {
  Put(kId, OperationState::kUnknown);  // ordered by somebody without an identity
  Put(kOther, OperationState::kUnknown).caller = "billing.sp.com";
  Serve(ledger_, {"unix"});
  const std::string socket = absl::StrCat("unix:", testing::TempDir(), "/operations_", getpid(), ".sock");
  ASSERT_TRUE(server_.Start({"127.0.0.1:0", socket}).ok());
  const auto connect = [this](const std::string& address) {
    stub_ = v1::OperationService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  };
  connect(socket);
  EXPECT_THAT(IdsOf(List({}).response), ElementsAre(kOther, kId));
  EXPECT_TRUE(Get(kId).status.ok());
  connect(absl::StrCat("127.0.0.1:", server_.ports()[0]));
  EXPECT_THAT(IdsOf(List({}).response), IsEmpty());
  EXPECT_EQ(ReasonOf(Get(kId).status), "OPERATION_NOT_FOUND");
}

// ---- The rest, as it is for everyone.

TEST_F(OperationServiceTest, ReportsEachCallUnderItsCallersTraceOrANewOne) {
  const auto stub = v1::OperationService::NewStub(StartServer());
  v1::GetOperationRequest request;
  request.set_request_id(kId);
  v1::Operation response;
  grpc::ClientContext traced;
  traced.AddMetadata("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  stub->GetOperation(&traced, request, &response);
  grpc::ClientContext untraced;
  stub->GetOperation(&untraced, request, &response);
  const std::vector<std::string> ids = Told(observer_.trace_ids);
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_EQ(ids[0], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(ids[1].size(), 32u);
  EXPECT_NE(ids[1], ids[0]);
}

// GetOperation

TEST_F(OperationServiceTest, ReportsAllThatIsOnRecordOfAnOperation) {
  Operation& operation = Put(kId, OperationState::kUnknown);
  operation.caller = "spiffe://sp.com/billing";
  operation.update_time += absl::Milliseconds(1500);
  operation.ending.tracking_id = "ROUTER_1";
  operation.ending.attempts = 2;
  const auto answer = Get(kId);
  ASSERT_EQ(answer.status, absl::OkStatus());
  EXPECT_EQ(answer.request_id, kId);
  EXPECT_EQ(answer.response.ShortDebugString(),
            "request_id: \"aaaaaaaa-0000-4000-8000-000000000001\" state: UNKNOWN sp_enterprise_id: \"Reseller1+acme\" "
            "user_id: \"95547321@sp.com\" caller: \"spiffe://sp.com/billing\" create_time { seconds: 1700000000 } "
            "update_time { seconds: 1700000001 nanos: 500000000 } attempts: 2 webex_tracking_id: \"ROUTER_1\" "
            "error { code: 14 reason: \"WEBEX_ANSWER_LOST\" } method: \"ProvisionWorkspace\"");
  EXPECT_THAT(Told(observer_.rpcs), ElementsAre(absl::StrCat("GetOperation ", kId, " OK")));
}

TEST_F(OperationServiceTest, ReportsWhoMaySendItUntilWhenAndOtherWorkspaces) {
  Operation& operation = Put(kId, OperationState::kUnknown);
  EXPECT_FALSE(Get(kId).response.has_sends_until());  // put on record by a gateway that did not say
  OnLoop([&] {
    operation.gateway = "pod-1/0d4ab2fe";
    operation.sends_until = absl::FromUnixMillis(1'700'000'030'500);
    operation.other_workspace_ids = {"w1", "w2"};
  });
  for (const v1::Operation& shown : {Get(kId).response, List({}).response.operations(0)}) {
    EXPECT_EQ(shown.gateway(), "pod-1/0d4ab2fe");
    EXPECT_EQ(shown.sends_until().seconds(), 1'700'000'030);
    EXPECT_EQ(shown.sends_until().nanos(), 500'000'000);
    EXPECT_THAT(shown.other_workspace_ids(), ElementsAre("w1", "w2"));
  }
}

TEST_F(OperationServiceTest, ShowsTheWorkspaceOfAnOperationThatSucceeded) {
  v1::Workspace workspace;
  workspace.set_id("Y2lzY29z");
  Put(kId, OperationState::kSucceeded).ending.answer = workspace.SerializeAsString();
  const auto answer = Get(kId);
  EXPECT_EQ(answer.response.state(), v1::Operation::SUCCEEDED);
  EXPECT_EQ(answer.response.workspace().id(), "Y2lzY29z");
  EXPECT_FALSE(answer.response.has_error());
  EXPECT_FALSE(answer.response.has_resolution());
}

TEST_F(OperationServiceTest, NamesEveryState) {
  const std::pair<OperationState, v1::Operation::State> states[] = {
      {OperationState::kInFlight, v1::Operation::IN_FLIGHT},
      {OperationState::kSucceeded, v1::Operation::SUCCEEDED},
      {OperationState::kFailed, v1::Operation::FAILED},
      {OperationState::kUnknown, v1::Operation::UNKNOWN},
  };
  for (const auto& [state, name] : states) {
    const std::string id = absl::StrCat("aaaaaaaa-0000-4000-8000-00000000001", static_cast<int>(state));
    OnLoop([&, kept = state] { Put(id, kept); });
    EXPECT_EQ(Get(id).response.state(), name);
  }
}

TEST_F(OperationServiceTest, TakesTheIdInAnyLetterCase) {
  Put(kId, OperationState::kFailed);
  const auto answer = Get("AAAAAAAA-0000-4000-8000-000000000001");
  EXPECT_EQ(answer.response.request_id(), kId);
  EXPECT_EQ(answer.request_id, kId);
}

TEST_F(OperationServiceTest, SaysThatAnOperationIsNotOnRecord) {
  for (const absl::Status& status : {Get(kNowhere).status, Resolve(Applied(kNowhere)).status}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(ReasonOf(status), "OPERATION_NOT_FOUND");
    EXPECT_EQ(OutcomeOf(status), "not_applied");
    EXPECT_EQ(MetadataOf(status, "request_id"), kNowhere);
  }
}

TEST_F(OperationServiceTest, WantsAUuid) {
  for (const char* id : {"", "1", "aaaaaaaa-0000-4000-8000-00000000000g"}) {
    const auto answer = Get(id);
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(answer.status), "INVALID_REQUEST");
    EXPECT_EQ(OutcomeOf(answer.status), "not_applied");
    EXPECT_THAT(FaultyFieldsOf(answer.status), ElementsAre("requestId"));
    EXPECT_EQ(answer.request_id, "");
  }
}

// ListOperations

TEST_F(OperationServiceTest, ListsTheNewestFirstWithoutTheirWorkspaces) {
  Put(kId, OperationState::kSucceeded).ending.answer = "";
  Put(kOther, OperationState::kUnknown);
  const auto answer = List({});
  ASSERT_EQ(answer.status, absl::OkStatus());
  EXPECT_THAT(IdsOf(answer.response), ElementsAre(kOther, kId));
  EXPECT_FALSE(answer.response.operations(1).has_workspace());
  EXPECT_EQ(answer.response.next_page_token(), "");
  EXPECT_EQ(answer.request_id, "");
  EXPECT_THAT(Told(observer_.rpcs), ElementsAre("ListOperations  OK"));
}

TEST_F(OperationServiceTest, ListsByStateEnterpriseAndUser) {
  Put(kId, OperationState::kUnknown).user_id = "a@sp.com";
  Put(kOther, OperationState::kFailed).sp_enterprise_id = "Reseller2+b";
  v1::ListOperationsRequest by_state, by_enterprise, by_user, by_all;
  by_state.set_state(v1::Operation::UNKNOWN);
  by_enterprise.set_sp_enterprise_id("Reseller2+b");
  by_user.set_user_id("a@sp.com");
  by_all = by_enterprise;
  by_all.set_state(v1::Operation::UNKNOWN);
  EXPECT_THAT(IdsOf(List(by_state).response), ElementsAre(kId));
  EXPECT_THAT(IdsOf(List(by_enterprise).response), ElementsAre(kOther));
  EXPECT_THAT(IdsOf(List(by_user).response), ElementsAre(kId));
  EXPECT_THAT(IdsOf(List(by_all).response), IsEmpty());
}

TEST_F(OperationServiceTest, PagesOnByToken) {
  Put(kId, OperationState::kFailed);
  Put(kOther, OperationState::kFailed);
  v1::ListOperationsRequest request;
  request.set_page_size(1);
  const auto first = List(request);
  EXPECT_THAT(IdsOf(first.response), ElementsAre(kOther));
  ASSERT_NE(first.response.next_page_token(), "");
  request.set_page_token(first.response.next_page_token());
  const auto second = List(request);
  EXPECT_THAT(IdsOf(second.response), ElementsAre(kId));
  EXPECT_EQ(second.response.next_page_token(), "");
}

TEST_F(OperationServiceTest, GivesFiftyWhereNoSizeIsAskedForAndFiveHundredAtMost) {
  for (int i = 0; i < 501; ++i) {
    Put(absl::StrCat("aaaaaaaa-0000-4000-8000-000000001", 100 + i), OperationState::kFailed);
  }
  v1::ListOperationsRequest request;
  EXPECT_EQ(List(request).response.operations_size(), 50);
  request.set_page_size(1'000'000);
  EXPECT_EQ(List(request).response.operations_size(), 500);
}

TEST_F(OperationServiceTest, NamesEveryFaultOfAListRequest) {
  v1::ListOperationsRequest request;
  request.set_state(static_cast<v1::Operation::State>(9));
  request.set_sp_enterprise_id(std::string(1025, 'a'));
  request.set_user_id("a\n");
  request.set_page_size(-1);
  const auto answer = List(request);
  EXPECT_EQ(ReasonOf(answer.status), "INVALID_REQUEST");
  EXPECT_THAT(FaultyFieldsOf(answer.status), ElementsAre("spEnterpriseId", "userId", "state", "pageSize"));
}

TEST_F(OperationServiceTest, RefusesATokenThatItNeverGave) {
  v1::ListOperationsRequest request;
  request.set_page_token("mine");
  const auto answer = List(request);
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(answer.status), "INVALID_REQUEST");
  EXPECT_THAT(FaultyFieldsOf(answer.status), ElementsAre("pageToken"));
}

// ResolveOperation

TEST_F(OperationServiceTest, ResolvesAsAppliedWithAWorkspaceThatItsReplayCanAnswer) {
  Put(kId, OperationState::kUnknown);
  v1::ResolveOperationRequest request = Applied(kId);
  request.mutable_applied()->set_display_name("Conference Room");
  request.mutable_applied()->set_state(v1::Workspace::ACCEPTED);
  const auto answer = Resolve(request);
  ASSERT_EQ(answer.status, absl::OkStatus());
  EXPECT_EQ(answer.request_id, kId);
  EXPECT_EQ(answer.response.state(), v1::Operation::SUCCEEDED);
  EXPECT_EQ(answer.response.workspace().ShortDebugString(),
            "id: \"Y2lzY29z\" user_id: \"95547321@sp.com\" sp_enterprise_id: \"Reseller1+acme\" "
            "display_name: \"Conference Room\" state: PROVISIONED");
  EXPECT_EQ(answer.response.resolution().resolver(), "anonymous");
  EXPECT_EQ(answer.response.resolution().note(), "seen in Control Hub");
  OnLoop([&] {
    EXPECT_EQ(*ledger_.records->at(kId).operation.ending.answer, answer.response.workspace().SerializeAsString());
  });
  EXPECT_THAT(Told(observer_.resolutions), ElementsAre(absl::StrCat(kId, " anonymous applied")));
}

TEST_F(OperationServiceTest, ResolvesAsNotApplied) {
  Put(kId, OperationState::kUnknown);
  const auto answer = Resolve(NotApplied(kId));
  ASSERT_EQ(answer.status, absl::OkStatus());
  EXPECT_EQ(answer.response.state(), v1::Operation::FAILED);
  EXPECT_FALSE(answer.response.has_workspace());
  EXPECT_EQ(answer.response.resolution().note(), "not in Control Hub");
  EXPECT_THAT(Told(observer_.resolutions), ElementsAre(absl::StrCat(kId, " anonymous not applied")));
}

TEST_F(OperationServiceTest, TakesNoWordOfNotAppliedBeforeTheOrderCanNoLongerBeSent) {
  Operation& operation = Put(kId, OperationState::kUnknown);
  operation.gateway = "pod-1/0d4ab2fe";
  operation.sends_until = fake_clock_.WallNow() + absl::Milliseconds(7500);
  v1::ResolveOperationRequest request;
  request.set_request_id(kId);
  request.mutable_not_applied();
  request.set_note("not there");
  const auto refused = Resolve(request);
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused.status), "OPERATION_MAY_STILL_BE_SENT");
  EXPECT_EQ(MetadataOf(refused.status, "gateway"), "pod-1/0d4ab2fe");
  EXPECT_EQ(MetadataOf(refused.status, "sends_until"), "2023-11-14T22:13:28Z");
  EXPECT_EQ(RetryDelayOf(refused.status), absl::Milliseconds(7500));
  EXPECT_THAT(Told(observer_.resolutions), IsEmpty());
  request.set_gateway_is_gone(true);
  const auto resolved = Resolve(request);
  EXPECT_EQ(resolved.status, absl::OkStatus());
  EXPECT_EQ(resolved.response.state(), v1::Operation::FAILED);
}

TEST_F(OperationServiceTest, ResolvesNothingThatIsNotUnknown) {
  for (const OperationState state : {OperationState::kInFlight, OperationState::kSucceeded, OperationState::kFailed}) {
    OnLoop([&] { Put(kId, state); });
    const auto answer = Resolve(NotApplied(kId));
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ReasonOf(answer.status), "OPERATION_NOT_UNKNOWN");
    EXPECT_EQ(OutcomeOf(answer.status), "not_applied");
    EXPECT_EQ(MetadataOf(answer.status, "request_id"), kId);
    EXPECT_EQ(MetadataOf(answer.status, "state"), v1::Operation::State_Name(Get(kId).response.state()));
  }
  EXPECT_THAT(Told(observer_.resolutions), IsEmpty());
}

TEST_F(OperationServiceTest, ResolvesNothingThatEndsBySomeoneElseMeanwhile) {
  Put(kId, OperationState::kUnknown);
  ledger_.before_resolve = [this] { ledger_.records->at(kId).operation.state = OperationState::kSucceeded; };
  const absl::Status late = Resolve(NotApplied(kId)).status;
  EXPECT_EQ(ReasonOf(late), "OPERATION_NOT_UNKNOWN");
  EXPECT_EQ(MetadataOf(late, "state"), "SUCCEEDED");

  OnLoop([&] {
    Put(kOther, OperationState::kUnknown);
    ledger_.before_resolve = [this] { ledger_.records->erase(kOther); };
  });
  EXPECT_EQ(ReasonOf(Resolve(NotApplied(kOther)).status), "OPERATION_NOT_FOUND");
  EXPECT_THAT(Told(observer_.resolutions), IsEmpty());
}

TEST_F(OperationServiceTest, NamesEveryFaultOfAResolution) {
  const auto faults = [this](const v1::ResolveOperationRequest& request) {
    const auto answer = Resolve(request);
    EXPECT_EQ(ReasonOf(answer.status), "INVALID_REQUEST");
    return FaultyFieldsOf(answer.status);
  };
  EXPECT_THAT(faults({}), ElementsAre("requestId", "note", "applied"));

  v1::ResolveOperationRequest request = Applied(kId);
  request.set_note(std::string(1025, 'n'));
  request.mutable_applied()->set_id(std::string(257, 'i'));
  request.mutable_applied()->set_display_name("a\tb");
  request.mutable_applied()->mutable_create_time()->set_nanos(-1);
  EXPECT_THAT(faults(request), ElementsAre("applied.id", "applied.displayName", "note", "applied.created"));

  request = Applied(kId);
  request.set_note("two\nlines");
  EXPECT_THAT(faults(request), ElementsAre("note"));
  OnLoop([&] { Put(kId, OperationState::kUnknown); });
  request = Applied(kId);
  request.mutable_applied()->clear_id();
  EXPECT_THAT(faults(request), ElementsAre("applied.id"));
}

TEST_F(OperationServiceTest, ShowsAndResolvesAnUpdateByTheWorkspaceThatItNames) {
  Operation& operation = Put(kId, OperationState::kUnknown);
  operation.method = "UpdateWorkspace";
  operation.repeatable = true;
  operation.workspace_id = "Y2lzY29z";
  operation.sp_enterprise_id = operation.user_id = "";
  EXPECT_EQ(Get(kId).response.method(), "UpdateWorkspace");
  EXPECT_EQ(Get(kId).response.workspace_id(), "Y2lzY29z");
  v1::ResolveOperationRequest request = Applied(kId);
  request.mutable_applied()->set_id("another");
  EXPECT_THAT(FaultyFieldsOf(Resolve(request).status), ElementsAre("applied.id"));
  request.mutable_applied()->clear_id();
  request.mutable_applied()->set_extension("51212");
  const auto answer = Resolve(request);
  ASSERT_EQ(answer.status, absl::OkStatus());
  EXPECT_EQ(answer.response.workspace().ShortDebugString(), "id: \"Y2lzY29z\" extension: \"51212\" state: PROVISIONED");
}

TEST_F(OperationServiceTest, ResolvesARemovalWithoutAWorkspace) {
  Operation& operation = Put(kId, OperationState::kUnknown);
  operation.method = "RemoveWorkspace";
  operation.repeatable = true;
  operation.workspace_id = "Y2lzY29z";
  v1::ResolveOperationRequest request = Applied(kId);
  request.mutable_applied()->Clear();
  const auto answer = Resolve(request);
  ASSERT_EQ(answer.status, absl::OkStatus());
  EXPECT_EQ(answer.response.state(), v1::Operation::SUCCEEDED);
  EXPECT_FALSE(answer.response.has_workspace());
  OnLoop([&] { EXPECT_EQ(*ledger_.records->at(kId).operation.ending.answer, ""); });
}

TEST_F(OperationServiceTest, ListsByMethodAndWorkspace) {
  Put(kId, OperationState::kSucceeded).method = "RemoveWorkspace";
  Put(kOther, OperationState::kSucceeded).workspace_id = "w";
  v1::ListOperationsRequest request;
  request.set_method("RemoveWorkspace");
  ASSERT_EQ(List(request).response.operations_size(), 1);
  EXPECT_EQ(List(request).response.operations(0).request_id(), kId);
  request.Clear();
  request.set_workspace_id("w");
  ASSERT_EQ(List(request).response.operations_size(), 1);
  EXPECT_EQ(List(request).response.operations(0).request_id(), kOther);
  request.set_workspace_id(std::string(257, 'w'));
  request.set_method("MakeWorkspace");
  EXPECT_THAT(FaultyFieldsOf(List(request).status), ElementsAre("workspaceId", "method"));
}

TEST_F(OperationServiceTest, TakesNoWorkspaceOfAnotherUser) {
  Put(kId, OperationState::kUnknown);
  v1::ResolveOperationRequest request = Applied(kId);
  request.mutable_applied()->set_user_id("someone.else@sp.com");
  request.mutable_applied()->set_sp_enterprise_id("Reseller2+b");
  const auto answer = Resolve(request);
  EXPECT_EQ(ReasonOf(answer.status), "INVALID_REQUEST");
  EXPECT_THAT(FaultyFieldsOf(answer.status), ElementsAre("applied.userId", "applied.spEnterpriseId"));
  EXPECT_EQ(Get(kId).response.state(), v1::Operation::UNKNOWN);
}

// All of them

TEST_F(OperationServiceTest, PassesOnThatTheLedgerCannotBeUsed) {
  ledger_.unavailable = true;
  for (const absl::Status& status : {Get(kId).status, List({}).status, Resolve(NotApplied(kId)).status}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(ReasonOf(status), "LEDGER_UNAVAILABLE");
    EXPECT_EQ(RetryDelayOf(status), absl::Seconds(1));
  }
}

TEST_F(OperationServiceTest, SaysThatAResolutionMayBeOnRecordIfTheLedgerDoesNotSay) {
  Put(kId, OperationState::kUnknown);
  ledger_.loses_resolutions = true;
  const absl::Status status = Resolve(NotApplied(kId)).status;
  EXPECT_EQ(ReasonOf(status), "LEDGER_UNAVAILABLE");
  EXPECT_EQ(OutcomeOf(status), "unknown");
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
  EXPECT_EQ(Get(kId).response.state(), v1::Operation::FAILED);
}

TEST_F(OperationServiceTest, SaysThatNoLedgerIsKept) {
  const std::unique_ptr<Ledger> none = CreateNoLedger();
  Serve(*none);  // in place of what the fixture set up
  for (const absl::Status& status : {Get(kId).status, List({}).status, Resolve(NotApplied(kId)).status}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
    EXPECT_EQ(ReasonOf(status), "LEDGER_NOT_KEPT");
    EXPECT_EQ(OutcomeOf(status), "not_applied");
  }
}

}  // namespace
}  // namespace webex_gateway
