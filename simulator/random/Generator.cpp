//===- Generator.cpp ---------------------------------------------------------------------===//

#include "Generator.h"

#include "Random.h"
#include "Tables.h"
#include "softdpu/isa/Timing.h"
#include "softdpu/isa/WeightStream.h"

#include <algorithm>
#include <array>

namespace softdpu::random {
namespace {

constexpr unsigned smallScalars = 8; ///< Scalars 0..7 are trip counts, the others any number, used with a maximum.
constexpr unsigned largestSmallScalar = 4, largestTrips = 5;
constexpr unsigned mostTails = 2 * Timing::tailQueueDepth;
constexpr unsigned mostExecutions = 40;      ///< Of an item in nested loops.
constexpr unsigned mostExecutionsLong = 200; ///< In a program with long loops, whose tail sequence numbers wrap around.

/// Entries of a vector memory that the load sequence writes; everything is read from there.
struct Window {
  uint32_t start = 0, size = 0;
  uint32_t entries = 0; ///< Of the whole memory.
};

/// An address register: whatever is written to it, its value stays in low .. low + span - 1.
struct Register {
  uint8_t reg = 0;
  uint32_t low = 0, span = 1;
};

/// A loaded matrix.
struct Matrix {
  MatrixLoad load;
  WeightStyle style;
};

class Generator {
public:
  Generator(const Arch &arch, uint64_t seed, const RandomLimits &limits)
      : arch(arch), limits(limits), random(seed), addOperations(addOps()), activations(activationOps()), headSources(sources()),
        writable(destinations(arch.mfus)) {
    tree.seed = seed;
  }

  ProgramTree generate();

private:
  // The load sequence.
  Window chooseWindow(uint32_t entries);
  void chooseMemories();
  Sequence loadSequence();
  std::optional<Matrix> newMatrix(uint32_t &nextSlot);

  // The main sequence.
  Sequence mainSequence();
  void addItems(std::vector<Node> &nodes, unsigned depth, unsigned trips, size_t entryRoom);
  Node loopNode(unsigned depth, unsigned trips, size_t entryRoom);
  AddressWrite ringIn(const Register &reg);
  Node registerNode(size_t mostWrites);
  std::optional<Node> matrixNode(unsigned trips);
  Node pointwiseNode(unsigned trips);
  std::optional<Node> multiplyNode(unsigned trips);
  void addDumps(std::vector<Node> &nodes);

  // Parts of chains.
  Head headFor(uint32_t vectors);
  void fillTail(Tail &tail);
  void addWrites(Tail &tail);
  Address addressIn(const Window &window, uint32_t vectors);
  Address anyAddress(const Window &window, uint32_t vectors);
  uint32_t rowCount();
  RunPlan plan(unsigned sequence);

  const Window &windowOf(const Destination &destination) const {
    return destination.kind == Destination::Kind::AddSub     ? addSub[destination.mfu]
           : destination.kind == Destination::Kind::Multiply ? multiply[destination.mfu]
                                                             : initial;
  }
  Node newNode() {
    Node node;
    node.id = nextId++;
    return node;
  }

  const Arch &arch;
  RandomLimits limits;
  Random random;
  const std::vector<AddOp> addOperations;
  const std::vector<ActivationOp> activations;
  const std::vector<Source> headSources;
  const std::vector<Destination> writable;

