//===- Arch.h - The parameters of one DPU ------------------------------------------------===//
//
// An Arch is read from configs/*.toml. Compiler, engines and RTL are all parameterised from it; its fingerprint tells whether a
// program was compiled for it.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace softdpu {

/// Sizes are in native vectors or tiles unless a unit is named.
struct Arch {
  std::string name;
  std::string description;
  unsigned nativeDim = 0;         ///< N: elements of a native vector; a multiple of box and of lanes.
  unsigned lanes = 0;             ///< L: multipliers per row; divides box or is a multiple of it.
  unsigned tileEngines = 0;       ///< T.
  unsigned mfus = 0;              ///< 2 or 3.
  unsigned mantissaBits = 0;      ///< Magnitude bits of the multipliers, 2..10; programs may use fewer.
  unsigned box = 0;               ///< Elements that share an exponent.
  unsigned packedLanes = 0;       ///< Lanes of each box in a row that share 18 x 18 multipliers, three in each; changes area only.
  unsigned mrfTiles = 0;          ///< Native tiles per tile engine.
  unsigned initialVrf = 0;        ///< Entries of InitialVrf.
  unsigned addSubVrf = 0;         ///< Entries of each AddSubVrf[k].
  unsigned multiplyVrf = 0;       ///< Entries of each MultiplyVrf[k].
  unsigned accumulators = 0;      ///< Accumulator slots per row and engine; at least 2.
  unsigned maxColumns = 0;        ///< Longest row of a matrix, in native vectors.
  unsigned chainBuffer = 0;       ///< Entries of the chain buffer; a power of two.
  unsigned instructionMemory = 0; ///< 64-bit words.
  unsigned netInDepth = 0;        ///< Native vectors.
  unsigned netOutDepth = 0;       ///< Native vectors.
  double clockMhz = 0;            ///< Target clock; latency in seconds is cycles divided by this.

  /// Cycles of one pass over a native tile.
  unsigned chunksPerTile() const { return nativeDim / lanes; }
  /// Multipliers of the whole device.
  uint64_t macs() const { return uint64_t(nativeDim) * lanes * tileEngines; }
  /// Groups of `group` engines that work on different row tiles at once.
  unsigned groups(unsigned group) const { return tileEngines / group; }
  /// Width in bits of the exact accumulator: exponent sums 0..62, two mantissas, the longest row, a sign.
  unsigned accumulatorWidth() const;
  /// Bits of one exponent group per chunk: exponents that a row of lanes needs at once (lanes/box, at least 1).
  unsigned boxesPerChunk() const { return lanes > box ? lanes / box : 1; }
  /// Lanes whose products are summed before they are aligned.
  unsigned lanesPerBox() const { return lanes < box ? lanes : box; }
  /// The most lanes of a box that can share multipliers: a multiple of three, and not all of them; 0 for other formats and few lanes.
  unsigned maxPackedLanes() const { return mantissaBits == 2 && lanesPerBox() > 16 ? (lanesPerBox() - 1) / 3 * 3 : 0; }

  bool operator==(const Arch &) const = default;
};

/// Parses and validates an architecture. \param origin names the file in messages. Unknown keys, missing keys and values out of
/// range are errors that name the key, the value and the range.
Expected<Arch> parseArch(std::string_view toml, std::string_view origin);

/// Loads `nameOrPath`: a path to a .toml, or the name of one in `configDirectories()`. The error lists the known names.
Expected<Arch> loadArch(std::string_view nameOrPath);

/// Directories searched for configurations: $SOFTDPU_CONFIGS, the source tree's configs/, the installed share/softdpu/configs.
std::vector<std::filesystem::path> configDirectories();

/// The canonical TOML text: fixed key order, no comments. parseArch(canonicalArch(a)) == a.
std::string canonicalArch(const Arch &arch);

/// FNV-1a (64 bit) of the canonical form without name, description, clock and packed lanes, as these do not change what a program means.
uint64_t fingerprint(const Arch &arch);

} // namespace softdpu
