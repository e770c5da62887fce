//===- ControlFlow.cpp - If, Loop and Scan -----------------------------------------------===//

#include "ControlFlow.h"

#include "Operators.h"
#include "Strided.h"

#include <cstring>

namespace softdpu::cpu {
namespace {

/// The one element of a condition or a trip count.
template <typename T> Expected<T> single(const Tensor &tensor, std::string_view what) {
  if (tensor.type != elementTypeOf<T>() || elements(tensor) != 1)
    return fail("{} is {}; one {} is expected", what, describe(tensor), elementTypeName(elementTypeOf<T>()));
  return values<T>(tensor)[0];
}
Expected<bool> truth(const Tensor &tensor, std::string_view what) {
  if (tensor.type != ElementType::Bool || tensor.data.size() != 1)
    return fail("{} is {}; one bool is expected", what, describe(tensor));
  return tensor.data[0] != std::byte(0);
}

/// A tensor of one element, in the rank that `port` has.
template <typename T> Tensor number(const Port &port, T value) {
  Tensor tensor{elementTypeOf<T>(), std::vector<int64_t>(port.shape.size(), 1), std::vector<std::byte>(sizeof value)};
  std::memcpy(tensor.data.data(), &value, sizeof value);
  return tensor;
}
Tensor truthTensor(const Port &port, bool value) {
  return {ElementType::Bool, std::vector<int64_t>(port.shape.size(), 1), {std::byte(value)}};
}

/// The bytes of everything in front of `axis`, of one index of it, and so on: how a tensor lies around an axis.
struct Around {
  size_t outer, inner; ///< Blocks; bytes of a block for each index of the axis.
};
Around around(const Tensor &tensor, size_t axis) {
  size_t outer = 1, inner = elementSize(tensor.type);
  for (size_t d = 0; d < tensor.shape.size(); ++d)
    (d < axis ? outer : inner) *= d == axis ? 1 : size_t(tensor.shape[d]);
  return {outer, inner};
}

/// Index `at` of `axis`, without that axis.
Tensor elementAt(const Tensor &tensor, size_t axis, size_t at) {
  const auto [outer, inner] = around(tensor, axis);
  const size_t row = size_t(tensor.shape[axis]) * inner;
  Tensor element{tensor.type, tensor.shape, std::vector<std::byte>(outer * inner)};
  element.shape.erase(element.shape.begin() + int64_t(axis));
  for (size_t o = 0; inner > 0 && o < outer; ++o)
    std::memcpy(&element.data[o * inner], &tensor.data[o * row + at * inner], inner);
  return element;
}

/// What a body gives in every iteration.
class Elements {
public:
  Elements(const Port &port, int64_t axis, bool backwards) : port(port), axis(axis), backwards(backwards) {}

  Expected<void> add(Tensor element) {
    if (!all.empty() && (all.front().shape != element.shape || all.front().type != element.type))
      return fail("\"{}\" is {} in iteration 0 and {} in iteration {}; equal shapes are expected", port.name, describe(all.front()),
                  describe(element), all.size());
    bytes += element.data.size();
    if (bytes > maxTensorBytes)
      return fail("\"{}\" takes more than {} bytes in {} iterations", port.name, maxTensorBytes, all.size() + 1);
    all.push_back(std::move(element));
    return {};
  }

  /// One tensor of all, along the axis. Without any, open sizes are 0.
  Expected<Tensor> joined() const {
    std::vector<int64_t> shape;
    for (const Dimension &dim : port.shape)
      shape.push_back(std::max<int64_t>(dim.size, 0));
    if (!all.empty())
      shape = all.front().shape;
    const auto at = normaliseAxis(axis, shape.size() + 1);
    if (!at)
      return tl::unexpected(at.error());
    shape.insert(shape.begin() + int64_t(*at), int64_t(all.size()));
    auto result = makeTensor(all.empty() ? port.type : all.front().type, std::move(shape));
    if (!result)
      return result;
    const auto [outer, inner] = around(*result, *at);
    for (size_t i = 0; inner > 0 && i < all.size(); ++i) {
      const size_t to = backwards ? all.size() - 1 - i : i;
      for (size_t o = 0; o < outer; ++o)
        std::memcpy(&result->data[(o * all.size() + to) * inner], &all[i].data[o * inner], inner);
    }
    return result;
  }

private:
  const Port &port;
  int64_t axis;
  bool backwards;
  std::vector<Tensor> all;
  size_t bytes = 0;
};

/// What goes from iteration to iteration, and what every iteration gives.
struct Progress {
  std::vector<Tensor> carried;
  std::vector<Elements> sequences;

