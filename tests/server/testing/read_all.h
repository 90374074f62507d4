// What a file holds, where a test has made it.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace webex_gateway {

inline std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace webex_gateway
