//===- Host.cpp - The host steps around a layer ---------------------------------------------===//

#include "passes/cells/Host.h"

#include "passes/HostSteps.h"

#include <numeric>

using namespace mlir;

namespace softdpu::cells {

int64_t rowsOf(ArrayRef<int64_t> shape) {
  int64_t rows = 1;
  for (int64_t size : shape.drop_back())
    rows = ShapedType::isDynamic(size) || ShapedType::isDynamic(rows) ? ShapedType::kDynamic : rows * size;
  return rows;
}

std::optional<Steps> stepsOf(ArrayRef<View> views) {
  const View &first = views.front();
  if (first.isEachStep())
    return views.size() == 1 ? std::optional<Steps>({0, first.step == eachStep ? 1 : -1}) : std::nullopt;
  if (first.axis < 0 || first.turned)
    return {};
  const int64_t stride = views.size() > 1 ? views[1].step - first.step : 1;
  if (std::abs(stride) != 1)
    return {};
  for (auto [i, view] : llvm::enumerate(views)) {
    View expected = first;
    expected.step += int64_t(i) * stride;
    if (view != expected)
      return {};
  }
  return Steps{first.step, stride};
}

Host::Host(rnn::NodeOp node) : node(node), builder(node) {
  for (const StringRef name : node.getNames().getAsValueRange<StringAttr>())
    if (base.empty() && !name.empty())
      base = name.str() + ".layer";
}

Value Host::reshape(Value x, ArrayRef<int64_t> shape, std::string name) {
  const ArrayRef<int64_t> own = shapeOf(x);
  if (own == shape && name.empty())
    return x;
  name = name.empty() ? fresh() : name;
  SmallVector<int64_t> sizes(shape);
  auto unknown = llvm::count_if(shape, ShapedType::isDynamic);
  for (auto [i, size] : llvm::enumerate(sizes))
    if (ShapedType::isDynamic(size))
      size = unknown-- > 1 ? 0 : -1;
  return hostStep(builder, node, "Reshape", name, type(shape), {x, hostIntegers(builder, node, name + ".shape", sizes)});
}

Value Host::slice(Value x, int64_t axis, int64_t begin, int64_t end, int64_t size, int64_t stride) {
  SmallVector<int64_t> shape(shapeOf(x));
  shape[size_t(axis)] = size;
  const std::string name = fresh();
  SmallVector<Value> inputs{x};
  for (auto [what, number] : {std::pair("starts", begin), std::pair("ends", end), std::pair("axes", axis), std::pair("steps", stride)})
    inputs.push_back(hostIntegers(builder, node, name + "." + what, number));
  return hostStep(builder, node, "Slice", name, type(shape), inputs);
}

Value Host::transpose(Value x, ArrayRef<int64_t> perm) {
  SmallVector<int64_t> shape;
  for (int64_t from : perm)
    shape.push_back(shapeOf(x)[size_t(from)]);
  return hostStep(builder, node, "Transpose", fresh(), type(shape), x, builder.getNamedAttr("perm", builder.getDenseI64ArrayAttr(perm)));
}

Value Host::moveAxis(Value x, int64_t from, int64_t to) {
  if (from == to)
    return x;
  SmallVector<int64_t> perm(shapeOf(x).size());
  std::iota(perm.begin(), perm.end(), 0);
  perm.erase(perm.begin() + from);
  perm.insert(perm.begin() + to, from);
  return transpose(x, perm);
}

Value Host::concat(ArrayRef<Value> parts, int64_t axis) {
  if (parts.size() == 1)
    return parts[0];
  SmallVector<int64_t> shape(shapeOf(parts[0]));
  shape[size_t(axis)] = 0;
  for (Value part : parts) {
    shape[size_t(axis)] += shapeOf(part)[size_t(axis)];
    for (auto [i, size] : llvm::enumerate(shapeOf(part)))
      if (int64_t(i) != axis && ShapedType::isDynamic(shape[i]))
        shape[i] = size;
  }
  return hostConcat(builder, node, fresh(), type(shape), parts, axis);
}

Value Host::constant(const std::string &what, ArrayRef<int64_t> shape, ArrayRef<float> values) {
  auto op = builder.create<rnn::ConstantOp>(node.getLoc(), type(shape), base + "." + what, DenseElementsAttr::get(type(shape), values));
  op->setAttr("rnn.generated", builder.getUnitAttr());
  return op;
}

Value Host::features(Value x, const View &view) {
  const auto last = int64_t(shapeOf(x).size()) - 1;
  return view.begin == 0 && view.size == shapeOf(x).back() ? x : slice(x, last, view.begin, view.begin + view.size, view.size);
}

Value Host::vectors(const View &view) {
  Value x = view.turned ? transpose(view.base, {1, 0}) : view.base;
  x = features(x, view);
  if (view.axis >= 0)
    x = slice(x, view.axis, view.step, view.step + 1, 1);
  return reshape(x, {1, rowsOf(shapeOf(x)), view.size});
}

Value Host::sequence(SmallVector<View> views, bool reversed) {
  if (reversed)
    std::reverse(views.begin(), views.end());
  const View &first = views.front();
  if (const auto steps = stepsOf(views); steps && (steps->stride == 1 || first.isEachStep())) {
    Value x = features(first.base, first);
    const auto count = first.isEachStep() ? shapeOf(x)[size_t(first.axis)] : int64_t(views.size());
    if (steps->first != 0 || shapeOf(x)[size_t(first.axis)] != count)
      x = slice(x, first.axis, steps->first, steps->first + count, count);
    x = moveAxis(x, first.axis, 0);
    return reshape(x, {count, rowsOf(shapeOf(x).drop_front()), first.size});
  }
  SmallVector<Value> parts;
  for (const View &view : views)
    parts.push_back(vectors(view));
  return concat(parts, 0);
}

} // namespace softdpu::cells
