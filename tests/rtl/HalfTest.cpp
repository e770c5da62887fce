//===- HalfTest.cpp - float16 units of the RTL against isa/numerics ----------------------===//

#include "Halves.h"
#include "Unit.h"

#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Timing.h"

#include "Vactivation.h"
#include "Vhalf_add.h"
#include "Vhalf_multiply.h"

#include <deque>
#include <functional>
#include <gtest/gtest.h>

using namespace softdpu;
using namespace softdpu::rtltest;

namespace {

Half expectedAdd(AddOp op, Half a, Half b) {
  switch (op) {
  case AddOp::None:
    return a;
  case AddOp::Add:
    return add(a, b);
  case AddOp::ASubB:
    return subtract(a, b);
  case AddOp::BSubA:
    return subtract(b, a);
  case AddOp::Max:
    return max(a, b);
  case AddOp::Min:
    return min(a, b);
  }
  return {};
}

Half expectedActivation(ActivationOp op, Half x) {
  switch (op) {
  case ActivationOp::None:
    return x;
  case ActivationOp::Relu:
    return relu(x);
  case ActivationOp::Sigmoid:
    return sigmoid(x);
  case ActivationOp::Tanh:
    return softdpu::tanh(x);
  case ActivationOp::OneMinusSigmoid:
    return oneMinusSigmoid(x);
  }
  return {};
}

/// Feeds a unit one operation per cycle and compares what comes out `latency` cycles later.
template <typename Model, unsigned latency> class Stream {
public:
  Stream() { unit->en_i = (1 << latency) - 1; }

  Unit<Model> unit;
  uint64_t compared = 0;

  /// Inputs of the unit are set. \returns false at a difference.
  bool push(Half expected, uint32_t a, uint32_t b, unsigned op) {
    waiting.push_back({expected, a, b, op});
    unit.tick();
    if (waiting.size() < latency)
      return true;
    const Item item = waiting.front();
    waiting.pop_front();
    ++compared;
    EXPECT_EQ(unit->half_o, item.expected.bits) << std::hex << "operation " << item.op << " of " << item.a << " and " << item.b;
    return unit->half_o == item.expected.bits;
  }

private:
  struct Item {
    Half expected;
    uint32_t a, b;
    unsigned op;
  };
  std::deque<Item> waiting;
};

/// Calls `operate` with all pairs of corners and many random ones.
void forPairs(unsigned random, const std::function<bool(Half, Half)> &operate) {
  const auto corners = cornerHalves();
  for (Half a : corners)
    for (Half b : corners)
      if (!operate(a, b))
        return;
  RandomHalves halves(1);
  for (unsigned i = 0; i < random; ++i) {
    const Half a = halves.any(), b = i % 2 ? halves.any() : halves.near(a);
    if (!operate(a, b))
      return;
  }
}

TEST(HalfAdd, EqualsNumerics) {
  Stream<Vhalf_add, Timing::addLatency> stream;
  unsigned op = 0;
  forPairs(3'000'000, [&](Half a, Half b) {
    op = (op + 1) % 6;
    stream.unit->op_i = uint8_t(op);
    stream.unit->a_i = a.bits;
    stream.unit->b_i = b.bits;
    return stream.push(expectedAdd(AddOp(op), a, b), a.bits, b.bits, op);
  });
  EXPECT_GT(stream.compared, 3'000'000u);
}

TEST(HalfMultiply, EqualsNumerics) {
  Stream<Vhalf_multiply, Timing::multiplyLatency> stream;
  unsigned count = 0;
  forPairs(3'000'000, [&](Half a, Half b) {
    const bool enabled = ++count % 8 != 0;
    stream.unit->multiply_i = enabled;
    stream.unit->a_i = a.bits;
    stream.unit->b_i = b.bits;
    return stream.push(enabled ? multiply(a, b) : a, a.bits, b.bits, enabled);
  });
  EXPECT_GT(stream.compared, 3'000'000u);
}

TEST(Activation, EqualsNumericsOnEveryInput) {
  Stream<Vactivation, Timing::activationLatency> stream;
  for (unsigned op = 0; op <= unsigned(ActivationOp::OneMinusSigmoid); ++op)
    for (uint32_t x = 0; x < 0x10000; ++x) {
      stream.unit->op_i = uint8_t(op);
      stream.unit->x_i = uint16_t(x);
      ASSERT_TRUE(stream.push(expectedActivation(ActivationOp(op), Half{uint16_t(x)}), x, 0, op));
    }
  EXPECT_EQ(stream.compared, 5 * 0x10000u - (Timing::activationLatency - 1));
}

} // namespace
