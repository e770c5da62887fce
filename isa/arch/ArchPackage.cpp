//===- ArchPackage.cpp - The SystemVerilog package of an architecture --------------------===//

#include "ArchPackage.h"

#include "softdpu/isa/Timing.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace softdpu {
namespace {

/// Bits of an index below `count`; at least 1, as a vector of no bits does not exist.
unsigned indexWidth(unsigned count) { return std::max(1u, unsigned(std::bit_width(count - 1))); }

class PackageText {
public:
  void comment(std::string_view text) { fmt::format_to(std::back_inserter(text_), "\n  // {}\n", text); }
  void constant(std::string_view name, unsigned value) {
    fmt::format_to(std::back_inserter(text_), "  localparam int unsigned {:<25} = {};\n", name, value);
  }
  const std::string &text() const { return text_; }

private:
  std::string text_;
};

} // namespace

std::string archPackage(const Arch &arch) {
  Timing timing = timingOf(arch);
  PackageText p;

  p.comment("Parameters, see configs/README.md.");
  p.constant("NativeDim", arch.nativeDim);
  p.constant("Lanes", arch.lanes);
  p.constant("TileEngines", arch.tileEngines);
  p.constant("Mfus", arch.mfus);
  p.constant("MantissaBits", arch.mantissaBits);
  p.constant("Box", arch.box);
  p.constant("PackedLanes", arch.packedLanes);
  p.constant("MrfTiles", arch.mrfTiles);
  p.constant("InitialVrf", arch.initialVrf);
  p.constant("AddSubVrf", arch.addSubVrf);
  p.constant("MultiplyVrf", arch.multiplyVrf);
  p.constant("Accumulators", arch.accumulators);
  p.constant("MaxColumns", arch.maxColumns);
  p.constant("ChainBuffer", arch.chainBuffer);
  p.constant("InstructionMemory", arch.instructionMemory);
  p.constant("NetInDepth", arch.netInDepth);
  p.constant("NetOutDepth", arch.netOutDepth);

  p.comment(
      "Queue depths and latencies, see docs/microarchitecture.md. MFU k reads at AddRead0 + k * MfuLatency, likewise its multiplier.");
  p.constant("HeadQueueDepth", Timing::headQueueDepth);
  p.constant("MvmQueueDepth", Timing::mvmQueueDepth);
  p.constant("TailQueueDepth", Timing::tailQueueDepth);
  p.constant("BypassDepth", Timing::bypassDepth);
  p.constant("LoopDepth", Timing::loopDepth);
  p.constant("ConvertLatency", Timing::convertLatency);
  p.constant("BroadcastLatency", timing.broadcastLatency);
  p.constant("ColumnLatency", timing.columnLatency);
  p.constant("DotLatency", timing.dotLatency);
  p.constant("AlignLatency", Timing::alignLatency);
  p.constant("BoxSumLatency", timing.boxSumLatency);
  p.constant("EngineLatency", timing.engineLatency);
  p.constant("ReduceLatency", timing.reduceLatency);
  p.constant("RoundLatency", Timing::roundLatency);
  p.constant("MfuEntry", timing.mfuEntry);
  p.constant("AddLatency", Timing::addLatency);
  p.constant("ActivationLatency", Timing::activationLatency);
  p.constant("MultiplyLatency", Timing::multiplyLatency);
  p.constant("MfuLatency", Timing::mfuLatency);
  p.constant("AddRead0", timing.addRead(0));
  p.constant("MultiplyRead0", timing.multiplyRead(0));
  p.constant("WriteBack", timing.writeBack);

  p.comment("Counts that follow from the parameters.");
  p.constant("ChunksPerTile", arch.chunksPerTile());
  p.constant("BoxesPerVector", arch.nativeDim / arch.box);
  p.constant("BoxesPerChunk", arch.boxesPerChunk());
  p.constant("ChunksPerBox", std::max(1u, arch.box / arch.lanes));
  p.constant("LanesPerBox", arch.lanesPerBox());

  p.comment("Widths of data: float16 vectors, sign-magnitude mantissas, the exact accumulator, weight beats.");
  unsigned mantissaWidth = arch.mantissaBits + 1;
  unsigned beatBits = arch.lanes * mantissaWidth + arch.boxesPerChunk() * 5;
  p.constant("HalfWidth", 16);
  p.constant("VectorWidth", arch.nativeDim * 16);
  p.constant("MantissaWidth", mantissaWidth);
  p.constant("ExponentWidth", 5);
  p.constant("ColumnMantissasWidth", arch.nativeDim * mantissaWidth);
  p.constant("ColumnExponentsWidth", arch.nativeDim / arch.box * 5);
  p.constant("AccWidth", arch.accumulatorWidth());
  p.constant("WeightBeatBits", beatBits);
  p.constant("WeightBeatBytes", (beatBits + 7) / 8);
  p.constant("WeightStreamWidth", (beatBits + 7) / 8 * 8);

  p.comment("Widths of indices 0 .. count-1, at least 1.");
  p.constant("EngineIndexWidth", indexWidth(arch.tileEngines));
  p.constant("RowIndexWidth", indexWidth(arch.nativeDim));
  p.constant("LaneIndexWidth", indexWidth(arch.lanes));
  p.constant("ChunkIndexWidth", indexWidth(arch.chunksPerTile()));
  p.constant("ColumnIndexWidth", indexWidth(arch.maxColumns));
  p.constant("AccumulatorIndexWidth", indexWidth(arch.accumulators));
  p.constant("MrfIndexWidth", indexWidth(arch.mrfTiles));
  p.constant("MrfChunkIndexWidth", indexWidth(arch.mrfTiles * arch.chunksPerTile()));
  p.constant("InitialVrfIndexWidth", indexWidth(arch.initialVrf));
  p.constant("AddSubVrfIndexWidth", indexWidth(arch.addSubVrf));
  p.constant("MultiplyVrfIndexWidth", indexWidth(arch.multiplyVrf));
  p.constant("ChainBufferIndexWidth", indexWidth(arch.chainBuffer));
  p.constant("InstructionIndexWidth", indexWidth(arch.instructionMemory));

  return fmt::format("// Generated by softdpu-archgen for architecture '{0}': {1}. Do not edit.\n"
                     "/* verilator lint_off UNUSEDPARAM */ // a module need not use all of them\n"
                     "package dpu_arch_pkg;\n{2}\n"
                     "  // Of the architecture; a program compiled for another one is refused.\n"
                     "  localparam logic [63:0] Fingerprint = 64'h{3:016X};\n\n"
                     "endpackage\n"
                     "/* verilator lint_on UNUSEDPARAM */\n",
                     arch.name, arch.description, p.text(), fingerprint(arch));
}

} // namespace softdpu
