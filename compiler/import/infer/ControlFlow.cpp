//===- ControlFlow.cpp - Inference: If, Loop and Scan ------------------------------------===//
//
// A body is visited with its inputs as they are in every iteration. What a loop carries may change its size: then its body is visited again
// with the sizes open that did not stay, until they all do.
//
//===-------------------------------------------------------------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>

namespace softdpu::onnx_import {
namespace {

/// What nothing is known of but type and shape.
TensorInfo plain(ElementType type, Shape shape) { return {.type = type, .shape = std::move(shape), .dims = {}, .zeros = false}; }

Expected<void> requireOne(const Inference &in, const Node &node, const std::string &input, std::string_view what, ElementType type) {
  const TensorInfo &info = in.info(input);
  if (info.type == type && info.shape.size() <= 1 && (info.shape.empty() || info.shape[0].size < 0 || info.shape[0].size == 1))
    return {};
  return fail("{}: {} is {} of shape {}; one {} is expected", node.text(), what, elementTypeName(info.type), shapeText(info.shape),
              elementTypeName(type));
}

Expected<void> requireCounts(const Node &node, const Body &body, size_t inputs, size_t leastOutputs) {
  if (body.inputs.size() != inputs)
    return fail("{}: {} has {} inputs; {} are expected", node.text(), body.attribute, body.inputs.size(), inputs);
  if (body.outputs.size() < leastOutputs)
    return fail("{}: {} has {} outputs; {} are expected", node.text(), body.attribute, body.outputs.size(), leastOutputs);
  return {};
}

/// Names for all `count` outputs, "" for those that the node leaves out at its end.
Expected<void> completeOutputs(Node &node, const Body &body, size_t count) {
  if (node.outputs.size() > count)
    return fail("{}: has {} outputs, of which {} computes {}", node.text(), node.outputs.size(), body.attribute, count);
  node.outputs.resize(count);
  return {};
}

/// `a`, with sizes open that `b` has otherwise. \param what begins "... are of different rank".
Expected<TensorInfo> join(const Node &node, const std::string &what, const TensorInfo &a, const TensorInfo &b) {
  if (a.type != b.type)
    return fail("{}: {} is {} and {}; equal types are supported", node.text(), what, elementTypeName(a.type), elementTypeName(b.type));
  if (a.shape.size() != b.shape.size())
    return fail("{}: {} has shape {} and {}; equal ranks are supported", node.text(), what, shapeText(a.shape), shapeText(b.shape));
  TensorInfo result = plain(a.type, a.shape);
  for (size_t i = 0; i < a.shape.size(); ++i)
    if (a.shape[i] != b.shape[i])
      result.shape[i] = unknown();
  return result;
}

/// Visits the body of a loop until the shapes of what it carries hold in every iteration.
///
/// \param inputs of the first iteration; of every iteration afterwards. \param carried from which input on, and how many values are
/// carried; outputs from `outputsFrom` on follow them.
struct Carried {
  size_t inputsFrom, outputsFrom, count;
};
Expected<std::vector<TensorInfo>> visitLoop(Inference &in, const Node &node, Body &body, std::vector<TensorInfo> &inputs,
                                            const Carried &carried) {
  constexpr unsigned patience = 3; // then every size is open
  for (unsigned attempt = 1;; ++attempt) {
    Body trial = body;
    const size_t mark = in.mark();
    auto outputs = in.visitBody(node, trial, inputs);
    if (!outputs)
      return outputs;
    bool stays = true;
    for (size_t i = 0; i < carried.count; ++i) {
      TensorInfo &own = inputs[carried.inputsFrom + i];
      auto joined = join(node, fmt::format("carried value \"{}\"", body.inputs[carried.inputsFrom + i].name), own,
                         (*outputs)[carried.outputsFrom + i]);
      if (!joined)
        return tl::unexpected(joined.error());
      if (joined->shape == own.shape)
        continue;
      stays = false;
      own.shape = attempt < patience ? joined->shape : Shape(own.shape.size(), unknown());
    }
    if (stays) {
      body = std::move(trial);
      return outputs;
    }
    in.forget(mark);
  }
}

/// The truth value `name`, if it is known.
std::optional<bool> truthOf(const Inference &in, const std::string &name) {
  const Tensor *known = in.constant(name);
  if (!known || known->type != ElementType::Bool || known->data.size() != 1)
    return std::nullopt;
  return known->data[0] != std::byte(0);
}

/// As many numbers as `count`, from an attribute or all 0.
Expected<std::vector<int64_t>> numbersOf(const Node &node, const std::string &attribute, size_t count) {
  auto numbers = node.get(attribute, std::vector<int64_t>(count, 0));
  if (numbers.size() != count)
    return fail("{}: attribute \"{}\" has {} numbers; {} are expected", node.text(), attribute, numbers.size(), count);
  return numbers;
}

} // namespace

Expected<void> inferIf(Inference &in, Node &node) {
  if (auto checked = requireOne(in, node, node.inputs[0], "the condition", ElementType::Bool); !checked)
    return checked;
  for (const Body &branch : node.bodies) {
    if (auto checked = requireCounts(node, branch, 0, node.outputs.size()); !checked)
      return checked;
    if (branch.outputs.size() != node.outputs.size())
      return fail("{}: {} has {} outputs, the node {}; equal numbers are expected", node.text(), branch.attribute, branch.outputs.size(),
                  node.outputs.size());
  }
  if (const auto known = truthOf(in, node.inputs[0]))
    return in.inlineBody(node, std::move(node.bodies[*known ? 0 : 1]));
  std::vector<std::vector<TensorInfo>> results;
  for (Body &branch : node.bodies) {
    auto outputs = in.visitBody(node, branch, {});
    if (!outputs)
      return tl::unexpected(outputs.error());
    results.push_back(std::move(*outputs));
  }
  std::vector<TensorInfo> outputs;
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    auto joined = join(node, fmt::format("output \"{}\" of its branches", node.outputs[i]), results[0][i], results[1][i]);
    if (!joined)
      return tl::unexpected(joined.error());
    outputs.push_back(std::move(*joined));
  }
  in.keep(node, std::move(outputs));
  return {};
}

