//===- Reshaping.cpp - Inference: the same data under another shape ------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>
#include <set>

namespace softdpu::onnx_import {
namespace {

/// The dimension that -1 stands for: what is left after the others, symbolic if exactly one symbol of the data is.
Dimension inferDimension(const Shape &data, const Shape &target, size_t at, bool staticRest, int64_t rest) {
  if (isStatic(data) && staticRest)
    return rest > 0 ? sizeOf(elementsOf(data) / rest) : unknown();
  std::vector<Dimension> left;
  int64_t leftSize = 1, targetSize = 1;
  for (const Dimension &dim : data)
    if (dim.size < 0)
      left.push_back(dim);
    else if (__builtin_mul_overflow(leftSize, dim.size, &leftSize))
      return unknown();
  for (size_t i = 0; i < target.size(); ++i) {
    if (i == at)
      continue;
    if (target[i].size >= 0) {
      if (__builtin_mul_overflow(targetSize, target[i].size, &targetSize))
        return unknown();
    } else if (const auto found = std::ranges::find(left, target[i]); found != left.end() && target[i].symbol != "?")
      left.erase(found);
    else
      return unknown();
  }
  if (left.empty() && targetSize > 0 && leftSize % targetSize == 0)
    return sizeOf(leftSize / targetSize);
  return left.size() == 1 && leftSize == targetSize ? left[0] : unknown();
}

} // namespace

Expected<void> inferSqueeze(Inference &in, Node &node) {
  const Shape shape = in.info(node.inputs[0]).shape;
  const bool squeeze = node.op == "Squeeze";
  std::optional<std::vector<int64_t>> axes;
  if (node.has("axes")) {
    axes = node.get<std::vector<int64_t>>("axes", {});
  } else if (!node.input(1).empty()) {
    if (const Tensor *known = in.constant(node.input(1)))
      axes = integersOf(*known);
    if (!axes)
      return fail("{}: axes are computed at run time; constant axes are supported", node.text());
  }
  if (!axes) {
    if (!squeeze)
      return fail("{}: axes are missing", node.text());
    if (!isStatic(shape))
      return fail("{}: no axes for a shape {} that varies; name the axes", node.text(), shapeText(shape));
    axes.emplace();
    for (size_t i = 0; i < shape.size(); ++i)
      if (shape[i].size == 1)
        axes->push_back(int64_t(i));
  }
  const size_t rank = shape.size() + (squeeze ? 0 : axes->size());
  if (rank > 16)
    return fail("{}: rank {} is too large", node.text(), rank);
  std::set<int64_t> at;
  for (int64_t axis : *axes) {
    const auto place = axisOf(node, axis, rank);
    if (!place)
      return tl::unexpected(place.error());
    if (!at.insert(*place).second)
      return fail("{}: axis {} is named twice", node.text(), axis);
    if (squeeze && shape[size_t(*place)].size >= 0 && shape[size_t(*place)].size != 1)
      return fail("{}: axis {} of shape {} is not 1", node.text(), axis, shapeText(shape));
  }
  Shape result;
  for (size_t i = 0, from = 0; i < rank; ++i) {
    if (squeeze && !at.contains(int64_t(i)))
      result.push_back(shape[i]);
    else if (!squeeze)
      result.push_back(at.contains(int64_t(i)) ? sizeOf(1) : shape[from++]);
  }
  const std::vector<int64_t> values(at.begin(), at.end());
  node.attributes.erase("axes");
  node.inputs.resize(2);
  node.inputs[1] = in.addConstant(node.outputs[0] + ".axes", integerTensor({int64_t(values.size())}, values));
  return in.view(node, std::move(result));
}

Expected<void> inferReshape(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]), target = in.info(node.inputs[1]);
  if (target.shape.size() != 1 || target.shape[0].size < 0 || target.shape[0].size > 16)
    return fail("{}: the new shape has shape {}; a vector of known length is supported", node.text(), shapeText(target.shape));
  Shape result(size_t(target.shape[0].size), unknown());
  const bool zeroCopies = node.get<int64_t>("allowzero", 0) == 0;
  if (target.dims) {
    std::optional<size_t> inferred;
    int64_t rest = 1;
    bool staticRest = true;
    for (size_t i = 0; i < result.size(); ++i) {
      const Dimension &dim = (*target.dims)[i];
      if (dim.symbol.empty() && dim.size == -1) {
        if (inferred)
          return fail("{}: more than one -1 in the new shape", node.text());
        inferred = i;
        continue;
      }
      if (dim.symbol.empty() && dim.size < -1)
        return fail("{}: dimension {} in the new shape", node.text(), dim.size);
      if (zeroCopies && dim.symbol.empty() && dim.size == 0 && i >= data.shape.size())
        return fail("{}: dimension {} of the new shape copies one that does not exist", node.text(), i);
      result[i] = zeroCopies && dim.symbol.empty() && dim.size == 0 ? data.shape[i] : dim;
      staticRest &= result[i].size >= 0;
      if (result[i].size > 0 && __builtin_mul_overflow(rest, result[i].size, &rest))
        return fail("{}: the new shape is too large", node.text());
      if (result[i].size == 0)
        rest = 0;
    }
    if (inferred)
      result[*inferred] = inferDimension(data.shape, result, *inferred, staticRest, rest);
    else if (isStatic(data.shape) && staticRest && rest != elementsOf(data.shape))
      return fail("{}: shape {} cannot become {}", node.text(), shapeText(data.shape), shapeText(result));
    if (inferred && isStatic(data.shape) && staticRest && (rest == 0 || elementsOf(data.shape) % rest != 0))
      return fail("{}: shape {} cannot become {}", node.text(), shapeText(data.shape), shapeText(result));
  }
  return in.view(node, std::move(result));
}

