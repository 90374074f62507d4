#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/json.h"

namespace webex_gateway::sandbox {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr int64_t kMostRequests = 1'000'000'000;
constexpr int64_t kMostDelayMs = 3'600'000;
constexpr int64_t kUsualDripMs = 10;

template <typename T, size_t n>
using Names = std::array<std::pair<absl::string_view, T>, n>;

constexpr Names<Fault::Kind, 7> kKinds = {{{"status", Fault::Kind::kStatus},
                                           {"close", Fault::Kind::kClose},
                                           {"reset", Fault::Kind::kReset},
                                           {"half", Fault::Kind::kHalf},
                                           {"garbage", Fault::Kind::kGarbage},
                                           {"drip", Fault::Kind::kDrip},
                                           {"hang", Fault::Kind::kHang}}};
constexpr Names<Fault::When, 3> kTimes = {
    {{"before", Fault::When::kBefore}, {"after", Fault::When::kAfter}, {"headers", Fault::When::kHeaders}}};
constexpr Names<Fault::Path, 2> kPaths = {{{"workspaces", Fault::Path::kWorkspaces}, {"token", Fault::Path::kToken}}};

template <typename T, size_t n>
absl::string_view NameOf(const Names<T, n>& names, T value) {
  return std::find_if(names.begin(), names.end(), [&](const auto& pair) { return pair.second == value; })->first;
}

template <typename T, size_t n>
void ReadName(ObjectReader& reader, const std::string& member, const Names<T, n>& names, T& target) {
  std::string text(NameOf(names, target));
  reader.Text(member, text);
  const auto found = std::find_if(names.begin(), names.end(), [&](const auto& pair) { return pair.first == text; });
  if (found == names.end()) return reader.Fail(member, absl::StrCat("is unknown: '", text, "'"));
  target = found->second;
}

void ReadHeader(ObjectReader& reader, const std::string& name, const Value& value, Fault& fault) {
  if (value.kind_case() == Value::kNullValue) {
    fault.omitted_headers.push_back(absl::AsciiStrToLower(name));
  } else if (value.kind_case() == Value::kStringValue) {
    fault.headers.emplace(name, value.string_value());
  } else if (value.kind_case() == Value::kListValue) {
    for (const Value& one : value.list_value().values()) fault.headers.emplace(name, one.string_value());
  } else {
    reader.Fail("headers", absl::StrCat("must have a string, a list of strings or null for ", name));
  }
}

void ReadAnswer(ObjectReader& reader, Fault& fault) {
  if (reader.Has("status")) {
    int64_t status = 0;
    reader.Integer("status", 100, 999, status);
    fault.status = static_cast<int>(status);
  }
  if (reader.Has("contentType")) reader.Text("contentType", fault.content_type.emplace());
  if (reader.Has("body")) reader.Text("body", fault.body.emplace());
  const Value* headers = reader.Any("headers");
  if (headers == nullptr) return;
  if (headers->kind_case() != Value::kStructValue) return reader.Fail("headers", "must be an object");
  for (const auto& [name, value] : headers->struct_value().fields()) ReadHeader(reader, name, value, fault);
}

void ReadApplied(ObjectReader& reader, Fault& fault) {
  const bool answers_itself = fault.status.has_value() && *fault.status >= 200;
  fault.applied = !answers_itself && fault.when != Fault::When::kBefore;
  reader.Bool("applied", fault.applied);
}

// Rejects invalid combinations.
void CheckFault(ObjectReader& reader, const Fault& fault) {
  const bool cuts = fault.kind == Fault::Kind::kClose || fault.kind == Fault::Kind::kReset;
  if (fault.kind == Fault::Kind::kStatus && !fault.status) reader.Fail("status", "is missing");
  if (!fault.status && (reader.Has("headers") || reader.Has("body") || reader.Has("contentType"))) {
    reader.Fail("status", "is missing: headers, contentType and body need it");
  }
  if (fault.status && *fault.status < 200 && fault.kind != Fault::Kind::kStatus) {
    reader.Fail("status", "below 200 is only for the kind status");
  }
  if (reader.Has("when") && !cuts && fault.kind != Fault::Kind::kHang) {
    reader.Fail("when", "is only for close, reset and hang");
  }
  if (fault.kind == Fault::Kind::kHang && fault.when == Fault::When::kHeaders) {
    reader.Fail("when", "must be before or after for hang");
  }
  if (fault.applied && fault.when == Fault::When::kBefore) {
    reader.Fail("applied", "cannot be true before the body is read");
  }
}

absl::StatusOr<Fault> ParseFault(const Value& value) {
  if (value.kind_case() != Value::kStructValue) return absl::InvalidArgumentError("a fault must be a JSON object");
  ObjectReader reader(value.struct_value());
  Fault fault;
  reader.Integer("at", 1, kMostRequests, fault.at);
  reader.Integer("count", 0, kMostRequests, fault.count);
  ReadName(reader, "path", kPaths, fault.path);
  if (!reader.Has("kind")) reader.Fail("kind", "is missing");
  ReadName(reader, "kind", kKinds, fault.kind);
  ReadName(reader, "when", kTimes, fault.when);
  int64_t delay_ms = fault.kind == Fault::Kind::kDrip ? kUsualDripMs : 0;
  reader.Integer("delayMs", 0, kMostDelayMs, delay_ms);
  fault.delay = absl::Milliseconds(delay_ms);
  ReadAnswer(reader, fault);
  ReadApplied(reader, fault);
  CheckFault(reader, fault);
  if (absl::Status status = reader.Finish(); !status.ok()) return status;
  return fault;
}

void AppendHeaders(const Fault& fault, std::string& out) {
  AppendJsonName("headers", out);
  out.push_back('{');
  for (auto it = fault.headers.begin(); it != fault.headers.end();) {
    const auto end = fault.headers.upper_bound(it->first);
    AppendJsonName(it->first, out);
    out.push_back('[');
    for (absl::string_view separator = ""; it != end; ++it, separator = ",") {
      absl::StrAppend(&out, separator);
      AppendJsonString(it->second, out);
    }
    out.push_back(']');
  }
  for (const std::string& name : fault.omitted_headers) {
    AppendJsonName(name, out);
    absl::StrAppend(&out, "null");
  }
  out.push_back('}');
}

}  // namespace

