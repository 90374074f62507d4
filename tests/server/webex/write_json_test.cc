#include "server/webex/write_json.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"

namespace webex_gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::TextFormat;

// A message with a field of each kind, once alone, once optional and once as a list.
class WriteJsonTest : public testing::Test {
 protected:
  WriteJsonTest() {
    file_.set_name("everything.proto");
    file_.set_syntax("proto3");
    auto& kind = *file_.add_enum_type();
    kind.set_name("Kind");
    for (const char* name : {"NONE", "DESK", "ROOM"}) {
      auto& value = *kind.add_value();
      value.set_name(name);
      value.set_number(kind.value_size() - 1);
    }
    file_.add_message_type()->set_name("Everything");
    for (const auto type :
         {FieldDescriptorProto::TYPE_STRING, FieldDescriptorProto::TYPE_BOOL, FieldDescriptorProto::TYPE_INT32,
          FieldDescriptorProto::TYPE_UINT32, FieldDescriptorProto::TYPE_SINT32, FieldDescriptorProto::TYPE_FIXED32,
          FieldDescriptorProto::TYPE_INT64, FieldDescriptorProto::TYPE_UINT64, FieldDescriptorProto::TYPE_SFIXED64,
          FieldDescriptorProto::TYPE_ENUM, FieldDescriptorProto::TYPE_MESSAGE}) {
      Add(type, FieldDescriptorProto::LABEL_OPTIONAL);
      Add(type, FieldDescriptorProto::LABEL_REPEATED);
    }
  }

  FieldDescriptorProto& Add(FieldDescriptorProto::Type type, FieldDescriptorProto::Label label) {
    auto& message = *file_.mutable_message_type(0);
    auto& field = *message.add_field();
    field.set_number(message.field_size());
    field.set_name(std::string("field_") + std::to_string(field.number()));
    field.set_type(type);
    field.set_label(label);
    if (type == FieldDescriptorProto::TYPE_ENUM) field.set_type_name(".Kind");
    if (type == FieldDescriptorProto::TYPE_MESSAGE) field.set_type_name(".Everything");
    return field;
  }

  std::unique_ptr<Message> New() {
    if (pool_.FindMessageTypeByName("Everything") == nullptr) pool_.BuildFile(file_);
    return std::unique_ptr<Message>(messages_.GetPrototype(pool_.FindMessageTypeByName("Everything"))->New());
  }

  static std::vector<const FieldDescriptor*> FieldsOf(const Message& message) {
    std::vector<const FieldDescriptor*> fields;
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      fields.push_back(message.GetDescriptor()->field(i));
    }
    return fields;
  }

  static std::string Json(const Message& message) {
    std::string json;
    AppendJson(message, FieldsOf(message), json);
    return json;
  }

  // Sets some fields to values that are odd in one way or another.
  void Fill(Message& message, int depth) {
    for (const FieldDescriptor* const field : FieldsOf(message)) {
      const int count = field->is_repeated() ? Pick(4) : Pick(2);
      for (int i = 0; i < count; ++i) SetOne(message, *field, depth);
    }
  }

  void SetOne(Message& message, const FieldDescriptor& field, int depth) {
    const Reflection& reflection = *message.GetReflection();
    const bool many = field.is_repeated();
    const auto put = [&](auto set, auto add, auto value) {
      many ? (reflection.*add)(&message, &field, value) : (reflection.*set)(&message, &field, value);
    };
    const uint64_t number = Pick(2) == 0 ? Pick(3) : random_();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return put(&Reflection::SetString, &Reflection::AddString, Text());
      case FieldDescriptor::CPPTYPE_BOOL:
        return put(&Reflection::SetBool, &Reflection::AddBool, number % 2 == 0);
      case FieldDescriptor::CPPTYPE_INT32:
        return put(&Reflection::SetInt32, &Reflection::AddInt32, static_cast<int32_t>(number));
      case FieldDescriptor::CPPTYPE_UINT32:
        return put(&Reflection::SetUInt32, &Reflection::AddUInt32, static_cast<uint32_t>(number));
      case FieldDescriptor::CPPTYPE_INT64:
        return put(&Reflection::SetInt64, &Reflection::AddInt64, static_cast<int64_t>(number));
      case FieldDescriptor::CPPTYPE_UINT64:
        return put(&Reflection::SetUInt64, &Reflection::AddUInt64, number);
      case FieldDescriptor::CPPTYPE_ENUM:
        return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, Pick(5));
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth == 0) return;
        return Fill(many ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field),
                    depth - 1);
      default:
        FAIL() << field.full_name();
    }
  }

  std::string Text() {
    static const std::vector<std::string> kParts = {"a",
                                                    "\"",
                                                    "\\",
                                                    "\n",
                                                    "\x01",
                                                    "\x7f",
                                                    "</script>",
                                                    "\xc3\xbc",
                                                    "'",
                                                    "\xe2\x80\xa8",
                                                    "\xf0\x9f\x93\x9e",
                                                    "/",
                                                    "\t",
                                                    " ",
                                                    "\xc2\x80",
                                                    "&",
                                                    std::string(1, '\0')};
    std::string text;
    for (int i = Pick(6); i > 0; --i) text += kParts[static_cast<size_t>(Pick(static_cast<int>(kParts.size())))];
    return text;
  }

  int Pick(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }

  google::protobuf::FileDescriptorProto file_;
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory messages_;
  std::mt19937_64 random_{42};
};

