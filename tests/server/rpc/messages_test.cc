#include "server/rpc/messages.h"

#include <gtest/gtest.h>

#include <vector>

#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;

// In slices of `size`, as a network delivers them.
grpc::ByteBuffer Bytes(const std::string& bytes, size_t size = 3) {
  std::vector<grpc::Slice> slices;
  for (size_t i = 0; i < bytes.size(); i += size) slices.emplace_back(bytes.substr(i, size));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

TEST(MessagesTest, GoToTheWireAndBack) {
  ProvisionWorkspaceRequest request;
  request.set_user_id("95547321@sp.com");
  request.set_extension("");
  ProvisionWorkspaceRequest read;
  ASSERT_TRUE(FromWire(ToWire(request), read));
  EXPECT_EQ(read.SerializeAsString(), request.SerializeAsString());
  EXPECT_TRUE(read.has_extension());
}

TEST(MessagesTest, AreReadFromManySlices) {
  ProvisionWorkspaceRequest read;
  ASSERT_TRUE(FromWire(Bytes("\x12\x0f"
                             "95547321@sp.com"),
                       read));
  EXPECT_EQ(read.user_id(), "95547321@sp.com");
}

TEST(MessagesTest, WithoutBytesAreEmpty) {
  ProvisionWorkspaceRequest read;
  EXPECT_TRUE(FromWire(grpc::ByteBuffer(), read));
  EXPECT_TRUE(FromWire(ToWire(ProvisionWorkspaceRequest()), read));
  EXPECT_EQ(read.ByteSizeLong(), 0u);
}

TEST(FaultyFieldTest, IsTheFirstTextThatIsNoUtf8) {
  const grpc::ByteBuffer bytes =
      Bytes(std::string("\x0a\x01"
                        "a"
                        "\x2a\x02\xC3\x28",
                        7));
  ProvisionWorkspaceRequest read;
  EXPECT_FALSE(FromWire(bytes, read));
  EXPECT_EQ(FaultyField(bytes, *ProvisionWorkspaceRequest::descriptor()), "primaryPhoneNumber");
}

TEST(FaultyFieldTest, IsNoneWhereTheBytesAreNoMessage) {
  for (const char* bytes : {"\xFF\xFF\xFF",
                            "\x12\x7F"
                            "short"}) {
    ProvisionWorkspaceRequest read;
    EXPECT_FALSE(FromWire(Bytes(bytes), read));
    EXPECT_EQ(FaultyField(Bytes(bytes), *ProvisionWorkspaceRequest::descriptor()), "");
  }
}

std::string FaultOf(const std::optional<grpc::ByteBuffer>& bytes) {
  ProvisionWorkspaceRequest read;
  const std::vector<FieldViolation> faults = Decode(bytes, read);
  return faults.empty() ? "" : faults[0].field + " " + faults[0].description;
}

TEST(DecodeTest, NamesWhatIsWrongWithAMessage) {
  EXPECT_EQ(FaultOf(std::nullopt), "(message) is missing");
  EXPECT_EQ(FaultOf(Bytes("\xFF\xFF\xFF")), "(message) is not a ProvisionWorkspaceRequest");
  EXPECT_EQ(FaultOf(Bytes("\x12\x02\xC3\x28")), "userId is not valid UTF-8");
  EXPECT_EQ(FaultOf(Bytes(std::string(65537, '\x0A'), 4096)), "(message) has 65537 bytes; at most 65536 are allowed");
  EXPECT_EQ(FaultOf(Bytes("\x12\x01"
                          "a")),
            "");
}

}  // namespace
}  // namespace webex_gateway
