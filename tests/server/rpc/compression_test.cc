#include "server/rpc/compression.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace webex_gateway {
namespace {

constexpr size_t kMax = 1000;

std::string Gzip(const std::string& plain) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string bytes(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

// In pieces of so many bytes.
absl::StatusOr<std::string> Decompressed(const std::string& bytes, size_t piece = 1 << 20) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < bytes.size(); at += piece) slices.emplace_back(bytes.substr(at, piece));
  const absl::StatusOr<grpc::ByteBuffer> plain = Decompress(grpc::ByteBuffer(slices.data(), slices.size()), kMax);
  if (!plain.ok()) return plain.status();
  grpc::Slice all;
  EXPECT_TRUE(plain->DumpToSingleSlice(&all).ok());
  return std::string(all.begin(), all.end());
}

TEST(DecompressTest, LeavesWhatIsNotCompressedAsItIs) {
  for (const std::string& bytes :
       {std::string(), std::string("\x1f"), std::string("\x1f\x8a"), std::string(5000, 'x')}) {
    EXPECT_EQ(*Decompressed(bytes), bytes);
  }
  EXPECT_TRUE(Decompress(grpc::ByteBuffer(), kMax).ok());
}

TEST(DecompressTest, GivesWhatWasCompressedInHoweverManyPieces) {
  for (const std::string& plain : {std::string(), std::string("an order"), std::string(kMax, 'x')}) {
    for (const size_t piece : {1, 7, 1000}) EXPECT_EQ(*Decompressed(Gzip(plain), piece), plain);
  }
}

TEST(DecompressTest, MakesNoMoreThanItsBound) {
  for (const size_t bytes : {kMax + 1, size_t{100} << 20}) {
    const std::string bomb = Gzip(std::string(bytes, 'x'));
    for (const size_t piece : {size_t{100}, bomb.size()}) {
      EXPECT_EQ(Decompressed(bomb, piece).status().code(), absl::StatusCode::kResourceExhausted);
    }
  }
}

TEST(DecompressTest, RefusesWhatIsCutShortDamagedOrFollowedByMore) {
  const std::string whole = Gzip("an order, an order, an order");
  std::string damaged = whole;
  damaged[whole.size() - 6] ^= 1;  // of the checksum
  for (const std::string& bytes :
       {whole.substr(0, whole.size() - 1), whole.substr(0, 2), damaged, whole + "x", whole + whole}) {
    for (const size_t piece : {1, 1000}) {
      EXPECT_EQ(Decompressed(bytes, piece).status().code(), absl::StatusCode::kInvalidArgument);
    }
  }
}

}  // namespace
}  // namespace webex_gateway
