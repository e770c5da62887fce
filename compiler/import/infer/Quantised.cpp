//===- Quantised.cpp - Inference: eight-bit integers ---------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <cmath>

namespace softdpu::onnx_import {
namespace {

bool isByte(ElementType type) { return type == ElementType::Int8 || type == ElementType::UInt8; }

/// Whether `shape` is that of one number, as far as it is known.
bool mayBeOne(const Shape &shape) {
  for (const Dimension &dim : shape)
    if (dim.size >= 0 && dim.size != 1)
      return false;
  return true;
}

/// The scale (input 1) is one number, or one for each index of the axis; the zero point (input 2) has its shape and type `type`.
Expected<void> checkScaling(const Inference &in, Node &node, const Shape &data, ElementType type) {
  const TensorInfo &scale = in.info(node.inputs[1]);
  if (scale.type != ElementType::Float32)
    return fail("{}: the scale is {}; float32 is supported", node.text(), elementTypeName(scale.type));
  for (const char *name : {"block_size", "output_dtype", "saturate"}) // What is left of them changes nothing.
    node.attributes.erase(name);
  if (!(mayBeOne(scale.shape) && scale.shape.size() <= 1)) {
    const auto axis = axisOf(node, node.get<int64_t>("axis", 1), data.size());
    if (!axis)
      return tl::unexpected(axis.error());
    node.attributes["axis"] = *axis;
    if (auto checked = in.requireShape(node, 1, "the scale", {data[size_t(*axis)]}); !checked)
      return checked;
  } else {
    node.attributes.erase("axis");
  }
  if (const std::string &zero = node.input(2); !zero.empty() && in.info(zero).type != type)
    return fail("{}: the zero point is {} for {}; equal types are expected", node.text(), elementTypeName(in.info(zero).type),
                elementTypeName(type));
  return in.requireShape(node, 2, "the zero point", scale.shape);
}

/// (data - zero point) * scale of constants. \param axis that of the scales, if there are several.
Expected<Tensor> dequantised(const Node &node, const Tensor &data, const Tensor &scale, const Tensor *zero, size_t axis) {
  const std::vector<float> scales = floatsOf(scale);
  for (const float value : scales)
    if (!(value > 0) || std::isinf(value))
      return fail("{}: a scale is {}; positive numbers are supported", node.text(), value);
  const auto integers = *integersOf(data), zeros = zero ? *integersOf(*zero) : std::vector<int64_t>(scales.size(), 0);
  const uint64_t inner = scales.size() == 1 ? 1 : product(std::span(data.shape).subspan(axis + 1));
  std::vector<float> result(integers.size());
  for (size_t i = 0; i < result.size(); ++i) {
    const size_t at = i / inner % scales.size();
    result[i] = float(integers[i] - zeros[at]) * scales[at];
  }
  return floatTensor(data.shape, result);
}

} // namespace

Expected<void> inferQuantizeLinear(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (data.type != ElementType::Float32 && data.type != ElementType::Int32)
    return fail("{}: input \"{}\" is {}; float32 or int32 is supported", node.text(), node.inputs[0], elementTypeName(data.type));
  const ElementType type = node.input(2).empty() ? ElementType::UInt8 : in.info(node.input(2)).type;
  if (!isByte(type))
    return fail("{}: the zero point is {}; int8 or uint8 is supported", node.text(), elementTypeName(type));
  if (auto checked = checkScaling(in, node, data.shape, type); !checked)
    return checked;
  in.keep(node, type, data.shape);
  return {};
}

Expected<void> inferDequantizeLinear(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (!isByte(data.type) && data.type != ElementType::Int32)
    return fail("{}: input \"{}\" is {}; int8, uint8 or int32 is supported", node.text(), node.inputs[0], elementTypeName(data.type));
  if (auto checked = checkScaling(in, node, data.shape, data.type); !checked)
    return checked;
  // Weights that are stored as integers are known; a layer may then run on the DPU.
  const Tensor *known = in.constant(node.inputs[0]), *scale = in.constant(node.inputs[1]), *zero = in.constant(node.input(2));
  if (known && scale && (zero || node.input(2).empty())) {
    auto result = dequantised(node, *known, *scale, zero, size_t(node.get<int64_t>("axis", 0)));
    if (!result)
      return tl::unexpected(result.error());
    in.define(node.outputs[0], std::move(*result));
    return {};
  }
  in.keep(node, ElementType::Float32, data.shape);
  return {};
}

Expected<void> inferDynamicQuantizeLinear(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  in.keep(node, {{.type = ElementType::UInt8, .shape = in.info(node.inputs[0]).shape, .dims = {}, .zeros = false},
                 {.type = ElementType::Float32, .shape = {}, .dims = {}, .zeros = false},
                 {.type = ElementType::UInt8, .shape = {}, .dims = {}, .zeros = false}});
  return {};
}

Expected<void> inferMatMulInteger(Inference &in, Node &node) {
  const bool requantised = node.op == "QLinearMatMul"; // a, scale, zero point; b, scale, zero point; scale, zero point of the result
  const std::string &a = node.inputs[0], &b = node.inputs[requantised ? 3 : 1];
  for (const std::string &input : {a, b})
    if (!isByte(in.info(input).type))
      return fail("{}: input \"{}\" is {}; int8 or uint8 is supported", node.text(), input, elementTypeName(in.info(input).type));
  for (const auto &[zero, factor] : {std::pair{node.input(2), a}, {node.input(requantised ? 5 : 3), b}})
    if (!zero.empty() && in.info(zero).type != in.info(factor).type)
      return fail("{}: the zero point \"{}\" is {} for {}; equal types are expected", node.text(), zero,
                  elementTypeName(in.info(zero).type), elementTypeName(in.info(factor).type));
  ElementType type = ElementType::Int32;
  if (requantised) {
    for (const unsigned i : {1u, 4u, 6u})
      if (const TensorInfo &scale = in.info(node.inputs[i]); scale.type != ElementType::Float32 || !mayBeOne(scale.shape))
        return fail("{}: the scale \"{}\" is {} of shape {}; one float32 is supported", node.text(), node.inputs[i],
                    elementTypeName(scale.type), shapeText(scale.shape));
    const TensorInfo &zero = in.info(node.inputs[7]);
    if (!isByte(zero.type) || !mayBeOne(zero.shape))
      return fail("{}: the zero point \"{}\" is {} of shape {}; one int8 or uint8 is supported", node.text(), node.inputs[7],
                  elementTypeName(zero.type), shapeText(zero.shape));
    type = zero.type;
  }
  auto shape = productShape(in, node, in.info(a).shape, in.info(b).shape);
  if (!shape)
    return tl::unexpected(shape.error());
  in.keep(node, type, std::move(*shape));
  return {};
}

} // namespace softdpu::onnx_import
