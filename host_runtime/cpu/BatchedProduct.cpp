//===- BatchedProduct.cpp - The shapes of a product of batches of matrices ---------------===//

#include "BatchedProduct.h"

namespace softdpu::cpu {

Expected<BatchedProduct> BatchedProduct::of(const Tensor &a, const Tensor &b) {
  if (a.shape.empty() || b.shape.empty())
    return fail("inputs are {} and {}; neither may be a scalar", describe(a), describe(b));
  std::vector<int64_t> shapeA = a.shape, shapeB = b.shape;
  if (a.shape.size() == 1)
    shapeA.insert(shapeA.begin(), 1);
  if (b.shape.size() == 1)
    shapeB.push_back(1);
  if (shapeB[shapeB.size() - 2] != shapeA.back())
    return fail("{} times {}: the inner dimensions differ", shapeText(a.shape), shapeText(b.shape));
  BatchedProduct product{.m = shapeA[shapeA.size() - 2],
                         .n = shapeB.back(),
                         .k = shapeA.back(),
                         .batchA = {shapeA.begin(), shapeA.end() - 2},
                         .batchB = {shapeB.begin(), shapeB.end() - 2},
                         .batch = {},
                         .shape = {}};
  auto batch = broadcastShape(product.batchA, product.batchB);
  if (!batch)
    return tl::unexpected(batch.error());
  product.shape = product.batch = std::move(*batch);
  if (a.shape.size() > 1)
    product.shape.push_back(product.m);
  if (b.shape.size() > 1)
    product.shape.push_back(product.n);
  return product;
}

} // namespace softdpu::cpu
