//===- Inference.cpp - What the inference of every operator needs ------------------------===//

#include "import/infer/Inference.h"

#include "import/OpTable.h"
#include "import/infer/Folding.h"

#include <algorithm>
#include <utility>

namespace softdpu::onnx_import {

bool isNumeric(ElementType type) { return type != ElementType::Bool && type != ElementType::Float16; }

bool isStatic(const Shape &shape) {
  return std::ranges::all_of(shape, [](const Dimension &dim) { return dim.size >= 0; });
}

std::string shapeText(const Shape &shape) {
  std::string text;
  for (const Dimension &dim : shape)
    text += (text.empty() ? "" : ", ") + (dim.size >= 0 ? std::to_string(dim.size) : dim.symbol);
  return "[" + text + "]";
}

int64_t elementsOf(const Shape &shape) {
  int64_t result = 1;
  for (const Dimension &dim : shape)
    if (__builtin_mul_overflow(result, dim.size, &result))
      return -1;
  return result;
}

Expected<int64_t> axisOf(const Node &node, int64_t axis, size_t rank) {
  if (axis < -int64_t(rank) || axis >= int64_t(rank))
    return fail("{}: axis {} is outside rank {}", node.text(), axis, rank);
  return axis < 0 ? axis + int64_t(rank) : axis;
}

TensorInfo infoOf(const Tensor &tensor) {
  TensorInfo info{.type = tensor.type, .shape = {}, .dims = {}, .zeros = false};
  for (int64_t dim : tensor.shape)
    info.shape.push_back(sizeOf(dim));
  if (const auto values = integersOf(tensor); values && tensor.shape.size() <= 1) {
    info.dims.emplace();
    for (int64_t value : *values)
      info.dims->push_back(value >= 0 ? sizeOf(value) : Dimension{.size = value, .symbol = {}});
  }
  info.zeros = std::ranges::all_of(tensor.data, [](std::byte b) { return b == std::byte(0); });
  return info;
}

Expected<TensorInfos> Inference::run() {
  for (const Port &port : model.inputs)
    give(port.name, {.type = port.type, .shape = port.shape, .dims = {}, .zeros = false});
  for (const auto &[name, tensor] : model.constants)
    give(name, infoOf(tensor));
  if (auto done = visitAll(model.nodes); !done)
    return tl::unexpected(done.error());
  for (Port &port : model.outputs)
    if (auto checked = checkOutput(port); !checked)
      return tl::unexpected(checked.error());
  return std::move(infos);
}

Expected<void> Inference::visit(Node node) {
  if (auto checked = checkNode(node); !checked)
    return checked;
  for (const std::string &input : node.inputs)
    if (!input.empty() && !infos.contains(input))
      return fail("{}: input \"{}\" is an output that its node does not have", node.text(), input);
  return findOp(node.op)->infer(*this, node);
}

Expected<void> Inference::visitAll(std::vector<Node> &nodes) {
  std::vector<Node> all = std::exchange(nodes, {});
  std::vector<Node> *around = std::exchange(kept, &nodes);
  for (Node &node : all)
    if (auto done = visit(std::move(node)); !done)
      return done;
  kept = around;
  return {};
}

Expected<std::vector<TensorInfo>> Inference::visitBody(const Node &node, Body &body, const std::vector<TensorInfo> &inputs) {
  const size_t before = mark();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const BodyPort &port = body.inputs[i];
    if (port.type && *port.type != inputs[i].type)
      return fail("{}: {}: input \"{}\" is declared as {}, and gets {}", node.text(), body.attribute, port.name,
                  elementTypeName(*port.type), elementTypeName(inputs[i].type));
    give(port.name, inputs[i]);
  }
  if (auto done = visitAll(body.nodes); !done)
    return tl::unexpected(done.error());
  std::vector<TensorInfo> outputs;
  for (const BodyPort &port : body.outputs) {
    const auto found = infos.find(port.name);
    if (found == infos.end())
      return fail("{}: {}: output \"{}\" is an output that its node does not have", node.text(), body.attribute, port.name);
    TensorInfo &info = found->second;
    const bool own = std::ranges::find(given.begin() + ptrdiff_t(before), given.end(), port.name) != given.end();
    if (port.type && *port.type != info.type)
      return fail("{}: {}: output \"{}\" is declared as {}, computed as {}", node.text(), body.attribute, port.name,
                  elementTypeName(*port.type), elementTypeName(info.type));
    const Shape declared = port.shape.value_or(info.shape);
    bool agrees = declared.size() == info.shape.size();
    for (size_t i = 0; agrees && i < declared.size(); ++i) {
      agrees = declared[i].size < 0 || info.shape[i].size < 0 || declared[i].size == info.shape[i].size;
      if (own && info.shape[i].size < 0 && declared[i].size >= 0)
        info.shape[i] = declared[i]; // The session checks it.
    }
    if (!agrees)
      return fail("{}: {}: output \"{}\" is declared with shape {}, computed with {}", node.text(), body.attribute, port.name,
                  shapeText(declared), shapeText(info.shape));
    outputs.push_back(info);
  }
  return outputs;
}

