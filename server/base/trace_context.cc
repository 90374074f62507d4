#include "server/base/trace_context.h"

#include <algorithm>
#include <optional>

#include "absl/random/distributions.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace webex_gateway {
namespace {

constexpr size_t kParentLength = 55;  // 00-<trace id>-<span id>-<flags>
constexpr size_t kMaxStateLength = 512;
constexpr size_t kMaxStateMembers = 32;
constexpr uint8_t kKnownFlags = 0b11;

bool IsHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(absl::string_view text) { return IsHex(text) && text.find_first_not_of('0') != absl::string_view::npos; }

// A later version may add fields, and is read like ours.
std::optional<TraceContext> ParseParent(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.size() < kParentLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  const absl::string_view version = text.substr(0, 2);
  const absl::string_view flags = text.substr(53, 2);
  if (!IsHex(version) || version == "ff" || !IsHex(flags)) return std::nullopt;
  if (text.size() > kParentLength && (version == "00" || text[kParentLength] != '-')) return std::nullopt;
  const absl::string_view trace_id = text.substr(3, 32);
  const absl::string_view span_id = text.substr(36, 16);
  if (!IsId(trace_id) || !IsId(span_id)) return std::nullopt;
  return TraceContext{.trace_id = std::string(trace_id),
                      .parent_span_id = std::string(span_id),
                      .flags = static_cast<uint8_t>(absl::HexStringToBytes(flags)[0] & kKnownFlags)};
}

// key=value, in characters that a header may contain.
bool IsStateMember(absl::string_view text) {
  const size_t equals = text.find('=');
  return equals != absl::string_view::npos && equals > 0 && equals + 1 < text.size() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string ParseState(const std::vector<std::string>& values) {
  const std::string combined = absl::StrJoin(values, ",");
  std::vector<absl::string_view> members;
  for (absl::string_view member : absl::StrSplit(combined, ',')) {
    member = absl::StripAsciiWhitespace(member);
    if (member.empty()) continue;  // allowed, and meaningless
    if (!IsStateMember(member) || members.size() == kMaxStateMembers) return "";
    members.push_back(member);
  }
  std::string state = absl::StrJoin(members, ",");
  return state.size() <= kMaxStateLength ? state : "";
}

// 16 digits, not all zero.
std::string RandomDigits(absl::BitGenRef random) {
  const uint64_t bits = std::max<uint64_t>(1, absl::Uniform<uint64_t>(random));
  return absl::StrCat(absl::Hex(bits, absl::kZeroPad16));
}

}  // namespace

TraceContext ReadTrace(const std::vector<std::string>& traceparent, const std::vector<std::string>& tracestate,
                       absl::BitGenRef random) {
  std::optional<TraceContext> trace;
  if (traceparent.size() == 1) trace = ParseParent(traceparent[0]);
  if (!trace) return {.trace_id = RandomDigits(random) + RandomDigits(random)};
  trace->state = ParseState(tracestate);
  return *std::move(trace);
}

const TraceContext& NoTrace() {
  static const auto& none = *new TraceContext();
  return none;
}

std::string NewSpanId(absl::BitGenRef random) { return RandomDigits(random); }

void Sample(TraceContext& trace, const Sampler& sampler, absl::BitGenRef random) {
  if (!sampler) return;
  const bool is_recorded = sampler(trace);
  const uint8_t others = trace.flags & static_cast<uint8_t>(~kSampledFlag);
  trace.flags = is_recorded ? others | kSampledFlag : others;
  if (is_recorded) trace.span_id = NewSpanId(random);
}

std::string TraceParentOf(const TraceContext& trace, absl::string_view span_id) {
  return absl::StrCat("00-", trace.trace_id, "-", span_id, "-", absl::Hex(trace.flags, absl::kZeroPad2));
}

}  // namespace webex_gateway
