//===- MatrixMultiply.cpp - MatMul and Gemm ----------------------------------------------===//

#include "BatchedProduct.h"
#include "Operators.h"
#include "Sgemm.h"

namespace softdpu::cpu {

Results matMul(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  const Tensor &a = call.input(0), &b = call.input(1);
  const auto product = BatchedProduct::of(a, b);
  if (!product)
    return tl::unexpected(product.error());
  auto result = makeTensor(ElementType::Float32, product->shape);
  if (!result || result->data.empty())
    return one(std::move(result));
  const float *dataA = values<float>(a).data(), *dataB = values<float>(b).data();
  float *out = values<float>(*result).data();
  Sgemm sgemm{.m = product->m, .n = product->n, .k = product->k};
  if (product->batchB.empty()) { // One matrix for all: a single product.
    sgemm.m = int64_t(elements(*result)) / sgemm.n;
    sgemm(dataA, dataB, out);
  } else {
    product->forEach(*result, [&](int64_t atA, int64_t atB, int64_t atC) { sgemm(dataA + atA, dataB + atB, out + atC); });
  }
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