Expected<void> Inference::inlineBody(const Node &node, Body body) {
  for (Node &inner : body.nodes)
    if (auto done = visit(std::move(inner)); !done)
      return done;
  for (size_t i = 0; i < node.outputs.size(); ++i)
    if (!node.outputs[i].empty())
      if (auto done = visit(
              {.op = "Identity", .name = node.name, .inputs = {body.outputs[i].name}, .outputs = {node.outputs[i]}, .attributes = {}});
          !done)
        return done;
  return {};
}

void Inference::give(const std::string &name, TensorInfo info) {
  infos[name] = std::move(info);
  given.push_back(name);
}

void Inference::forget(size_t mark) {
  for (; given.size() > mark; given.pop_back()) {
    infos.erase(given.back());
    model.constants.erase(given.back());
  }
}

const Tensor *Inference::constant(const std::string &name) const {
  const auto found = model.constants.find(name);
  return found == model.constants.end() ? nullptr : &found->second;
}

std::optional<std::vector<int64_t>> Inference::integers(const std::string &name) const {
  const Tensor *known = constant(name);
  return known ? integersOf(*known) : std::nullopt;
}

void Inference::attributeToInput(Node &node, const std::string &attribute, size_t index) {
  if (!node.has(attribute))
    return;
  const auto values = node.get<std::vector<int64_t>>(attribute, {});
  node.inputs.resize(std::max(node.inputs.size(), index + 1));
  node.inputs[index] = addConstant(node.outputs[0] + "." + attribute, integerTensor({int64_t(values.size())}, values));
  node.attributes.erase(attribute);
}

void Inference::define(const std::string &name, Tensor tensor) {
  if (name.empty())
    return;
  give(name, infoOf(tensor));
  model.constants[name] = std::move(tensor);
}

bool Inference::foldInstead(const Node &node, const TensorInfo &output) {
  constexpr int64_t mostGrown = int64_t(1) << 20; // A large tensor that small ones stand for is left to a host step.
  if (node.outputs.size() != 1 || node.inputs.empty() || !isStatic(output.shape))
    return false;
  std::vector<const Tensor *> inputs;
  int64_t most = mostGrown;
  for (const std::string &input : node.inputs) {
    inputs.push_back(constant(input));
    if (!inputs.back())
      return false;
    most = std::max(most, elementsOf(info(input).shape));
  }
  if (const int64_t count = elementsOf(output.shape); count < 0 || count > most)
    return false;
  std::vector<int64_t> shape;
  for (const Dimension &dim : output.shape)
    shape.push_back(dim.size);
  auto known = fold(node, inputs, output.type, shape);
  if (known)
    define(node.outputs[0], std::move(*known));
  return known.has_value();
}

void Inference::keep(const Node &node, std::vector<TensorInfo> outputs) {
  if (foldInstead(node, outputs[0]))
    return;
  for (size_t i = 0; i < node.outputs.size(); ++i)
    if (!node.outputs[i].empty())
      give(node.outputs[i], outputs[i]);
  kept->push_back(node);
}

void Inference::keep(const Node &node, ElementType type, Shape shape, bool zeros) {
  keep(node, {{.type = type, .shape = std::move(shape), .dims = {}, .zeros = zeros}});
}

std::string Inference::freshName(const std::string &base) {
  std::string name;
  do
    name = fmt::format("{}.{}", base, fresh++);
  while (infos.contains(name));
  return name;
}

std::string Inference::addConstant(const std::string &base, Tensor tensor) {
  std::string name = freshName(base);
  define(name, std::move(tensor));
  return name;
}

