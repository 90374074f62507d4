#include "client/order.h"

#include <google/protobuf/util/json_util.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/strict_json.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

using google::protobuf::Message;

absl::Status Unreadable(absl::string_view name, int error) {
  const std::string why = error == 0 ? "" : absl::StrCat(": ", std::strerror(error));
  return absl::InvalidArgumentError(absl::StrCat(name, ": cannot be read", why));
}

// Where an order's JSON comes from, for messages about its faults.
struct Source {
  const OrderKind& kind;
  absl::string_view name;
};

// errno is 0 before `in` is opened, so that it shows why opening or reading failed.
absl::StatusOr<std::string> ReadBounded(std::istream& in, const Source& source) {
  std::string content(kMaxOrderBytes + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad() || (!in.good() && !in.eof())) return Unreadable(source.name, errno);
  content.resize(static_cast<size_t>(in.gcount()));
  if (content.size() <= kMaxOrderBytes) return content;
  return absl::InvalidArgumentError(
      absl::StrCat(source.name, ": longer than ", kMaxOrderBytes, " bytes, so not ", source.kind.a_noun));
}

// For well-formed JSON, protobuf's error is a sentence about a field.
std::string FieldFaultText(absl::string_view fault) {
  const bool is_no_text = absl::EndsWith(fault, "for type TYPE_STRING");
  return absl::StrCat(Printable(fault), is_no_text ? " (text needs quotes)" : "");
}

absl::Status ParseOrder(absl::string_view json, const Source& source, Message& order) {
  absl::ConsumePrefix(&json, "\xEF\xBB\xBF");  // the byte order mark that Windows' editors write
  const std::string not_json = FaultInJson(json);
  if (!not_json.empty()) return absl::InvalidArgumentError(absl::StrCat(source.name, ": not JSON: ", not_json));
  if (!absl::StartsWith(absl::StripLeadingAsciiWhitespace(json), "{")) {
    return absl::InvalidArgumentError(
        absl::StrCat(source.name, ": not a JSON object, which ", source.kind.a_noun, " must be"));
  }
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &order);
  if (status.ok()) return absl::OkStatus();
  const absl::string_view fault(status.message().data(), status.message().size());
  return absl::InvalidArgumentError(
      absl::StrCat(source.name, ": not ", source.kind.a_noun, " in JSON: ", FieldFaultText(fault)));
}

absl::Status ReadStream(std::istream& in, const Source& source, Message& order) {
  const absl::StatusOr<std::string> json = ReadBounded(in, source);
  return json.ok() ? ParseOrder(*json, source, order) : json.status();
}

absl::Status ReadFile(const OrderKind& kind, const std::string& path, std::istream& in, Message& order) {
  errno = 0;
  if (path == "-") return ReadStream(in, {kind, "standard input"}, order);
  std::ifstream file(path, std::ios::binary);
  return ReadStream(file, {kind, path}, order);
}

// A request id alone is not an order.
bool NamesNothing(const OrderFlags& flags) {
  const bool has_id = flags.fields.count("request_id") > 0;
  return !flags.file && flags.fields.size() == (has_id ? 1 : 0);
}

// A flag has the name of its field.
void Override(const OrderFlags& flags, Message& order) {
  const google::protobuf::Descriptor& type = *order.GetDescriptor();
  const google::protobuf::Reflection& fields = *order.GetReflection();
  for (const auto& [name, value] : flags.fields) fields.SetString(&order, type.FindFieldByName(name), value);
  if (flags.validate_only) fields.SetBool(&order, type.FindFieldByName("validate_only"), true);
  if (flags.if_unknown != 0) fields.SetEnumValue(&order, type.FindFieldByName("if_unknown"), flags.if_unknown);
}

}  // namespace

absl::Status ReadOrder(const OrderKind& kind, const OrderFlags& flags, std::istream& in, Message& order) {
  if (NamesNothing(flags)) {
    return absl::InvalidArgumentError(absl::StrCat("there is no ", kind.noun, ": ", kind.missing));
  }
  const absl::Status read = flags.file ? ReadFile(kind, *flags.file, in, order) : absl::OkStatus();
  if (read.ok()) Override(flags, order);
  return read;
}

}  // namespace webex_gateway::client
