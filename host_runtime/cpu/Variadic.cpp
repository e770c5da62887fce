//===- Variadic.cpp - Any number of operands, element by element -------------------------===//
//
// Max, Min, Sum, Mean and Clip. NaN among the operands gives NaN.
//
//===-------------------------------------------------------------------------------------===//

#include "Broadcast.h"
#include "ElementTypes.h"
#include "Extremes.h"
#include "Operators.h"

#include <functional>

namespace softdpu::cpu {
namespace {

/// f(f(in0, in1), in2) ...
template <typename T, typename F> Results foldInputs(const Call &call, F f) {
  Expected<Tensor> result = call.input(0);
  for (size_t i = 1; result && i < call.inputCount(); ++i)
    result = combine<T>(*result, call.input(i), f);
  return one(std::move(result));
}

} // namespace

Results maximum(const Call &call) {
  return Numbers::of(call, [&]<typename T>(T) { return foldInputs<T>(call, larger<T>); });
}
Results minimum(const Call &call) {
  return Numbers::of(call, [&]<typename T>(T) { return foldInputs<T>(call, smaller<T>); });
}

Results sum(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  return foldInputs<float>(call, std::plus<float>());
}
Results mean(const Call &call) {
  Results result = sum(call);
  if (result)
    for (float &value : values<float>(result->front()))
      value /= float(call.inputCount());
  return result;
}

Results clip(const Call &call) {
  for (const size_t i : {1, 2})
    if (const Tensor *bound = call.optional(i); bound && (bound->type != call.input(0).type || elements(*bound) != 1))
      return fail("input {} is {}; one number of type {} is expected", i, describe(*bound), elementTypeName(call.input(0).type));
  Tensor result = call.input(0);
  if (!Numbers::contain(result.type))
    return fail("input is {}; it must be {}", describe(result), Numbers::text());
  return Numbers::run(result.type, [&]<typename T>(T) -> Results {
    const Tensor *low = call.optional(1), *high = call.optional(2);
    for (T &value : values<T>(result)) {
      if (low)
        value = larger(value, values<T>(*low)[0]);
      if (high)
        value = smaller(value, values<T>(*high)[0]);
    }
    return one(std::move(result));
  });
}

} // namespace softdpu::cpu