Expected<Shape> Inference::broadcast(const Node &node, const Shape &a, const Shape &b) const {
  Shape result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    const Dimension one = sizeOf(1);
    const Dimension &x = i < a.size() ? a[a.size() - 1 - i] : one, &y = i < b.size() ? b[b.size() - 1 - i] : one;
    Dimension &out = result[result.size() - 1 - i];
    if (x == y || y.size == 1)
      out = x;
    else if (x.size == 1)
      out = y;
    else if (x.size < 0 || y.size < 0)
      out = x.size < 0 ? y : x;
    else
      return fail("{}: shapes {} and {} cannot be broadcast", node.text(), shapeText(a), shapeText(b));
  }
  return result;
}

Expected<void> Inference::checkOutput(Port &port) {
  const TensorInfo &found = info(port.name);
  if (found.type != port.type)
    return fail("output \"{}\": declared as {}, computed as {}", port.name, elementTypeName(port.type), elementTypeName(found.type));
  if (found.shape.size() != port.shape.size())
    return fail("output \"{}\": declared with shape {}, computed with {}", port.name, shapeText(port.shape), shapeText(found.shape));
  for (size_t i = 0; i < port.shape.size(); ++i) {
    if (port.shape[i].size >= 0 && found.shape[i].size >= 0 && port.shape[i].size != found.shape[i].size)
      return fail("output \"{}\": declared with shape {}, computed with {}", port.name, shapeText(port.shape), shapeText(found.shape));
    if (port.shape[i].size < 0 && (found.shape[i].size >= 0 || found.shape[i].symbol != "?"))
      port.shape[i] = found.shape[i];
  }
  return {};
}

Expected<void> Inference::requireFloat(const Node &node) const {
  for (const std::string &input : node.inputs)
    if (!input.empty() && info(input).type != ElementType::Float32)
      return fail("{}: input \"{}\" is {}; float32 is supported", node.text(), input, elementTypeName(info(input).type));
  return {};
}

Expected<void> Inference::keepFloat(const Node &node) {
  if (auto checked = requireFloat(node); !checked)
    return checked;
  keep(node, ElementType::Float32, info(node.inputs[0]).shape);
  return {};
}

Expected<void> Inference::requireShape(const Node &node, unsigned index, std::string_view name, const Shape &expected) const {
  const std::string &input = node.input(index);
  if (input.empty())
    return {};
  const Shape &found = info(input).shape;
  bool same = found.size() == expected.size();
  for (size_t i = 0; same && i < found.size(); ++i)
    same = found[i].size < 0 || expected[i].size < 0 || found[i].size == expected[i].size;
  if (!same)
    return fail("{}: {} has shape {}; {} is expected", node.text(), name, shapeText(found), shapeText(expected));
  return {};
}

std::string Inference::transposeBefore(const Node &node, const std::string &input, std::vector<int64_t> perm) {
  if (const Tensor *known = constant(input))
    return addConstant(input, transposed(*known, perm));
  Node transpose{.op = "Transpose", .name = node.name, .inputs = {input}, .outputs = {}, .attributes = {}};
  Shape shape;
  for (int64_t axis : perm)
    shape.push_back(info(input).shape[size_t(axis)]);
  transpose.outputs = {freshName(input)};
  transpose.attributes["perm"] = std::move(perm);
  keep(transpose, info(input).type, std::move(shape), info(input).zeros);
  return transpose.outputs[0];
}

Expected<void> Inference::defineDims(const Node &node, Shape shape, std::vector<Dimension> dims) {
  const bool known = std::ranges::all_of(dims, [](const Dimension &dim) { return dim.symbol.empty(); });
  if (known && isStatic(shape)) {
    std::vector<int64_t> sizes, values;
    for (const Dimension &dim : shape)
      sizes.push_back(dim.size);
    for (const Dimension &dim : dims)
      values.push_back(dim.size);
    define(node.outputs[0], integerTensor(std::move(sizes), values));
    return {};
  }
  keep(node, {{.type = ElementType::Int64, .shape = std::move(shape), .dims = std::move(dims), .zeros = false}});
  return {};
}

Expected<void> Inference::view(const Node &node, Shape shape) {
  const TensorInfo &data = info(node.inputs[0]);
  if (const Tensor *known = constant(node.inputs[0]); known && isStatic(shape)) {
    Tensor result = *known;
    result.shape.clear();
    for (const Dimension &dim : shape)
      result.shape.push_back(dim.size);
    define(node.outputs[0], std::move(result));
    return {};
  }
  keep(node, {{.type = data.type, .shape = std::move(shape), .dims = data.dims, .zeros = data.zeros}});
  return {};
}

Expected<TensorInfos> inferGraph(Model &model) { return Inference(model).run(); }

} // namespace softdpu::onnx_import
