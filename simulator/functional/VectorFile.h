//===- VectorFile.h - A vector register file that knows what was written -----------------===//

#pragma once

#include "softdpu/numerics/Half.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace softdpu::functional {

/// `entries` native vectors of `nativeDim` values.
class VectorFile {
public:
  VectorFile(uint32_t entries, uint32_t nativeDim) : nativeDim(nativeDim), values(size_t(entries) * nativeDim), written(entries) {}

  uint32_t entries() const { return uint32_t(written.size()); }
  /// \param entry less than entries(), here and below.
  bool isWritten(uint32_t entry) const { return written[entry]; }
  std::span<const Half> read(uint32_t entry) const { return {values.data() + size_t(entry) * nativeDim, nativeDim}; }
  void write(uint32_t entry, std::span<const Half> vector) {
    std::copy(vector.begin(), vector.end(), values.begin() + ptrdiff_t(size_t(entry) * nativeDim));
    written[entry] = true;
  }

private:
  size_t nativeDim;
  std::vector<Half> values;
  std::vector<bool> written;
};

} // namespace softdpu::functional
