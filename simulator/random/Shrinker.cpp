//===- Shrinker.cpp - Cuts failing programs ----------------------------------------------===//
//
// Greedy: try a cut; if the program is still valid and still fails, keep it. Repeat all cuts until none succeeds.
//
//===-------------------------------------------------------------------------------------===//

#include "Generator.h"

#include <algorithm>
#include <memory>

namespace softdpu {
namespace {

using namespace random;

/// Whether the golden engine runs all of it without an error.
bool isValid(const Arch &arch, const RandomProgram &program) {
  const std::unique_ptr<Engine> engine = createFunctionalEngine(arch);
  if (!engine->loadInstructions(program.words))
    return false;
  return std::all_of(program.runs.begin(), program.runs.end(),
                     [&](const RandomRun &run) { return engine->run(run.entryPoint, run.netIn, run.weights, run.options()).has_value(); });
}

class Shrinker {
public:
  Shrinker(const Arch &arch, ProgramTree tree, const std::function<bool(const RandomProgram &)> &stillFails, unsigned attempts)
      : arch(arch), stillFails(stillFails), attemptsLeft(attempts), best(std::move(tree)) {}

  RandomProgram shrink() {
    bool smaller = true;
    while (smaller) {
      smaller = false;
      smaller |= cutRuns();
      smaller |= cutNodes();
      smaller |= simplifyNodes();
    }
    return render(arch, best);
  }

private:
  bool keepIfFailing(const ProgramTree &candidate) {
    if (attemptsLeft == 0)
      return false;
    const RandomProgram program = render(arch, candidate);
    if (!isValid(arch, program))
      return false;
    --attemptsLeft;
    if (!stillFails(program))
      return false;
    best = candidate;
    return true;
  }

  bool cutRuns();
  bool cutNodes();
  bool cutNodes(const std::vector<size_t> &path);
  bool simplifyNodes();
  bool simplify(const std::vector<size_t> &path);
  template <typename Change> bool tryChange(const std::vector<size_t> &path, Change change);

  /// The nodes inside the node at `path`: sequence, then indices.
  static std::vector<Node> &nodesAt(ProgramTree &tree, std::span<const size_t> path) {
    std::vector<Node> *nodes = &tree.sequences[path.front()].nodes;
    for (size_t index : path.subspan(1))
      nodes = &(*nodes)[index].body;
    return *nodes;
  }

