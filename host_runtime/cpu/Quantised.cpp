//===- Quantised.cpp - Between float32 and eight-bit integers, and products of those -----===//
//
// Rounding is to nearest even, then the zero point is added, then the result saturates. Integer products are exact: int32 sums that wrap.
//
//===-------------------------------------------------------------------------------------===//

#include "BatchedProduct.h"
#include "ElementTypes.h"
#include "Extremes.h"
#include "Operators.h"

#include <cmath>

namespace softdpu::cpu {
namespace {

using Bytes = ElementTypes<uint8_t, int8_t>;

/// round(x / scale) + zero point, in T.
template <typename T> T quantised(float x, float scale, int32_t zeroPoint) {
  const double value = double(std::nearbyint(x / scale)) + zeroPoint;
  return T(std::clamp(value, double(std::numeric_limits<T>::min()), double(std::numeric_limits<T>::max())));
}

/// The elements of an int8, uint8 or int32 tensor, as int32.
std::vector<int32_t> widened(const Tensor &tensor) {
  std::vector<int32_t> result;
  static_cast<void>(ElementTypes<uint8_t, int8_t, int32_t>::run(tensor.type, [&]<typename T>(T) -> Results {
    result.assign(values<T>(tensor).begin(), values<T>(tensor).end());
    return std::vector<Tensor>();
  }));
  return result;
}

/// Scale and zero point of each element of a tensor: one for all, or one for each index of an axis.
class Scaling {
public:
  /// From inputs `scale` and `zeroPoint` (which may be absent); `type` is that of the integers.
  static Expected<Scaling> of(const Call &call, const Tensor &data, size_t scale, size_t zeroPoint, ElementType type) {
    const Tensor &scales = call.input(scale), *zeros = call.optional(zeroPoint);
    if (scales.type != ElementType::Float32)
      return fail("the scale is {}; float32 is supported", describe(scales));
    if (zeros && (zeros->type != type || elements(*zeros) != elements(scales)))
      return fail("the zero point is {} for the scale {} and integers of type {}; equal types and sizes are expected", describe(*zeros),
                  describe(scales), elementTypeName(type));
    Scaling result;
    if (elements(scales) != 1 || scales.shape.size() > 1) {
      const auto axis = normaliseAxis(call.attribute<int64_t>("axis", 1), data.shape.size());
      if (!axis)
        return tl::unexpected(axis.error());
      if (scales.shape != std::vector<int64_t>{data.shape[*axis]})
        return fail("the scale is {}; one number, or {} for dimension {}, is supported", describe(scales), data.shape[*axis], *axis);
      result.inner = uint64_t(rowMajorStrides(data.shape)[*axis]);
    }
    result.scales.assign(values<float>(scales).begin(), values<float>(scales).end());
    result.zeros = zeros ? widened(*zeros) : std::vector<int32_t>(result.scales.size(), 0);
    for (const float value : result.scales)
      if (!(value > 0) || std::isinf(value))
        return fail("a scale is {}; positive numbers are supported", value);
    return result;
  }

  /// Which of the scales is that of element `i`.
  size_t indexOf(size_t i) const { return scales.size() == 1 ? 0 : i / inner % scales.size(); }