Expected<void> inferLoop(Inference &in, Node &node) {
  node.inputs.resize(std::max<size_t>(node.inputs.size(), 2));
  const std::string trips = node.inputs[0], condition = node.inputs[1];
  if (!trips.empty())
    if (auto checked = requireOne(in, node, trips, "the trip count", ElementType::Int64); !checked)
      return checked;
  if (!condition.empty())
    if (auto checked = requireOne(in, node, condition, "the condition", ElementType::Bool); !checked)
      return checked;
  Body &body = node.bodies[0];
  const size_t carried = node.inputs.size() - 2;
  if (auto checked = requireCounts(node, body, 2 + carried, 1 + carried); !checked)
    return checked;
  if (auto completed = completeOutputs(node, body, body.outputs.size() - 1); !completed)
    return completed;

  // ONNX has a scalar for iteration and condition; a vector of one is given where the body declares it.
  const auto one = [&](size_t input) {
    const auto &declared = body.inputs[input].shape;
    return declared && declared->size() == 1 ? Shape{sizeOf(1)} : Shape{};
  };
  std::vector<TensorInfo> inputs{plain(ElementType::Int64, one(0)), plain(ElementType::Bool, one(1))};
  for (size_t i = 2; i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty())
      return fail("{}: input {} is missing", node.text(), i);
    inputs.push_back(plain(in.info(node.inputs[i]).type, in.info(node.inputs[i]).shape));
  }
  auto outputs = visitLoop(in, node, body, inputs, {.inputsFrom = 2, .outputsFrom = 1, .count = carried});
  if (!outputs)
    return tl::unexpected(outputs.error());
  if (const TensorInfo &again = (*outputs)[0]; again.type != ElementType::Bool)
    return fail("{}: {}: the condition \"{}\" is {}; bool is expected", node.text(), body.attribute, body.outputs[0].name,
                elementTypeName(again.type));

  // The condition stays as it is if the body passes it on, or has a constant for it.
  std::string again = body.outputs[0].name;
  for (auto each = body.nodes.rbegin(); each != body.nodes.rend(); ++each)
    if (each->op == "Identity" && each->outputs[0] == again)
      again = each->inputs[0];
  const bool enters = condition.empty() || truthOf(in, condition) == true;
  const bool always = enters && (again == body.inputs[1].name || truthOf(in, again) == true);
  if (always && trips.empty())
    return fail("{}: never ends: it has no trip count, and its condition is always true; give it one of them", node.text());
  Dimension length = unknown();
  if (const auto &count = trips.empty() ? std::nullopt : in.info(trips).dims; always && count && count->size() == 1)
    length = count->front().symbol.empty() ? sizeOf(std::max<int64_t>(count->front().size, 0)) : count->front();

  std::vector<TensorInfo> results(inputs.begin() + 2, inputs.end());
  for (size_t i = 1 + carried; i < outputs->size(); ++i) {
    TensorInfo sequence = plain((*outputs)[i].type, (*outputs)[i].shape);
    sequence.shape.insert(sequence.shape.begin(), length);
    results.push_back(std::move(sequence));
  }
  in.keep(node, std::move(results));
  return {};
}