Expected<void> inferFlatten(Inference &in, Node &node) {
  const Shape shape = in.info(node.inputs[0]).shape;
  const auto rank = int64_t(shape.size());
  int64_t axis = node.get<int64_t>("axis", 1);
  if (axis < -rank || axis > rank)
    return fail("{}: axis {} is outside rank {}", node.text(), axis, rank);
  axis += axis < 0 ? rank : 0;
  const Shape sides[] = {{shape.begin(), shape.begin() + axis}, {shape.begin() + axis, shape.end()}};
  Shape result;
  for (const Shape &side : sides)
    result.push_back(side.size() == 1 ? side[0] : isStatic(side) ? sizeOf(elementsOf(side)) : unknown());
  // As a Reshape it may cost nothing; that needs one side to be known, and not 0.
  std::vector<int64_t> target{result[0].size, result[1].size};
  if (std::ranges::max(target) > 0 && !std::ranges::count(target, 0)) {
    if (target[0] > 0 && target[1] > 0)
      target[0] = -1;
    node.op = "Reshape";
    node.attributes.clear();
    node.inputs.push_back(in.addConstant(node.outputs[0] + ".shape", integerTensor({2}, target)));
  }
  return in.view(node, std::move(result));
}

Expected<void> inferDropout(Inference &in, Node &node) {
  if (const std::string &training = node.input(2); !training.empty()) {
    const Tensor *known = in.constant(training);
    if (!known || known->data.size() != 1 || known->data[0] != std::byte(0))
      return fail("{}: training_mode is given; only inference (training_mode a constant false, or absent) is supported", node.text());
  }
  const TensorInfo data = in.info(node.inputs[0]);
  node.attributes.clear(); // Inference neither drops nor scales.
  node.inputs.resize(1);
  if (node.outputs.size() == 1 || node.outputs[1].empty()) {
    node.op = "Identity";
    node.outputs.resize(1);
    return inferIdentity(in, node);
  }
  in.keep(node, {data, {.type = ElementType::Bool, .shape = data.shape, .dims = {}, .zeros = false}});
  return {};
}

Expected<void> inferShape(Inference &in, Node &node) {
  const Shape &shape = in.info(node.inputs[0]).shape;
  const int64_t rank = int64_t(shape.size());
  const auto clamp = [&](int64_t v) { return std::clamp<int64_t>(v < 0 ? v + rank : v, 0, rank); };
  const int64_t begin = clamp(node.get<int64_t>("start", 0)), end = std::max(begin, clamp(node.get<int64_t>("end", rank)));
  std::vector<Dimension> dims(shape.begin() + begin, shape.begin() + end);
  return in.defineDims(node, {sizeOf(end - begin)}, std::move(dims));
}

Expected<void> inferIdentity(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (const Tensor *known = in.constant(node.inputs[0]))
    in.define(node.outputs[0], *known);
  else
    in.keep(node, {data});
  return {};
}

} // namespace softdpu::onnx_import
