#include "server/rpc/reflection_service.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <map>

namespace webex_gateway {
namespace {

using google::protobuf::FileDescriptorProto;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

std::vector<FileDescriptorProto> FilesIn(const ServerReflectionResponse& response) {
  std::vector<FileDescriptorProto> files;
  for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
    EXPECT_TRUE(files.emplace_back().ParseFromString(bytes));
  }
  return files;
}

std::vector<FileDescriptorProto> FilesOf(const std::string& symbol) {
  ServerReflectionRequest request;
  request.set_file_containing_symbol(symbol);
  return FilesIn(Reflect(request, {}));
}

TEST(ReflectionTest, ListsTheServices) {
  ServerReflectionRequest request;
  request.set_list_services("*");
  const ServerReflectionResponse response = Reflect(request, {"a.B", "c.D"});
  ASSERT_EQ(response.list_services_response().service_size(), 2);
  EXPECT_EQ(response.list_services_response().service(1).name(), "c.D");
  EXPECT_EQ(response.original_request().list_services(), "*");
}

TEST(ReflectionTest, GivesAFileWithAllThatItImportsEachOnceItselfFirst) {
  std::vector<std::string> names;
  for (const FileDescriptorProto& file : FilesOf("webex.broadworks.v1.WorkspaceService")) names.push_back(file.name());
  EXPECT_EQ(names.front(), "webex/broadworks/v1/workspaces.proto");
  EXPECT_THAT(names,
              testing::UnorderedElementsAre("webex/broadworks/v1/workspaces.proto", "webex/broadworks/v1/options.proto",
                                            "google/api/annotations.proto", "google/api/http.proto",
                                            "google/api/field_behavior.proto", "google/protobuf/descriptor.proto",
                                            "google/protobuf/empty.proto", "google/protobuf/timestamp.proto",
                                            "google/rpc/error_details.proto", "google/protobuf/duration.proto"));
}

// The names of JSON of a message's fields and of its nested messages', by the fields' own.
void CollectJsonNames(const google::protobuf::DescriptorProto& message, std::map<std::string, std::string>& names) {
  for (const auto& field : message.field()) {
    EXPECT_TRUE(field.has_json_name()) << message.name() << "." << field.name();
    names[field.name()] = field.json_name();
  }
  for (const auto& nested : message.nested_type()) CollectJsonNames(nested, names);
}

TEST(ReflectionTest, ShowsTheNamesOfJsonInEveryFile) {
  std::map<std::string, std::string> names;
  for (const char* service : {"webex.broadworks.v1.OperationService", "google.rpc.Status"}) {
    for (const FileDescriptorProto& file : FilesOf(service)) {
      for (const auto& message : file.message_type()) CollectJsonNames(message, names);
      for (const auto& extension : file.extension()) EXPECT_TRUE(extension.has_json_name()) << extension.name();
    }
  }
  EXPECT_EQ(names["field_violations"], "fieldViolations");
  EXPECT_EQ(names["retry_delay"], "retryDelay");
  const FileDescriptorProto file = FilesOf("webex.broadworks.v1.Workspace").front();
  const auto& workspace = file.message_type(file.message_type_size() - 1);
  ASSERT_EQ(workspace.name(), "Workspace");
  EXPECT_EQ(workspace.field(7).json_name(), "created");
}

TEST(ReflectionTest, KnowsItselfUnderBothNames) {
  for (const std::string version : {"v1", "v1alpha"}) {
    const std::vector<FileDescriptorProto> files = FilesOf("grpc.reflection." + version + ".ServerReflection");
    ASSERT_EQ(files.size(), 1) << version;
    EXPECT_EQ(files.front().package(), "grpc.reflection." + version);
  }
}

TEST(ReflectionTest, KnowsTheErrorDetails) {
  for (const char* type : {"ErrorInfo", "RetryInfo", "BadRequest", "RequestInfo", "Status"}) {
    EXPECT_FALSE(FilesOf(std::string("google.rpc.") + type).empty()) << type;
  }
}

TEST(ReflectionTest, FindsFilesExtensionsAndTheirNumbers) {
  ServerReflectionRequest request;
  request.set_file_by_filename("google/api/http.proto");
  EXPECT_EQ(FilesIn(Reflect(request, {})).front().package(), "google.api");

  request.mutable_file_containing_extension()->set_containing_type("google.protobuf.MethodOptions");
  request.mutable_file_containing_extension()->set_extension_number(72295728);
  EXPECT_EQ(FilesIn(Reflect(request, {})).front().name(), "google/api/annotations.proto");

  request.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
  EXPECT_THAT(Reflect(request, {}).all_extension_numbers_response().extension_number(), testing::Contains(72295728));
}

TEST(ReflectionTest, SaysWhatItDoesNotKnow) {
  std::vector<ServerReflectionRequest> unknown(4);
  unknown[0].set_file_by_filename("no.proto");
  unknown[1].set_file_containing_symbol("no.Symbol");
  unknown[2].set_all_extension_numbers_of_type("no.Type");
  unknown[3].mutable_file_containing_extension()->set_containing_type("google.protobuf.MethodOptions");
  for (const ServerReflectionRequest& request : unknown) {
    EXPECT_EQ(Reflect(request, {}).error_response().error_code(), 5) << request.ShortDebugString();
  }
  EXPECT_EQ(Reflect(ServerReflectionRequest(), {}).error_response().error_code(), 3);
}

}  // namespace
}  // namespace webex_gateway
