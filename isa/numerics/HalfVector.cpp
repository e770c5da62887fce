//===- HalfVector.cpp - float16 operations on whole vectors ------------------------------===//

#include "softdpu/numerics/HalfVector.h"
#include "HalfArithmetic.h"

#include <cstddef>

namespace softdpu {
namespace {

template <typename Op> void combine(std::span<Half> x, std::span<const Half> y, Op op) {
  Half *out = x.data();
  const Half *in = y.data();
  for (size_t i = 0, size = x.size(); i < size; ++i)
    out[i] = op(out[i], in[i]);
}

template <typename From, typename To, typename Op> void convert(std::span<const From> x, std::span<To> to, Op op) {
  const From *in = x.data();
  To *out = to.data();
  for (size_t i = 0, size = x.size(); i < size; ++i)
    out[i] = op(in[i]);
}

template <typename Op> void apply(std::span<Half> x, Op op) {
  for (Half &value : x)
    value = op(value);
}

} // namespace

void fromFloats(std::span<const float> x, std::span<Half> to) { convert(x, to, arithmetic::fromFloat); }
void toFloats(std::span<const Half> x, std::span<float> to) { convert(x, to, arithmetic::toFloat); }

void addTo(std::span<Half> x, std::span<const Half> y) { combine(x, y, arithmetic::add); }
void subtractFrom(std::span<Half> x, std::span<const Half> y) { combine(x, y, arithmetic::subtract); }
void subtractReversed(std::span<Half> x, std::span<const Half> y) {
  combine(x, y, [](Half a, Half b) { return arithmetic::subtract(b, a); });
}
void multiplyBy(std::span<Half> x, std::span<const Half> y) { combine(x, y, arithmetic::multiply); }
void maxWith(std::span<Half> x, std::span<const Half> y) { combine(x, y, arithmetic::max); }
void minWith(std::span<Half> x, std::span<const Half> y) { combine(x, y, arithmetic::min); }

void applyRelu(std::span<Half> x) { apply(x, arithmetic::relu); }
void applySigmoid(std::span<Half> x) { apply(x, sigmoid); }
void applyOneMinusSigmoid(std::span<Half> x) { apply(x, oneMinusSigmoid); }
void applyTanh(std::span<Half> x) { apply(x, tanh); }

} // namespace softdpu
