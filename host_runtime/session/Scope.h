//===- Scope.h - Tensors by name, and host steps that use them ---------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <deque>
#include <unordered_map>

namespace softdpu {

/// Every tensor of a run, or of one run of a body: there, names that it does not define mean those of the scope around it.
class Scope {
public:
  /// \param outer must outlive this one.
  explicit Scope(const Scope *outer = nullptr) : outer(outer) {}

  void refer(const std::string &name, const Tensor &tensor) { byName[name] = &tensor; }
  void own(const std::string &name, Tensor tensor) { byName[name] = &owned.emplace_back(std::move(tensor)); }
  /// \returns nullptr for "". Any other name must be defined: sessions check programs before they run.
  const Tensor *find(const std::string &name) const;

  /// Runs a step with its inputs from here, and its outputs to here. \returns what the step has to say against them.
  Expected<void> run(const HostStep &step);

private:
  Expected<std::vector<Tensor>> runBody(const HostBody &body, std::vector<Tensor> inputs) const;

  const Scope *outer;
  std::unordered_map<std::string, const Tensor *> byName;
  std::deque<Tensor> owned;
};

} // namespace softdpu
