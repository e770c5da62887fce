//===- MatrixMultiply.cpp - MatMul and Gemm ----------------------------------------------===//

#include "Operators.h"
#include "Sgemm.h"
#include "Strided.h"

#include <cstring>

namespace softdpu::cpu {

Results matMul(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  const Tensor &a = call.input(0), &b = call.input(1);
  if (a.shape.empty() || b.shape.empty())
    return fail("inputs are {} and {}; neither may be a scalar", describe(a), describe(b));
  // As numpy: a vector on the left is a row, on the right a column, and that dimension does not appear in the result.
  std::vector<int64_t> shapeA = a.shape, shapeB = b.shape;
  if (a.shape.size() == 1)
    shapeA.insert(shapeA.begin(), 1);
  if (b.shape.size() == 1)
    shapeB.push_back(1);
  const Sgemm product{.m = shapeA[shapeA.size() - 2], .n = shapeB.back(), .k = shapeA.back()};
  if (shapeB[shapeB.size() - 2] != product.k)
    return fail("{} times {}: the inner dimensions differ", shapeText(a.shape), shapeText(b.shape));

  const auto batchA = std::span(shapeA).first(shapeA.size() - 2), batchB = std::span(shapeB).first(shapeB.size() - 2);
  const auto batch = broadcastShape(batchA, batchB);
  if (!batch)
    return tl::unexpected(batch.error());
  std::vector<int64_t> shape = *batch;
  if (a.shape.size() > 1)
    shape.push_back(product.m);
  if (b.shape.size() > 1)
    shape.push_back(product.n);
  auto result = makeTensor(ElementType::Float32, std::move(shape));
  if (!result || result->data.empty())
    return one(std::move(result));

  const float *dataA = values<float>(a).data(), *dataB = values<float>(b).data();
  const std::span<float> out = values<float>(*result);
  if (batchB.empty()) { // One matrix for all: a single product.
    Sgemm all = product;
    all.m = int64_t(out.size()) / product.n;
    all(dataA, dataB, out.data());
    return one(std::move(result));
  }
  const auto stridesA = broadcastStrides(batchA, *batch), stridesB = broadcastStrides(batchB, *batch);
  Odometer<2> position(*batch, {stridesA, stridesB});
  for (size_t begin = 0; begin < out.size(); begin += size_t(product.m * product.n), position.advance())
    product(dataA + position.offsets[0] * product.m * product.k, dataB + position.offsets[1] * product.k * product.n, &out[begin]);
  return one(std::move(result));
}

Results gemm(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  const Tensor &a = call.input(0), &b = call.input(1), *c = call.optional(2);
  if (a.shape.size() != 2 || b.shape.size() != 2)
    return fail("inputs are {} and {}; both must be matrices", describe(a), describe(b));
  const bool transposeA = call.attribute<int64_t>("transA", 0) != 0, transposeB = call.attribute<int64_t>("transB", 0) != 0;
  Sgemm product{.m = a.shape[transposeA],
                .n = b.shape[!transposeB],
                .k = a.shape[!transposeA],
                .transposeA = transposeA,
                .transposeB = transposeB,
                .alpha = call.attribute<float>("alpha", 1)};
  if (b.shape[transposeB] != product.k)
    return fail("{}{} times {}{}: the inner dimensions differ", shapeText(a.shape), transposeA ? "^T" : "", shapeText(b.shape),
                transposeB ? "^T" : "");
  Expected<Tensor> result = makeTensor(ElementType::Float32, {product.m, product.n});
  if (result && c) {
    const auto shape = broadcastShape(c->shape, result->shape);
    if (!shape || *shape != result->shape)
      return fail("C is {}, which does not broadcast to {}", describe(*c), shapeText(result->shape));
    result = copyStrided(*c, result->shape, broadcastStrides(c->shape, result->shape));
    product.beta = call.attribute<float>("beta", 1);
  }
  if (result)
    product(values<float>(a).data(), values<float>(b).data(), values<float>(*result).data());
  return one(std::move(result));
}

} // namespace softdpu::cpu
