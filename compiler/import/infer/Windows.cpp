//===- Windows.cpp - Inference: convolutions and pooling -----------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>

namespace softdpu::onnx_import {
namespace {

constexpr int64_t largest = int64_t(1) << 31; ///< Of sizes and attributes, so that no product of two overflows.

/// The attributes of a window over `rank` spatial dimensions.
struct Windows {
  std::vector<int64_t> kernel, strides, dilations, pads;
  std::string autoPad;

  bool same() const { return autoPad.starts_with("SAME"); }
  int64_t extent(size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }
  int64_t padding(size_t i) const { return autoPad == "VALID" ? 0 : pads[i] + pads[kernel.size() + i]; }
};

Expected<std::vector<int64_t>> listOf(const Node &node, const std::string &name, size_t count, int64_t fallback, int64_t least) {
  auto list = node.get(name, std::vector<int64_t>(count, fallback));
  if (list.size() != count)
    return fail("{}: attribute \"{}\" has {} numbers; {} are expected", node.text(), name, list.size(), count);
  for (const int64_t value : list)
    if (value < least || value >= largest)
      return fail("{}: attribute \"{}\" has {}; {} or more is supported", node.text(), name, value, least);
  return list;
}

/// \param kernel the spatial shape of the weights; empty where only the attribute gives it.
Expected<Windows> windowsOf(const Node &node, const Shape &data, const Shape &kernel) {
  if (data.size() < 3 || data.size() > 5)
    return fail("{}: X has shape {}; 1 to 3 dimensions behind batch and channels are supported", node.text(), shapeText(data));
  for (const Dimension &dim : data)
    if (dim.size >= largest)
      return fail("{}: X has shape {}; dimensions below {} are supported", node.text(), shapeText(data), largest);
  const size_t rank = data.size() - 2;
  const auto given = listOf(node, "kernel_shape", rank, 1, 1), strides = listOf(node, "strides", rank, 1, 1),
             dilations = listOf(node, "dilations", rank, 1, 1), pads = listOf(node, "pads", 2 * rank, 0, 0);
  for (const auto *list : {&given, &strides, &dilations, &pads})
    if (!*list)
      return tl::unexpected(list->error());
  Windows windows{*given, *strides, *dilations, *pads, node.get<std::string>("auto_pad", "NOTSET")};
  for (size_t i = 0; i < kernel.size(); ++i) {
    if (kernel[i].size < 1 || kernel[i].size >= largest)
      return fail("{}: W has a kernel of shape {}; constant sizes of 1 or more are supported", node.text(), shapeText(kernel));
    if (node.has("kernel_shape") && windows.kernel[i] != kernel[i].size)
      return fail("{}: attribute \"kernel_shape\" has {} where W has {}; they must be equal", node.text(), windows.kernel[i],
                  kernel[i].size);
    windows.kernel[i] = kernel[i].size;
  }
  return windows;
}

/// The positions of the window along spatial dimension `i` of `data`.
Expected<Dimension> positionsOf(const Node &node, const Windows &windows, const Shape &data, size_t i) {
  const Dimension &dim = data[i + 2];
  const int64_t stride = windows.strides[i], rest = windows.padding(i) - windows.extent(i);
  if (dim.size < 0) // A sequence keeps its length where every element has its window.
    return stride == 1 && (windows.same() || rest == -1) ? dim : unknown();
  if (windows.same())
    return sizeOf((dim.size + stride - 1) / stride);
  const int64_t room = dim.size + rest;
  if (room < 0)
    return fail("{}: a window of {} elements does not fit into dimension {} of shape {} with {} of padding", node.text(), windows.extent(i),
                i + 2, shapeText(data), windows.padding(i));
  const int64_t before = windows.autoPad == "VALID" ? 0 : windows.pads[i], count = room / stride + 1;
  const bool partial = node.get<int64_t>("ceil_mode", 0) != 0 && room % stride != 0 && count * stride < dim.size + before;
  return sizeOf(count + partial);
}

Expected<int64_t> groupsOf(const Node &node) {
  const int64_t groups = node.get<int64_t>("group", 1);
  if (groups < 1 || groups >= largest)
    return fail("{}: attribute \"group\" is {}; 1 to {} is supported", node.text(), groups, largest - 1);
  return groups;
}

/// \param inputs channels of X that W is made for.
Expected<void> checkChannels(const Inference &in, const Node &node, const Dimension &inputs) {
  const Shape &x = in.info(node.inputs[0]).shape;
  if (x[1].size >= 0 && inputs.size >= 0 && x[1].size != inputs.size)
    return fail("{}: X has shape {} and W {} for {} groups; equal numbers of channels are expected", node.text(), shapeText(x),
                shapeText(in.info(node.inputs[1]).shape), node.get<int64_t>("group", 1));
  return {};
}

Dimension times(const Dimension &dim, int64_t factor) { return dim.size < 0 ? unknown() : sizeOf(dim.size * factor); }

Expected<void> checkRanks(const Inference &in, const Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  const Shape &x = in.info(node.inputs[0]).shape, &w = in.info(node.inputs[1]).shape;
  if (x.size() != w.size() || x.size() < 3)
    return fail("{}: X has shape {} and W {}; equal ranks of 3 or more are expected", node.text(), shapeText(x), shapeText(w));
  for (const Dimension &dim : w)
    if (dim.size >= largest)
      return fail("{}: W has shape {}; dimensions below {} are supported", node.text(), shapeText(w), largest);
  return {};
}

struct Convolution {
  Windows windows;
  Dimension channels; ///< Of the output.
};

/// Checks the inputs of Conv, or of ConvTranspose, where the first two dimensions of W change places.
Expected<Convolution> convolutionOf(const Inference &in, const Node &node, bool transposed) {
  if (auto checked = checkRanks(in, node); !checked)
    return tl::unexpected(checked.error());
  const Shape &x = in.info(node.inputs[0]).shape, &w = in.info(node.inputs[1]).shape;
  const auto groups = groupsOf(node);
  if (!groups)
    return tl::unexpected(groups.error());
  const Dimension inputs = transposed ? w[0] : times(w[1], *groups), outputs = transposed ? times(w[1], *groups) : w[0];
  if (auto checked = checkChannels(in, node, inputs); !checked)
    return tl::unexpected(checked.error());
  if (auto checked = in.requireShape(node, 2, "B", {outputs}); !checked)
    return tl::unexpected(checked.error());
  if (w[0].size >= 0 && w[0].size % *groups != 0)
    return fail("{}: W has shape {}, whose {} {} {} groups do not divide", node.text(), shapeText(w), w[0].size,
                transposed ? "inputs" : "outputs", *groups);
  auto windows = windowsOf(node, x, {w.begin() + 2, w.end()});
  if (!windows)
    return tl::unexpected(windows.error());
  return Convolution{std::move(*windows), outputs};
}

} // namespace

Expected<void> inferConv(Inference &in, Node &node) {
  const Shape x = in.info(node.inputs[0]).shape;
  const auto convolution = convolutionOf(in, node, false);
  if (!convolution)
    return tl::unexpected(convolution.error());
  const Windows &windows = convolution->windows;
  Shape shape{x[0], convolution->channels};
  for (size_t i = 0; i < windows.kernel.size(); ++i) {
    auto positions = positionsOf(node, windows, x, i);
    if (!positions)
      return tl::unexpected(positions.error());
    shape.push_back(std::move(*positions));
  }
  in.keep(node, ElementType::Float32, std::move(shape));
  return {};
}

Expected<void> inferConvTranspose(Inference &in, Node &node) {
  const Shape x = in.info(node.inputs[0]).shape;
  const auto convolution = convolutionOf(in, node, true);
  if (!convolution)
    return tl::unexpected(convolution.error());
  const Windows &windows = convolution->windows;
  const size_t rank = windows.kernel.size();
  const auto added = listOf(node, "output_padding", rank, 0, 0), wanted = listOf(node, "output_shape", rank, 0, 0);
  for (const auto *list : {&added, &wanted})
    if (!*list)
      return tl::unexpected(list->error());
  Shape shape{x[0], convolution->channels};
  for (size_t i = 0; i < rank; ++i) {
    const Dimension &dim = x[i + 2];
    if (node.has("output_shape"))
      shape.push_back(sizeOf((*wanted)[i]));
    else if (dim.size < 0)
      shape.push_back(unknown());
    else if (windows.same())
      shape.push_back(sizeOf(dim.size * windows.strides[i]));
    else
      shape.push_back(sizeOf(dim.size == 0 ? -windows.padding(i)
                                           : windows.strides[i] * (dim.size - 1) + (*added)[i] + windows.extent(i) - windows.padding(i)));
    if (shape.back().symbol.empty() && shape.back().size < 0)
      return fail("{}: the output would have {} elements along dimension {}; smaller pads are supported", node.text(), shape.back().size,
                  i + 2);
  }
  in.keep(node, ElementType::Float32, std::move(shape));
  return {};
}

Expected<void> inferPool(Inference &in, Node &node) {
  const TensorInfo x = in.info(node.inputs[0]);
  const bool small = node.op == "MaxPool" && (x.type == ElementType::Int8 || x.type == ElementType::UInt8);
  if (x.type != ElementType::Float32 && !small)
    return fail("{}: input \"{}\" is {}; {} is supported", node.text(), node.inputs[0], elementTypeName(x.type),
                node.op == "MaxPool" ? "float32, int8 or uint8" : "float32");
  if (!node.has("kernel_shape"))
    return fail("{}: attribute \"kernel_shape\" is missing", node.text());
  const auto windows = windowsOf(node, x.shape, {});
  if (!windows)
    return tl::unexpected(windows.error());
  Shape shape{x.shape[0], x.shape[1]};
  for (size_t i = 0; i < windows->kernel.size(); ++i) {
    auto positions = positionsOf(node, *windows, x.shape, i);
    if (!positions)
      return tl::unexpected(positions.error());
    shape.push_back(std::move(*positions));
  }
  in.keep(node, {{.type = x.type, .shape = shape, .dims = {}, .zeros = false},
                 {.type = ElementType::Int64, .shape = shape, .dims = {}, .zeros = false}});
  return {};
}

Expected<void> inferGlobalPool(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  const Shape &x = in.info(node.inputs[0]).shape;
  if (x.size() < 3)
    return fail("{}: X has shape {}; rank 3 or more is expected", node.text(), shapeText(x));
  Shape shape(x.size(), sizeOf(1));
  std::copy_n(x.begin(), 2, shape.begin());
  in.keep(node, ElementType::Float32, std::move(shape));
  return {};
}

} // namespace softdpu::onnx_import
