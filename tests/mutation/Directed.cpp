//===- Directed.cpp - Programs that exercise one unit after another ----------------------===//

#include "Directed.h"

#include "softdpu/isa/Instruction.h"
#include "softdpu/isa/Timing.h"
#include "softdpu/isa/WeightStream.h"
#include "softdpu/numerics/BlockFloat.h"

#include <cmath>
#include <random>

namespace softdpu::mutation {
namespace {

/// Float16 values with exponents in a range. 1 in 16 is zero; many have few significant bits or
/// lie just below a power of two, so that ties and saturation are frequent.
class Values {
public:
  explicit Values(uint32_t seed) : random(seed) {}

  HalfBuffer vectors(const Arch &arch, unsigned count, unsigned lowExponent, unsigned highExponent) {
    HalfBuffer result(size_t(count) * arch.nativeDim);
    for (Half &value : result)
      if (random() % 16 != 0) {
        uint32_t fraction = random() & 0x3FF;
        if (const uint32_t kind = random() % 4; kind == 0)
          fraction &= 0x3E0;
        else if (kind == 1)
          fraction = 0x3FF;
        value.bits = uint16_t((random() & 0x8000) | (lowExponent + random() % (highExponent - lowExponent + 1)) << 10 | fraction);
      }
    return result;
  }

  std::vector<float> weights(size_t count) {
    std::vector<float> result(count);
    for (float &value : result)
      value = std::ldexp(float(int32_t(random() % 2047) - 1023), -9 - int(random() % 6));
    return result;
  }

private:
  std::mt19937 random;
};

void append(HalfBuffer &to, const HalfBuffer &what) { to.insert(to.end(), what.begin(), what.end()); }

class Builder {
public:
  explicit Builder(const Arch &arch) : arch(arch) {}

  Expected<std::vector<Work>> build() {
    add("copy", "s_wr rows, 6\nloop 8\nv_rd netin\nv_wr netout\nend_chain\nend_loop\nhalt\n", values.vectors(arch, 48, 1, 30));
    // Written twice, so that the run itself knows the value that a missing forward would give.
    add("keep",
        "s_wr rows, 8\nloop 4\nv_rd netin\nv_wr initial[3]\nend_chain\nv_rd netin\nv_wr initial[3]\nend_chain\n"
        "v_rd initial[3]\nv_wr netout\nend_chain\nend_loop\nhalt\n",
        values.vectors(arch, 64, 1, 30));
    add("ring",
        "s_wr rows, 8\nv_rd netin\nv_wr initial[10]\nend_chain\ns_wr rows, 1\na_wr a3, base=11, stride=2, length=5\n"
        "loop 12\nv_rd initial[a3]\nv_wr netout\nend_chain\nend_loop a3\nhalt\n",
        values.vectors(arch, 8, 1, 30));
    for (unsigned mfu = 0; mfu < arch.mfus; ++mfu)
      addOperations(mfu);
    for (std::string_view order : {"row", "column"})
      addMatrix(order);
    for (std::string_view memory : {"initial", "addsub", "multiply"})
      for (unsigned mfu = 0; mfu < (memory == "initial" ? 1 : arch.mfus); ++mfu)
        addHazards(memory, mfu);
    addLoopBuffer();
    addSegment();
    if (!error.empty())
      return fail("{}", error);
    return std::move(works);
  }

private:
  void add(std::string name, const std::string &text, HalfBuffer netIn, std::vector<std::byte> weights = {}) {
    Expected<std::vector<uint64_t>> words = assemble(text, name);
    if (!words) {
      error = words.error().message;
      return;
    }
    RandomRun run;
    run.netIn = std::move(netIn);
    run.weights = std::move(weights);
    works.push_back({std::move(name), std::move(*words), {std::move(run)}});
  }

  /// A loop that runs for longer than the decoder needs to fill the chain buffer with what follows: its entries must stay there.
  void addLoopBuffer() {
    const unsigned vectors = arch.chainBuffer, behind = arch.chainBuffer + 8;
    std::string text = fmt::format("loop {}\nv_rd netin\nv_wr netout\nend_chain\nend_loop\n", vectors);
    for (unsigned chain = 0; chain < behind; ++chain)
      text += "v_rd netin\nv_wr netout\nend_chain\n";
    add("loop buffer", text + "halt\n", values.vectors(arch, vectors + behind, 1, 30));
  }

  /// Every operation of one MFU, alone in its tail: numbers of all sizes, and numbers near each other.
  void addOperations(unsigned mfu) {
    constexpr unsigned rows = 16, rounds = 4;
    for (const isa::InstructionInfo &info : isa::allInstructions()) {
      const bool adds = info.unit == isa::Unit::MfuAdd, multiplies = info.unit == isa::Unit::MfuMultiply;
      if (!adds && !multiplies && info.unit != isa::Unit::MfuActivate)
        continue;
      std::string text = fmt::format("s_wr rows, {}\nloop {}\n", rows, rounds), operand = fmt::format("mfu{}", mfu);
      if (adds || multiplies) {
        operand = fmt::format("{}{}[8]", adds ? "addsub" : "multiply", mfu);
        text += fmt::format("v_rd netin\nv_wr {0}\nend_chain\nv_rd netin\nv_wr {0}\nend_chain\n", operand);
      }
      text += fmt::format("v_rd netin\n{} {}\nv_wr netout\nend_chain\nend_loop\nhalt\n", info.mnemonic, operand);
      HalfBuffer netIn;
      for (unsigned round = 0; round < rounds; ++round)
        for (unsigned input = 0; input < (adds || multiplies ? 3 : 1); ++input)
          append(netIn, round % 2 == 0 ? values.vectors(arch, rows, 1, 30) : values.vectors(arch, rows, 9, 18));
      add(fmt::format("{} of MFU {}", info.mnemonic, mfu), text, std::move(netIn));
    }
  }

