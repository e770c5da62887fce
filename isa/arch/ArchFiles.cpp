//===- ArchFiles.cpp - Finding architectures by name -------------------------------------===//

#include "softdpu/isa/Arch.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/ranges.h>
#include <fstream>
#include <iterator>

namespace softdpu {
namespace {

constexpr std::uintmax_t maxConfigBytes = 1 << 16;

Expected<Arch> loadFile(const std::filesystem::path &path) {
  std::error_code error;
  auto size = std::filesystem::file_size(path, error);
  if (error)
    return fail("{}: {}", path.string(), error.message());
  if (size > maxConfigBytes)
    return fail("{}: {} bytes; an architecture has at most {}", path.string(), size, maxConfigBytes);
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file)
    return fail("{}: cannot read it", path.string());
  return parseArch(text, path.string());
}

std::vector<std::string> knownNames() {
  std::vector<std::string> names;
  for (const auto &directory : configDirectories()) {
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator(directory, error))
      if (entry.path().extension() == ".toml")
        names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

} // namespace

std::vector<std::filesystem::path> configDirectories() {
  std::vector<std::filesystem::path> result;
  if (const char *directory = std::getenv("SOFTDPU_CONFIGS"); directory && *directory)
    result.emplace_back(directory);
  result.emplace_back(SOFTDPU_SOURCE_CONFIGS);
  result.emplace_back(SOFTDPU_INSTALLED_CONFIGS);
  return result;
}

Expected<Arch> loadArch(std::string_view nameOrPath) {
  std::filesystem::path path(nameOrPath);
  if (path.extension() == ".toml" || path.has_parent_path())
    return loadFile(path);
  for (const auto &directory : configDirectories()) {
    std::filesystem::path candidate = directory / (std::string(nameOrPath) + ".toml");
    std::error_code error;
    if (std::filesystem::exists(candidate, error))
      return loadFile(candidate);
  }
  return fail("unknown architecture '{}'; known are {} (or give the path of a .toml file)", nameOrPath, fmt::join(knownNames(), ", "));
}

} // namespace softdpu
