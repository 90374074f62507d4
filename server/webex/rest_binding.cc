#include "server/webex/rest_binding.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/api/annotations.pb.h"
#include "server/webex/write_json.h"
#include "webex/broadworks/v1/options.pb.h"

namespace webex_gateway {
namespace {

using google::api::HttpRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kUsualBody = 512;  // enough for an order as it usually is

std::pair<std::string, std::string> VerbAndPath(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case HttpRule::PATTERN_NOT_SET:
      break;
  }
  return {};
}

std::string PercentEncoded(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || absl::string_view("-._~").find(c) != absl::string_view::npos) {
      out.push_back(c);
    } else {
      absl::StrAppendFormat(&out, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<RestBinding> RestBinding::Of(const google::protobuf::MethodDescriptor& method) {
  const auto [verb, path] = VerbAndPath(method.options().GetExtension(google::api::http));
  if (verb.empty())
    return absl::InvalidArgumentError(absl::StrCat(method.full_name(), " has no google.api.http option"));
  RestBinding binding;
  binding.method_ = verb;
  const std::string& body = method.options().GetExtension(google::api::http).body();
  if (!body.empty() && body != "*")
    return absl::InvalidArgumentError(absl::StrCat(method.full_name(), ": body is not *"));
  binding.has_body_ = !body.empty();
  if (absl::Status read = binding.ReadTemplate(path, *method.input_type()); !read.ok()) return read;
  if (absl::Status placed = binding.PlaceFields(*method.input_type()); !placed.ok()) return placed;
  return binding;
}

absl::Status RestBinding::ReadTemplate(absl::string_view path, const google::protobuf::Descriptor& request) {
  route_ = std::string(path);
  while (!path.empty()) {
    const size_t open = path.find('{');
    Segment segment{std::string(path.substr(0, open)), nullptr};
    if (open == absl::string_view::npos) {
      path_.push_back(std::move(segment));
      break;
    }
    const size_t close = path.find('}', open);
    if (close == absl::string_view::npos) return absl::InvalidArgumentError("a path variable does not end");
    const std::string name(path.substr(open + 1, close - open - 1));
    segment.field = request.FindFieldByName(name);
    if (segment.field == nullptr || segment.field->type() != FieldDescriptor::TYPE_STRING ||
        segment.field->is_repeated()) {
      return absl::InvalidArgumentError(absl::StrCat("path variable ", name, " is not a string field"));
    }
    path_.push_back(std::move(segment));
    path.remove_prefix(close + 1);
  }
  return absl::OkStatus();
}

absl::Status RestBinding::PlaceFields(const google::protobuf::Descriptor& request) {
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor* field = request.field(i);
    const bool own = field->options().GetExtension(webex::broadworks::v1::gateway_only);
    const bool in_path = std::any_of(path_.begin(), path_.end(), [&](const Segment& s) { return s.field == field; });
    if (own || in_path) continue;
    if (!has_body_) {
      return absl::InvalidArgumentError(absl::StrCat(field->full_name(), " has no place in the HTTP request"));
    }
    if (absl::Status has_json = CheckHasJson(*field); !has_json.ok()) return has_json;
    in_body_.push_back(field);
  }
  return absl::OkStatus();
}

HttpRequest RestBinding::Bind(const Message& message) const {
  HttpRequest out;
  out.method = method_;
  out.repeatable = method_ != "POST";
  for (const Segment& segment : path_) {
    absl::StrAppend(&out.target, segment.literal);
    if (segment.field == nullptr) continue;
    absl::StrAppend(&out.target, PercentEncoded(message.GetReflection()->GetString(message, segment.field)));
  }
  out.headers.push_back({"Accept", "application/json"});
  if (has_body_) {
    out.headers.push_back({"Content-Type", "application/json"});
    out.body.reserve(kUsualBody);
    AppendJson(message, in_body_, out.body);
  }
  return out;
}

}  // namespace webex_gateway
