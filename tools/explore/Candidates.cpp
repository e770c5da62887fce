//===- Candidates.cpp - Which architectures an exploration looks at ----------------------===//

#include "explore/Candidates.h"

#include <algorithm>
#include <bit>

namespace softdpu::tools {
namespace {

constexpr unsigned defaultNativeDims[] = {32, 64, 96, 128, 160, 192, 256, 320, 400, 512};
constexpr unsigned defaultPassCycles[] = {1, 2, 4, 8};
constexpr unsigned minDefaultLanes = 16;
constexpr unsigned maxTileEngines = 64, maxMrfTiles = 65536, maxColumns = 256;

std::vector<unsigned> sortedUnique(std::vector<unsigned> values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::vector<unsigned> lanesFor(unsigned nativeDim, const SweepSettings &settings) {
  if (!settings.lanes.empty())
    return sortedUnique(settings.lanes);
  std::vector<unsigned> lanes;
  for (unsigned cycles : defaultPassCycles)
    if (nativeDim % cycles == 0 && nativeDim / cycles >= minDefaultLanes)
      lanes.push_back(nativeDim / cycles);
  return sortedUnique(lanes);
}

std::vector<unsigned> enginesFor(uint64_t macsPerEngine, const SweepSettings &settings) {
  if (!settings.tileEngines.empty())
    return sortedUnique(settings.tileEngines);
  const uint64_t most = std::min<uint64_t>(settings.budgetMacs / macsPerEngine, maxTileEngines);
  std::vector<unsigned> engines;
  for (uint64_t quarters : {1, 2, 3, 4})
    engines.push_back(unsigned(most * quarters / 4));
  return sortedUnique(engines);
}

/// `entries` native vectors of `from` elements, in vectors of `to` elements; rounded up.
unsigned sameElements(unsigned entries, unsigned from, unsigned to) { return unsigned((uint64_t(entries) * from + to - 1) / to); }

Arch derive(const Arch &base, unsigned nativeDim, unsigned lanes, unsigned engines, unsigned mfus) {
  Arch arch = base;
  arch.packedLanes = 0; // Those of the base are for its shape.
  arch.nativeDim = nativeDim;
  arch.lanes = lanes;
  arch.tileEngines = engines;
  arch.mfus = mfus;
  if (base.box == base.nativeDim)
    arch.box = nativeDim;
  for (const auto entries : {&Arch::initialVrf, &Arch::addSubVrf, &Arch::multiplyVrf})
    arch.*entries = sameElements(base.*entries, base.nativeDim, nativeDim);
  arch.maxColumns = std::clamp(sameElements(base.maxColumns, base.nativeDim, nativeDim), 2U, maxColumns);
  arch.mrfTiles = maxMrfTiles;
  arch.name = fmt::format("n{}l{}t{}m{}", nativeDim, lanes, engines, mfus);
  arch.description = "";
  return arch;
}

} // namespace

std::vector<Arch> candidates(const Arch &base, const SweepSettings &settings) {
  std::vector<unsigned> nativeDims = settings.nativeDims;
  if (nativeDims.empty()) {
    nativeDims.assign(std::begin(defaultNativeDims), std::end(defaultNativeDims));
    nativeDims.push_back(base.nativeDim);
  }
  std::vector<Arch> result;
  for (unsigned nativeDim : sortedUnique(nativeDims))
    for (unsigned lanes : lanesFor(nativeDim, settings))
      for (unsigned engines : enginesFor(uint64_t(nativeDim) * lanes, settings))
        for (unsigned mfus : settings.mfus.empty() ? std::vector<unsigned>{2, 3} : sortedUnique(settings.mfus)) {
          const Arch arch = derive(base, nativeDim, lanes, engines, mfus);
          const bool isBase = nativeDim == base.nativeDim && lanes == base.lanes && engines == base.tileEngines && mfus == base.mfus;
          // The rules of architectures are those of their files.
          if (!isBase && arch.macs() <= settings.budgetMacs && parseArch(canonicalArch(arch), arch.name))
            result.push_back(arch);
        }
  return result;
}

} // namespace softdpu::tools
