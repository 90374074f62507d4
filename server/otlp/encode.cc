#include "server/otlp/encode.h"

#include "absl/strings/escaping.h"

namespace webex_gateway {
namespace {

namespace trace = opentelemetry::proto::trace::v1;
using opentelemetry::proto::common::v1::KeyValue;

void EncodeAttribute(const SpanAttribute& attribute, KeyValue& encoded) {
  encoded.set_key(std::string(attribute.name));
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    encoded.mutable_value()->set_string_value(*text);
  } else {
    encoded.mutable_value()->set_int_value(std::get<int64_t>(attribute.value));
  }
}

uint32_t FlagsOf(const Span& span) {
  const uint32_t remote = span.parent_is_remote ? trace::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK : 0;
  return span.flags | trace::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK | remote;
}

void EncodeSpan(const Span& span, trace::Span& encoded) {
  encoded.set_trace_id(absl::HexStringToBytes(span.trace_id));
  encoded.set_span_id(absl::HexStringToBytes(span.span_id));
  encoded.set_parent_span_id(absl::HexStringToBytes(span.parent_span_id));
  encoded.set_trace_state(span.state);
  encoded.set_flags(FlagsOf(span));
  encoded.set_name(span.name);
  encoded.set_kind(span.kind == SpanKind::kServer ? trace::Span::SPAN_KIND_SERVER : trace::Span::SPAN_KIND_CLIENT);
  encoded.set_start_time_unix_nano(static_cast<uint64_t>(absl::ToUnixNanos(span.begun)));
  encoded.set_end_time_unix_nano(static_cast<uint64_t>(absl::ToUnixNanos(span.ended)));
  for (const SpanAttribute& attribute : span.attributes) EncodeAttribute(attribute, *encoded.add_attributes());
  if (span.failed) encoded.mutable_status()->set_code(trace::Status::STATUS_CODE_ERROR);
}

}  // namespace

void Encode(const std::vector<Span>& spans, const SpanSource& source,
            opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest& request) {
  trace::ResourceSpans& all = *request.add_resource_spans();
  for (const auto& [name, value] : source.resource) {
    KeyValue& attribute = *all.mutable_resource()->add_attributes();
    attribute.set_key(name);
    attribute.mutable_value()->set_string_value(value);
  }
  trace::ScopeSpans& scope = *all.add_scope_spans();
  scope.mutable_scope()->set_name(source.name);
  scope.mutable_scope()->set_version(source.version);
  for (const Span& span : spans) EncodeSpan(span, *scope.add_spans());
}

}  // namespace webex_gateway
