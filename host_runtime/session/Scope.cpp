//===- Scope.cpp - Tensors by name, and host steps that use them -------------------------===//

#include "Scope.h"

#include "softdpu/host_runtime/HostOperator.h"
#include "softdpu/host_runtime/Tensors.h"

namespace softdpu {
namespace {

/// An error unless `tensor` is what `port` declares.
Expected<void> require(const Port &port, const Tensor &tensor) {
  bool matches = tensor.type == port.type && tensor.shape.size() == port.shape.size();
  for (size_t d = 0; matches && d < port.shape.size(); ++d)
    matches = port.shape[d].size < 0 || port.shape[d].size == tensor.shape[d];
  if (matches)
    return {};
  return fail("\"{}\" is {}, expected {} {}", port.name, describe(tensor), elementTypeName(port.type), shapeText(port.shape));
}

} // namespace

const Tensor *Scope::find(const std::string &name) const {
  if (name.empty())
    return nullptr;
  const Scope *scope = this;
  for (;; scope = scope->outer)
    if (const auto found = scope->byName.find(name); found != scope->byName.end())
      return found->second;
}

Expected<void> Scope::run(const HostStep &step) {
  std::vector<const Tensor *> inputs;
  for (const std::string &name : step.inputs)
    inputs.push_back(find(name));
  auto results =
      runHostStep(step, inputs, [this](const HostBody &body, std::vector<Tensor> given) { return runBody(body, std::move(given)); });
  if (!results)
    return tl::unexpected(results.error());
  for (size_t i = 0; i < step.outputs.size(); ++i)
    if (!step.outputs[i].empty())
      own(step.outputs[i], std::move((*results)[i]));
  return {};
}

Expected<std::vector<Tensor>> Scope::runBody(const HostBody &body, std::vector<Tensor> inputs) const {
  Scope inner(this);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (auto checked = require(body.inputs[i], inputs[i]); !checked)
      return tl::unexpected(checked.error());
    inner.own(body.inputs[i].name, std::move(inputs[i]));
  }
  for (const HostStep &step : body.steps)
    if (auto done = inner.run(step); !done)
      return tl::unexpected(done.error());
  std::vector<Tensor> results;
  for (const Port &port : body.outputs) {
    results.push_back(*inner.find(port.name));
    if (auto checked = require(port, results.back()); !checked)
      return tl::unexpected(checked.error());
  }
  return results;
}

} // namespace softdpu
