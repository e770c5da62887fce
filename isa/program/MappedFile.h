//===- MappedFile.h - A file in memory, read on demand -----------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"

#include <cstddef>
#include <filesystem>
#include <span>

namespace softdpu::program {

/// A read-only mapping of a whole file. The file must not shrink while it is mapped.
class MappedFile {
public:
  static Expected<MappedFile> open(const std::filesystem::path &path);

  MappedFile(MappedFile &&other) noexcept;
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  MappedFile &operator=(MappedFile &&) = delete;
  ~MappedFile();

  /// Aligned to a page.
  std::span<const std::byte> bytes() const { return {data_, size_}; }

private:
  MappedFile(const std::byte *data, size_t size) : data_(data), size_(size) {}

  const std::byte *data_ = nullptr;
  size_t size_ = 0;
};

} // namespace softdpu::program