TEST_F(WriteJsonTest, MeansWhatProtobufsOwnMeans) {
  for (int i = 0; i < 300; ++i) {
    const std::unique_ptr<Message> message = New();
    Fill(*message, /*depth=*/2);
    const std::string json = Json(*message);

    const std::unique_ptr<Message> read = New();
    const auto parsed = google::protobuf::util::JsonStringToMessage(json, read.get());
    ASSERT_TRUE(parsed.ok()) << parsed.ToString() << "\n" << json;
    ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*message, *read)) << json;

    std::string theirs;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*message, &theirs).ok());
    const auto members = [](const std::string& text) {
      google::protobuf::Struct out;
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &out).ok()) << text;
      return out;
    };
    ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(members(json), members(theirs))) << json << "\n"
                                                                                                    << theirs;
  }
}

TEST_F(WriteJsonTest, WritesWhatIsSetAlone) {
  const std::unique_ptr<Message> message = New();
  EXPECT_EQ(Json(*message), "{}");
  ASSERT_TRUE(TextFormat::ParseFromString(R"pb(field_1: "a"
                                               field_2: "b"
                                               field_2: ""
                                               field_3: true
                                               field_5: -7
                                               field_13: -8
                                               field_19: ROOM
                                               field_21 {})pb",
                                          message.get()));
  EXPECT_EQ(
      Json(*message),
      R"({"field1":"a","field2":["b",""],"field3":true,"field5":-7,"field13":"-8","field19":"ROOM","field21":{}})");
}

TEST_F(WriteJsonTest, KnowsWhatHasNoFormInJson) {
  for (const FieldDescriptor* const field : FieldsOf(*New())) EXPECT_TRUE(CheckHasJson(*field).ok()) << field->name();
  int number = 0;
  for (const auto type :
       {FieldDescriptorProto::TYPE_BYTES, FieldDescriptorProto::TYPE_DOUBLE, FieldDescriptorProto::TYPE_FLOAT}) {
    google::protobuf::FileDescriptorProto file;
    file.set_name("odd" + std::to_string(++number) + ".proto");
    file.set_package("p" + std::to_string(number));
    file.set_syntax("proto3");
    for (const char* name : {"Inner", "Outer"}) file.add_message_type()->set_name(name);
    auto& odd = *file.mutable_message_type(0)->add_field();
    odd.set_name("odd");
    odd.set_number(1);
    odd.set_type(type);
    odd.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
    auto& inner = *file.mutable_message_type(1)->add_field();
    inner.set_name("inner");
    inner.set_number(1);
    inner.set_type(FieldDescriptorProto::TYPE_MESSAGE);
    inner.set_type_name("." + file.package() + ".Inner");
    inner.set_label(FieldDescriptorProto::LABEL_REPEATED);
    const auto* const built = pool_.BuildFile(file);
    ASSERT_NE(built, nullptr);
    for (int i = 0; i < 2; ++i) {
      const FieldDescriptor& field = *built->message_type(i)->field(0);
      const absl::Status status = CheckHasJson(field);
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_EQ(status.message(), field.full_name() + " has a type that cannot be sent as JSON");
    }
  }
}

}  // namespace
}  // namespace webex_gateway
