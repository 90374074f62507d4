#include "server/otlp/encode.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;
using Numbers = std::map<std::string, int>;

const google::protobuf::FileDescriptor& TraceFile() {
  return *opentelemetry::proto::trace::v1::Span::descriptor()->file();
}

// Each field by its name and type.
Numbers FieldsOf(const Descriptor& message) {
  Numbers numbers;
  for (int i = 0; i < message.field_count(); ++i) {
    const auto& field = *message.field(i);
    numbers[absl::StrCat(field.is_repeated() ? "repeated " : "", field.type_name(), " ", field.name())] =
        field.number();
  }
  return numbers;
}

Numbers ValuesOf(const EnumDescriptor& type) {
  Numbers numbers;
  for (int i = 0; i < type.value_count(); ++i) numbers[type.value(i)->name()] = type.value(i)->number();
  return numbers;
}

// What OpenTelemetry has published; nobody else looks after these names and numbers here.
TEST(OtlpProtocolTest, HasThePublicServiceAndItsMessages) {
  const auto& file = *ExportTraceServiceRequest::descriptor()->file();
  ASSERT_EQ(file.service_count(), 1);
  EXPECT_EQ(file.service(0)->full_name(), "opentelemetry.proto.collector.trace.v1.TraceService");
  ASSERT_EQ(file.service(0)->method_count(), 1);
  EXPECT_EQ(file.service(0)->method(0)->name(), "Export");
  EXPECT_EQ(FieldsOf(*file.FindMessageTypeByName("ExportTraceServiceRequest")),
            (Numbers{{"repeated message resource_spans", 1}}));
  EXPECT_EQ(FieldsOf(*file.FindMessageTypeByName("ExportTraceServiceResponse")),
            (Numbers{{"message partial_success", 1}}));
  EXPECT_EQ(FieldsOf(*file.FindMessageTypeByName("ExportTracePartialSuccess")),
            (Numbers{{"int64 rejected_spans", 1}, {"string error_message", 2}}));
}

TEST(OtlpProtocolTest, HasThePublicFieldsOfSpans) {
  EXPECT_EQ(FieldsOf(*TraceFile().FindMessageTypeByName("ResourceSpans")),
            (Numbers{{"message resource", 1}, {"repeated message scope_spans", 2}}));
  EXPECT_EQ(FieldsOf(*TraceFile().FindMessageTypeByName("ScopeSpans")),
            (Numbers{{"message scope", 1}, {"repeated message spans", 2}}));
  EXPECT_EQ(FieldsOf(*TraceFile().FindMessageTypeByName("Span")), (Numbers{{"bytes trace_id", 1},
                                                                           {"bytes span_id", 2},
                                                                           {"string trace_state", 3},
                                                                           {"bytes parent_span_id", 4},
                                                                           {"string name", 5},
                                                                           {"enum kind", 6},
                                                                           {"fixed64 start_time_unix_nano", 7},
                                                                           {"fixed64 end_time_unix_nano", 8},
                                                                           {"repeated message attributes", 9},
                                                                           {"message status", 15},
                                                                           {"fixed32 flags", 16}}));
  EXPECT_EQ(FieldsOf(*TraceFile().FindMessageTypeByName("Status")), (Numbers{{"string message", 2}, {"enum code", 3}}));
  EXPECT_EQ(ValuesOf(*TraceFile().FindMessageTypeByName("Span")->FindEnumTypeByName("SpanKind")),
            (Numbers{{"SPAN_KIND_UNSPECIFIED", 0},
                     {"SPAN_KIND_INTERNAL", 1},
                     {"SPAN_KIND_SERVER", 2},
                     {"SPAN_KIND_CLIENT", 3},
                     {"SPAN_KIND_PRODUCER", 4},
                     {"SPAN_KIND_CONSUMER", 5}}));
  EXPECT_EQ(ValuesOf(*TraceFile().FindMessageTypeByName("Status")->FindEnumTypeByName("StatusCode")),
            (Numbers{{"STATUS_CODE_UNSET", 0}, {"STATUS_CODE_OK", 1}, {"STATUS_CODE_ERROR", 2}}));
  EXPECT_EQ(ValuesOf(*TraceFile().FindEnumTypeByName("SpanFlags")),
            (Numbers{{"SPAN_FLAGS_DO_NOT_USE", 0},
                     {"SPAN_FLAGS_TRACE_FLAGS_MASK", 0xff},
                     {"SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK", 0x100},
                     {"SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK", 0x200}}));
}

