#include "server/webex/oauth_state.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "server/webex/access_token.h"
#include "server/webex/parse_json.h"

namespace webex_gateway {
namespace {

using google::protobuf::Struct;

constexpr char kGiven[] = "given_refresh_token_sha256";
constexpr char kInUse[] = "refresh_token";

}  // namespace

std::string WriteOAuthState(const OAuthState& state) {
  Struct object;
  (*object.mutable_fields())[kGiven].set_string_value(state.given_sha256);
  (*object.mutable_fields())[kInUse].set_string_value(state.refresh_token);
  std::string json;
  // Fails only on text that is not valid UTF-8, and all of it came from JSON or a hash.
  (void)google::protobuf::util::MessageToJsonString(object, &json);
  return json + "\n";
}

absl::StatusOr<OAuthState> ReadOAuthState(const std::string& content) {
  const Struct object = ParseObject(content);
  if (object.fields().count(kGiven) == 0 || object.fields().count(kInUse) == 0) {
    return absl::InvalidArgumentError("contains no state written by this gateway");
  }
  return OAuthState{.given_sha256 = object.fields().at(kGiven).string_value(),
                    .refresh_token = object.fields().at(kInUse).string_value()};
}

absl::StatusOr<std::optional<OAuthState>> LoadOAuthState(const std::string& path) {
  const absl::StatusOr<std::string> content = ReadSmallFile(path);
  if (absl::IsNotFound(content.status())) return std::nullopt;
  if (!content.ok()) return content.status();
  absl::StatusOr<OAuthState> state = ReadOAuthState(*content);
  if (!state.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " ", state.status().message(), "; remove it to start from the operator's refresh token"));
  }
  return *std::move(state);
}

}  // namespace webex_gateway
