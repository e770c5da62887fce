//===- Area.cpp - What an architecture would take of an FPGA -----------------------------===//

#include "softdpu/isa/Area.h"

#include "Constants.h"
#include "softdpu/isa/Timing.h"

#include <algorithm>

namespace softdpu {
namespace {

using namespace area;

constexpr unsigned halfBits = 16, exponentBits = 5;

uint64_t ceilDivide(uint64_t value, uint64_t by) { return (value + by - 1) / by; }

Area ofAluts(double aluts, unsigned multipliers = 0) { return {.alms = aluts / alutsPerAlm, .multipliers = multipliers, .m20k = 0}; }
Area ofBlockRam(uint64_t depth, uint64_t width) {
  return {.alms = 0, .multipliers = 0, .m20k = ceilDivide(depth, m20kDepth) * ceilDivide(width, m20kWidth)};
}
double almsOfSmallMemory(uint64_t depth, uint64_t width) {
  return double(almsPerMlab * ceilDivide(depth, mlabDepth) * ceilDivide(width, mlabWidth));
}

/// Along the lines between measured points, and on along the last.
double planarDot(unsigned lanes) {
  const auto *after = std::ranges::find_if(planarDotAluts, [&](const auto &point) { return point.first >= lanes; });
  after = std::clamp(after, planarDotAluts.begin() + 1, planarDotAluts.end() - 1);
  const auto [x0, y0] = after[-1];
  const auto [x1, y1] = after[0];
  return y0 + (y1 - y0) * (double(lanes) - x0) / (x1 - x0);
}

Area boxDot(const Arch &arch) {
  const unsigned lanes = arch.lanesPerBox(), multipliers = arch.packedLanes / lanesPerMultiplier;
  const bool planar = arch.mantissaBits <= 2 && lanes >= planarDotAluts.front().first; // As dpu_pkg::BitPlanes.
  return ofAluts(planar ? planarDot(lanes - arch.packedLanes) + packedAlutsPerMultiplier * multipliers
                        : lanes * dotAlutsPerLane.at(arch.mantissaBits - 2),
                 multipliers);
}

/// The exact accumulators of one row of an engine: memories with one port to write and two to read, that is two copies.
Area accumulators(const Arch &arch) {
  const unsigned width = arch.accumulatorWidth();
  Area area = ofAluts(accumulatorAlutsPerBit * width);
  area.alms += 2 * almsOfSmallMemory(arch.accumulators, width);
  return area;
}

/// Columns of two chains, and what selects a chunk of one: a table of six inputs takes in three further chunks.
Area activationBuffer(const Arch &arch, uint64_t columnWidth, uint64_t chunkWidth) {
  Area area = ofBlockRam(2 * uint64_t(arch.maxColumns), columnWidth);
  area.alms += double(chunkWidth * ceilDivide(arch.chunksPerTile() - 1, 3)) / alutsPerAlm;
  return area;
}

Area scaled(Area area, uint64_t times) {
  area.alms *= double(times);
  area.multipliers *= times;
  area.m20k *= times;
  return area;
}

} // namespace

Area &Area::operator+=(const Area &more) {
  alms += more.alms;
  multipliers += more.multipliers;
  m20k += more.m20k;
  return *this;
}

Area AreaItem::total() const { return scaled(each, instances); }

const FpgaDevice &stratix10Gx2800() {
  static const FpgaDevice device{.name = "Stratix 10 GX2800", .alms = 933120, .dspBlocks = 5760, .m20k = 11721};
  return device;
}

std::vector<AreaItem> itemiseArea(const Arch &arch) {
  const Timing timing = timingOf(arch);
  const uint64_t n = arch.nativeDim, engines = arch.tileEngines, rows = n * engines, boxes = arch.boxesPerChunk();
  const uint64_t columnWidth = n * (arch.mantissaBits + 1) + n / arch.box * exponentBits;
  const uint64_t chunkWidth = arch.lanes * (arch.mantissaBits + 1) + boxes * exponentBits;
  const uint64_t vectorWidth = n * halfBits, mfuElements = n * arch.mfus, adders = rows * (boxes - 1) + n * (engines - 1);
  const uint64_t writers = 2 + 2 * uint64_t(arch.mfus); // NetOut, InitialVrf, two VRFs of each MFU.

  // Of a column, and of the chunk of weights that is loaded.
  const uint64_t packedTriples = (n / arch.lanesPerBox() + boxes) * (arch.packedLanes / lanesPerMultiplier);

  Area broadcast;
  broadcast.alms = double(columnWidth * timing.broadcastLatency) / registersPerAlm;
  Area fifo;
  fifo.alms = almsOfSmallMemory(arch.netInDepth, vectorWidth) + almsOfSmallMemory(arch.netOutDepth, vectorWidth) +
              almsOfSmallMemory(Timing::bypassDepth, vectorWidth) + double(vectorWidth) / alutsPerAlm; // Selects what enters MFU0.
  Area activation = ofAluts(activationAluts, activationMultipliers);
  activation.m20k = activationM20k;
  Area vrfs = ofAluts(double((1 + 2 * arch.mfus) * vectorWidth) * forwardAlutsPerBit);
  vrfs += ofBlockRam(arch.initialVrf, vectorWidth);
  vrfs += scaled(ofBlockRam(arch.addSubVrf, vectorWidth), arch.mfus);
  vrfs += scaled(ofBlockRam(arch.multiplyVrf, vectorWidth), arch.mfus);
  Area control = ofAluts(controlAluts + beatPipeAlutsPerAge * timing.writeBack, decoderMultipliers);
  control += ofBlockRam(arch.instructionMemory, instructionWidth);
  control += ofBlockRam(arch.chainBuffer, chainEntryWidth + chainEntryWidthPerMfu * arch.mfus);

  return {
      {"box_exponent", n / arch.box, ofAluts(boxExponentAlutsPerElement * arch.box)},
      {"quantizer", n, ofAluts(quantizerAluts + quantizerAlutsPerBit * arch.mantissaBits)},
      {"broadcast", 1, broadcast},
      {"activation buffer", engines, activationBuffer(arch, columnWidth, chunkWidth)},
      {"MRF", engines, ofBlockRam(uint64_t(arch.mrfTiles) * arch.chunksPerTile(), n * chunkWidth)},
      {"pack_triple", engines * packedTriples, ofAluts(packTripleAluts)},
      {"box_dot", rows * boxes, boxDot(arch)},
      {"align", rows * boxes, ofAluts(alignAluts)},
      {"accumulators, per row", rows, accumulators(arch)},
      {"adder_tree, per adder", adders, ofAluts(adderAlutsPerBit * arch.accumulatorWidth())},
      {"half_round", n, ofAluts(roundAluts)},
      {"half_add", mfuElements, ofAluts(addAluts)},
      {"activation", mfuElements, activation},
      {"half_multiply", mfuElements, ofAluts(multiplyAluts, multiplyMultipliers)},
      {"write_back, per element", n, ofAluts(double(halfBits * writers))},
      {"VRFs", 1, vrfs},
      {"vector FIFOs", 1, fifo},
      {"control", 1, control},
  };
}

Area estimateArea(const Arch &arch) {
  Area sum;
  for (const AreaItem &item : itemiseArea(arch))
    sum += item.total();
  return sum;
}

double deviceShare(const Area &area, const FpgaDevice &device) {
  return std::max({area.alms / device.alms, double(area.dspBlocks()) / double(device.dspBlocks), double(area.m20k) / double(device.m20k)});
}

unsigned packedLanesFor(const Arch &arch, const FpgaDevice &device) {
  Arch packed = arch;
  unsigned best = packed.packedLanes = 0;
  double least = deviceShare(estimateArea(packed), device);
  for (packed.packedLanes = lanesPerMultiplier; packed.packedLanes <= arch.maxPackedLanes(); packed.packedLanes += lanesPerMultiplier)
    if (const double share = deviceShare(estimateArea(packed), device); share < least) {
      least = share;
      best = packed.packedLanes;
    }
  return best;
}

} // namespace softdpu
