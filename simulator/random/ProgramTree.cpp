//===- ProgramTree.cpp -------------------------------------------------------------------===//

#include "ProgramTree.h"

#include "Random.h"
#include "softdpu/isa/WeightStream.h"

#include <algorithm>
#include <map>

namespace softdpu::random {
namespace {

/// A float16 as it occurs: mostly of moderate size, sometimes zero, sometimes at an edge of the range.
Half randomHalf(Random &random) {
  const uint16_t sign = uint16_t(random.below(2) << 15), fraction = uint16_t(random.below(1024));
  const unsigned kind = random.below(100);
  if (kind < 10)
    return Half{};
  if (kind < 13)
    return Half{uint16_t(sign | 0x7BFF)};
  if (kind < 16)
    return Half{uint16_t(sign | 0x0400 | (fraction & 3))};
  const uint16_t exponent = uint16_t(kind < 30 ? random.between(1, 30) : random.between(11, 16));
  return Half{uint16_t(sign | exponent << 10 | fraction)};
}

void appendVector(HalfBuffer &out, const Arch &arch, NetInData data, Random &random) {
  const bool sparse = random.chance(10); // whole boxes of zeros
  for (unsigned i = 0; i < arch.nativeDim; ++i) {
    switch (data) {
    case NetInData::Zeros:
      out.push_back(Half{});
      break;
    case NetInData::Ones:
      out.push_back(halfFromFloat(1));
      break;
    case NetInData::Random: {
      const Half value = randomHalf(random);
      out.push_back(sparse && i / arch.box % 2 == 0 ? Half{} : value);
      break;
    }
    }
  }
}

BlockMatrix randomMatrix(const Arch &arch, const MatrixLoad &load, const WeightStyle &style, Random &random) {
  BlockMatrix matrix;
  matrix.format = {style.mantissaBits, arch.box};
  matrix.rows = load.rows * arch.nativeDim;
  matrix.cols = load.cols * arch.nativeDim;
  matrix.boxesPerRow = matrix.cols / arch.box;
  const size_t boxes = size_t(matrix.rows) * matrix.boxesPerRow;
  const int limit = (1 << style.mantissaBits) - 1;
  for (size_t box = 0; box < boxes; ++box) {
    const bool zero = random.chance(4);
    matrix.exponents.push_back(zero ? 0 : uint8_t(random.between(style.lowExponent, style.highExponent)));
    for (unsigned i = 0; i < arch.box; ++i) {
      const int value = random.chance(10) ? (random.below(2) ? limit : -limit) : int(random.between(-limit, limit));
      matrix.mantissas.push_back(int16_t(zero ? 0 : value));
    }
  }
  return matrix;
}

void flatten(const Node &node, std::vector<Entry> &out) {
  if (node.loop)
    out.emplace_back(*node.loop);
  out.insert(out.end(), node.entries.begin(), node.entries.end());
  for (const Node &child : node.body)
    flatten(child, out);
  if (node.loop)
    out.emplace_back(EndLoop{node.advance, 0});
}

std::vector<uint64_t> encodeSequence(const Arch &arch, const Sequence &sequence) {
  std::vector<Entry> entries;
  for (const Node &node : sequence.nodes)
    flatten(node, entries);
  entries.emplace_back(Halt{});
  return encodeProgram(entries, arch);
}

/// Draws the data that one run takes, in order of execution.
class DataSource {
public:
  DataSource(const Arch &arch, uint64_t seed, uint32_t runId, RandomRun &run) : arch(arch), seed(seed), runId(runId), run(run) {}

  void execute(const std::vector<Node> &nodes) {
    for (const Node &node : nodes)
      execute(node);
  }

private:
  void execute(const Node &node) {
    if (node.loop)
      for (uint64_t trip = 0, trips = tripCount(*node.loop, run.scalars); trip < trips; ++trip)
        execute(node.body);
    if (node.entries.empty())
      return;
    Random random(Random(seed).bits() ^ (uint64_t(node.id) << 32 | uint64_t(runId) << 24 | executions[node.id]++));
    if (const auto *tail = std::get_if<Tail>(&node.entries.front()); tail && tail->head->source == Source::NetIn)
      for (unsigned i = 0; i < (tail->head->mvMul ? tail->head->cols : tail->head->rows); ++i)
        appendVector(run.netIn, arch, node.netIn, random);
    if (const auto *load = std::get_if<MatrixLoad>(&node.entries.front())) {
      const auto packed = packWeights(arch, randomMatrix(arch, *load, node.weights, random), load->group, load->order);
      run.weights.insert(run.weights.end(), packed.begin(), packed.end());
    }
  }

  const Arch &arch;
  uint64_t seed;
  uint32_t runId;
  RandomRun &run;
  std::map<uint32_t, uint64_t> executions; ///< By node.
};

} // namespace

uint64_t tripCount(const Loop &loop, const std::array<uint32_t, scalarRegisters> &scalars) {
  const int64_t wanted = loop.add + (loop.scalar ? int64_t(scalars[*loop.scalar]) : 0);
  const int64_t limit = loop.max == 0xFFFF ? 0xFFFF'FFFF : loop.max;
  return uint64_t(std::clamp<int64_t>(wanted, 0, limit));
}

size_t entryCount(const Node &node) {
  size_t count = node.entries.size() + (node.loop ? 2 : 0);
  for (const Node &child : node.body)
    count += entryCount(child);
  return count;
}

size_t instructionCount(const Arch &arch, const ProgramTree &tree) {
  size_t count = 0;
  for (const Sequence &sequence : tree.sequences)
    count += encodeSequence(arch, sequence).size();
  return count;
}

RandomProgram render(const Arch &arch, const ProgramTree &tree) {
  RandomProgram result;
  result.seed = tree.seed;
  std::vector<uint32_t> entryPoints;
  for (const Sequence &sequence : tree.sequences) {
    entryPoints.push_back(uint32_t(result.words.size()));
    const auto words = encodeSequence(arch, sequence);
    result.words.insert(result.words.end(), words.begin(), words.end());
  }
  for (const RunPlan &plan : tree.runs) {
    RandomRun run;
    run.entryPoint = entryPoints[plan.sequence];
    run.scalars = plan.scalars;
    run.pauses = plan.pauses;
    DataSource(arch, tree.seed, plan.id, run).execute(tree.sequences[plan.sequence].nodes);
    result.runs.push_back(std::move(run));
  }
  return result;
}

} // namespace softdpu::random
