#include "tests/bench/load.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace webex_gateway {

using webex::broadworks::v1::WorkspaceService;

Load::Load(const std::string& address, int connections) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // otherwise all channels share one
  for (int i = 0; i < connections; ++i) {
    stubs_.push_back(
        WorkspaceService::NewStub(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
  }
  request_.set_provisioning_id(
      "ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ");
  request_.set_sp_enterprise_id("Reseller1+acme");
  request_.set_display_name("Conference Room");
  request_.set_primary_phone_number("+1-240-555-1212");
  request_.set_extension("51212");
}

void Load::Begin(Order& order, absl::Duration timeout) {
  static int users = 0;  // of all loads, so that no two order for the same user
  request_.set_user_id(absl::StrCat(getpid(), "-", ++users, "@sp.com"));
  order.context = std::make_unique<grpc::ClientContext>();
  if (timeout < absl::InfiniteDuration()) {
    order.context->set_deadline(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(timeout));
  }
  order.begun = Clock::now();
  order.reader = stubs_[turn_++ % stubs_.size()]->AsyncProvisionWorkspace(order.context.get(), request_, &queue_);
  order.reader->Finish(&order.workspace, &order.status, &order);
}

Load::Order* Load::Await(Clock::time_point until) {
  void* tag = nullptr;
  bool ok = false;
  if (until == Clock::time_point::max()) {
    queue_.Next(&tag, &ok);
  } else {
    queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + (until - Clock::now()));
  }
  return static_cast<Order*>(tag);
}

std::string EndingOf(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  google::rpc::ErrorInfo info;
  for (const auto& detail : details.details()) detail.UnpackTo(&info);
  if (!info.reason().empty()) return info.reason();
  return status.ok() ? "OK" : absl::StrCat("code ", status.error_code());
}

}  // namespace webex_gateway