  /// Random weights of `tiles` x `tiles` native tiles.
  Expected<BlockMatrix> squareMatrix(unsigned tiles) {
    const unsigned size = tiles * arch.nativeDim;
    return quantiseMatrix(values.weights(size_t(size) * size), size, size, {arch.mantissaBits, arch.box});
  }

  /// The scale at which products with numbers near 1 are near 1.
  int scaleOf(const BlockMatrix &matrix) const { return matrix.scale - 14 - int(arch.mantissaBits); }

  /// A matrix whose rows and columns do not fill the groups, once for each group size, and nothing behind the product.
  void addMatrix(std::string_view order) {
    constexpr unsigned tiles = 3, rounds = 6;
    const auto matrix = squareMatrix(tiles);
    if (!matrix) {
      error = matrix.error().message;
      return;
    }
    const int scale = scaleOf(*matrix);
    std::string load = fmt::format("s_wr rows, {0}\ns_wr cols, {0}\n", tiles), use = fmt::format("loop {}\n", rounds);
    HalfBuffer netIn;
    std::vector<std::byte> weights;
    for (unsigned group = 1; group <= arch.tileEngines; ++group) {
      const std::string place = fmt::format("mrf[{}], group={}", group * tiles * tiles, group);
      load += fmt::format("m_rd\nm_wr {}, order={}\nend_chain\n", place, order);
      use += fmt::format("v_rd netin\nmv_mul {}, scale={}, order={}\nv_wr netout\nend_chain\n", place, scale, order);
      const auto packed = packWeights(arch, *matrix, group, order == "row" ? TileOrder::Row : TileOrder::Column);
      weights.insert(weights.end(), packed.begin(), packed.end());
    }
    for (unsigned round = 0; round < rounds; ++round) {
      const HalfBuffer columns = round % 2 == 0 ? values.vectors(arch, tiles, 5, 20) : values.vectors(arch, tiles, 12, 15);
      for (unsigned group = 1; group <= arch.tileEngines; ++group)
        append(netIn, columns); // The same for all groups: only then a difference between them accuses the reduction.
    }
    add(fmt::format("mv_mul, {} order", order), load + use + "end_loop\nhalt\n", std::move(netIn), std::move(weights));
  }

  /// Matrices that leave the last engine of the group without a column in their last pass, where weights and columns of larger ones lie.
  void addSegment() {
    constexpr unsigned rounds = 6;
    const unsigned group = arch.tileEngines;
    std::string text;
    HalfBuffer netIn;
    std::vector<std::byte> weights;
    for (const unsigned tiles : {2 * group, 2 * group - 1}) {
      const auto matrix = squareMatrix(tiles);
      if (!matrix) {
        error = matrix.error().message;
        return;
      }
      text += fmt::format("s_wr rows, {0}\ns_wr cols, {0}\nm_rd\nm_wr mrf[0], group={1}\nend_chain\nloop {2}\nv_rd netin\n"
                          "mv_mul mrf[0], group={1}, scale={3}\nv_wr netout\nend_chain\nend_loop\n",
                          tiles, group, rounds, scaleOf(*matrix));
      const auto packed = packWeights(arch, *matrix, group, TileOrder::Row);
      weights.insert(weights.end(), packed.begin(), packed.end());
      append(netIn, values.vectors(arch, rounds * tiles, 12, 15));
    }
    add("mv_mul, segments", text + "halt\n", std::move(netIn), std::move(weights));
  }

  /// Reads 1, 2, 3, ... beats behind the write of the same entry, farther than the pipeline is deep. What goes between them waits for
  /// nothing, so that many of these beats fire in successive cycles.
  void addHazards(std::string_view memory, unsigned mfu) {
    const unsigned farthest = timingOf(arch).writeBack + 2;
    const std::string place = memory == "initial" ? "initial[2]" : fmt::format("{}{}[2]", memory, mfu);
    std::string text = fmt::format("s_wr rows, 1\nv_rd netin\nv_wr {}\nend_chain\n", place);
    unsigned vectors = 1;
    for (unsigned distance = 1; distance <= farthest; ++distance) {
      text += fmt::format("v_rd netin\nv_wr {}\nend_chain\n", place);
      if (distance > 1)
        text += fmt::format("s_wr rows, {}\nv_rd netin\nv_wr initial[3]\nend_chain\ns_wr rows, 1\n", distance - 1);
      vectors += distance;
      if (memory == "initial") {
        text += fmt::format("v_rd {}\nv_wr netout\nend_chain\n", place);
      } else {
        text += fmt::format("v_rd netin\n{} {}\nv_wr netout\nend_chain\n", memory == "addsub" ? "vv_add" : "vv_mul", place);
        ++vectors;
      }
    }
    add(fmt::format("reads of {} behind a write", place), text + "halt\n", values.vectors(arch, vectors, 13, 16));
  }

  const Arch &arch;
  Values values{1};
  std::vector<Work> works;
  std::string error;
};

} // namespace

Expected<std::vector<Work>> directedPrograms(const Arch &arch) { return Builder(arch).build(); }

} // namespace softdpu::mutation