  /// \param results of the body, from what it carries on.
  Expected<void> advance(std::span<Tensor> results) {
    for (size_t i = 0; i < carried.size(); ++i)
      carried[i] = std::move(results[i]);
    for (size_t i = 0; i < sequences.size(); ++i)
      if (auto added = sequences[i].add(std::move(results[carried.size() + i])); !added)
        return added;
    return {};
  }

  Results finish(size_t outputs) && {
    std::vector<Tensor> results = std::move(carried);
    for (size_t i = 0; i < sequences.size() && results.size() < outputs; ++i) {
      auto joined = sequences[i].joined();
      if (!joined)
        return tl::unexpected(joined.error());
      results.push_back(std::move(*joined));
    }
    return results;
  }
};

Expected<void> requireBodies(const HostStep &step, size_t count) {
  if (step.bodies.size() != count)
    return fail("{} bodies; {} are expected", step.bodies.size(), count);
  return {};
}

Expected<void> requirePorts(const HostStep &step, size_t inputs, size_t leastOutputs) {
  const HostBody &body = step.bodies[0];
  if (body.inputs.size() != inputs || body.outputs.size() < leastOutputs)
    return fail("its body has {} inputs and {} outputs; {} and at least {} are expected", body.inputs.size(), body.outputs.size(), inputs,
                leastOutputs);
  return {};
}

size_t numberOf(const HostStep &step, const std::string &attribute) {
  const auto found = step.attributes.find(attribute);
  const auto *list = found == step.attributes.end() ? nullptr : std::get_if<std::vector<int64_t>>(&found->second);
  return list ? list->size() : 0;
}

} // namespace

Expected<void> checkIf(const HostStep &step) {
  if (auto checked = requireBodies(step, 2); !checked)
    return checked;
  for (const HostBody &branch : step.bodies)
    if (!branch.inputs.empty() || branch.outputs.size() != step.outputs.size())
      return fail("a branch has {} inputs and {} outputs; 0 and {} are expected", branch.inputs.size(), branch.outputs.size(),
                  step.outputs.size());
  return {};
}

Expected<void> checkLoop(const HostStep &step) {
  if (auto checked = requireBodies(step, 1); !checked)
    return checked;
  const size_t carried = std::max<size_t>(step.inputs.size(), 2) - 2;
  for (size_t i = 2; i < step.inputs.size(); ++i)
    if (step.inputs[i].empty())
      return fail("input {} is missing", i);
  if (auto checked = requirePorts(step, 2 + carried, 1 + carried); !checked)
    return checked;
  if (step.outputs.size() > step.bodies[0].outputs.size() - 1)
    return fail("{} outputs, its body computes {}", step.outputs.size(), step.bodies[0].outputs.size() - 1);
  return {};
}

Expected<void> checkScan(const HostStep &step) {
  if (auto checked = requireBodies(step, 1); !checked)
    return checked;
  const auto found = step.attributes.find("num_scan_inputs");
  const int64_t sequences = found == step.attributes.end() ? 0 : std::get<int64_t>(found->second);
  if (sequences < 1 || sequences > int64_t(step.inputs.size()))
    return fail("attribute \"num_scan_inputs\" is {} for {} inputs", sequences, step.inputs.size());
  const size_t states = step.inputs.size() - size_t(sequences);
  if (auto checked = requirePorts(step, step.inputs.size(), states); !checked)
    return checked;
  if (step.outputs.size() > step.bodies[0].outputs.size())
    return fail("{} outputs, its body computes {}", step.outputs.size(), step.bodies[0].outputs.size());
  for (const auto &[name, count] : {std::pair("scan_input_axes", size_t(sequences)),
                                    {"scan_input_directions", size_t(sequences)},
                                    {"scan_output_axes", step.bodies[0].outputs.size() - states},
                                    {"scan_output_directions", step.bodies[0].outputs.size() - states}})
    if (step.attributes.contains(name) && numberOf(step, name) != count)
      return fail("attribute \"{}\" has {} numbers; {} are expected", name, numberOf(step, name), count);
  return {};
}

Results ifElse(const Call &call) {
  const auto condition = truth(call.input(0), "the condition");
  if (!condition)
    return tl::unexpected(condition.error());
  return call.runBody(*condition ? 0 : 1, {});
}

Results loop(const Call &call) {
  const HostBody &body = call.body(0);
  std::optional<int64_t> trips;
  bool goesOn = true;
  if (const Tensor *given = call.optional(0)) {
    const auto count = single<int64_t>(*given, "the trip count");
    if (!count)
      return tl::unexpected(count.error());
    trips = *count;
  }
  if (const Tensor *given = call.optional(1)) {
    const auto condition = truth(*given, "the condition");
    if (!condition)
      return tl::unexpected(condition.error());
    goesOn = *condition;
  }
  Progress progress;
  for (size_t i = 2; i < call.inputCount(); ++i)
    progress.carried.push_back(call.input(i));
  for (size_t i = 1 + progress.carried.size(); i < body.outputs.size(); ++i)
    progress.sequences.emplace_back(body.outputs[i], 0, false);
  for (int64_t i = 0; goesOn && (!trips || i < *trips); ++i) {
    std::vector<Tensor> inputs{number(body.inputs[0], i), truthTensor(body.inputs[1], goesOn)};
    std::ranges::move(progress.carried, std::back_inserter(inputs));
    auto results = call.runBody(0, std::move(inputs));
    if (!results)
      return results;
    const auto condition = truth(results->front(), "the condition that its body computes");
    if (!condition)
      return tl::unexpected(condition.error());
    goesOn = *condition;
    if (auto done = progress.advance(std::span(*results).subspan(1)); !done)
      return tl::unexpected(done.error());
  }
  return std::move(progress).finish(call.outputCount());
}

Results scan(const Call &call) {
  const HostBody &body = call.body(0);
  const auto sequences = size_t(call.attribute<int64_t>("num_scan_inputs", 1)), states = call.inputCount() - sequences;
  const auto listed = [&](const std::string &name, size_t i) {
    const auto *list = call.attribute<std::vector<int64_t>>(name);
    return list ? (*list)[i] : int64_t(0);
  };
  std::vector<size_t> axes;
  int64_t length = 0;
  for (size_t i = 0; i < sequences; ++i) {
    const Tensor &sequence = call.input(states + i);
    const auto axis = normaliseAxis(listed("scan_input_axes", i), sequence.shape.size());
    if (!axis)
      return tl::unexpected(axis.error());
    axes.push_back(*axis);
    const int64_t own = sequence.shape[*axis];
    if (i > 0 && own != length)
      return fail("its sequences have {} and {} steps; equal numbers are expected", length, own);
    length = own;
  }
  Progress progress;
  for (size_t i = 0; i < states; ++i)
    progress.carried.push_back(call.input(i));
  for (size_t i = states; i < body.outputs.size(); ++i)
    progress.sequences.emplace_back(body.outputs[i], listed("scan_output_axes", i - states),
                                    listed("scan_output_directions", i - states) != 0);
  for (int64_t t = 0; t < length; ++t) {
    std::vector<Tensor> inputs;
    std::ranges::move(progress.carried, std::back_inserter(inputs));
    for (size_t i = 0; i < sequences; ++i)
      inputs.push_back(elementAt(call.input(states + i), axes[i], size_t(listed("scan_input_directions", i) != 0 ? length - 1 - t : t)));
    auto results = call.runBody(0, std::move(inputs));
    if (!results)
      return results;
    if (auto done = progress.advance(*results); !done)
      return tl::unexpected(done.error());
  }
  return std::move(progress).finish(call.outputCount());
}

} // namespace softdpu::cpu
