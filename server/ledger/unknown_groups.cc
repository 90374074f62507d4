#include "server/ledger/unknown_groups.h"

namespace webex_gateway {

void UnknownGroups::Add(absl::Time ordered, const std::string& reason, int64_t orders) {
  const int64_t quarter = absl::ToUnixMicros(ordered) / absl::ToInt64Microseconds(kUnknownGroupStretch);
  const auto group = orders_.try_emplace({quarter, reason}, 0).first;
  group->second += orders;
  if (group->second == 0) orders_.erase(group);
}

std::vector<UnknownGroup> UnknownGroups::Newest() const {
  std::vector<UnknownGroup> newest;
  for (const auto& [key, orders] : orders_) {
    if (newest.size() == kUnknownGroups) break;
    newest.push_back({absl::UnixEpoch() + key.first * kUnknownGroupStretch, key.second, orders});
  }
  return newest;
}

}  // namespace webex_gateway
