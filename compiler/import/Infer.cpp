//===- Infer.cpp - Shapes, types and constants of a graph --------------------------------===//

#include "import/Infer.h"

#include "import/OpTable.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>

namespace softdpu::onnx_import {
namespace {

using Shape = std::vector<Dimension>;

Dimension sizeOf(int64_t size) { return {.size = size, .symbol = {}}; }
Dimension unknown() { return {.size = -1, .symbol = "?"}; }
bool isStatic(const Shape &shape) {
  return std::ranges::all_of(shape, [](const Dimension &dim) { return dim.size >= 0; });
}
std::string shapeText(const Shape &shape) {
  std::string text;
  for (const Dimension &dim : shape)
    text += (text.empty() ? "" : ", ") + (dim.size >= 0 ? std::to_string(dim.size) : dim.symbol);
  return "[" + text + "]";
}

Tensor integerTensor(std::vector<int64_t> shape, const std::vector<int64_t> &values) {
  Tensor tensor{.type = ElementType::Int64, .shape = std::move(shape), .data = {}};
  tensor.data.resize(values.size() * sizeof(int64_t));
  std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
  return tensor;
}

std::optional<std::vector<int64_t>> integersOf(const Tensor &tensor) {
  std::vector<int64_t> values;
  if (tensor.type == ElementType::Int64) {
    values.resize(tensor.data.size() / sizeof(int64_t));
    std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
    return values;
  }
  if (tensor.type != ElementType::Int32)
    return std::nullopt;
  std::vector<int32_t> narrow(tensor.data.size() / sizeof(int32_t));
  std::memcpy(narrow.data(), tensor.data.data(), tensor.data.size());
  return std::vector<int64_t>(narrow.begin(), narrow.end());
}

uint64_t product(std::span<const int64_t> dims) {
  uint64_t result = 1;
  for (int64_t dim : dims)
    result *= uint64_t(dim);
  return result;
}

/// Goes through the nodes in order; each either becomes a constant or stays with the types of its outputs.
class Inference {
public:
  explicit Inference(Model &model) : model(model) {}

  Expected<TensorInfos> run() {
    for (const Port &port : model.inputs)
      infos[port.name] = {.type = port.type, .shape = port.shape, .dims = {}, .zeros = false};
    for (const auto &[name, tensor] : model.constants)
      infos[name] = infoOf(tensor);
    std::vector<Node> nodes = std::move(model.nodes);
    model.nodes.clear();
    for (Node &node : nodes) {
      if (auto checked = checkNode(node); !checked)
        return tl::unexpected(checked.error());
      if (auto done = visit(node); !done)
        return tl::unexpected(done.error());
    }
    for (Port &port : model.outputs)
      if (auto checked = checkOutput(port); !checked)
        return tl::unexpected(checked.error());
    return std::move(infos);
  }

private:
  Model &model;
  TensorInfos infos;
  unsigned fresh = 0;

