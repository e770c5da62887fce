//===- Call.h - What a host operator is given --------------------------------------------===//

#pragma once

#include "softdpu/host_runtime/HostOperator.h"
#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace softdpu::cpu {

/// Inputs and attributes of one operator. The registry has checked their number and the attributes' types.
class Call {
public:
  Call(const HostStep &step, std::span<const Tensor *const> inputs, const BodyRunner &runner)
      : step(step), inputs(inputs), runner(runner) {}

  /// \param index below the operator's minInputs.
  const Tensor &input(size_t index) const { return *inputs[index]; }
  /// \returns nullptr if absent.
  const Tensor *optional(size_t index) const { return index < inputs.size() ? inputs[index] : nullptr; }
  size_t inputCount() const { return inputs.size(); }
  size_t outputCount() const { return step.outputs.size(); }

  /// The registry has checked that the operator has it.
  const HostBody &body(size_t index) const { return step.bodies[index]; }
  /// \param given as many as the body has inputs. \returns as many as it has outputs, of the types and sizes that it declares.
  Expected<std::vector<Tensor>> runBody(size_t index, std::vector<Tensor> given) const { return runner(body(index), std::move(given)); }

  /// \returns nullptr if absent. \param T the type that the registry gives for `name`.
  template <typename T> const T *attribute(const std::string &name) const {
    const auto found = step.attributes.find(name);
    return found == step.attributes.end() ? nullptr : std::get_if<T>(&found->second);
  }
  template <typename T> T attribute(const std::string &name, T fallback) const {
    const T *value = attribute<T>(name);
    return value ? *value : fallback;
  }

  /// Which of `names` the text attribute `name` is; the first, if it is absent. An error that lists them if it is none.
  Expected<size_t> choice(const std::string &name, std::span<const std::string_view> names) const;

  /// An error unless every present input from `first` to before `last` is float32.
  Expected<void> requireFloat(size_t first = 0, size_t last = std::numeric_limits<size_t>::max()) const;

  /// Integers given by input `index`, or if that is absent by attribute `name` (older opsets); nullopt if neither is there.
  Expected<std::optional<std::vector<int64_t>>> integers(size_t index, const std::string &name) const;

private:
  const HostStep &step;
  std::span<const Tensor *const> inputs;
  const BodyRunner &runner;
};

/// One result, as most operators have.
using Results = Expected<std::vector<Tensor>>;
inline Results one(Expected<Tensor> tensor) {
  if (!tensor)
    return tl::unexpected(tensor.error());
  std::vector<Tensor> results;
  results.push_back(std::move(*tensor));
  return results;
}

} // namespace softdpu::cpu
