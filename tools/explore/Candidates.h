//===- Candidates.h - Which architectures an exploration looks at ------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"

#include <vector>

namespace softdpu::tools {

/// The axes of a sweep. An empty axis takes its default.
struct SweepSettings {
  uint64_t budgetMacs = 0;
  std::vector<unsigned> nativeDims;  ///< Default: `base`'s and common sizes from 32 to 512.
  std::vector<unsigned> lanes;       ///< Default: native dimension / 1, 2, 4, 8, at least 16 of them.
  std::vector<unsigned> tileEngines; ///< Default: as many as the budget holds, and 3/4, 1/2 and 1/4 of that.
  std::vector<unsigned> mfus;        ///< Default: 2, 3.
};

/// All architectures of the sweep that are valid and within the budget, without `base` itself, in order of native dimension, lanes, tile
/// engines, MFUs.
///
/// What the axes do not name comes from `base`: mantissa bits; the box, which is the native dimension where that is so in `base`; and sizes
/// in native vectors (register files, longest row), which keep their number of elements when the native dimension changes. `mrf_tiles` is
/// the largest possible: it follows from the models once they are compiled.
std::vector<Arch> candidates(const Arch &base, const SweepSettings &settings);

} // namespace softdpu::tools
