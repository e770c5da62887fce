//===- ChainTest.cpp - What chains without mv_mul compute --------------------------------===//

#include "Programs.h"

using namespace softdpu;
using namespace softdpu::test;

namespace {

TEST(Chain, AppliesTheUnitsOfEachMfuInOrderAndTapsBeforeTheLast) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  Tail fillAdd = fromNetIn(3), fillMultiply = fromNetIn(3);
  for (unsigned k = 0; k < 3; ++k) {
    Tail &add = fillAdd, &multiply = fillMultiply;
    add.addSub[k] = Write{false, at(uint16_t(k))};
    multiply.multiply[k] = Write{false, at(uint16_t(2 * k))};
  }
  Tail all = fromNetIn();
  all.mfus[0] = {AddOp::Add, at(0), ActivationOp::Tanh, true, at(0)};
  all.mfus[1] = {AddOp::BSubA, at(1), ActivationOp::Sigmoid, true, at(2)};
  all.mfus[2] = {AddOp::ASubB, at(2), ActivationOp::Relu, true, at(4)};
  all.netOut = Write{};
  all.initial = Write{true, at(5)};
  const auto program = (Sequence() << fillAdd << fillMultiply << all << toNetOut(fromInitial(5))).done();

  const HalfBuffer in = randomVectors(arch, 7, 1, 12, 15);
  const auto result = device.run(program, in, {}, {});
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->netOut.size(), 2 * arch.nativeDim);
  auto element = [&](unsigned vector, unsigned i) { return in[size_t(vector) * arch.nativeDim + i]; };
  for (unsigned i = 0; i < arch.nativeDim; ++i) {
    // Three rows were written from entries k and 2k on, so each MFU's operand is the first of them.
    Half x = element(6, i);
    x = multiply(softdpu::tanh(add(x, element(0, i))), element(3, i));
    x = multiply(sigmoid(subtract(element(0, i), x)), element(3, i));
    const Half tap = x;
    x = multiply(relu(subtract(x, element(0, i))), element(3, i));
    EXPECT_EQ(result->netOut[i], x);
    EXPECT_EQ(result->netOut[arch.nativeDim + i], tap);
  }
}

TEST(Chain, KnowsEveryOperation) {
  const Arch arch = testArch();
  const HalfBuffer in = randomVectors(arch, 2, 2);
  struct Case {
    Mfu mfu;
    Half (*expected)(Half, Half);
  };
  const Case cases[] = {
      {{AddOp::Add, at(0), ActivationOp::None, false, {}}, [](Half a, Half b) { return add(a, b); }},
      {{AddOp::ASubB, at(0), ActivationOp::None, false, {}}, [](Half a, Half b) { return subtract(a, b); }},
      {{AddOp::BSubA, at(0), ActivationOp::None, false, {}}, [](Half a, Half b) { return subtract(b, a); }},
      {{AddOp::Max, at(0), ActivationOp::None, false, {}}, [](Half a, Half b) { return softdpu::max(a, b); }},
      {{AddOp::Min, at(0), ActivationOp::None, false, {}}, [](Half a, Half b) { return softdpu::min(a, b); }},
      {{AddOp::None, {}, ActivationOp::Relu, false, {}}, [](Half a, Half) { return relu(a); }},
      {{AddOp::None, {}, ActivationOp::Sigmoid, false, {}}, [](Half a, Half) { return sigmoid(a); }},
      {{AddOp::None, {}, ActivationOp::Tanh, false, {}}, [](Half a, Half) { return softdpu::tanh(a); }},
      {{AddOp::None, {}, ActivationOp::OneMinusSigmoid, false, {}}, [](Half a, Half) { return oneMinusSigmoid(a); }},
      {{AddOp::None, {}, ActivationOp::None, true, at(0)}, [](Half a, Half b) { return multiply(a, b); }},
  };
  for (unsigned k = 0; k < arch.mfus; ++k)
    for (const Case &test : cases) {
      functional::Interpreter device(arch);
      Tail fill = fromNetIn();
      fill.addSub[k] = fill.multiply[k] = Write{false, at(0)};
      Tail operation = toNetOut(fromNetIn());
      operation.mfus[k] = test.mfu;
      const auto result = device.run((Sequence() << fill << operation).done(), in, {}, {});
      ASSERT_TRUE(result) << result.error().message;
      for (unsigned i = 0; i < arch.nativeDim; ++i)
        ASSERT_EQ(result->netOut[i], test.expected(in[arch.nativeDim + i], in[i]));
    }
}

