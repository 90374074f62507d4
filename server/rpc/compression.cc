#include "server/rpc/compression.h"

#include <zlib.h>

#include <string>
#include <string_view>
#include <vector>

namespace webex_gateway {
namespace {

// RFC 1952. No protobuf message begins with 0x1f, which would be a field of wire type 7, which does not exist.
constexpr std::string_view kMagic = "\x1f\x8b";
constexpr int kGzipWindow = 15 + 16;

std::string_view TextOf(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

class Inflater {
 public:
  explicit Inflater(size_t max_bytes) : plain_(max_bytes + 1, '\0') {
    stream_.next_out = reinterpret_cast<Bytef*>(plain_.data());
    stream_.avail_out = static_cast<uInt>(plain_.size());
    result_ = inflateInit2(&stream_, kGzipWindow);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  void Take(std::string_view bytes) {
    if (bytes.empty()) return;
    if (result_ != Z_OK) {  // also if something follows the end
      result_ = Z_DATA_ERROR;
      return;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    result_ = inflate(&stream_, Z_NO_FLUSH);
    if (result_ == Z_STREAM_END && stream_.avail_in > 0) result_ = Z_DATA_ERROR;
  }

  absl::StatusOr<grpc::ByteBuffer> Plain() const {
    if (stream_.avail_out == 0) return absl::ResourceExhaustedError("is too large when decompressed");
    if (result_ != Z_STREAM_END) return absl::InvalidArgumentError("is not valid gzip");
    const grpc::Slice slice(plain_.data(), stream_.total_out);
    return grpc::ByteBuffer(&slice, 1);
  }

 private:
  std::string plain_;
  z_stream stream_{};
  int result_ = Z_OK;
};

}  // namespace

absl::StatusOr<grpc::ByteBuffer> Decompress(const grpc::ByteBuffer& message, size_t max_bytes) {
  std::vector<grpc::Slice> slices;
  if (!message.Valid() || !message.Dump(&slices).ok()) return message;
  std::string head;
  for (size_t i = 0; i < slices.size() && head.size() < kMagic.size(); ++i) {
    head.append(TextOf(slices[i]).substr(0, kMagic.size() - head.size()));
  }
  if (head != kMagic) return message;
  Inflater inflater(max_bytes);
  for (const grpc::Slice& slice : slices) inflater.Take(TextOf(slice));
  return inflater.Plain();
}

}  // namespace webex_gateway