TEST(OtlpProtocolTest, HasThePublicFieldsOfAttributes) {
  using opentelemetry::proto::common::v1::AnyValue;
  const auto& common = *AnyValue::descriptor()->file();
  EXPECT_EQ(common.package(), "opentelemetry.proto.common.v1");
  EXPECT_EQ(
      FieldsOf(*AnyValue::descriptor()),
      (Numbers{
          {"string string_value", 1}, {"bool bool_value", 2}, {"int64 int_value", 3}, {"double double_value", 4}}));
  EXPECT_EQ(FieldsOf(*common.FindMessageTypeByName("KeyValue")), (Numbers{{"string key", 1}, {"message value", 2}}));
  EXPECT_EQ(FieldsOf(*common.FindMessageTypeByName("InstrumentationScope")),
            (Numbers{{"string name", 1}, {"string version", 2}}));
  EXPECT_EQ(FieldsOf(*opentelemetry::proto::resource::v1::Resource::descriptor()),
            (Numbers{{"repeated message attributes", 1}}));
}

TEST(EncodeTest, PutsEverySpanBelowTheResourceAndTheScope) {
  const SpanSource source{
      {{"service.name", "orders"}, {"deployment.environment.name", "test"}}, "webex-gateway", "1.2"};
  const Span call{.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
                  .span_id = "00f067aa0ba902b7",
                  .parent_span_id = "0102030405060708",
                  .parent_is_remote = true,
                  .flags = 3,
                  .state = "a=1",
                  .name = "Service/Method",
                  .kind = SpanKind::kServer,
                  .begun = absl::FromUnixSeconds(1'700'000'000),
                  .ended = absl::FromUnixSeconds(1'700'000'000) + absl::Nanoseconds(7),
                  .attributes = {{"rpc.system.name", "grpc"}, {"webex_gateway.attempts", int64_t{2}}},
                  .failed = true};
  const Span root{.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736", .span_id = "00f067aa0ba902b8", .name = "POST"};
  ExportTraceServiceRequest request;
  Encode({call, root}, source, request);

  ASSERT_EQ(request.resource_spans_size(), 1);
  const auto& all = request.resource_spans(0);
  ASSERT_EQ(all.resource().attributes_size(), 2);
  EXPECT_EQ(all.resource().attributes(0).key(), "service.name");
  EXPECT_EQ(all.resource().attributes(0).value().string_value(), "orders");
  ASSERT_EQ(all.scope_spans_size(), 1);
  EXPECT_EQ(all.scope_spans(0).scope().name(), "webex-gateway");
  EXPECT_EQ(all.scope_spans(0).scope().version(), "1.2");
  ASSERT_EQ(all.scope_spans(0).spans_size(), 2);
  const auto& first = all.scope_spans(0).spans(0);
  EXPECT_EQ(first.trace_id(), "\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36");
  EXPECT_EQ(first.span_id(), std::string("\x00\xf0\x67\xaa\x0b\xa9\x02\xb7", 8));
  EXPECT_EQ(first.parent_span_id(), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(first.flags(), 0x303);
  EXPECT_EQ(first.trace_state(), "a=1");
  EXPECT_EQ(first.name(), "Service/Method");
  EXPECT_EQ(first.kind(), opentelemetry::proto::trace::v1::Span::SPAN_KIND_SERVER);
  EXPECT_EQ(first.start_time_unix_nano(), 1'700'000'000'000'000'000);
  EXPECT_EQ(first.end_time_unix_nano(), 1'700'000'000'000'000'007);
  ASSERT_EQ(first.attributes_size(), 2);
  EXPECT_EQ(first.attributes(0).value().string_value(), "grpc");
  EXPECT_EQ(first.attributes(1).value().int_value(), 2);
  EXPECT_EQ(first.status().code(), opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
  const auto& second = all.scope_spans(0).spans(1);
  EXPECT_EQ(second.parent_span_id(), "");
  EXPECT_EQ(second.flags(), 0x100);
  EXPECT_EQ(second.kind(), opentelemetry::proto::trace::v1::Span::SPAN_KIND_CLIENT);
  EXPECT_FALSE(second.has_status());
}

}  // namespace
}  // namespace webex_gateway
