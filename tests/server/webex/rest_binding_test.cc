#include "server/webex/rest_binding.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "webex/broadworks/v1/options.pb.h"

namespace webex_gateway {
namespace {

using google::protobuf::FieldDescriptorProto;

// A service with one method, made up in the test: Update(Request) with the fields room (string), name (optional
// string), count (int32), tags (repeated string) and note (string, gateway_only).
class RestBindingTest : public testing::Test {
 protected:
  RestBindingTest() {
    file_.set_name("test.proto");
    file_.set_syntax("proto3");
    auto& request = *file_.add_message_type();
    request.set_name("Request");
    AddField("room", FieldDescriptorProto::TYPE_STRING);
    auto& service = *file_.add_service();
    service.set_name("Rooms");
    auto& method = *service.add_method();
    method.set_name("Update");
    method.set_input_type("Request");
    method.set_output_type("Request");
  }

  FieldDescriptorProto& AddField(const std::string& name, FieldDescriptorProto::Type type) {
    auto& request = *file_.mutable_message_type(0);
    auto& field = *request.add_field();
    field.set_name(name);
    field.set_number(request.field_size());
    field.set_type(type);
    field.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
    return field;
  }

  google::api::HttpRule& Rule() {
    return *file_.mutable_service(0)->mutable_method(0)->mutable_options()->MutableExtension(google::api::http);
  }

  absl::StatusOr<RestBinding> Bind() {
    return RestBinding::Of(*pool_.BuildFile(file_)->FindServiceByName("Rooms")->method(0));
  }

  std::unique_ptr<google::protobuf::Message> Message() {
    return std::unique_ptr<google::protobuf::Message>(
        messages_.GetPrototype(pool_.FindMessageTypeByName("Request"))->New());
  }

  static void Set(google::protobuf::Message& message, const std::string& field, const std::string& value) {
    message.GetReflection()->SetString(&message, message.GetDescriptor()->FindFieldByName(field), value);
  }