absl::StatusOr<std::vector<Fault>> ParseFaults(const Value& value) {
  const bool is_list = value.kind_case() == Value::kListValue;
  std::vector<Fault> faults;
  for (int i = 0; i < (is_list ? value.list_value().values_size() : 1); ++i) {
    absl::StatusOr<Fault> fault = ParseFault(is_list ? value.list_value().values(i) : value);
    if (!fault.ok()) return fault.status();
    faults.push_back(*std::move(fault));
  }
  return faults;
}

absl::StatusOr<std::vector<Fault>> ParseFaults(const std::string& json) {
  const absl::StatusOr<Value> value = ParseJson(json);
  return value.ok() ? ParseFaults(*value) : value.status();
}

std::string FaultJson(const Fault& fault) {
  std::string out = absl::StrCat("{\"at\":", fault.at, ",\"count\":", fault.count);
  AppendJsonMember("path", NameOf(kPaths, fault.path), out);
  AppendJsonMember("kind", NameOf(kKinds, fault.kind), out);
  AppendJsonMember("when", NameOf(kTimes, fault.when), out);
  absl::StrAppend(&out, ",\"applied\":", fault.applied ? "true" : "false",
                  ",\"delayMs\":", absl::ToInt64Milliseconds(fault.delay));
  if (fault.status) {
    absl::StrAppend(&out, ",\"status\":", *fault.status);
    AppendHeaders(fault, out);
  }
  if (fault.content_type) AppendJsonMember("contentType", *fault.content_type, out);
  if (fault.body) AppendJsonMember("body", *fault.body, out);
  out.push_back('}');
  return out;
}

}  // namespace webex_gateway::sandbox
