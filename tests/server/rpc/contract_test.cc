// What the contract says of itself, and the server must keep to.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "server/base/error.h"
#include "webex/broadworks/v1/operations.pb.h"
#include "webex/broadworks/v1/options.pb.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway {
namespace {

TEST(ContractTest, EachServiceNamesTheDomainOfItsErrors) {
  for (const auto* file : {webex::broadworks::v1::Workspace::descriptor()->file(),
                           webex::broadworks::v1::Operation::descriptor()->file()}) {
    ASSERT_EQ(file->service_count(), 1) << file->name();
    EXPECT_EQ(file->service(0)->options().GetExtension(webex::broadworks::v1::error_info).domain(), kErrorDomain);
  }
}

}  // namespace
}  // namespace webex_gateway