TEST(Chain, MulticastWritesEveryDestinationWithTheSameVector) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  Tail multicast = toInitial(toNetOut(fromNetIn(2)), at(3));
  multicast.addSub[1] = Write{false, at(4)};
  multicast.multiply[2] = Write{false, at(5)};
  Tail doubled = toNetOut(fromInitial(3, 2));
  doubled.mfus[1].add = AddOp::Add;
  doubled.mfus[1].addOperand = at(4);
  doubled.mfus[2].multiply = true;
  doubled.mfus[2].multiplyOperand = at(5);
  const auto result = device.run((Sequence() << multicast << doubled).done(), vectors(arch, 2, 2), {}, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(firstElements(arch, result->netOut), (std::vector<float>{2, 3, 8, 18}));
}

TEST(Chain, RunsBeatAfterBeatEvenIfALaterRowReadsWhatAnEarlierOneWrote) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  const auto program = (Sequence() << toInitial(fromNetIn(), at(0)) << toNetOut(toInitial(fromInitial(0, 5), at(1)))).done();
  const auto result = device.run(program, vectors(arch, 1, 3), {}, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(firstElements(arch, result->netOut), (std::vector<float>{3, 3, 3, 3, 3}));
}

TEST(Chain, MemoriesKeepTheirContentsBetweenRuns) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  ASSERT_TRUE(device.run((Sequence() << toInitial(fromNetIn(), at(2))).done(), vectors(arch, 1, 9), {}, {}));
  const auto result = device.run((Sequence() << toNetOut(fromInitial(2))).done(), {}, {}, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->netOut, vectors(arch, 1, 9));
}

struct Recorder final : Observer {
  struct Seen {
    Event event;
    HalfBuffer result, tap;
  };
  std::vector<Seen> seen;
  void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) override {
    seen.push_back({event, {result.begin(), result.end()}, {tap.begin(), tap.end()}});
  }
};

TEST(Chain, ReportsBeatsAndWriteBacksWithTheirVectors) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  Tail tapped = toNetOut(fromNetIn(2));
  tapped.mfus[2].activation = ActivationOp::Tanh;
  tapped.initial = Write{true, at(0)};
  Recorder recorder;
  RunOptions options;
  options.observer = &recorder;
  const HalfBuffer in = vectors(arch, 3);
  ASSERT_TRUE(device.run((Sequence() << toNetOut(fromNetIn()) << tapped).done(), in, {}, options));
  ASSERT_EQ(recorder.seen.size(), 6u);
  const uint32_t pcs[] = {0, 1, 1}, rows[] = {0, 0, 1};
  for (unsigned beat = 0; beat < 3; ++beat) {
    const auto &fired = recorder.seen[2 * beat], &landed = recorder.seen[2 * beat + 1];
    EXPECT_EQ(fired.event, (Event{Event::Kind::Beat, 0, pcs[beat], rows[beat]}));
    EXPECT_TRUE(fired.result.empty());
    EXPECT_EQ(landed.event, (Event{Event::Kind::WriteBack, 0, pcs[beat], rows[beat]}));
    const Half first = in[size_t(beat) * arch.nativeDim];
    EXPECT_EQ(landed.result.at(0), beat == 0 ? first : softdpu::tanh(first));
    ASSERT_EQ(landed.tap.empty(), beat == 0);
    if (beat > 0) {
      EXPECT_EQ(landed.tap.at(0), first);
    }
  }
}

} // namespace