  const Arch &arch;
  const std::function<bool(const RandomProgram &)> &stillFails;
  unsigned attemptsLeft;
  ProgramTree best;
};

bool Shrinker::cutRuns() {
  bool smaller = false;
  for (size_t i = best.runs.size(); i-- > 0 && best.runs.size() > 1;) {
    ProgramTree candidate = best;
    candidate.runs.erase(candidate.runs.begin() + ptrdiff_t(i));
    smaller |= keepIfFailing(candidate);
  }
  for (size_t i = 0; i < best.runs.size(); ++i) {
    const HostPauses &pauses = best.runs[i].pauses;
    if (pauses.netInRate == 0 && pauses.netOutRate == 0 && pauses.weightRate == 0)
      continue;
    ProgramTree candidate = best;
    candidate.runs[i].pauses = {};
    smaller |= keepIfFailing(candidate);
  }
  // A sequence that no run uses is only words.
  for (size_t i = 0; i < best.sequences.size(); ++i) {
    const bool isUsed = std::any_of(best.runs.begin(), best.runs.end(), [&](const RunPlan &run) { return run.sequence == i; });
    if (isUsed || best.sequences[i].nodes.empty())
      continue;
    ProgramTree candidate = best;
    candidate.sequences[i].nodes.clear();
    smaller |= keepIfFailing(candidate);
  }
  return smaller;
}

bool Shrinker::cutNodes() {
  bool smaller = false;
  for (size_t sequence = best.sequences.size(); sequence-- > 0;)
    smaller |= cutNodes(std::vector<size_t>{sequence});
  return smaller;
}

/// Removes runs of siblings, long ones first, then goes into the loops that remain.
bool Shrinker::cutNodes(const std::vector<size_t> &path) {
  bool smaller = false;
  for (size_t length = nodesAt(best, path).size(); length > 0; length /= 2)
    for (size_t end = nodesAt(best, path).size(); end >= length && attemptsLeft > 0; end = std::min(end - 1, nodesAt(best, path).size())) {
      ProgramTree candidate = best;
      auto &nodes = nodesAt(candidate, path);
      nodes.erase(nodes.begin() + ptrdiff_t(end - length), nodes.begin() + ptrdiff_t(end));
      smaller |= keepIfFailing(candidate);
    }
  for (size_t i = 0; i < nodesAt(best, path).size(); ++i) {
    if (!nodesAt(best, path)[i].loop)
      continue;
    std::vector<size_t> inner = path;
    inner.push_back(i);
    smaller |= cutNodes(inner);

    ProgramTree candidate = best; // the body once, without the loop
    auto &nodes = nodesAt(candidate, path);
    const std::vector<Node> body = nodes[i].body;
    nodes.erase(nodes.begin() + ptrdiff_t(i));
    nodes.insert(nodes.begin() + ptrdiff_t(i), body.begin(), body.end());
    smaller |= keepIfFailing(candidate);
  }
  return smaller;
}

bool Shrinker::simplifyNodes() {
  bool smaller = false;
  for (size_t sequence = 0; sequence < best.sequences.size(); ++sequence)
    smaller |= simplify({sequence});
  return smaller;
}

/// Applies `change` to the last node of `path`, if it changes anything.
template <typename Change> bool Shrinker::tryChange(const std::vector<size_t> &path, Change change) {
  ProgramTree candidate = best;
  Node &node = nodesAt(candidate, std::span(path).first(path.size() - 1))[path.back()];
  return change(node) && keepIfFailing(candidate);
}

/// Resets `field` to the value it has in an empty tail. \returns whether that is a change.
template <typename T> bool reset(T &field) {
  if (field == T{})
    return false;
  field = T{};
  return true;
}

bool reset(std::optional<Write> &write) {
  const bool isChange = write.has_value();
  write.reset();
  return isChange;
}

bool Shrinker::simplify(const std::vector<size_t> &path) {
  bool smaller = false;
  for (size_t i = 0; i < nodesAt(best, path).size(); ++i) {
    std::vector<size_t> at = path;
    at.push_back(i);
    const Node node = nodesAt(best, path)[i];
    if (node.loop) {
      smaller |= simplify(at);
      for (int16_t trips : {1, 2})
        smaller |= tryChange(at, [&](Node &n) {
          const Loop fewer{std::nullopt, trips, 0xFFFF, 0};
          const bool isSimpler = n.loop->scalar || n.loop->max != 0xFFFF || n.loop->add > trips;
          n.loop = fewer;
          return isSimpler;
        });
      smaller |= tryChange(at, [](Node &n) { return reset(n.advance); });
      continue;
    }
    smaller |= tryChange(at, [](Node &n) { // half of a burst of register writes
      const bool isBurst = n.entries.size() > 1 && std::holds_alternative<AddressWrite>(n.entries.front());
      if (isBurst)
        n.entries.resize(n.entries.size() / 2);
      return isBurst;
    });
    for (size_t t = 0; t < node.entries.size(); ++t) {
      if (!std::holds_alternative<Tail>(node.entries[t]))
        continue;
      auto change = [&](auto edit) { smaller |= tryChange(at, [&](Node &n) { return edit(std::get<Tail>(n.entries[t])); }); };
      for (unsigned k = 0; k < arch.mfus; ++k) {
        change([k](Tail &tail) { return reset(tail.mfus[k].add) && (reset(tail.mfus[k].addOperand), true); });
        change([k](Tail &tail) { return reset(tail.mfus[k].activation); });
        change([k](Tail &tail) { return reset(tail.mfus[k].multiply) && (reset(tail.mfus[k].multiplyOperand), true); });
        change([k](Tail &tail) { return reset(tail.addSub[k]); });
        change([k](Tail &tail) { return reset(tail.multiply[k]); });
      }
      change([](Tail &tail) { return reset(tail.netOut); });
      change([](Tail &tail) { return reset(tail.initial); });
    }
    // Fewer rows: of all tails at once.
    for (uint16_t rows : {1, 2, 4})
      smaller |= tryChange(at, [&](Node &n) {
        bool isSmaller = false;
        for (Entry &entry : n.entries)
          if (auto *tail = std::get_if<Tail>(&entry); tail && tail->rows > rows) {
            isSmaller = true;
            tail->rows = rows;
            if (tail->head)
              tail->head->rows = rows;
          }
        return isSmaller;
      });
    // Fewer tails: without the last.
    smaller |= tryChange(at, [](Node &n) {
      auto *first = n.entries.empty() ? nullptr : std::get_if<Tail>(&n.entries.front());
      if (!first || !first->head->mvMul || n.entries.size() < 2)
        return false;
      n.entries.pop_back();
      --first->head->mvMul->tails;
      std::get<Tail>(n.entries.back()).lastOfChain = true;
      return true;
    });
  }
  return smaller;
}

} // namespace

Expected<RandomProgram> shrinkRandomProgram(const Arch &arch, uint64_t seed, const std::function<bool(const RandomProgram &)> &stillFails,
                                            const RandomLimits &limits, unsigned attempts) {
  auto tree = generateFittingTree(arch, seed, limits);
  if (!tree)
    return tl::unexpected(tree.error());
  return Shrinker(arch, std::move(*tree), stillFails, attempts).shrink();
}

} // namespace softdpu