  google::protobuf::FileDescriptorProto file_;
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory messages_;
};

TEST_F(RestBindingTest, RefusesAMethodWithoutTheOption) {
  const auto binding = Bind();
  EXPECT_EQ(binding.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(binding.status().message(), "Rooms.Update has no google.api.http option");
}

TEST_F(RestBindingTest, RefusesABodyThatIsASingleField) {
  Rule().set_put("/rooms");
  Rule().set_body("room");
  EXPECT_EQ(Bind().status().message(), "Rooms.Update: body is not *");
}

TEST_F(RestBindingTest, RefusesAFieldWithoutAPlace) {
  Rule().set_get("/rooms/{room}");
  AddField("count", FieldDescriptorProto::TYPE_INT32);
  EXPECT_EQ(Bind().status().message(), "Request.count has no place in the HTTP request");
}

TEST_F(RestBindingTest, RefusesAPathVariableThatIsNotAStringField) {
  AddField("count", FieldDescriptorProto::TYPE_INT32);
  AddField("tags", FieldDescriptorProto::TYPE_STRING).set_label(FieldDescriptorProto::LABEL_REPEATED);
  Rule().set_body("*");
  const auto* file = pool_.BuildFile(file_);
  ASSERT_NE(file, nullptr);
  for (const char* name : {"count", "nothing", "", "tags", "room=*"}) {
    file_.set_name(std::string("test_") + name + ".proto");
    file_.set_package(std::string("p") + (std::string(name) == "room=*" ? "star" : name));
    file_.mutable_service(0)->mutable_method(0)->set_input_type("." + file_.package() + ".Request");
    file_.mutable_service(0)->mutable_method(0)->set_output_type("." + file_.package() + ".Request");
    Rule().set_put(std::string("/rooms/{") + name + "}");
    const auto binding = Bind();
    EXPECT_EQ(binding.status().code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_EQ(binding.status().message(), std::string("path variable ") + name + " is not a string field");
  }
}

TEST_F(RestBindingTest, RefusesAPathVariableWithoutAnEnd) {
  Rule().set_put("/rooms/{room");
  Rule().set_body("*");
  EXPECT_EQ(Bind().status().message(), "a path variable does not end");
}

TEST_F(RestBindingTest, EncodesAPathVariableAsOneSegment) {
  Rule().set_delete_("/rooms/{room}/name");
  const auto binding = Bind();
  ASSERT_TRUE(binding.ok()) << binding.status();
  const std::pair<const char*, const char*> cases[] = {
      {"abcXYZ019-._~", "abcXYZ019-._~"},
      {"a/b", "a%2Fb"},
      {"a b+c", "a%20b%2Bc"},
      {"?q=1#f", "%3Fq%3D1%23f"},
      {"100%", "100%25"},
      {"\xc3\x9c", "%C3%9C"},
      {"\r\n", "%0D%0A"},
      {"", ""},
  };
  const auto message = Message();
  for (const auto& [value, encoded] : cases) {
    Set(*message, "room", value);
    EXPECT_EQ(binding->Bind(*message).target, std::string("/rooms/") + encoded + "/name");
  }
}

TEST_F(RestBindingTest, PutsTheRestIntoTheBodyAndTheGatewaysOwnNowhere) {
  AddField("display_name", FieldDescriptorProto::TYPE_STRING);
  AddField("note", FieldDescriptorProto::TYPE_STRING)
      .mutable_options()
      ->SetExtension(webex::broadworks::v1::gateway_only, true);
  Rule().set_put("/rooms/{room}");
  Rule().set_body("*");
  const auto binding = Bind();
  ASSERT_TRUE(binding.ok()) << binding.status();
  const auto message = Message();
  Set(*message, "room", "r");
  Set(*message, "display_name", "n");
  Set(*message, "note", "secret");
  const HttpRequest request = binding->Bind(*message);
  EXPECT_EQ(request.target, "/rooms/r");
  EXPECT_EQ(request.body, R"({"displayName":"n"})");
  EXPECT_EQ(FindHeader(request.headers, "Content-Type"), "application/json");
}

TEST_F(RestBindingTest, SendsNoBodyAndNoContentTypeWhereTheOptionHasNone) {
  Rule().set_delete_("/rooms/{room}");
  const auto binding = Bind();
  const HttpRequest request = binding->Bind(*Message());
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(FindHeader(request.headers, "Content-Type"), std::nullopt);
  EXPECT_EQ(FindHeader(request.headers, "Accept"), "application/json");
}

TEST_F(RestBindingTest, TakesEveryMethodAndRepeatsAllButPost) {
  int number = 0;
  const auto verb_of = [&](void (*set)(google::api::HttpRule&)) {
    set(Rule());
    Rule().set_body("*");
    file_.set_name("test" + std::to_string(++number) + ".proto");
    file_.set_package("p" + std::to_string(number));
    file_.mutable_service(0)->mutable_method(0)->set_input_type("." + file_.package() + ".Request");
    file_.mutable_service(0)->mutable_method(0)->set_output_type("." + file_.package() + ".Request");
    const auto* file = pool_.BuildFile(file_);
    const auto binding = RestBinding::Of(*file->FindServiceByName("Rooms")->method(0));
    const std::unique_ptr<google::protobuf::Message> message(messages_.GetPrototype(file->message_type(0))->New());
    const HttpRequest request = binding->Bind(*message);
    EXPECT_EQ(request.repeatable, request.method != "POST");
    EXPECT_EQ(request.method, binding->method());
    return request.method;
  };
  EXPECT_EQ(verb_of([](google::api::HttpRule& rule) { rule.set_get("/r"); }), "GET");
  EXPECT_EQ(verb_of([](google::api::HttpRule& rule) { rule.set_put("/r"); }), "PUT");
  EXPECT_EQ(verb_of([](google::api::HttpRule& rule) { rule.set_post("/r"); }), "POST");
  EXPECT_EQ(verb_of([](google::api::HttpRule& rule) { rule.set_delete_("/r"); }), "DELETE");
  EXPECT_EQ(verb_of([](google::api::HttpRule& rule) { rule.set_patch("/r"); }), "PATCH");
}

}  // namespace
}  // namespace webex_gateway
