#include "server/rpc/metadata_size.h"

#include <algorithm>
#include <set>

namespace webex_gateway {
namespace {

constexpr size_t kBytesOfAPlace = 8 << 10;

}  // namespace

int MetadataSize::Places() const {
  return static_cast<int>(std::max<size_t>(1, (Counted() + kBytesOfAPlace - 1) / kBytesOfAPlace));
}

MetadataSize MeasureMetadata(const std::string& method, const std::string& authority, const MetadataMap& metadata) {
  size_t bytes = method.size() + authority.size();
  for (const auto& [name, value] : metadata) bytes += name.size() + value.size();
  return {.bytes = bytes, .entries = metadata.size()};
}

size_t BytesReceivedFor(const MetadataSize& size, const MetadataMap& metadata) {
  if (size.bytes <= kBytesOfAPlace) return size.bytes;  // too little to matter
  size_t bytes = size.bytes;
  std::set<MetadataMap::value_type> distinct;
  for (const MetadataMap::value_type& entry : metadata) {
    if (!distinct.insert(entry).second) bytes -= entry.first.size() + entry.second.size();
  }
  return bytes;
}

}  // namespace webex_gateway
