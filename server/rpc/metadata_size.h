// How much metadata an RPC has brought, its method and authority included.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "grpcpp/support/string_ref.h"

namespace webex_gateway {

struct MetadataSize {
  size_t bytes = 0;    // names and values
  size_t entries = 0;  // a byte can bring one, of which gRPC makes 240

  // As HTTP/2 counts it (RFC 9113, 6.5.2).
  size_t Counted() const { return bytes + 32 * entries; }
  // Of the places that an RPC takes (places.h) one is for each 8 KiB, so that metadata is bounded with them.
  int Places() const;
};

using MetadataMap = std::multimap<grpc::string_ref, grpc::string_ref>;

MetadataSize MeasureMetadata(const std::string& method, const std::string& authority, const MetadataMap& metadata);

// What it has taken on the connection, at most, but for a few KiB: of equal entries a single one, since a byte may
// repeat an earlier one.
size_t BytesReceivedFor(const MetadataSize& size, const MetadataMap& metadata);

}  // namespace webex_gateway
