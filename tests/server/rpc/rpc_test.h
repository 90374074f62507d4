// An RpcServer on its own port, and its loop, for tests over real gRPC.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/base/on_loop.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

class RpcTest : public testing::Test {
 protected:
  ~RpcTest() override {
    server_.Shutdown(absl::ZeroDuration());
    work_.reset();
    thread_.join();
  }

  std::shared_ptr<grpc::Channel> StartServer() {
    EXPECT_TRUE(server_.Start({"127.0.0.1:0"}).ok());
    return grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_.ports()[0]), grpc::InsecureChannelCredentials());
  }

  void OnLoop(const std::function<void()>& step) { OnLoopAndWait(loop_, step); }

  Loop loop_;
  std::optional<boost::asio::executor_work_guard<Loop::executor_type>> work_{loop_.get_executor()};
  std::thread thread_{[this] { loop_.run(); }};
  const std::unique_ptr<Clock> clock_ = CreateSystemClock(loop_);
  RpcServer server_{loop_, *clock_};
};

}  // namespace webex_gateway
