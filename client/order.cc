#include "client/order.h"

#include <google/protobuf/util/json_util.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;

absl::Status Unreadable(absl::string_view name, int error) {
  const std::string why = error == 0 ? "" : absl::StrCat(": ", std::strerror(error));
  return absl::InvalidArgumentError(absl::StrCat(name, ": cannot be read", why));
}

// errno is 0 before `in` is opened, so that it tells why that, or the reading, failed.
absl::StatusOr<std::string> ReadBounded(std::istream& in, absl::string_view name) {
  std::string content(kMaxOrderBytes + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad() || (!in.good() && !in.eof())) return Unreadable(name, errno);
  content.resize(static_cast<size_t>(in.gcount()));
  if (content.size() <= kMaxOrderBytes) return content;
  return absl::InvalidArgumentError(absl::StrCat(name, ": longer than ", kMaxOrderBytes, " bytes, so not an order"));
}

// Protobuf's fault is a sentence; or a sentence, the JSON around the fault, and a line with a caret below the fault,
// which is in its place only if that JSON is put on one line.
std::string Explain(absl::string_view fault) {
  const size_t sentence = fault.find('\n');
  const size_t caret = fault.rfind('\n');
  const bool has_context = sentence != absl::string_view::npos && caret > sentence + 1;
  if (absl::EndsWith(fault, "for type TYPE_STRING")) return absl::StrCat(Printable(fault), " (text needs quotes)");
  if (!has_context) return Printable(fault.substr(0, sentence));
  return absl::StrCat(Printable(fault.substr(0, sentence)), "\n  ",
                      Printable(fault.substr(sentence + 1, caret - sentence - 1)), "\n  ",
                      Printable(fault.substr(caret + 1)));
}

absl::StatusOr<ProvisionWorkspaceRequest> ParseOrder(absl::string_view json, absl::string_view name) {
  absl::ConsumePrefix(&json, "\xEF\xBB\xBF");  // the byte order mark that Windows' editors write
  if (!absl::StartsWith(absl::StripLeadingAsciiWhitespace(json), "{")) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": not a JSON object, which an order must be"));
  }
  ProvisionWorkspaceRequest order;
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &order);
  if (status.ok()) return order;
  const absl::string_view fault(status.message().data(), status.message().size());
  return absl::InvalidArgumentError(absl::StrCat(name, ": not an order in JSON: ", Explain(fault)));
}

absl::StatusOr<ProvisionWorkspaceRequest> ReadFile(const std::string& path, std::istream& in) {
  errno = 0;
  if (path == "-") {
    absl::StatusOr<std::string> json = ReadBounded(in, "standard input");
    return json.ok() ? ParseOrder(*json, "standard input") : json.status();
  }
  std::ifstream file(path, std::ios::binary);
  absl::StatusOr<std::string> json = ReadBounded(file, path);
  return json.ok() ? ParseOrder(*json, path) : json.status();
}

bool NamesNothing(const OrderFlags& flags) {
  return !flags.file && !flags.provisioning_id && !flags.user_id && !flags.sp_enterprise_id && !flags.display_name &&
         !flags.primary_phone_number && !flags.extension;
}

void Override(const OrderFlags& flags, ProvisionWorkspaceRequest& order) {
  if (flags.provisioning_id) order.set_provisioning_id(*flags.provisioning_id);
  if (flags.user_id) order.set_user_id(*flags.user_id);
  if (flags.sp_enterprise_id) order.set_sp_enterprise_id(*flags.sp_enterprise_id);
  if (flags.display_name) order.set_display_name(*flags.display_name);
  if (flags.primary_phone_number) order.set_primary_phone_number(*flags.primary_phone_number);
  if (flags.extension) order.set_extension(*flags.extension);
  if (flags.request_id) order.set_request_id(*flags.request_id);
  if (flags.validate_only) order.set_validate_only(true);
}

}  // namespace

absl::StatusOr<ProvisionWorkspaceRequest> ReadOrder(const OrderFlags& flags, std::istream& in) {
  if (NamesNothing(flags)) {
    return absl::InvalidArgumentError("there is no order: give its fields as flags, or --file");
  }
  absl::StatusOr<ProvisionWorkspaceRequest> order = ProvisionWorkspaceRequest();
  if (flags.file) order = ReadFile(*flags.file, in);
  if (order.ok()) Override(flags, *order);
  return order;
}

}  // namespace webex_gateway::client
