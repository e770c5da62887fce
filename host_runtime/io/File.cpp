//===- File.cpp - Whole files as bytes ---------------------------------------------------===//

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace softdpu {
namespace {

struct CloseFile {
  void operator()(std::FILE *file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

} // namespace

Expected<std::vector<std::byte>> readFile(const std::filesystem::path &path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return fail("{}: is a directory, not a file", path.string());
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file)
    return fail("{}: cannot be read: {}", path.string(), std::strerror(errno));
  std::vector<std::byte> bytes;
  std::byte buffer[1 << 16];
  while (const size_t count = std::fread(buffer, 1, sizeof buffer, file.get())) {
    if (bytes.size() + count > maxTensorBytes)
      return fail("{}: is larger than {} bytes", path.string(), maxTensorBytes);
    bytes.insert(bytes.end(), buffer, buffer + count);
  }
  if (std::ferror(file.get()))
    return fail("{}: reading failed: {}", path.string(), std::strerror(errno));
  return bytes;
}

Expected<void> writeFile(const std::filesystem::path &path, std::span<const std::byte> bytes) {
  File file(std::fopen(path.c_str(), "wb"));
  if (!file)
    return fail("{}: cannot be written: {}", path.string(), std::strerror(errno));
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  if (std::fclose(file.release()) != 0 || !written)
    return fail("{}: writing failed: {}", path.string(), std::strerror(errno));
  return {};
}

} // namespace softdpu
