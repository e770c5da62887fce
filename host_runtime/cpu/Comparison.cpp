//===- Comparison.cpp - Comparison, logic and choice -------------------------------------===//
//
// Truth values are ONNX's bool: a byte that is 0 or 1.
//
//===-------------------------------------------------------------------------------------===//

#include "Broadcast.h"
#include "ElementTypes.h"
#include "Operators.h"

#include <cstring>
#include <functional>

namespace softdpu::cpu {
namespace {

template <typename F> Results compare(const Call &call, F f) {
  return Numbers::of(call, [&]<typename T>(T) { return one(combine<T, bool>(call.input(0), call.input(1), f)); });
}

template <typename F> Results logic(const Call &call, F f) {
  const Tensor &a = call.input(0), &b = call.input(1);
  if (a.type != ElementType::Bool || b.type != ElementType::Bool)
    return fail("inputs are {} and {}; both must be bool", describe(a), describe(b));
  return one(combine<uint8_t, bool>(a, b, f));
}

} // namespace

Results equal(const Call &call) {
  if (call.input(0).type == ElementType::Bool)
    return logic(call, [](uint8_t a, uint8_t b) { return (a != 0) == (b != 0); });
  return compare(call, std::equal_to<>());
}
Results greater(const Call &call) { return compare(call, std::greater<>()); }
Results greaterOrEqual(const Call &call) { return compare(call, std::greater_equal<>()); }
Results less(const Call &call) { return compare(call, std::less<>()); }
Results lessOrEqual(const Call &call) { return compare(call, std::less_equal<>()); }

Results logicalAnd(const Call &call) {
  return logic(call, [](uint8_t a, uint8_t b) { return a && b; });
}
Results logicalOr(const Call &call) {
  return logic(call, [](uint8_t a, uint8_t b) { return a || b; });
}
Results logicalXor(const Call &call) {
  return logic(call, [](uint8_t a, uint8_t b) { return !a != !b; });
}
Results logicalNot(const Call &call) {
  Tensor result = call.input(0);
  if (result.type != ElementType::Bool)
    return fail("input is {}; it must be bool", describe(result));
  for (uint8_t &value : values<uint8_t>(result))
    value = !value;
  return one(std::move(result));
}

Results where(const Call &call) {
  const Tensor &condition = call.input(0), &a = call.input(1), &b = call.input(2);
  if (condition.type != ElementType::Bool || a.type != b.type)
    return fail("inputs are {}, {} and {}; a bool and two of equal type are expected", describe(condition), describe(a), describe(b));
  const auto both = broadcastShape(a.shape, b.shape);
  const auto shape = both ? broadcastShape(condition.shape, *both) : both;
  if (!shape)
    return tl::unexpected(shape.error());
  auto result = makeTensor(a.type, *shape);
  if (!result || result->data.empty())
    return one(std::move(result));
  const auto strides = broadcastStrides(condition.shape, *shape), stridesA = broadcastStrides(a.shape, *shape),
             stridesB = broadcastStrides(b.shape, *shape);
  Odometer<3> position(*shape, {strides, stridesA, stridesB});
  const size_t size = elementSize(a.type);
  for (std::byte *to = result->data.data(), *end = to + result->data.size(); to != end; to += size, position.advance()) {
    const bool first = values<uint8_t>(condition)[size_t(position.offsets[0])] != 0;
    const std::byte *from = first ? &a.data[size_t(position.offsets[1]) * size] : &b.data[size_t(position.offsets[2]) * size];
    std::memcpy(to, from, size);
  }
  return one(std::move(result));
}

} // namespace softdpu::cpu
