// Feeds the fuzzer's inputs to all readers of Webex's answers, and checks their promises.
//
// The first byte chooses: '0' ReadWorkspace, '1' ErrorOfAnswer, '2' ParseRetryAfter, '3' ReadErrorBody. For '1' three
// digits follow (the status), then a line with Retry-After; the rest is the body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/util/json_util.h"
#include "server/http/retry_after.h"
#include "server/webex/error_body.h"
#include "server/webex/errors.h"
#include "server/webex/parse_json.h"
#include "server/webex/workspace_json.h"
#include "tests/server/testing/details.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::Workspace;

const absl::Time kNow = absl::FromUnixSeconds(784'111'777);

void Expect(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void ExpectUtf8(const std::string& text) {
  google::rpc::RequestInfo holder;
  holder.set_request_id(text);
  Expect(google::rpc::RequestInfo().ParseFromString(holder.SerializeAsString()), "text is UTF-8");
}

bool IsDigits(absl::string_view text) { return text.find_first_not_of("+-.eE0123456789") == absl::string_view::npos; }

// Reading member by member gives the same as reading at once.
void TryMembers(absl::string_view json) {
  std::map<std::string, std::optional<std::string>> members;
  const bool is_object = ReadMembers(json, [&](absl::string_view name, std::optional<absl::string_view> text) {
    members[std::string(name)] = text ? std::make_optional<std::string>(*text) : std::nullopt;
  });
  const auto whole = ParseJson(json);
  Expect(is_object == (whole && whole->has_struct_value()), "an object is one in both ways");
  if (!is_object) return;
  Expect(members.size() == static_cast<size_t>(whole->struct_value().fields().size()), "members are the same");
  for (const auto& [name, value] : whole->struct_value().fields()) {
    const bool is_text = value.kind_case() == google::protobuf::Value::kStringValue;
    const auto& text = members.at(name);
    // A number that does not fit a double is text there.
    Expect(text ? is_text && *text == value.string_value() : !is_text || IsDigits(value.string_value()),
           "a member is the same");
  }
}

void TryWorkspace(absl::string_view json) {
  TryMembers(json);
  const std::optional<Workspace> workspace = ReadWorkspace(json);
  if (!workspace) return;
  Expect(!workspace->id().empty(), "a workspace has an id");
  Expect(workspace->state() == Workspace::PROVISIONED, "a workspace that was read exists");
  Expect(Workspace().ParseFromString(workspace->SerializeAsString()), "a workspace can be answered");
  std::string again;
  Expect(google::protobuf::util::MessageToJsonString(*workspace, &again).ok(), "a workspace can be shown");
}

void TryError(absl::string_view input) {
  if (input.size() < 3) return;
  int status = 0;
  for (const char digit : input.substr(0, 3)) status = status * 10 + static_cast<unsigned char>(digit) % 16 % 10;
  if (status >= 200 && status < 300) return;
  input.remove_prefix(3);
  const size_t line = std::min(input.find('\n'), input.size());
  HttpAnswer answer{status, {{"Retry-After", std::string(input.substr(0, line))}}, ""};
  answer.body = std::string(input.substr(std::min(line + 1, input.size())));

  const Call call{.request_id = "11111111-2222-4333-8444-555555555555", .attempts = 1};
  const absl::Status error = ErrorOfAnswer(answer, "POST", call, kNow);
  Expect(!error.ok(), "an error is one");
  Expect(!ReasonOf(error).empty(), "an error has details that can be read");
  Expect(OutcomeOf(error) == "not_applied" || !RetryDelayOf(error), "only what was not applied may be repeated");
  Expect(WireSizeOf(error) < 7 << 10, "an error fits into metadata");
  if (status == 401) Expect(RefusesAccessToken(answer), "a 401 refuses the token");
  ExpectUtf8(TrackingIdOf(answer));
}

void TryRetryAfter(absl::string_view value) {
  const std::optional<absl::Duration> wait = ParseRetryAfter(value, kNow);
  if (wait) Expect(*wait >= absl::ZeroDuration(), "a wait is not negative");
}

void TryErrorBody(absl::string_view body) {
  const WebexErrorBody read = ReadErrorBody(body);
  for (const std::string& text : {read.message, read.code, read.tracking_id}) ExpectUtf8(text);
  for (const FieldViolation& violation : read.violations) ExpectUtf8(violation.field + violation.description);
}

}  // namespace
}  // namespace webex_gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const google::protobuf::LogSilencer quiet;
  if (size == 0) return 0;
  const absl::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      webex_gateway::TryWorkspace(input);
      break;
    case 1:
      webex_gateway::TryError(input);
      break;
    case 2:
      webex_gateway::TryRetryAfter(input);
      break;
    default:
      webex_gateway::TryErrorBody(input);
  }
  return 0;
}