  Window initial;
  std::array<Window, maxMfus> addSub, multiply;
  std::vector<Register> registers; ///< Written in the main sequence so far.
  std::vector<Matrix> matrices;
  bool hasLongLoops = false;
  unsigned itemsLeft = 0;
  int64_t beatsLeft = 0, tilesLeft = 0, passesLeft = 0;
  uint32_t nextId = 1;
  ProgramTree tree;
};

ProgramTree Generator::generate() {
  hasLongLoops = random.chance(12);
  itemsLeft = limits.items;
  beatsLeft = int64_t(limits.beats) * (hasLongLoops ? 3 : 1);
  tilesLeft = limits.tiles;
  passesLeft = limits.passes;
  chooseMemories();
  tree.runs.push_back(plan(0));
  tree.runs.push_back(plan(1));
  if (random.chance(30)) { // once more, with other trip counts, on what the first run left behind
    tree.runs.push_back(plan(1));
    beatsLeft /= 2, tilesLeft /= 2, passesLeft /= 2;
  }
  tree.sequences.push_back(loadSequence());
  tree.sequences.push_back(mainSequence());
  return std::move(tree);
}

RunPlan Generator::plan(unsigned sequence) {
  RunPlan result;
  result.id = nextId++;
  result.sequence = sequence;
  for (unsigned i = 0; i < scalarRegisters; ++i)
    result.scalars[i] = i < smallScalars ? random.below(largestSmallScalar + 1) : uint32_t(random.bits());
  if (random.chance(60)) {
    auto rate = [&] { return uint8_t(random.chance(40) ? 0 : random.below(220)); };
    result.pauses = {uint32_t(random.bits()), rate(), rate(), rate()};
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Load sequence
//===----------------------------------------------------------------------===//

Window Generator::chooseWindow(uint32_t entries) {
  Window window;
  window.entries = entries;
  window.size = std::min(entries, 1 + random.below(random.chance(70) ? 6 : 12));
  const uint32_t lastStart = entries - window.size;
  window.start = random.chance(30) ? 0 : random.chance(30) ? lastStart : random.below(lastStart + 1);
  return window;
}

void Generator::chooseMemories() {
  initial = chooseWindow(arch.initialVrf);
  for (unsigned k = 0; k < arch.mfus; ++k) {
    addSub[k] = chooseWindow(arch.addSubVrf);
    multiply[k] = chooseWindow(arch.multiplyVrf);
  }
}

/// A matrix that fits the budget, behind the others in the MRF.
std::optional<Matrix> Generator::newMatrix(uint32_t &nextSlot) {
  Matrix matrix;
  MatrixLoad &load = matrix.load;
  const uint32_t tails = 1 + random.below(4), rows = 1 + random.below(random.chance(80) ? 2 : 4);
  load.rows = uint16_t(tails * rows);
  load.cols = uint16_t(std::min<uint32_t>(arch.maxColumns, 1 + random.below(random.chance(80) ? 3 : 8)));
  if (random.chance(16)) { // long rows, or more tails than the tail queue holds
    load.rows = uint16_t(1 + random.below(2));
    load.cols = uint16_t(std::min<int64_t>(arch.maxColumns, std::max<int64_t>(1, tilesLeft / load.rows)));
    if (random.chance(50))
      load = {.rows = uint16_t(1 + random.below(mostTails)), .cols = 1};
  }
  load.group = uint8_t(1 + random.below(arch.tileEngines));
  while (load.rows > 1 && int64_t(load.rows) * load.cols > tilesLeft)
    --load.rows;
  const uint32_t groups = arch.groups(load.group), rowPasses = (load.rows + groups - 1) / groups;
  load.order = random.chance(50) && rowPasses <= arch.accumulators ? TileOrder::Column : TileOrder::Row;

  const uint32_t slots = matrixSlots(arch, load.rows, load.cols, load.group);
  if (int64_t(load.rows) * load.cols > tilesLeft || slots > arch.mrfTiles)
    return std::nullopt;
  const uint32_t gap = random.chance(20) ? random.below(8) : 0;
  uint32_t slot = nextSlot + gap;
  if (random.chance(10))
    slot = std::max(slot, arch.mrfTiles - slots); // the end of the memory
  if (slot + slots > arch.mrfTiles)
    return std::nullopt;
  load.matrix = uint16_t(slot);
  nextSlot = slot + slots;

  matrix.style.mantissaBits = uint8_t(random.chance(60) ? arch.mantissaBits : random.between(2, arch.mantissaBits));
  if (random.chance(70)) { // as trained weights are; otherwise the whole range
    matrix.style.lowExponent = uint8_t(random.between(10, 26));
    matrix.style.highExponent = uint8_t(matrix.style.lowExponent + random.below(6));
  }
  tilesLeft -= int64_t(load.rows) * load.cols;
  return matrix;
}

Sequence Generator::loadSequence() {
  Sequence sequence;
  uint32_t nextSlot = 0;
  for (unsigned i = 0, count = 1 + random.below(4); i < count; ++i)
    if (const auto matrix = newMatrix(nextSlot)) {
      Node node = newNode();
      node.entries = {matrix->load};
      node.weights = matrix->style;
      sequence.nodes.push_back(node);
      matrices.push_back(*matrix);
    }

  // One chain fills the windows of all memories that are of the same size.
  std::vector<Destination> unfilled;
  for (const Destination &destination : writable)
    if (destination.kind != Destination::Kind::NetOut)
      unfilled.push_back(destination);
  while (!unfilled.empty()) {
    const uint32_t rows = windowOf(unfilled.front()).size;
    Node node = newNode();
    Tail tail;
    tail.rows = uint16_t(rows);
    tail.head = Head{};
    tail.head->rows = tail.rows;
    std::erase_if(unfilled, [&](const Destination &destination) {
      if (windowOf(destination).size != rows)
        return false;
      destination.in(tail) = Write{false, {uint16_t(windowOf(destination).start), std::nullopt}};
      return true;
    });
    node.entries = {tail};
    sequence.nodes.push_back(node);
  }
  return sequence;
}

//===----------------------------------------------------------------------===//
// Main sequence
//===----------------------------------------------------------------------===//

Sequence Generator::mainSequence() {
  Sequence sequence;
  const unsigned count = random.below(6);
  for (unsigned i = 0; i < count; ++i) {
    Register reg;
    do
      reg.reg = uint8_t(random.below(addressRegisters));
    while (std::any_of(registers.begin(), registers.end(), [&](const Register &other) { return other.reg == reg.reg; }));
    reg.span = 1 + random.below(6);
    reg.low = random.chance(70) ? random.below(64) : random.below(65536 - reg.span); // far values wrap around modulo 2^16
    Node node = newNode();
    node.entries = {ringIn(reg)};
    sequence.nodes.push_back(node);
    registers.push_back(reg);
  }
  while (itemsLeft > 0)
    addItems(sequence.nodes, 0, 1, arch.chainBuffer);
  addDumps(sequence.nodes);
  return sequence;
}

/// Adds one item (a loop counts with its body), unless the budget is used up.
/// \param trips how often the surrounding loops run it. \param entryRoom entries that the chain buffer still takes in this loop.
void Generator::addItems(std::vector<Node> &nodes, unsigned depth, unsigned trips, size_t entryRoom) {
  if (itemsLeft == 0)
    return;
  --itemsLeft;
  const unsigned kind = random.below(100);
  if (kind < 18 && depth < Timing::loopDepth && entryRoom >= 8)
    nodes.push_back(loopNode(depth, trips, entryRoom));
  else if (kind < 24 && !registers.empty())
    nodes.push_back(registerNode(random.chance(25) ? entryRoom : 1));
  else if (auto reload = kind < 30 ? matrixNode(trips) : std::nullopt)
    nodes.push_back(*reload);
  else if (trips <= beatsLeft || trips == 1) {
    auto multiplies = kind < 70 ? multiplyNode(trips) : std::nullopt;
    nodes.push_back(multiplies ? *multiplies : pointwiseNode(trips));
  }
}

Node Generator::loopNode(unsigned depth, unsigned trips, size_t entryRoom) {
  Node node = newNode();
  Loop loop;
  if (random.chance(50)) {
    const bool isLong = hasLongLoops && random.chance(40);
    loop.add = int16_t(random.chance(5) ? -int(random.below(32768)) : int(random.below((isLong ? mostExecutionsLong : largestTrips) + 1)));
  } else if (random.chance(70)) {
    loop.scalar = uint8_t(random.below(smallScalars));
    loop.add = int16_t(random.between(-2, 1));
    if (random.chance(30))
      loop.max = uint16_t(random.below(4));
  } else {
    loop.scalar = uint8_t(smallScalars + random.below(scalarRegisters - smallScalars));
    loop.add = int16_t(random.bits());
    loop.max = uint16_t(random.below(4));
  }
  auto most = [&] {
    uint64_t result = 1;
    for (const RunPlan &run : tree.runs)
      result = std::max(result, tripCount(loop, run.scalars));
    return result;
  };
  if (trips * most() > (hasLongLoops ? mostExecutionsLong : mostExecutions))
    loop.max = uint16_t(random.below(2));
  node.loop = loop;
  for (const Register &reg : registers)
    if (random.chance(60))
      node.advance |= 1u << reg.reg;

  const unsigned size = random.chance(5) ? 0 : 1 + random.below(4);
  for (unsigned i = 0; i < size; ++i) {
    const size_t used = entryCount(node);
    if (used + mostTails + 2 > entryRoom) // room for the largest chain, or for an empty loop
      break;
    addItems(node.body, depth + 1, unsigned(trips * most()), entryRoom - used);
  }
  return node;
}

/// A ring inside the register's envelope.
AddressWrite Generator::ringIn(const Register &reg) {
  AddressWrite write;
  write.reg = reg.reg;
  const uint32_t offset = random.below(reg.span);
  write.base = uint16_t(reg.low + offset);
  write.length = uint16_t(random.chance(60) ? reg.span - offset : 1 + random.below(reg.span - offset));
  write.stride = uint16_t(random.chance(70) ? 1 : random.below(write.length + 1));
  return write;
}

/// Writes a register; or many times some register, which fills the chain buffer and sends it around.
Node Generator::registerNode(size_t mostWrites) {
  Node node = newNode();
  for (size_t i = 0, count = 1 + random.below(mostWrites); i < count; ++i)
    node.entries.emplace_back(ringIn(registers[random.below(registers.size())]));
  return node;
}

/// Loads new weights over a matrix, if the budget allows it.
std::optional<Node> Generator::matrixNode(unsigned trips) {
  if (matrices.empty())
    return std::nullopt;
  const Matrix &matrix = matrices[random.below(matrices.size())];
  if (int64_t(matrix.load.rows) * matrix.load.cols * trips > tilesLeft)
    return std::nullopt;
  Node node = newNode();
  node.entries = {matrix.load};
  node.weights = matrix.style;
  tilesLeft -= int64_t(matrix.load.rows) * matrix.load.cols * trips;
  return node;
}

uint32_t Generator::rowCount() { return random.chance(85) ? 1 + random.below(4) : 1 + random.below(20); }

Node Generator::pointwiseNode(unsigned trips) {
  Node node = newNode();
  Tail tail;
  uint32_t rows = rowCount();
  if (int64_t(rows) * trips > beatsLeft)
    rows = 1;
  beatsLeft -= int64_t(rows) * trips;
  tail.rows = uint16_t(rows);
  tail.head = headFor(rows);
  tail.head->rows = tail.rows;
  fillTail(tail);
  node.entries = {tail};
  return node;
}

/// A chain with mv_mul, or nothing if none fits.
std::optional<Node> Generator::multiplyNode(unsigned trips) {
  if (matrices.empty())
    return std::nullopt;
  const Matrix &matrix = matrices[random.below(matrices.size())];
  const MatrixLoad &load = matrix.load;

  // All of the matrix; or, where the order of passes allows it, its first rows or columns.
  uint32_t allRows = load.rows, cols = load.cols;
  if (random.chance(20)) {
    if (load.order == TileOrder::Row)
      allRows = 1 + random.below(allRows);
    else
      cols = 1 + random.below(cols);
  }
  uint32_t tails = random.chance(80) ? 1 + random.below(4) : allRows;
  while (allRows % tails != 0)
    --tails;

  const uint32_t groups = arch.groups(load.group);
  const int64_t passes = int64_t((allRows + groups - 1) / groups) * ((cols + load.group - 1) / load.group) * trips;
  if (passes > passesLeft || int64_t(allRows) * trips > beatsLeft)
    return std::nullopt;
  passesLeft -= passes;
  beatsLeft -= int64_t(allRows) * trips;

  Node node = newNode();
  Head head = headFor(cols);
  head.rows = uint16_t(allRows / tails);
  head.cols = uint16_t(cols);
  head.mantissa = uint8_t(random.chance(60) ? arch.mantissaBits : random.between(2, arch.mantissaBits));
  MvMul mvMul;
  mvMul.matrix = load.matrix;
  mvMul.group = load.group;
  mvMul.tails = uint8_t(tails);
  mvMul.order = load.order;
  // Mostly results near one: weights have exponents around the style's, activations around 14, products 2 * mantissa bits.
  const int typical = (matrix.style.lowExponent + matrix.style.highExponent) / 2 + 14 + matrix.style.mantissaBits + head.mantissa;
  mvMul.scale = int8_t(random.chance(5) ? random.between(-128, 127) : std::max<int64_t>(-128, -typical + random.between(-6, 4)));
  head.mvMul = mvMul;

  for (uint32_t k = 0; k < tails; ++k) {
    Tail tail;
    tail.rows = head.rows;
    tail.matrixResult = true;
    tail.group = load.group;
    tail.lastOfChain = k + 1 == tails;
    if (k == 0)
      tail.head = head;
    fillTail(tail);
    // A recurrence: the result replaces the source.
    if (tail.lastOfChain && head.source == Source::InitialVrf && head.rows <= initial.size && random.chance(40)) {
      const bool tap = tail.initial && tail.initial->tap;
      tail.initial = Write{tap, head.rows <= cols ? head.address : addressIn(initial, head.rows)};
    }
    node.entries.emplace_back(tail);
  }
  return node;
}

/// Sends all windows to NetOut: 0 + x = x and 1 * x = x.
void Generator::addDumps(std::vector<Node> &nodes) {
  auto dump = [&](const Window &window, Source source, NetInData data) -> Tail & {
    Node node = newNode();
    node.netIn = data;
    Tail tail;
    tail.rows = uint16_t(window.size);
    tail.head = Head{};
    tail.head->source = source;
    tail.head->rows = tail.rows;
    tail.netOut = Write{};
    node.entries = {tail};
    nodes.push_back(node);
    return std::get<Tail>(nodes.back().entries.front());
  };
  auto start = [](const Window &window) { return Address{uint16_t(window.start), std::nullopt}; };
  dump(initial, Source::InitialVrf, NetInData::Zeros).head->address = start(initial);
  for (unsigned k = 0; k < arch.mfus; ++k) {
    Mfu &adds = dump(addSub[k], Source::NetIn, NetInData::Zeros).mfus[k];
    adds.add = AddOp::Add;
    adds.addOperand = start(addSub[k]);
    Mfu &multiplies = dump(multiply[k], Source::NetIn, NetInData::Ones).mfus[k];
    multiplies.multiply = true;
    multiplies.multiplyOperand = start(multiply[k]);
  }
}

//===----------------------------------------------------------------------===//
// Parts of chains
//===----------------------------------------------------------------------===//

/// A source of `vectors` vectors.
Head Generator::headFor(uint32_t vectors) {
  Head head;
  head.source = headSources[random.below(headSources.size())];
  if (head.source == Source::InitialVrf && vectors > initial.size)
    head.source = Source::NetIn;
  if (head.source == Source::InitialVrf)
    head.address = addressIn(initial, vectors);
  return head;
}

/// The address of `vectors` entries inside `window`, which must hold so many.
Address Generator::addressIn(const Window &window, uint32_t vectors) {
  const uint32_t room = window.size - vectors;
  if (!registers.empty() && random.chance(40)) {
    const Register &reg = registers[random.below(registers.size())];
    if (reg.span - 1 <= room) {
      const uint32_t first = window.start + random.below(room - (reg.span - 1) + 1);
      return {uint16_t(first - reg.low), reg.reg};
    }
  }
  return {uint16_t(window.start + random.below(room + 1)), std::nullopt};
}

/// Mostly inside the window; writes may go anywhere.
Address Generator::anyAddress(const Window &window, uint32_t vectors) {
  if (vectors <= window.size && random.chance(85))
    return addressIn(window, vectors);
  return {uint16_t(random.below(window.entries - vectors + 1)), std::nullopt};
}

void Generator::fillTail(Tail &tail) {
  const unsigned density = 10 + random.below(80);
  for (unsigned k = 0; k < arch.mfus; ++k) {
    Mfu &mfu = tail.mfus[k];
    if (random.chance(density) && tail.rows <= addSub[k].size) {
      mfu.add = addOperations[random.below(addOperations.size())];
      mfu.addOperand = addressIn(addSub[k], tail.rows);
    }
    if (random.chance(density))
      mfu.activation = activations[random.below(activations.size())];
    if (random.chance(density) && tail.rows <= multiply[k].size) {
      mfu.multiply = true;
      mfu.multiplyOperand = addressIn(multiply[k], tail.rows);
    }
  }
  addWrites(tail);
}

/// At least one final write; taps only where the last MFU does something.
void Generator::addWrites(Tail &tail) {
  const Mfu &last = tail.mfus[arch.mfus - 1];
  const bool mayTap = last.add != AddOp::None || last.activation != ActivationOp::None || last.multiply;
  auto write = [&](const Destination &destination, bool tap) {
    Write result{tap, {}};
    if (destination.kind != Destination::Kind::NetOut) {
      const Window &window = windowOf(destination);
      if (tail.rows > window.entries)
        return false;
      result.address = anyAddress(window, tail.rows);
    }
    destination.in(tail) = result;
    return true;
  };
  const unsigned density = random.chance(80) ? 15 : 60;
  bool hasFinal = false;
  for (const Destination &destination : writable)
    if (random.chance(density)) {
      const bool tap = mayTap && random.chance(30);
      hasFinal |= write(destination, tap) && !tap;
    }
  while (!hasFinal)
    hasFinal = write(writable[random.below(writable.size())], false);
}

} // namespace

Expected<ProgramTree> generateFittingTree(const Arch &arch, uint64_t seed, const RandomLimits &limits) {
  for (RandomLimits fewer = limits;; fewer.items /= 2) {
    ProgramTree tree = Generator(arch, seed, fewer).generate();
    if (instructionCount(arch, tree) <= arch.instructionMemory)
      return tree;
    if (fewer.items == 0)
      return fail("a random program for {} needs more than the {} words of its instruction memory (instruction_memory)", arch.name,
                  arch.instructionMemory);
  }
}

} // namespace softdpu::random