  std::vector<float> scales;
  std::vector<int32_t> zeros;

private:
  uint64_t inner = 1;
};

/// float32 or int32 to T; NaN is an error.
template <typename T> Results quantiseAll(const Tensor &data, const Scaling &scaling) {
  auto result = makeTensor(elementTypeOf<T>(), data.shape);
  if (!result)
    return one(std::move(result));
  const bool floats = data.type == ElementType::Float32;
  for (size_t i = 0; i < elements(data); ++i) {
    const float x = floats ? values<float>(data)[i] : float(values<int32_t>(data)[i]);
    if (isNan(x))
      return fail("element {} is NaN, which no integer stands for", i);
    const size_t at = scaling.indexOf(i);
    values<T>(*result)[i] = quantised<T>(x, scaling.scales[at], scaling.zeros[at]);
  }
  return one(std::move(result));
}

/// `tensor` minus its zero points, as int16. \param zeros one number, or one for each row (\param perRow) or column of the matrices of
/// `cols` columns.
std::vector<int16_t> shifted(const Tensor &tensor, std::span<const int32_t> zeros, bool perRow, int64_t cols) {
  std::vector<int16_t> result;
  const std::vector<int32_t> wide = widened(tensor);
  result.reserve(wide.size());
  for (size_t i = 0; i < wide.size(); ++i) {
    const size_t at = zeros.size() == 1 ? 0 : (perRow ? i / size_t(cols) : i % size_t(cols)) % zeros.size();
    result.push_back(int16_t(wide[i] - zeros[at]));
  }
  return result;
}

/// Zero points of a factor: absent for 0, one number, or `count`.
Expected<std::vector<int32_t>> zeroPoints(const Call &call, size_t index, const Tensor &factor, int64_t count) {
  const Tensor *zeros = call.optional(index);
  if (!zeros)
    return std::vector<int32_t>{0};
  if (zeros->type != factor.type || (elements(*zeros) != 1 && int64_t(elements(*zeros)) != count))
    return fail("input {} (a zero point) is {}; {} of one number or {} is expected", index, describe(*zeros), elementTypeName(factor.type),
                count);
  return widened(*zeros);
}

/// The exact product of two tensors of bytes, less their zero points (inputs `zeroA` and `zeroB` of the call).
Expected<Tensor> multiply(const Call &call, const Tensor &a, size_t zeroA, const Tensor &b, size_t zeroB) {
  for (const Tensor *each : {&a, &b})
    if (!Bytes::contain(each->type))
      return fail("inputs are {} and {}; both must be {}", describe(a), describe(b), Bytes::text());
  const auto product = BatchedProduct::of(a, b);
  if (!product)
    return tl::unexpected(product.error());
  const auto zerosA = zeroPoints(call, zeroA, a, product->m), zerosB = zeroPoints(call, zeroB, b, product->n);
  if (!zerosA || !zerosB)
    return tl::unexpected((zerosA ? zerosB : zerosA).error());
  auto result = makeTensor(ElementType::Int32, product->shape);
  if (!result || result->data.empty() || product->k == 0)
    return result;
  const auto left = shifted(a, *zerosA, true, product->k), right = shifted(b, *zerosB, false, product->n);
  const auto m = size_t(product->m), n = size_t(product->n), k = size_t(product->k);
  std::vector<int16_t> column(k);
  product->forEach(*result, [&](int64_t atA, int64_t atB, int64_t atC) {
    int32_t *out = values<int32_t>(*result).data() + atC;
    for (size_t j = 0; j < n; ++j) {
      for (size_t i = 0; i < k; ++i)
        column[i] = right[size_t(atB) + i * n + j];
      for (size_t row = 0; row < m; ++row) {
        const int16_t *from = &left[size_t(atA) + row * k];
        uint32_t sum = 0;
        for (size_t i = 0; i < k; ++i)
          sum += uint32_t(int32_t(from[i]) * column[i]);
        out[row * n + j] = int32_t(sum);
      }
    }
  });
  return result;
}

} // namespace

Results quantizeLinear(const Call &call) {
  const Tensor &data = call.input(0), *zero = call.optional(2);
  if (data.type != ElementType::Float32 && data.type != ElementType::Int32)
    return fail("input is {}; it must be float32 or int32", describe(data));
  const ElementType type = zero ? zero->type : ElementType::UInt8;
  if (!Bytes::contain(type))
    return fail("the zero point is {}; it must be {}", describe(*zero), Bytes::text());
  const auto scaling = Scaling::of(call, data, 1, 2, type);
  if (!scaling)
    return tl::unexpected(scaling.error());
  return Bytes::run(type, [&]<typename T>(T) { return quantiseAll<T>(data, *scaling); });
}

Results dequantizeLinear(const Call &call) {
  const Tensor &data = call.input(0);
  if (!Bytes::contain(data.type) && data.type != ElementType::Int32)
    return fail("input is {}; it must be uint8, int8 or int32", describe(data));
  const auto scaling = Scaling::of(call, data, 1, 2, data.type);
  auto result = scaling ? makeTensor(ElementType::Float32, data.shape) : tl::unexpected(scaling.error());
  if (!result)
    return one(std::move(result));
  const auto integers = widened(data);
  for (size_t i = 0; i < integers.size(); ++i) {
    const size_t at = scaling->indexOf(i);
    values<float>(*result)[i] = float(int64_t(integers[i]) - scaling->zeros[at]) * scaling->scales[at];
  }
  return one(std::move(result));
}

Results dynamicQuantizeLinear(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  const Tensor &data = call.input(0);
  float low = 0, high = 0;
  for (const float x : values<float>(data)) {
    low = smaller(low, x);
    high = larger(high, x);
  }
  // Nothing but zeros has no range: any scale stands for it.
  const float scale = low == high ? 1 : (high - low) / 255;
  if (!std::isfinite(scale) || scale == 0)
    return fail("input has the range {} to {}, which a float32 scale does not cover", low, high);
  Scaling scaling;
  scaling.scales = {scale};
  scaling.zeros = {quantised<uint8_t>(-low, scale, 0)};
  auto result = quantiseAll<uint8_t>(data, scaling);
  if (!result)
    return result;
  result->push_back(tensorOf<float>({}, {scale}));
  result->push_back(tensorOf<uint8_t>({}, {uint8_t(scaling.zeros[0])}));
  return result;
}

Results matMulInteger(const Call &call) { return one(multiply(call, call.input(0), 2, call.input(1), 3)); }

// Inputs: a, its scale and zero point; b, the same; scale and zero point of y.
Results qLinearMatMul(const Call &call) {
  const Tensor &a = call.input(0), &b = call.input(3), &zero = call.input(7);
  for (const size_t i : {1, 4, 6})
    if (call.input(i).type != ElementType::Float32 || elements(call.input(i)) != 1)
      return fail("input {} (a scale) is {}; one float32 is supported", i, describe(call.input(i)));
  if (!Bytes::contain(zero.type) || elements(zero) != 1)
    return fail("input 7 (the zero point of y) is {}; one {} is supported", describe(zero), Bytes::text());
  const auto scale = [&](size_t i) { return values<float>(call.input(i))[0]; };
  const auto sums = multiply(call, a, 2, b, 5);
  if (!sums)
    return tl::unexpected(sums.error());
  const double factor = double(scale(1)) * double(scale(4)) / double(scale(6));
  if (!(factor > 0) || std::isinf(factor))
    return fail("the scales are {}, {} and {}; positive numbers are supported", scale(1), scale(4), scale(6));
  const int32_t zeroPoint = widened(zero)[0];
  return Bytes::run(zero.type, [&]<typename T>(T) {
    auto result = makeTensor(zero.type, sums->shape);
    if (result)
      std::ranges::transform(values<int32_t>(*sums), values<T>(*result).begin(), [&](int32_t sum) {
        return T(std::clamp(std::nearbyint(sum * factor) + zeroPoint, double(std::numeric_limits<T>::min()),
                            double(std::numeric_limits<T>::max())));
      });
    return one(std::move(result));
  });
}

} // namespace softdpu::cpu