Expected<void> inferScan(Inference &in, Node &node) {
  if (in.opset() < 9)
    return fail("{}: Scan of opset {} has a batch of its own; Scan of opset 9 and newer is supported: save the model with such an opset",
                node.text(), in.opset());
  const int64_t sequences = node.get<int64_t>("num_scan_inputs", 0);
  if (sequences < 1 || sequences > int64_t(node.inputs.size()))
    return fail("{}: attribute \"num_scan_inputs\" is {}; 1 to the number of inputs, {}, is supported", node.text(), sequences,
                node.inputs.size());
  const size_t count = size_t(sequences), states = node.inputs.size() - count;
  Body &body = node.bodies[0];
  if (auto checked = requireCounts(node, body, states + count, states); !checked)
    return checked;
  const size_t elements = body.outputs.size() - states;
  if (auto completed = completeOutputs(node, body, body.outputs.size()); !completed)
    return completed;
  auto inputAxes = numbersOf(node, "scan_input_axes", count), outputAxes = numbersOf(node, "scan_output_axes", elements);
  auto inputDirections = numbersOf(node, "scan_input_directions", count),
       outputDirections = numbersOf(node, "scan_output_directions", elements);
  for (const auto *list : {&inputAxes, &outputAxes, &inputDirections, &outputDirections})
    if (!*list)
      return tl::unexpected(list->error());

  std::vector<TensorInfo> inputs;
  std::optional<Dimension> length;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty())
      return fail("{}: input {} is missing", node.text(), i);
    const TensorInfo &info = in.info(node.inputs[i]);
    inputs.push_back(plain(info.type, info.shape));
    if (i < states)
      continue;
    const auto axis = axisOf(node, (*inputAxes)[i - states], info.shape.size());
    if (!axis)
      return tl::unexpected(axis.error());
    (*inputAxes)[i - states] = *axis;
    const Dimension own = info.shape[size_t(*axis)];
    if (length && length->size >= 0 && own.size >= 0 && length->size != own.size)
      return fail("{}: its sequences have {} and {} steps; equal numbers are expected", node.text(), length->size, own.size);
    if (!length || (length->size < 0 && (own.size >= 0 || length->symbol == "?")))
      length = own;
    inputs.back().shape.erase(inputs.back().shape.begin() + *axis);
  }
  auto outputs = visitLoop(in, node, body, inputs, {.inputsFrom = 0, .outputsFrom = 0, .count = states});
  if (!outputs)
    return tl::unexpected(outputs.error());
  std::vector<TensorInfo> results(inputs.begin(), inputs.begin() + int64_t(states));
  for (size_t i = 0; i < elements; ++i) {
    TensorInfo sequence = plain((*outputs)[states + i].type, (*outputs)[states + i].shape);
    const auto axis = axisOf(node, (*outputAxes)[i], sequence.shape.size() + 1);
    if (!axis)
      return tl::unexpected(axis.error());
    (*outputAxes)[i] = *axis;
    sequence.shape.insert(sequence.shape.begin() + *axis, *length);
    results.push_back(std::move(sequence));
  }
  node.attributes["scan_input_axes"] = *inputAxes;
  node.attributes["scan_output_axes"] = *outputAxes;
  in.keep(node, std::move(results));
  return {};
}

Expected<void> inferConcatFromSequence(Inference &in, Node &node) {
  const Shape shape = in.info(node.inputs[0]).shape; // Behind collectSequences() it is a tensor: [elements, ...].
  const bool newAxis = node.get<int64_t>("new_axis", 0) == 1;
  if (shape.empty() || !node.has("axis"))
    return fail("{}: attribute \"axis\" is missing", node.text());
  const auto axis = axisOf(node, node.get<int64_t>("axis", 0), shape.size() - (newAxis ? 0 : 1));
  if (!axis)
    return tl::unexpected(axis.error());
  std::vector<int64_t> perm, target;
  for (size_t i = 1; i < shape.size(); ++i)
    perm.push_back(int64_t(i));
  perm.insert(perm.begin() + *axis, 0);
  node.attributes.clear();
  if (!newAxis) { // Two dimensions become one.
    for (int64_t i = 0; i + 1 < int64_t(shape.size()); ++i)
      target.push_back(i < *axis ? 0 : i == *axis ? -1 : shape[size_t(i) + 1].size);
    if (std::ranges::count(target, -1) > 1)
      return fail("{}: its elements have shape {}; with attribute \"new_axis\" 0, fixed sizes behind the axis are supported", node.text(),
                  shapeText({shape.begin() + 1, shape.end()}));
    node.inputs[0] = in.transposeBefore(node, node.inputs[0], perm);
    node.inputs.push_back(in.addConstant(node.outputs[0] + ".shape", integerTensor({int64_t(target.size())}, target)));
    node.op = "Reshape";
    return inferReshape(in, node);
  }
  node.op = *axis == 0 ? "Identity" : "Transpose";
  if (*axis == 0)
    return inferIdentity(in, node);
  node.attributes["perm"] = perm;
  return inferTranspose(in, node);
}

} // namespace softdpu::onnx_import
