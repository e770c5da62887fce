//===- Half.h - float16 as the DPU computes it -------------------------------------------===//
//
// Round to nearest even, subnormals flushed to zero (keeping no sign), no infinities and NaNs: results beyond the range saturate
// at +/-65504. Every engine calls these functions; the RTL is proven against them bit for bit.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <cstdint>

namespace softdpu {

/// An extension that clang and g++ share.
__extension__ typedef __int128 Int128;

/// A float16 bit pattern. Inside the DPU it is +0, or normal: never a subnormal, infinity, NaN or -0.
struct Half {
  uint16_t bits = 0;
  bool operator==(const Half &) const = default;
};

/// Rounds to nearest even; flushes |value| that rounds below 2^-14 to +0; saturates. \param value finite.
Half halfFromFloat(float value);
/// Exact.
float halfToFloat(Half value);

Half add(Half a, Half b);
/// a - b
Half subtract(Half a, Half b);
Half multiply(Half a, Half b);
Half max(Half a, Half b);
Half min(Half a, Half b);

Half relu(Half x);
Half sigmoid(Half x);
/// sigmoid(-x), which is 1 - sigmoid(x) exactly.
Half oneMinusSigmoid(Half x);
Half tanh(Half x);

/// `sum` * 2^`scale` rounded once to float16, as the MVM does. \param scale -256..255.
Half roundToHalf(Int128 sum, int scale);

} // namespace softdpu
