#include "server/rpc/metadata_size.h"

#include <gtest/gtest.h>

#include <string>

namespace webex_gateway {
namespace {

MetadataSize Measure(const MetadataMap& metadata) { return MeasureMetadata("/method", "host", metadata); }
size_t Received(const MetadataMap& metadata) { return BytesReceivedFor(Measure(metadata), metadata); }

TEST(MetadataSizeTest, CountsAnEntryAsHttp2Does) {
  const MetadataSize size = Measure({{"name", "value"}, {"", ""}});
  EXPECT_EQ(size.bytes, 7u + 4 + 4 + 5);
  EXPECT_EQ(size.entries, 2u);
  EXPECT_EQ(size.Counted(), 20u + 2 * 32);
}

TEST(MetadataSizeTest, TakesAPlaceForEach8KiB) {
  EXPECT_EQ(MetadataSize{}.Places(), 1);
  EXPECT_EQ((MetadataSize{.bytes = 8192}).Places(), 1);
  EXPECT_EQ((MetadataSize{.bytes = 8192, .entries = 1}).Places(), 2);
  EXPECT_EQ((MetadataSize{.bytes = 65536}).Places(), 8);
}

TEST(BytesReceivedTest, AreThoseOfDistinctEntriesWhereTheyAreMany) {
  const std::string value(4000, 'x');
  EXPECT_EQ(Received({{"a", value}, {"a", value}}), 11u + 2 * 4001);
  EXPECT_EQ(Received({{"a", value}, {"a", value}, {"a", value}, {"a", "y"}, {"b", value}}), 11u + 4001 + 2 + 4001);
}

}  // namespace
}  // namespace webex_gateway
