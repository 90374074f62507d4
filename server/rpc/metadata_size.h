// The size of an RPC's metadata, including its method and authority.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "grpcpp/support/string_ref.h"

namespace webex_gateway {

struct MetadataSize {
  size_t bytes = 0;    // names and values
  size_t entries = 0;  // one byte can create an entry, which costs gRPC 240

  // The size as HTTP/2 counts it (RFC 9113, 6.5.2).
  size_t Counted() const { return bytes + 32 * entries; }
  // An RPC takes one place (places.h) for each 8 KiB, so that the places also limit metadata.
  int Places() const;
};

using MetadataMap = std::multimap<grpc::string_ref, grpc::string_ref>;

MetadataSize MeasureMetadata(const std::string& method, const std::string& authority, const MetadataMap& metadata);

// At most how many bytes it took on the connection, to within a few KiB: equal entries count once, since one byte may
// repeat an earlier entry.
size_t BytesReceivedFor(const MetadataSize& size, const MetadataMap& metadata);

}  // namespace webex_gateway
