//===- Convolution.cpp - Conv and ConvTranspose ------------------------------------------===//
//
// As matrix products (by oneDNN): what each tap of the kernel reads becomes a row of a matrix. A transposed convolution goes the same way
// back.
//
//===-------------------------------------------------------------------------------------===//

#include "Operators.h"
#include "Sgemm.h"
#include "Window.h"

namespace softdpu::cpu {
namespace {

struct Layers {
  int64_t batch, inputs, outputs, groups; ///< Channels of all groups.
};

/// Checks X, W and B. \param transposed W is [inputs, outputs / groups, ...], else [outputs, inputs / groups, ...].
Expected<Layers> layersOf(const Call &call, bool transposed) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  const Tensor &x = call.input(0), &w = call.input(1), *bias = call.optional(2);
  if (x.shape.size() < 3 || x.shape.size() != w.shape.size())
    return fail("X is {} and W {}; equal ranks of 3 or more are expected", describe(x), describe(w));
  Layers layers{.batch = x.shape[0], .inputs = x.shape[1], .outputs = 0, .groups = call.attribute<int64_t>("group", 1)};
  constexpr int64_t mostGroups = int64_t(1) << 30;
  if (layers.groups < 1 || layers.groups > mostGroups || layers.inputs % layers.groups != 0 || w.shape[0] % layers.groups != 0)
    return fail("X is {} and W {}, which {} groups do not divide", describe(x), describe(w), layers.groups);
  layers.outputs = transposed ? w.shape[1] * layers.groups : w.shape[0];
  const int64_t found = transposed ? w.shape[0] : w.shape[1], expected = transposed ? layers.inputs : layers.inputs / layers.groups;
  if (found != expected)
    return fail("W is {} for {} input channels in {} groups; dimension {} must be {}", describe(w), layers.inputs, layers.groups,
                transposed ? 0 : 1, expected);
  if (bias && bias->shape != std::vector<int64_t>{layers.outputs})
    return fail("B is {}; float32 [{}] is expected", describe(*bias), layers.outputs);
  return layers;
}

std::span<const int64_t> spatial(const Tensor &tensor) { return std::span(tensor.shape).subspan(2); }

/// The result, filled with the bias. \param plane elements of one channel.
Expected<Tensor> biased(const Call &call, const Layers &layers, std::vector<int64_t> shape, int64_t plane) {
  auto result = makeTensor(ElementType::Float32, std::move(shape));
  if (const Tensor *bias = call.optional(2); result && bias)
    for (size_t i = 0; i < size_t(layers.batch * layers.outputs); ++i)
      std::ranges::fill(values<float>(*result).subspan(i * size_t(plane), size_t(plane)), values<float>(*bias)[i % size_t(layers.outputs)]);
  return result;
}

} // namespace

Results convolution(const Call &call) {
  const auto layers = layersOf(call, false);
  if (!layers)
    return tl::unexpected(layers.error());
  const Tensor &x = call.input(0), &w = call.input(1);
  const auto window = Window::of(call, spatial(x), spatial(w), false);
  if (!window)
    return tl::unexpected(window.error());
  std::vector<int64_t> shape{layers->batch, layers->outputs};
  for (const WindowAxis &axis : window->present())
    shape.push_back(axis.positions);
  auto result = biased(call, *layers, shape, window->positions());
  const int64_t depth = layers->inputs / layers->groups, taps = window->taps(), sizes = window->sizes(), positions = window->positions();
  auto columns = makeTensor(ElementType::Float32, {window->isIdentity() ? 0 : depth, taps, positions});
  if (!result || !columns)
    return tl::unexpected((result ? columns : result).error());

  const Sgemm product{.m = layers->outputs / layers->groups, .n = positions, .k = depth * taps, .beta = 1};
  for (int64_t image = 0; image < layers->batch; ++image)
    for (int64_t group = 0; group < layers->groups; ++group) {
      const float *data = values<float>(x).data() + (image * layers->inputs + group * depth) * sizes, *matrix = data;
      if (!window->isIdentity()) {
        float *row = values<float>(*columns).data(); // Padding is zero, in the same places for every group and image.
        matrix = row;
        for (int64_t channel = 0; channel < depth; ++channel)
          for (int64_t tap = 0; tap < taps; ++tap, row += positions)
            window->forEach(tap, [&](int64_t position, int64_t element) { row[position] = data[channel * sizes + element]; });
      }
      product(values<float>(w).data() + group * product.m * product.k, matrix,
              values<float>(*result).data() + (image * layers->outputs + group * product.m) * positions);
    }
  return one(std::move(result));
}

Results transposedConvolution(const Call &call) {
  const auto layers = layersOf(call, true);
  if (!layers)
    return tl::unexpected(layers.error());
  const Tensor &x = call.input(0), &w = call.input(1);
  const auto window = Window::ofTransposed(call, spatial(x), spatial(w));
  if (!window)
    return tl::unexpected(window.error());
  std::vector<int64_t> shape{layers->batch, layers->outputs};
  for (const WindowAxis &axis : window->present())
    shape.push_back(axis.size);
  auto result = biased(call, *layers, shape, window->sizes());
  const int64_t depth = layers->inputs / layers->groups, width = layers->outputs / layers->groups, taps = window->taps(),
                positions = window->positions(), sizes = window->sizes();
  auto columns = makeTensor(ElementType::Float32, {width, taps, positions});
  if (!result || !columns)
    return tl::unexpected((result ? columns : result).error());

  const Sgemm product{.m = width * taps, .n = positions, .k = depth, .transposeA = true};
  for (int64_t image = 0; image < layers->batch; ++image)
    for (int64_t group = 0; group < layers->groups; ++group) {
      const float *row = values<float>(*columns).data();
      product(values<float>(w).data() + group * depth * product.m,
              values<float>(x).data() + (image * layers->inputs + group * depth) * positions, values<float>(*columns).data());
      float *data = values<float>(*result).data() + (image * layers->outputs + group * width) * sizes;
      for (int64_t channel = 0; channel < width; ++channel, data += sizes)
        for (int64_t tap = 0; tap < taps; ++tap, row += positions)
          window->forEach(tap, [&](int64_t position, int64_t element) { data[element] += row[position]; });
    }
  return one(std::move(result));
}

} // namespace softdpu::cpu
