//===- Constants.cpp - Inference: constants ------------------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace softdpu::onnx_import {

Expected<void> inferConstant(Inference &in, Node &node) {
  if (node.attributes.size() != 1)
    return fail("{}: has {} attributes; one value is expected", node.text(), node.attributes.size());
  const Value &value = node.attributes.begin()->second;
  if (const auto *tensor = std::get_if<Tensor>(&value))
    in.define(node.outputs[0], *tensor);
  else if (const auto *number = std::get_if<int64_t>(&value))
    in.define(node.outputs[0], integerTensor({}, {*number}));
  else if (const auto *numbers = std::get_if<std::vector<int64_t>>(&value))
    in.define(node.outputs[0], integerTensor({int64_t(numbers->size())}, *numbers));
  else if (const auto *real = std::get_if<float>(&value))
    in.define(node.outputs[0], floatTensor({}, std::span(real, 1)));
  else if (const auto *reals = std::get_if<std::vector<float>>(&value))
    in.define(node.outputs[0], floatTensor({int64_t(reals->size())}, *reals));
  return {};
}

/// Repeats `element` all over `data`, doubling what is there.
static void fill(std::span<std::byte> data, std::span<const std::byte> element) {
  std::ranges::copy(element.first(std::min(element.size(), data.size())), data.begin());
  for (size_t done = element.size(); done < data.size(); done *= 2)
    std::ranges::copy(data.first(std::min(done, data.size() - done)), data.begin() + ptrdiff_t(done));
}

Expected<void> inferConstantOfShape(Inference &in, Node &node) {
  const TensorInfo shapeInfo = in.info(node.inputs[0]);
  Tensor value{.type = ElementType::Float32, .shape = {1}, .data = std::vector<std::byte>(4)};
  value = node.get("value", value);
  if (value.data.size() != elementSize(value.type) || value.type == ElementType::Float16)
    return fail("{}: attribute \"value\" is {} of {} bytes; one number that is not float16 is supported", node.text(),
                elementTypeName(value.type), value.data.size());
  if (shapeInfo.shape.size() != 1 || shapeInfo.shape[0].size < 0 || shapeInfo.shape[0].size > 16)
    return fail("{}: the shape has shape {}; a vector of known length is supported", node.text(), shapeText(shapeInfo.shape));
  Shape shape = shapeInfo.dims.value_or(Shape(size_t(shapeInfo.shape[0].size), unknown()));
  if (std::ranges::any_of(shape, [](const Dimension &dim) { return dim.symbol.empty() && dim.size < 0; }))
    return fail("{}: shape {} is negative", node.text(), shapeText(shape));
  const bool zeros = infoOf(value).zeros;
  const int64_t count = isStatic(shape) ? elementsOf(shape) : -1;
  constexpr int64_t mostFolded = int64_t(1) << 26; // More is left to a host step: the number stands for all.
  if (count >= 0 && count <= mostFolded) {
    Tensor result{.type = value.type, .shape = {}, .data = {}};
    for (const Dimension &dim : shape)
      result.shape.push_back(dim.size);
    result.data.resize(size_t(count) * value.data.size());
    fill(result.data, value.data);
    in.define(node.outputs[0], std::move(result));
    return {};
  }
  node.attributes.clear(); // a host step carries the number itself, as float32 or int64
  if (value.type == ElementType::Float32) {
    float number;
    std::memcpy(&number, value.data.data(), sizeof number);
    node.attributes["value"] = number;
    in.keep(node, value.type, std::move(shape), zeros);
    return {};
  }
  node.attributes["value"] = value.type == ElementType::Bool ? int64_t(!zeros) : integersOf(value)->front();
  if (value.type == ElementType::Int64) {
    in.keep(node, value.type, std::move(shape), zeros);
    return {};
  }
  const std::string result = std::exchange(node.outputs[0], in.freshName(node.outputs[0]));
  in.keep(node, ElementType::Int64, shape, zeros);
  in.keep(castNode(node.name, node.outputs[0], result, value.type), value.type, std::move(shape), zeros);
  return {};
}

} // namespace softdpu::onnx_import
