//===- Area.h - What an architecture would take of an FPGA -------------------------------===//
//
// An estimate, block by block: synthesis results of the modules (isa/area/Constants.h) times their instances, and memories by their shape.
// It comes without place and route: good for comparing architectures, no promise that one fits to the last ALM.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"

#include <string>
#include <vector>

namespace softdpu {

/// Resources of a Stratix 10 class device.
struct Area {
  double alms = 0;          ///< Adaptive logic modules: two ALUTs each, or a tenth of a small memory (MLAB).
  uint64_t multipliers = 0; ///< 18 x 18 bits; a DSP block holds two.
  uint64_t m20k = 0;        ///< Block RAMs of 512 x 40 bits.

  uint64_t dspBlocks() const { return (multipliers + 1) / 2; }
  Area &operator+=(const Area &more);
  bool operator==(const Area &) const = default;
};

/// All instances of one kind of block.
struct AreaItem {
  std::string block; ///< A module of rtl/ by its name, or what is in it.
  uint64_t instances = 0;
  Area each;

  Area total() const;
};

struct FpgaDevice {
  std::string name;
  double alms;
  uint64_t dspBlocks, m20k;
};

/// The device that Brainwave's S10 ran on: Stratix 10 GX2800.
const FpgaDevice &stratix10Gx2800();

/// One item per kind of block, in the order of the data flow. \param arch a validated architecture.
std::vector<AreaItem> itemiseArea(const Arch &arch);
/// The sum of itemiseArea().
Area estimateArea(const Arch &arch);

/// The largest share of any resource of `device` that `area` takes: above 1 it does not fit.
double deviceShare(const Area &area, const FpgaDevice &device);

/// The packed lanes (Arch::packedLanes) with which `arch` takes the smallest share of `device`; the fewest of those.
/// \param arch a validated architecture.
unsigned packedLanesFor(const Arch &arch, const FpgaDevice &device);

} // namespace softdpu
