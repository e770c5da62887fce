//===- Movement.cpp - Inference: data in another order -------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>
#include <numeric>

namespace softdpu::onnx_import {

Expected<void> inferGather(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]), indices = in.info(node.inputs[1]);
  if (indices.type != ElementType::Int64 && indices.type != ElementType::Int32)
    return fail("{}: indices are {}; int64 and int32 are supported", node.text(), elementTypeName(indices.type));
  if (data.shape.empty())
    return fail("{}: the data is a scalar; rank 1 or more is expected", node.text());
  const auto axis = axisOf(node, node.get<int64_t>("axis", 0), data.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  node.attributes["axis"] = *axis;
  Shape shape(data.shape.begin(), data.shape.begin() + *axis);
  shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
  shape.insert(shape.end(), data.shape.begin() + *axis + 1, data.shape.end());
  if (data.dims && indices.dims && data.type == ElementType::Int64 && data.shape.size() == 1) {
    std::vector<Dimension> dims;
    for (const Dimension &index : *indices.dims) {
      const int64_t size = int64_t(data.dims->size()), at = index.size < 0 ? index.size + size : index.size;
      if (!index.symbol.empty() || at < 0 || at >= size)
        return fail("{}: index {} is outside 0 to {}", node.text(), index.size, size - 1);
      dims.push_back((*data.dims)[size_t(at)]);
    }
    return in.defineDims(node, std::move(shape), std::move(dims));
  }
  in.keep(node, data.type, std::move(shape));
  return {};
}

Expected<void> inferTranspose(Inference &in, Node &node) {
  const TensorInfo &data = in.info(node.inputs[0]);
  std::vector<int64_t> perm = node.get<std::vector<int64_t>>("perm", {});
  if (!node.has("perm")) {
    perm.resize(data.shape.size());
    std::iota(perm.rbegin(), perm.rend(), 0);
    node.attributes["perm"] = perm;
  }
  std::vector<int64_t> sorted = perm, expected(data.shape.size());
  std::ranges::sort(sorted);
  std::iota(expected.begin(), expected.end(), 0);
  if (sorted != expected)
    return fail("{}: attribute \"perm\" is no permutation of {} axes", node.text(), data.shape.size());
  if (const Tensor *known = in.constant(node.inputs[0])) {
    in.define(node.outputs[0], transposed(*known, perm));
    return {};
  }
  Shape shape;
  for (int64_t axis : perm)
    shape.push_back(data.shape[size_t(axis)]);
  in.keep(node, data.type, std::move(shape), data.zeros);
  return {};
}

