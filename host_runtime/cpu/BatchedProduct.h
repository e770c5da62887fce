//===- BatchedProduct.h - The shapes of a product of batches of matrices -----------------===//

#pragma once

#include "Strided.h"

namespace softdpu::cpu {

/// A times B in the way of numpy: a vector on the left is a row, on the right a column, and that dimension is not in the result.
struct BatchedProduct {
  int64_t m = 0, n = 0, k = 0;
  std::vector<int64_t> batchA, batchB, batch; ///< Dimensions before the matrices; the first two broadcast to the third.
  std::vector<int64_t> shape;                 ///< Of the result.

  /// An error naming the shapes, unless they can be multiplied.
  static Expected<BatchedProduct> of(const Tensor &a, const Tensor &b);

  /// f(a, b, c): where the matrices of each pair and their product begin, in elements. \param c has elements.
  template <typename F> void forEach(const Tensor &c, F f) const {
    const auto stridesA = broadcastStrides(batchA, batch), stridesB = broadcastStrides(batchB, batch);
    Odometer<2> position(batch, {stridesA, stridesB});
    for (int64_t begin = 0, end = int64_t(elements(c)); begin < end; begin += m * n, position.advance())
      f(position.offsets[0] * m * k, position.offsets[1] * k * n, begin);
  }
};

} // namespace softdpu::cpu
