//===- HalfVector.h - float16 operations on whole vectors --------------------------------===//
//
// Element by element the functions of Half.h, in loops that compilers vectorise.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/numerics/Half.h"

#include <span>

namespace softdpu {

/// to[i] = halfFromFloat(x[i]). \param to as long as x.
void fromFloats(std::span<const float> x, std::span<Half> to);
/// to[i] = halfToFloat(x[i]). \param to as long as x.
void toFloats(std::span<const Half> x, std::span<float> to);

/// x[i] = x[i] op y[i]. \param y as long as x.
void addTo(std::span<Half> x, std::span<const Half> y);
void subtractFrom(std::span<Half> x, std::span<const Half> y);     ///< x - y
void subtractReversed(std::span<Half> x, std::span<const Half> y); ///< y - x
void multiplyBy(std::span<Half> x, std::span<const Half> y);
void maxWith(std::span<Half> x, std::span<const Half> y);
void minWith(std::span<Half> x, std::span<const Half> y);

/// x[i] = f(x[i]).
void applyRelu(std::span<Half> x);
void applySigmoid(std::span<Half> x);
void applyOneMinusSigmoid(std::span<Half> x);
void applyTanh(std::span<Half> x);

} // namespace softdpu