  static TensorInfo infoOf(const Tensor &tensor) {
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

  const TensorInfo &info(const std::string &name) { return infos.at(name); }
  const Tensor *constant(const std::string &name) const {
    const auto found = model.constants.find(name);
    return found == model.constants.end() ? nullptr : &found->second;
  }
  void define(const std::string &name, Tensor tensor) {
    if (name.empty())
      return;
    infos[name] = infoOf(tensor);
    model.constants[name] = std::move(tensor);
  }
  std::string addConstant(const std::string &base, Tensor tensor) {
    std::string name;
    do
      name = fmt::format("{}.{}", base, fresh++);
    while (infos.contains(name));
    define(name, std::move(tensor));
    return name;
  }
  void keep(const Node &node, std::vector<TensorInfo> outputs) {
    for (size_t i = 0; i < node.outputs.size(); ++i)
      if (!node.outputs[i].empty())
        infos[node.outputs[i]] = outputs[i];
    model.nodes.push_back(node);
  }
  void keep(const Node &node, ElementType type, Shape shape, bool zeros = false) {
    keep(node, {{.type = type, .shape = std::move(shape), .dims = {}, .zeros = zeros}});
  }

  /// An axis in 0 .. rank - 1.
  static Expected<int64_t> axisOf(const Node &node, int64_t axis, size_t rank) {
    if (axis < -int64_t(rank) || axis >= int64_t(rank))
      return fail("{}: axis {} is outside rank {}", node.text(), axis, rank);
    return axis < 0 ? axis + int64_t(rank) : axis;
  }

  Expected<Shape> broadcast(const Node &node, const Shape &a, const Shape &b) {
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

  Expected<void> checkOutput(Port &port) {
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

  //===--------------------------------------------------------------------===//
  // Constant tensors
  //===--------------------------------------------------------------------===//

  static Tensor transposed(const Tensor &tensor, std::span<const int64_t> perm) {
    const size_t rank = tensor.shape.size(), size = elementSize(tensor.type);
    std::vector<int64_t> strides(rank, 1), index(rank, 0);
    for (size_t i = rank; i-- > 1;)
      strides[i - 1] = strides[i] * tensor.shape[i];
    Tensor result{.type = tensor.type, .shape = {}, .data = std::vector<std::byte>(tensor.data.size())};
    for (int64_t axis : perm)
      result.shape.push_back(tensor.shape[size_t(axis)]);
    for (size_t out = 0; out < tensor.data.size() / size; ++out) {
      int64_t from = 0;
      for (size_t i = 0; i < rank; ++i)
        from += index[i] * strides[size_t(perm[i])];
      std::memcpy(result.data.data() + out * size, tensor.data.data() + size_t(from) * size, size);
      for (size_t i = rank; i-- > 0;) {
        if (++index[i] < result.shape[i])
          break;
        index[i] = 0;
      }
    }
    return result;
  }

  /// Copies `count` indices from `begin` with `step` along `axis`.
  static Tensor sliced(const Tensor &tensor, size_t axis, int64_t begin, int64_t step, int64_t count) {
    Tensor result{.type = tensor.type, .shape = tensor.shape, .data = {}};
    result.shape[axis] = count;
    const uint64_t inner = product(std::span(tensor.shape).subspan(axis + 1)) * elementSize(tensor.type);
    const uint64_t outer = product(std::span(tensor.shape).first(axis));
    for (uint64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < count; ++i) {
        const auto from = tensor.data.begin() + int64_t((o * uint64_t(tensor.shape[axis]) + uint64_t(begin + i * step)) * inner);
        result.data.insert(result.data.end(), from, from + int64_t(inner));
      }
    return result;
  }

  //===--------------------------------------------------------------------===//
  // Operators
  //===--------------------------------------------------------------------===//

  Expected<void> visit(Node &node) {
    for (const std::string &input : node.inputs)
      if (!input.empty() && !infos.contains(input))
        return fail("{}: input \"{}\" is an output that its node does not have", node.text(), input);
    if (node.op == "RNN" || node.op == "GRU" || node.op == "LSTM")
      return visitRecurrent(node);
    if (node.op == "MatMul")
      return visitMatMul(node);
    if (node.op == "Gemm")
      return visitGemm(node);
    if (node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div")
      return visitBinary(node);
    if (node.op == "Relu" || node.op == "Sigmoid" || node.op == "Tanh")
      return keepFloat(node);
    if (node.op == "Softmax" || node.op == "LogSoftmax")
      return visitSoftmax(node);
    if (node.op == "Gather")
      return visitGather(node);
    if (node.op == "Squeeze" || node.op == "Unsqueeze")
      return visitSqueeze(node);
    if (node.op == "Reshape")
      return visitReshape(node);
    if (node.op == "Transpose")
      return visitTranspose(node);
    if (node.op == "Concat")
      return visitConcat(node);
    if (node.op == "Slice")
      return visitSlice(node);
    if (node.op == "Shape")
      return visitShape(node);
    if (node.op == "Cast")
      return visitCast(node);
    if (node.op == "Constant")
      return visitConstant(node);
    if (node.op == "ConstantOfShape")
      return visitConstantOfShape(node);
    if (node.op == "Expand")
      return visitExpand(node);
    return visitIdentity(node);
  }

  Expected<void> requireFloat(const Node &node) {
    for (const std::string &input : node.inputs)
      if (!input.empty() && info(input).type != ElementType::Float32)
        return fail("{}: input \"{}\" is {}; float32 is supported", node.text(), input, elementTypeName(info(input).type));
    return {};
  }

  Expected<void> keepFloat(const Node &node) {
    if (auto checked = requireFloat(node); !checked)
      return checked;
    keep(node, ElementType::Float32, info(node.inputs[0]).shape);
    return {};
  }

  Expected<void> requireShape(const Node &node, unsigned index, std::string_view name, const Shape &expected) {
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

  /// Replaces input `index` by its transposition, and returns the name of the new tensor.
  std::string transposeBefore(const Node &node, const std::string &input, std::vector<int64_t> perm) {
    if (const Tensor *known = constant(input))
      return addConstant(input, transposed(*known, perm));
    Node transpose{.op = "Transpose", .name = node.name, .inputs = {input}, .outputs = {}, .attributes = {}};
    Shape shape;
    for (int64_t axis : perm)
      shape.push_back(info(input).shape[size_t(axis)]);
    transpose.outputs = {fmt::format("{}.{}", input, fresh++)};
    transpose.attributes["perm"] = std::move(perm);
    keep(transpose, info(input).type, std::move(shape), info(input).zeros);
    return transpose.outputs[0];
  }

  Expected<void> visitRecurrent(Node node) {
    const bool lstm = node.op == "LSTM";
    const int64_t gates = lstm ? 4 : node.op == "GRU" ? 3 : 1;
    if (const auto *lengths = constant(node.input(4)); !node.input(4).empty() && !lengths)
      return fail(
          "{}: sequence_lens is computed at run time; it is supported where it is absent, or constant and equal to the sequence length",
          node.text());
    Node check = node;
    if (check.inputs.size() > 4)
      check.inputs[4].clear();
    if (auto checked = requireFloat(check); !checked)
      return checked;

    const Shape xShape = info(node.inputs[0]).shape, rShape = info(node.inputs[2]).shape;
    if (xShape.size() != 3)
      return fail("{}: X has shape {}; rank 3 is expected", node.text(), shapeText(xShape));
    if (rShape.size() != 3 || rShape[2].size <= 0 || rShape[2].size > 65536)
      return fail("{}: R has shape {}; [1, {}*hidden_size, hidden_size] is expected", node.text(), shapeText(rShape), gates);
    const int64_t hidden = node.get<int64_t>("hidden_size", rShape[2].size);
    if (hidden <= 0 || hidden > 65536)
      return fail("{}: hidden_size is {}", node.text(), hidden);
    node.attributes["hidden_size"] = hidden;
    const bool batchFirst = node.get<int64_t>("layout", 0) == 1;
    if (xShape[2].size <= 0 || xShape[2].size > 65536)
      return fail("{}: X has shape {}; the last dimension must be known", node.text(), shapeText(xShape));
    const Dimension one = sizeOf(1), h = sizeOf(hidden), steps = xShape[batchFirst ? 1 : 0], batch = xShape[batchFirst ? 0 : 1];
    const Shape state = batchFirst ? Shape{batch, one, h} : Shape{one, batch, h};
    for (auto checked :
         {requireShape(node, 1, "W", {one, sizeOf(gates * hidden), xShape[2]}),
          requireShape(node, 2, "R", {one, sizeOf(gates * hidden), h}), requireShape(node, 3, "B", {one, sizeOf(2 * gates * hidden)}),
          requireShape(node, 5, "initial_h", state), requireShape(node, 6, "initial_c", state)})
      if (!checked)
        return checked;
    if (!node.input(4).empty()) {
      const auto lengths = integersOf(*constant(node.input(4)));
      if (!lengths || steps.size < 0 || !std::ranges::all_of(*lengths, [&](int64_t length) { return length == steps.size; }))
        return fail("{}: sequence_lens differs from the sequence length {}; it is supported where both are known and equal", node.text(),
                    steps.size < 0 ? steps.symbol : std::to_string(steps.size));
      node.inputs[4].clear();
    }
    if (node.has("activations")) {
      const size_t expected = lstm ? 3 : gates == 3 ? 2 : 1;
      const auto given = node.get<std::vector<std::string>>("activations", {});
      if (given.size() != expected)
        return fail("{}: attribute \"activations\" has {} names; {} are expected", node.text(), given.size(), expected);
    }

    node.attributes.erase("layout");
    if (!batchFirst) {
      keep(node, recurrentOutputs(steps, batch, h));
      return {};
    }
    // layout 1 is layout 0 between transpositions.
    node.inputs[0] = transposeBefore(node, node.inputs[0], {1, 0, 2});
    for (unsigned i : {5u, 6u})
      if (!node.input(i).empty())
        node.inputs[i] = transposeBefore(node, node.inputs[i], {1, 0, 2});
    const std::vector<std::string> outputs = node.outputs;
    for (std::string &output : node.outputs)
      if (!output.empty())
        output = fmt::format("{}.{}", output, fresh++);
    const auto infosTimeFirst = recurrentOutputs(steps, batch, h);
    keep(node, infosTimeFirst);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].empty())
        continue;
      const std::vector<int64_t> perm = i == 0 ? std::vector<int64_t>{2, 0, 1, 3} : std::vector<int64_t>{1, 0, 2};
      Node transpose{
          .op = "Transpose", .name = node.name, .inputs = {node.outputs[i]}, .outputs = {outputs[i]}, .attributes = {{"perm", perm}}};
      Shape shape;
      for (int64_t axis : perm)
        shape.push_back(infosTimeFirst[i].shape[size_t(axis)]);
      keep(transpose, ElementType::Float32, std::move(shape));
    }
    return {};
  }

  static std::vector<TensorInfo> recurrentOutputs(const Dimension &steps, const Dimension &batch, const Dimension &hidden) {
    const Dimension one = sizeOf(1);
    TensorInfo y, last;
    y.shape = {steps, one, batch, hidden};
    last.shape = {one, batch, hidden};
    return {y, last, last};
  }

  Expected<void> visitMatMul(const Node &node) {
    if (auto checked = requireFloat(node); !checked)
      return checked;
    const Shape &a = info(node.inputs[0]).shape, &b = info(node.inputs[1]).shape;
    if (a.size() < 2 || b.size() < 2)
      return fail("{}: operands have rank {} and {}; at least 2 is supported", node.text(), a.size(), b.size());
    const Dimension &inner = a[a.size() - 1], &innerB = b[b.size() - 2];
    if (inner.size >= 0 && innerB.size >= 0 && inner.size != innerB.size)
      return fail("{}: shapes {} and {} cannot be multiplied", node.text(), shapeText(a), shapeText(b));
    auto shape = broadcast(node, Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
    if (!shape)
      return tl::unexpected(shape.error());
    shape->push_back(a[a.size() - 2]);
    shape->push_back(b[b.size() - 1]);
    keep(node, ElementType::Float32, std::move(*shape));
    return {};
  }

  Expected<void> visitGemm(const Node &node) {
    if (auto checked = requireFloat(node); !checked)
      return checked;
    const Shape &a = info(node.inputs[0]).shape, &b = info(node.inputs[1]).shape;
    if (a.size() != 2 || b.size() != 2)
      return fail("{}: operands have rank {} and {}; 2 is expected", node.text(), a.size(), b.size());
    const bool transA = node.get<int64_t>("transA", 0), transB = node.get<int64_t>("transB", 0);
    const Dimension inner = a[transA ? 0 : 1], innerB = b[transB ? 1 : 0];
    if (inner.size >= 0 && innerB.size >= 0 && inner.size != innerB.size)
      return fail("{}: shapes {} and {} cannot be multiplied", node.text(), shapeText(a), shapeText(b));
    const Shape result{a[transA ? 1 : 0], b[transB ? 0 : 1]};
    if (!node.input(2).empty())
      if (auto bias = broadcast(node, result, info(node.input(2)).shape); !bias || bias->size() != 2)
        return fail("{}: C has shape {}, which cannot be broadcast to {}", node.text(), shapeText(info(node.input(2)).shape),
                    shapeText(result));
    keep(node, ElementType::Float32, result);
    return {};
  }

  Expected<void> visitBinary(const Node &node) {
    const TensorInfo a = info(node.inputs[0]), b = info(node.inputs[1]);
    if (a.type != b.type)
      return fail("{}: operands are {} and {}; they must be equal", node.text(), elementTypeName(a.type), elementTypeName(b.type));
    auto shape = broadcast(node, a.shape, b.shape);
    if (!shape)
      return tl::unexpected(shape.error());
    if (a.dims && b.dims && a.type == ElementType::Int64 &&
        (a.dims->size() == b.dims->size() || a.dims->size() == 1 || b.dims->size() == 1)) {
      std::vector<Dimension> result;
      for (size_t i = 0; i < std::max(a.dims->size(), b.dims->size()); ++i) {
        const Dimension &x = (*a.dims)[a.dims->size() == 1 ? 0 : i], &y = (*b.dims)[b.dims->size() == 1 ? 0 : i];
        result.push_back(!x.symbol.empty() || !y.symbol.empty() ? unknown() : arithmetic(node.op, x.size, y.size));
      }
      return defineDims(node, std::move(*shape), std::move(result));
    }
    keep(node, a.type, std::move(*shape));
    return {};
  }

  static Dimension arithmetic(const std::string &op, int64_t x, int64_t y) {
    const auto a = uint64_t(x), b = uint64_t(y); // wraps, as ONNX leaves overflow open
    if (op == "Add")
      return {.size = int64_t(a + b), .symbol = {}};
    if (op == "Sub")
      return {.size = int64_t(a - b), .symbol = {}};
    if (op == "Mul")
      return {.size = int64_t(a * b), .symbol = {}};
    if (y == 0 || (x == INT64_MIN && y == -1))
      return unknown();
    return {.size = x / y, .symbol = {}};
  }

  /// The result of shape arithmetic: a constant if no element is symbolic.
  Expected<void> defineDims(const Node &node, Shape shape, std::vector<Dimension> dims) {
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

  Expected<void> visitSoftmax(Node &node) {
    if (auto checked = requireFloat(node); !checked)
      return checked;
    const size_t rank = info(node.inputs[0]).shape.size();
    const auto axis = axisOf(node, node.get<int64_t>("axis", model.opset < 13 ? 1 : -1), rank);
    if (!axis)
      return tl::unexpected(axis.error());
    if (model.opset < 13 && *axis != int64_t(rank) - 1)
      return fail("{}: axis {} of rank {} in opset {}; before opset 13 only the last axis is supported", node.text(), *axis, rank,
                  model.opset);
    node.attributes["axis"] = *axis;
    return keepFloat(node);
  }

  Expected<void> visitGather(Node &node) {
    const TensorInfo data = info(node.inputs[0]), indices = info(node.inputs[1]);
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
      return defineDims(node, std::move(shape), std::move(dims));
    }
    keep(node, data.type, std::move(shape));
    return {};
  }

  /// A node that only changes the shape.
  Expected<void> view(const Node &node, Shape shape) {
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

  Expected<void> visitSqueeze(Node &node) {
    const Shape shape = info(node.inputs[0]).shape;
    const bool squeeze = node.op == "Squeeze";
    std::optional<std::vector<int64_t>> axes;
    if (node.has("axes")) {
      axes = node.get<std::vector<int64_t>>("axes", {});
    } else if (!node.input(1).empty()) {
      if (const Tensor *known = constant(node.input(1)))
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
    node.inputs[1] = addConstant(node.outputs[0] + ".axes", integerTensor({int64_t(values.size())}, values));
    return view(node, std::move(result));
  }

  Expected<void> visitReshape(const Node &node) {
    const TensorInfo data = info(node.inputs[0]), target = info(node.inputs[1]);
    if (target.shape.size() != 1 || target.shape[0].size < 0 || target.shape[0].size > 16)
      return fail("{}: the new shape has shape {}; a vector of known length is supported", node.text(), shapeText(target.shape));
    Shape result(size_t(target.shape[0].size), unknown());
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
        if (dim.symbol.empty() && dim.size == 0 && i >= data.shape.size())
          return fail("{}: dimension {} of the new shape copies one that does not exist", node.text(), i);
        result[i] = dim.symbol.empty() && dim.size == 0 ? data.shape[i] : dim;
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
    return view(node, std::move(result));
  }

  static int64_t elementsOf(const Shape &shape) {
    int64_t result = 1;
    for (const Dimension &dim : shape)
      if (__builtin_mul_overflow(result, dim.size, &result))
        return -1;
    return result;
  }

  /// The dimension that -1 stands for: what is left after the others, symbolic if exactly one symbol of the data is.
  static Dimension inferDimension(const Shape &data, const Shape &target, size_t at, bool staticRest, int64_t rest) {
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

  Expected<void> visitTranspose(Node &node) {
    const TensorInfo &data = info(node.inputs[0]);
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
    if (const Tensor *known = constant(node.inputs[0])) {
      define(node.outputs[0], transposed(*known, perm));
      return {};
    }
    Shape shape;
    for (int64_t axis : perm)
      shape.push_back(data.shape[size_t(axis)]);
    keep(node, data.type, std::move(shape), data.zeros);
    return {};
  }

  Expected<void> visitConcat(Node &node) {
    const TensorInfo first = info(node.inputs[0]);
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
      const TensorInfo &part = info(input);
      if (part.type != first.type || part.shape.size() != shape.size())
        return fail("{}: inputs differ in type or rank", node.text());
      for (size_t i = 0; i < shape.size(); ++i)
        if (int64_t(i) != *axis && part.shape[i].size >= 0 && first.shape[i].size >= 0 && part.shape[i].size != first.shape[i].size)
          return fail("{}: shapes {} and {} cannot be joined along axis {}", node.text(), shapeText(first.shape), shapeText(part.shape),
                      *axis);
      const int64_t size = part.shape[size_t(*axis)].size;
      sum = sum < 0 || size < 0 ? -1 : sum + size;
      allConstant &= constant(input) != nullptr;
      zeros &= part.zeros;
      allDims &= part.dims.has_value() && part.shape.size() == 1;
      if (allDims)
        dims.insert(dims.end(), part.dims->begin(), part.dims->end());
    }
    shape[size_t(*axis)] = sum < 0 ? unknown() : sizeOf(sum);
    if (allDims && first.type == ElementType::Int64)
      return defineDims(node, std::move(shape), std::move(dims));
    if (allConstant) {
      Tensor result{.type = first.type, .shape = {}, .data = {}};
      for (const Dimension &dim : shape)
        result.shape.push_back(dim.size);
      const uint64_t outer = product(std::span(result.shape).first(size_t(*axis)));
      for (uint64_t o = 0; o < outer; ++o)
        for (const std::string &input : node.inputs) {
          const auto &data = constant(input)->data;
          const uint64_t block = data.size() / outer;
          result.data.insert(result.data.end(), data.begin() + int64_t(o * block), data.begin() + int64_t((o + 1) * block));
        }
      define(node.outputs[0], std::move(result));
      return {};
    }
    keep(node, first.type, std::move(shape), zeros);
    return {};
  }

  Expected<void> visitSlice(Node &node) {
    const TensorInfo data = info(node.inputs[0]);
    if (node.has("starts")) { // opset < 10
      auto starts = node.get<std::vector<int64_t>>("starts", {}), ends = node.get<std::vector<int64_t>>("ends", {});
      std::vector<int64_t> axes(starts.size());
      std::iota(axes.begin(), axes.end(), 0);
      axes = node.get("axes", axes);
      const std::string base = node.outputs[0] + ".slice";
      node.inputs.resize(1);
      for (const auto *values : {&starts, &ends, &axes})
        node.inputs.push_back(addConstant(base, integerTensor({int64_t(values->size())}, *values)));
      node.attributes.clear();
    }
    std::vector<std::optional<std::vector<int64_t>>> arguments(5);
    for (unsigned i = 1; i < 5; ++i)
      if (const Tensor *known = constant(node.input(i)))
        arguments[i] = integersOf(*known);
    if (node.input(1).empty() || node.input(2).empty())
      return fail("{}: starts or ends are missing", node.text());
    Shape shape = data.shape;
    if (!arguments[1] || !arguments[2] || (!node.input(3).empty() && !arguments[3]) || (!node.input(4).empty() && !arguments[4])) {
      for (Dimension &dim : shape)
        dim = unknown(); // computed at run time
      keep(node, data.type, std::move(shape));
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
    bool fold = constant(node.inputs[0]) != nullptr;
    if (fold)
      known = *constant(node.inputs[0]);
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
      define(node.outputs[0], std::move(known));
      return {};
    }
    if (dims && data.type == ElementType::Int64 && starts.size() == 1)
      return defineDims(node, std::move(shape), std::move(*dims));
    keep(node, data.type, std::move(shape), data.zeros);
    return {};
  }

  Expected<void> visitShape(const Node &node) {
    const Shape &shape = info(node.inputs[0]).shape;
    const int64_t rank = int64_t(shape.size());
    const auto clamp = [&](int64_t v) { return std::clamp<int64_t>(v < 0 ? v + rank : v, 0, rank); };
    const int64_t begin = clamp(node.get<int64_t>("start", 0)), end = std::max(begin, clamp(node.get<int64_t>("end", rank)));
    std::vector<Dimension> dims(shape.begin() + begin, shape.begin() + end);
    return defineDims(node, {sizeOf(end - begin)}, std::move(dims));
  }

  Expected<void> visitCast(const Node &node) {
    const TensorInfo data = info(node.inputs[0]);
    if (!node.has("to"))
      return fail("{}: attribute \"to\" is missing", node.text());
    const int64_t to = node.get<int64_t>("to", 0);
    const ElementType type = to == 1 ? ElementType::Float32 : to == 6 ? ElementType::Int32 : ElementType::Int64;
    if (data.dims && data.type == ElementType::Int64 && type == ElementType::Int64)
      return defineDims(node, data.shape, *data.dims);
    if (const Tensor *known = constant(node.inputs[0]); known && known->type == type) {
      define(node.outputs[0], *known);
      return {};
    }
    keep(node, type, data.shape, data.zeros);
    return {};
  }

  Expected<void> visitConstant(const Node &node) {
    if (node.attributes.size() != 1)
      return fail("{}: has {} attributes; one value is expected", node.text(), node.attributes.size());
    const Value &value = node.attributes.begin()->second;
    const auto floats = [](std::vector<int64_t> shape, std::span<const float> values) {
      const auto bytes = std::as_bytes(values);
      return Tensor{.type = ElementType::Float32, .shape = std::move(shape), .data = {bytes.begin(), bytes.end()}};
    };
    if (const auto *tensor = std::get_if<Tensor>(&value))
      define(node.outputs[0], *tensor);
    else if (const auto *number = std::get_if<int64_t>(&value))
      define(node.outputs[0], integerTensor({}, {*number}));
    else if (const auto *numbers = std::get_if<std::vector<int64_t>>(&value))
      define(node.outputs[0], integerTensor({int64_t(numbers->size())}, *numbers));
    else if (const auto *real = std::get_if<float>(&value))
      define(node.outputs[0], floats({}, std::span(real, 1)));
    else if (const auto *reals = std::get_if<std::vector<float>>(&value))
      define(node.outputs[0], floats({int64_t(reals->size())}, *reals));
    return {};
  }

  Expected<void> visitConstantOfShape(Node &node) {
    const TensorInfo shapeInfo = info(node.inputs[0]);
    Tensor value{.type = ElementType::Float32, .shape = {1}, .data = std::vector<std::byte>(4)};
    value = node.get("value", value);
    if (value.data.size() != elementSize(value.type) || (value.type != ElementType::Float32 && value.type != ElementType::Int64))
      return fail("{}: attribute \"value\" is {} of {} bytes; one float32 or int64 is supported", node.text(), elementTypeName(value.type),
                  value.data.size());
    if (shapeInfo.shape.size() != 1 || shapeInfo.shape[0].size < 0 || shapeInfo.shape[0].size > 16)
      return fail("{}: the shape has shape {}; a vector of known length is supported", node.text(), shapeText(shapeInfo.shape));
    Shape shape = shapeInfo.dims.value_or(Shape(size_t(shapeInfo.shape[0].size), unknown()));
    if (std::ranges::any_of(shape, [](const Dimension &dim) { return dim.symbol.empty() && dim.size < 0; }))
      return fail("{}: shape {} is negative", node.text(), shapeText(shape));
    const bool zeros = infoOf(value).zeros;
    const int64_t count = isStatic(shape) ? elementsOf(shape) : -1;
    if (count >= 0 && count <= int64_t(1) << 24) {
      Tensor result{.type = value.type, .shape = {}, .data = {}};
      for (const Dimension &dim : shape)
        result.shape.push_back(dim.size);
      result.data.reserve(size_t(count) * value.data.size());
      for (int64_t i = 0; i < count; ++i)
        result.data.insert(result.data.end(), value.data.begin(), value.data.end());
      define(node.outputs[0], std::move(result));
      return {};
    }
    node.attributes.clear(); // a host step carries the number itself
    if (value.type == ElementType::Int64) {
      node.attributes["value"] = integersOf(value)->front();
    } else {
      float number;
      std::memcpy(&number, value.data.data(), sizeof number);
      node.attributes["value"] = number;
    }
    keep(node, value.type, std::move(shape), zeros);
    return {};
  }

  Expected<void> visitExpand(const Node &node) {
    const TensorInfo data = info(node.inputs[0]), target = info(node.inputs[1]);
    if (target.shape.size() != 1 || target.shape[0].size < 0 || target.shape[0].size > 16)
      return fail("{}: the shape has shape {}; a vector of known length is supported", node.text(), shapeText(target.shape));
    const Shape wanted = target.dims.value_or(Shape(size_t(target.shape[0].size), unknown()));
    auto shape = broadcast(node, data.shape, wanted);
    if (!shape)
      return tl::unexpected(shape.error());
    keep(node, data.type, std::move(*shape), data.zeros);
    return {};
  }

  Expected<void> visitIdentity(const Node &node) {
    const TensorInfo data = info(node.inputs[0]);
    if (const Tensor *known = constant(node.inputs[0]))
      define(node.outputs[0], *known);
    else
      keep(node, {data});
    return {};
  }
};

} // namespace

Expected<TensorInfos> inferGraph(Model &model) { return Inference(model).run(); }

} // namespace softdpu::onnx_import
