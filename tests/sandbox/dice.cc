#include "tests/sandbox/dice.h"

namespace webex_gateway::sandbox {
namespace {

constexpr size_t kUuidLength = 36;

bool IsDash(size_t position) { return position == 8 || position == 13 || position == 18 || position == 23; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string UuidText(const Uuid& uuid) {
  std::string text(kUuidLength, '-');
  int digit = 0;
  for (size_t i = 0; i < kUuidLength; ++i) {
    if (IsDash(i)) continue;
    const uint64_t half = digit < 16 ? uuid.high : uuid.low;
    text[i] = "0123456789abcdef"[(half >> (60 - 4 * (digit % 16))) & 15];
    ++digit;
  }
  return text;
}

std::optional<Uuid> ParseUuid(absl::string_view text) {
  if (text.size() != kUuidLength) return std::nullopt;
  Uuid uuid;
  int digit = 0;
  for (size_t i = 0; i < kUuidLength; ++i) {
    if (IsDash(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = HexValue(text[i]);
    if (value < 0) return std::nullopt;
    uint64_t& half = digit < 16 ? uuid.high : uuid.low;
    half = half << 4 | static_cast<uint64_t>(value);
    ++digit;
  }
  return uuid;
}

// SplitMix64 is a hash of a counter, so threads share only an atomic addition.
uint64_t Dice::Next() {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15;
  uint64_t z = state_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

uint64_t Dice::UpTo(uint64_t limit) { return limit == UINT64_MAX ? Next() : Next() % (limit + 1); }

Uuid Dice::NextUuid() {
  Uuid uuid{Next(), Next()};
  uuid.high = (uuid.high & ~uint64_t{0xf000}) | 0x4000;
  uuid.low = (uuid.low & ~(uint64_t{3} << 62)) | uint64_t{1} << 63;
  return uuid;
}

}  // namespace webex_gateway::sandbox
