#include "client/whole_file.h"

#include <array>

namespace webex_gateway::client {

// With read(), which turns an exception from the stream's buffer into a bad stream; stream iterators let it through.
std::optional<std::string> ReadWhole(std::istream& in) {
  std::string whole;
  std::array<char, 1 << 16> part{};
  while (in) {
    in.read(part.data(), part.size());
    whole.append(part.data(), static_cast<size_t>(in.gcount()));
  }
  if (in.bad() || !in.eof()) return std::nullopt;
  return whole;
}

}  // namespace webex_gateway::client
