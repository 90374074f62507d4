// Reads an error like its caller: its details, and their size on the wire.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/base/error.h"

namespace webex_gateway {

inline google::rpc::ErrorInfo InfoOf(const absl::Status& status) {
  return DetailOf<google::rpc::ErrorInfo>(status).value_or(google::rpc::ErrorInfo());
}

inline std::string ReasonOf(const absl::Status& status) { return InfoOf(status).reason(); }

// The value in ErrorInfo's metadata; "(absent)" if it does not have the key.
inline std::string MetadataOf(const absl::Status& status, const std::string& key) {
  const google::rpc::ErrorInfo info = InfoOf(status);
  const auto found = info.metadata().find(key);
  return found == info.metadata().end() ? "(absent)" : found->second;
}

inline std::string OutcomeOf(const absl::Status& status) { return MetadataOf(status, "outcome"); }

// RetryInfo's wait; nothing if the status has none.
inline std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const auto retry = DetailOf<google::rpc::RetryInfo>(status);
  if (!retry) return std::nullopt;
  return absl::Seconds(retry->retry_delay().seconds()) + absl::Nanoseconds(retry->retry_delay().nanos());
}

// The bytes of `grpc-message` and `grpc-status-details-bin`, as gRPC encodes them.
inline size_t WireSizeOf(const absl::Status& status) {
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  status.ForEachPayload([&details](absl::string_view type_url, const absl::Cord& payload) {
    google::protobuf::Any& detail = *details.add_details();
    detail.set_type_url(std::string(type_url));
    detail.set_value(std::string(payload));
  });
  size_t size = absl::Base64Escape(details.SerializeAsString()).size();
  for (const char c : status.message()) size += c >= ' ' && c <= '~' && c != '%' ? 1 : 3;
  return size;
}

// The fields that the status names as invalid, in its order.
inline std::vector<std::string> FaultyFieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
  if (!bad_request) return fields;
  for (const auto& violation : bad_request->field_violations()) fields.push_back(violation.field());
  return fields;
}

}  // namespace webex_gateway