Expected<void> inferConcat(Inference &in, Node &node) {
  const TensorInfo first = in.info(node.inputs[0]);
  const auto axis = axisOf(node, node.get<int64_t>("axis", 1), first.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  node.attributes["axis"] = *axis;
  Shape shape = first.shape;
  bool allConstant = true, allDims = true, zeros = true;
  int64_t sum = 0;
  std::vector<Dimension> dims;
  for (const std::string &input : node.inputs) {
    if (input.empty())
      return fail("{}: an input is missing", node.text());
    const TensorInfo &part = in.info(input);
    if (part.type != first.type || part.shape.size() != shape.size())
      return fail("{}: inputs differ in type or rank", node.text());
    for (size_t i = 0; i < shape.size(); ++i)
      if (int64_t(i) != *axis && part.shape[i].size >= 0 && first.shape[i].size >= 0 && part.shape[i].size != first.shape[i].size)
        return fail("{}: shapes {} and {} cannot be joined along axis {}", node.text(), shapeText(first.shape), shapeText(part.shape),
                    *axis);
    const int64_t size = part.shape[size_t(*axis)].size;
    sum = sum < 0 || size < 0 ? -1 : sum + size;
    allConstant &= in.constant(input) != nullptr;
    zeros &= part.zeros;
    allDims &= part.dims.has_value() && part.shape.size() == 1;
    if (allDims)
      dims.insert(dims.end(), part.dims->begin(), part.dims->end());
  }
  shape[size_t(*axis)] = sum < 0 ? unknown() : sizeOf(sum);
  if (allDims && first.type == ElementType::Int64)
    return in.defineDims(node, std::move(shape), std::move(dims));
  if (allConstant) {
    Tensor result{.type = first.type, .shape = {}, .data = {}};
    for (const Dimension &dim : shape)
      result.shape.push_back(dim.size);
    const uint64_t outer = product(std::span(result.shape).first(size_t(*axis)));
    for (uint64_t o = 0; o < outer; ++o)
      for (const std::string &input : node.inputs) {
        const auto &data = in.constant(input)->data;
        const uint64_t block = data.size() / outer;
        result.data.insert(result.data.end(), data.begin() + int64_t(o * block), data.begin() + int64_t((o + 1) * block));
      }
    in.define(node.outputs[0], std::move(result));
    return {};
  }
  in.keep(node, first.type, std::move(shape), zeros);
  return {};
}

Expected<void> inferSlice(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (node.has("starts")) { // opset < 10
    auto starts = node.get<std::vector<int64_t>>("starts", {}), ends = node.get<std::vector<int64_t>>("ends", {});
    std::vector<int64_t> axes(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
    axes = node.get("axes", axes);
    const std::string base = node.outputs[0] + ".slice";
    node.inputs.resize(1);
    for (const auto *values : {&starts, &ends, &axes})
      node.inputs.push_back(in.addConstant(base, integerTensor({int64_t(values->size())}, *values)));
    node.attributes.clear();
  }
  std::vector<std::optional<std::vector<int64_t>>> arguments(5);
  for (unsigned i = 1; i < 5; ++i)
    if (const Tensor *known = in.constant(node.input(i)))
      arguments[i] = integersOf(*known);
  if (node.input(1).empty() || node.input(2).empty())
    return fail("{}: starts or ends are missing", node.text());
  Shape shape = data.shape;
  if (!arguments[1] || !arguments[2] || (!node.input(3).empty() && !arguments[3]) || (!node.input(4).empty() && !arguments[4])) {
    for (Dimension &dim : shape)
      dim = unknown(); // computed at run time
    in.keep(node, data.type, std::move(shape));
    return {};
  }
  const auto &starts = *arguments[1], &ends = *arguments[2];
  std::vector<int64_t> axes(starts.size()), steps(starts.size(), 1);
  std::iota(axes.begin(), axes.end(), 0);
  axes = arguments[3].value_or(axes);
  steps = arguments[4].value_or(steps);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return fail("{}: starts, ends, axes and steps differ in length", node.text());
  Tensor known;
  bool fold = in.constant(node.inputs[0]) != nullptr;
  if (fold)
    known = *in.constant(node.inputs[0]);
  std::optional<std::vector<Dimension>> dims;
  for (size_t i = 0; i < starts.size(); ++i) {
    const auto axis = axisOf(node, axes[i], data.shape.size());
    if (!axis)
      return tl::unexpected(axis.error());
    if (steps[i] == 0)
      return fail("{}: a step is 0", node.text());
    const int64_t size = data.shape[size_t(*axis)].size;
    if (size < 0) {
      const bool whole = starts[i] == 0 && ends[i] >= INT32_MAX && steps[i] == 1;
      shape[size_t(*axis)] = whole ? data.shape[size_t(*axis)] : unknown();
      fold = false;
      continue;
    }
    const auto clamp = [&](int64_t v, int64_t low, int64_t high) { return std::clamp(v < 0 ? v + size : v, low, high); };
    const bool up = steps[i] > 0;
    const int64_t begin = clamp(std::max(starts[i], -size), 0, up ? size : size - 1);
    const int64_t end = up ? clamp(ends[i], 0, size) : ends[i] < -size ? -1 : clamp(ends[i], -1, size);
    const int64_t step = std::clamp<int64_t>(steps[i], -size - 1, size + 1);
    const int64_t count = std::max<int64_t>(0, up ? (end - begin + step - 1) / step : (begin - end - step - 1) / -step);
    shape[size_t(*axis)] = sizeOf(count);
    if (fold)
      known = sliced(known, size_t(*axis), begin, step, count);
    if (data.dims && data.shape.size() == 1) {
      dims.emplace();
      for (int64_t k = 0; k < count; ++k)
        dims->push_back((*data.dims)[size_t(begin + k * step)]);
    }
  }
  if (fold) {
    in.define(node.outputs[0], std::move(known));
    return {};
  }
  if (dims && data.type == ElementType::Int64 && starts.size() == 1)
    return in.defineDims(node, std::move(shape), std::move(*dims));
  in.keep(node, data.type, std::move(shape), data.zeros);
  return {};
}

Expected<void> inferExpand(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]), target = in.info(node.inputs[1]);
  if (target.shape.size() != 1 || target.shape[0].size < 0 || target.shape[0].size > 16)
    return fail("{}: the shape has shape {}; a vector of known length is supported", node.text(), shapeText(target.shape));
  const Shape wanted = target.dims.value_or(Shape(size_t(target.shape[0].size), unknown()));
  auto shape = in.broadcast(node, data.shape, wanted);
  if (!shape)
    return tl::unexpected(shape.error());
  in.keep(node, data.type, std::move(*shape), data.zeros);
  return {};
}

} // namespace softdpu::onnx_import
