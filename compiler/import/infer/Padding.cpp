//===- Padding.cpp - Inference: Split, Pad and Tile ----------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>
#include <numeric>

namespace softdpu::onnx_import {

Expected<void> inferSplit(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  const auto axis = axisOf(node, node.get<int64_t>("axis", 0), data.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  node.attributes["axis"] = *axis;
  in.attributeToInput(node, "split", 1); // opset < 13
  const auto parts = int64_t(node.outputs.size());
  if (node.has("num_outputs") && node.get<int64_t>("num_outputs", 0) != parts)
    return fail("{}: attribute \"num_outputs\" is {} for {} outputs; equal numbers are expected", node.text(),
                node.get<int64_t>("num_outputs", 0), parts);
  const int64_t size = data.shape[size_t(*axis)].size;
  std::vector<Dimension> lengths(size_t(parts), unknown());
  if (!node.input(1).empty()) {
    if (const auto known = in.integers(node.inputs[1])) {
      int64_t sum = 0;
      bool negative = false;
      for (const int64_t length : *known)
        negative |= length < 0 || __builtin_add_overflow(sum, length, &sum);
      if (int64_t(known->size()) != parts || negative || (size >= 0 && sum != size))
        return fail("{}: {} lengths with the sum {} for {} outputs and axis {} of shape {}; they must agree", node.text(), known->size(),
                    sum, parts, *axis, shapeText(data.shape));
      std::ranges::transform(*known, lengths.begin(), sizeOf);
    }
  } else if (size >= 0) {
    if (!node.has("num_outputs") && size % parts != 0)
      return fail("{}: axis {} of shape {} does not divide into {} equal parts; give their lengths", node.text(), *axis,
                  shapeText(data.shape), parts);
    const int64_t length = (size + parts - 1) / parts;
    for (int64_t i = 0; i < parts; ++i)
      lengths[size_t(i)] = sizeOf(std::clamp<int64_t>(size - i * length, 0, length));
  }
  if (const Tensor *known = in.constant(node.inputs[0]); known && isStatic(lengths)) {
    const Tensor whole = *known; // define() may move it.
    int64_t begin = 0;
    for (size_t i = 0; i < node.outputs.size(); begin += lengths[i++].size)
      in.define(node.outputs[i], sliced(whole, size_t(*axis), begin, 1, lengths[i].size));
    return {};
  }
  std::vector<TensorInfo> outputs;
  for (const Dimension &length : lengths) {
    outputs.push_back({.type = data.type, .shape = data.shape, .dims = {}, .zeros = data.zeros});
    outputs.back().shape[size_t(*axis)] = length;
  }
  in.keep(node, std::move(outputs));
  return {};
}

Expected<void> inferPad(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  in.attributeToInput(node, "pads", 1); // opset < 11
  if (node.has("value")) {
    const float value = node.get<float>("value", 0);
    node.inputs.resize(3);
    node.inputs[2] = in.addConstant(node.outputs[0] + ".value", floatTensor({}, std::span(&value, 1)));
    node.attributes.erase("value");
  }
  if (node.input(1).empty())
    return fail("{}: pads are missing", node.text());
  if (const std::string &value = node.input(2); !value.empty() && in.info(value).type != data.type)
    return fail("{}: the data is {} and the constant value {}; equal types are supported", node.text(), elementTypeName(data.type),
                elementTypeName(in.info(value).type));
  Shape shape(data.shape.size(), unknown());
  const auto pads = in.integers(node.inputs[1]);
  std::optional<std::vector<int64_t>> axes = std::vector<int64_t>(data.shape.size());
  std::iota(axes->begin(), axes->end(), 0);
  if (!node.input(3).empty())
    axes = in.integers(node.inputs[3]);
  if (pads && axes) {
    if (pads->size() != 2 * axes->size())
      return fail("{}: {} pads for {} axes; two for each are expected", node.text(), pads->size(), axes->size());
    shape = data.shape;
    for (size_t i = 0; i < axes->size(); ++i) {
      const auto axis = axisOf(node, (*axes)[i], shape.size());
      if (!axis)
        return tl::unexpected(axis.error());
      int64_t added = 0;
      Dimension &dim = shape[size_t(*axis)];
      const bool overflow = __builtin_add_overflow((*pads)[i], (*pads)[axes->size() + i], &added);
      if (added == 0 && !overflow)
        continue;
      if (dim.size >= 0 && (overflow || __builtin_add_overflow(dim.size, added, &dim.size) || dim.size < 0))
        return fail("{}: pads {} and {} along axis {} of shape {} leave no valid size", node.text(), (*pads)[i], (*pads)[axes->size() + i],
                    *axis, shapeText(data.shape));
      if (dim.size < 0)
        dim = unknown();
    }
  }
  in.keep(node, data.type, std::move(shape));
  return {};
}

Expected<void> inferTile(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]), repeats = in.info(node.inputs[1]);
  const auto rank = int64_t(data.shape.size());
  if (repeats.shape.size() != 1 || (repeats.shape[0].size >= 0 && repeats.shape[0].size != rank))
    return fail("{}: repeats have shape {} for data {}; one for each dimension is expected", node.text(), shapeText(repeats.shape),
                shapeText(data.shape));
  Shape shape(data.shape.size(), unknown());
  if (repeats.dims && int64_t(repeats.dims->size()) == rank)
    for (size_t i = 0; i < shape.size(); ++i) {
      const Dimension &times = (*repeats.dims)[i], &dim = data.shape[i];
      int64_t size = 0;
      if (times.symbol.empty() && (times.size < 0 || (dim.size >= 0 && __builtin_mul_overflow(times.size, dim.size, &size))))
        return fail("{}: dimension {} of shape {} is repeated {} times", node.text(), i, shapeText(data.shape), times.size);
      if (times.size >= 0 && dim.size >= 0)
        shape[i] = sizeOf(size);
      else if (times.size == 1 || dim.size == 1)
        shape[i] = times.size == 1 ? dim : times;
    }
  in.keep(node, data.type, std::move(shape), data.zeros);
  return {};
}

} // namespace softdpu::onnx_import
