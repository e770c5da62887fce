//===- Operands.cpp - Inference: element by element over several operands ------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

namespace softdpu::onnx_import {
namespace {

/// The shape that all inputs broadcast to; an error unless they have one element type.
Expected<Shape> commonShape(const Inference &in, const Node &node) {
  Shape shape;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty())
      return fail("{}: input {} is missing", node.text(), i);
    const TensorInfo &info = in.info(node.inputs[i]), &first = in.info(node.inputs[0]);
    if (info.type != first.type)
      return fail("{}: operands are {} and {}; equal types are supported", node.text(), elementTypeName(first.type),
                  elementTypeName(info.type));
    auto both = in.broadcast(node, shape, info.shape);
    if (!both)
      return both;
    shape = std::move(*both);
  }
  return shape;
}

Expected<void> requireNumeric(const Inference &in, const Node &node, size_t index) {
  const ElementType type = in.info(node.inputs[index]).type;
  if (isNumeric(type))
    return {};
  return fail("{}: input \"{}\" is {}; {} is supported", node.text(), node.inputs[index], elementTypeName(type), numericTypes);
}

} // namespace

Expected<void> inferExtreme(Inference &in, Node &node) {
  auto shape = commonShape(in, node);
  if (auto checked = requireNumeric(in, node, 0); !checked)
    return checked;
  if (!shape)
    return tl::unexpected(shape.error());
  in.keep(node, in.info(node.inputs[0]).type, std::move(*shape));
  return {};
}

Expected<void> inferSum(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  auto shape = commonShape(in, node);
  if (!shape)
    return tl::unexpected(shape.error());
  in.keep(node, ElementType::Float32, std::move(*shape));
  return {};
}

Expected<void> inferClip(Inference &in, Node &node) {
  if (auto checked = requireNumeric(in, node, 0); !checked)
    return checked;
  const TensorInfo data = in.info(node.inputs[0]);
  if (node.has("min") || node.has("max")) { // opset < 11
    node.inputs.resize(3);
    for (const auto &[name, index] : {std::pair{"min", 1u}, {"max", 2u}})
      if (const float bound = node.get<float>(name, 0); node.has(name))
        node.inputs[index] = in.addConstant(node.outputs[0] + "." + name, floatTensor({}, std::span(&bound, 1)));
    node.attributes.clear();
  }
  for (const unsigned index : {1u, 2u}) {
    const std::string &bound = node.input(index);
    if (bound.empty())
      continue;
    const TensorInfo &info = in.info(bound);
    if (info.type != data.type)
      return fail("{}: the data is {} and a bound {}; equal types are supported", node.text(), elementTypeName(data.type),
                  elementTypeName(info.type));
    if (!isStatic(info.shape) || elementsOf(info.shape) != 1)
      return fail("{}: bound \"{}\" has shape {}; one number is supported", node.text(), bound, shapeText(info.shape));
  }
  in.keep(node, data.type, data.shape);
  return {};
}

Expected<void> inferPow(Inference &in, Node &node) {
  const TensorInfo &base = in.info(node.inputs[0]), &exponent = in.info(node.inputs[1]);
  const ElementType type = base.type;
  if (type != ElementType::Float32 && type != ElementType::Int64 && type != ElementType::Int32)
    return fail("{}: the base is {}; float32, int64 or int32 is supported", node.text(), elementTypeName(type));
  if (auto checked = requireNumeric(in, node, 1); !checked)
    return checked;
  auto shape = in.broadcast(node, base.shape, exponent.shape);
  if (!shape)
    return tl::unexpected(shape.error());
  in.keep(node, type, std::move(*shape));
  return {};
}

Expected<void> inferMod(Inference &in, Node &node) {
  auto shape = commonShape(in, node);
  if (auto checked = requireNumeric(in, node, 0); !checked)
    return checked;
  if (!shape)
    return tl::unexpected(shape.error());
  const ElementType type = in.info(node.inputs[0]).type;
  if (type == ElementType::Float32 && node.get<int64_t>("fmod", 0) == 0)
    return fail("{}: operands are float32 and attribute \"fmod\" is 0; 1 is supported for float32", node.text());
  in.keep(node, type, std::move(*shape));
  return {};
}

Expected<void> inferPRelu(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  const Shape x = in.info(node.inputs[0]).shape, &slope = in.info(node.inputs[1]).shape;
  if (auto both = in.broadcast(node, x, slope); !both || both->size() != x.size())
    return fail("{}: the slope has shape {}, which cannot be broadcast to {}", node.text(), shapeText(slope), shapeText(x));
  in.keep(node, ElementType::Float32, x);
  return {};
}

} // namespace softdpu::onnx_import
