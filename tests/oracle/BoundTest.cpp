//===- BoundTest.cpp - The bound holds for the arithmetic of the DPU, and only for that --===//
//
// docs/accuracy_bound.md: each rule against isa/numerics on random operands, and whole models against the functional engine: with the
// format they were compiled for the bound holds, with a wider one it does not.
//
//===-------------------------------------------------------------------------------------===//

#include "Bounded.h"
#include "ModelTensors.h"
#include "Random.h"
#include "Reference.h"

#include "softdpu/compiler/Compiler.h"
#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/numerics/BlockFloat.h"

#include <cmath>
#include <gmock/gmock.h>

namespace softdpu::oracle {
namespace {

/// A float16 and a real number with a bound that it keeps.
struct Sample {
  Half computed;
  Bounded exact;
};

/// Magnitudes from below the smallest float16 up to `2^largestExponent`.
Sample sample(Random &random, int largestExponent) {
  const auto at = float(std::ldexp(random.real(-2, 2), int(random.between(-18, largestExponent))));
  const double error = random.chance(0.3) ? 0 : std::abs(at) * std::ldexp(1.0, -int(random.between(1, 12)));
  const Half computed = halfFromFloat(at);
  return {computed, {halfToFloat(computed) + error * random.real(-1, 1), error}};
}

void expectWithin(Half computed, Bounded bound, std::string_view what) {
  EXPECT_LE(std::abs(halfToFloat(computed) - bound.value), bound.error * (1 + 1e-12)) << what << " of " << bound.value;
}

constexpr int attempts = 200'000;

TEST(Bound, OfFloat16SumsAndProductsHolds) {
  const DpuArithmetic dpu(7, 8);
  Random random(1);
  for (int i = 0; i < attempts; ++i) {
    const Sample a = sample(random, 15), b = sample(random, random.chance(0.1) ? 15 : 3);
    expectWithin(add(a.computed, b.computed), dpu.add(a.exact, b.exact), "sum");
    expectWithin(subtract(a.computed, b.computed), dpu.subtract(a.exact, b.exact), "difference");
    expectWithin(multiply(a.computed, b.computed), dpu.multiply(a.exact, b.exact), "product");
  }
}

TEST(Bound, OfActivationsHolds) {
  const DpuArithmetic dpu(7, 8);
  Random random(2);
  for (int i = 0; i < attempts; ++i) {
    const Sample x = sample(random, 4);
    expectWithin(relu(x.computed), dpu.activate({"Relu"}, x.exact), "relu");
    expectWithin(tanh(x.computed), dpu.activate({"Tanh"}, x.exact), "tanh");
    const auto [z, notZ] = dpu.withComplement({"Sigmoid"}, x.exact);
    expectWithin(sigmoid(x.computed), z, "sigmoid");
    expectWithin(oneMinusSigmoid(x.computed), notZ, "1 - sigmoid");
  }
}

TEST(Bound, OfEntryHoldsForAllFloats) {
  const DpuArithmetic dpu(7, 8);
  Random random(3);
  for (int i = 0; i < attempts; ++i) {
    const auto x = float(std::ldexp(random.real(-2, 2), int(random.between(-20, 18))));
    expectWithin(halfFromFloat(x), dpu.enter({x, 0}, false), "entry");
  }
}

/// The exact dot products of the quantised operands, rounded once: what isa/numerics makes of one row.
Half dotOf(const BlockMatrix &w, const BlockVector &x) {
  Int128 sum = 0;
  for (size_t box = 0; box < w.boxesPerRow; ++box) {
    int64_t own = 0;
    for (size_t i = box * w.format.box; i < (box + 1) * w.format.box; ++i)
      own += int64_t(w.mantissas[i]) * x.mantissas[i];
    sum += Int128(own) << (w.exponents[box] + x.exponents[box]);
  }
  return roundToHalf(sum, w.scale + x.scale);
}

TEST(Bound, OfProductsInEveryFormatHolds) {
  Random random(4);
  for (int i = 0; i < 20'000; ++i) {
    const BlockFormat format{unsigned(random.between(2, 10)), random.chance(0.5) ? 8u : 16u};
    const DpuArithmetic dpu(format.mantissaBits, format.box);
    const auto columns = size_t(random.between(1, 40));
    std::vector<float> weights(columns);
    std::vector<Half> computed(columns);
    std::vector<Bounded> exact(columns);
    for (size_t k = 0; k < columns; ++k) {
      weights[k] = std::ldexp(random.real(-1, 1), -int(random.below(random.chance(0.1) ? 40 : 6)));
      const Sample x = sample(random, 2);
      computed[k] = x.computed;
      exact[k] = x.exact;
    }
    const auto blocks = quantiseMatrix(weights, 1, unsigned(columns), format);
    ASSERT_TRUE(blocks);
    expectWithin(dotOf(*blocks, quantise(computed, format)), dpu.multiply(dpu.matrix(weights, columns), exact)[0], formatName(format));
  }
}

/// Models of `count` seeds whose layers all run on the DPU: how many of them keep the bound of `wider` more mantissa bits than they have.
struct Kept {
  unsigned models = 0, kept = 0;
};
Kept keptBounds(uint64_t count, unsigned wider) {
  Kept result;
  for (uint64_t seed = 1; seed <= count; ++seed) {
    ModelDescription model = tamed(randomModel(seed));
    CompileOptions options{.arch = *loadArch(model.arch), .format = {}, .placement = {}, .bindings = {}};
    options.format = formatName({model.mantissaBits, options.arch.box});
    auto program = compileOnnxBytes(onnxOf(model, Form::AsDescribed), "random.onnx", options);
    if (!program || std::ranges::any_of(program->steps, [](const Step &step) {
          const auto *host = std::get_if<HostStep>(&step);
          return host && (host->op == "GRU" || host->op == "LSTM" || host->op == "RNN" || !host->bodies.empty());
        }))
      continue;
    auto session = Session::create(std::move(*program), *Device::create(EngineKind::Functional, options.arch));
    const auto outputs = session->run(inputsOf(model));
    model.mantissaBits += wider;
    const BoundedTensors bounds = evaluate(model, std::vector<bool>(model.layers.size(), true), options.arch.box).outputs;
    ++result.models;
    result.kept += std::ranges::all_of(bounds, [&](const auto &named) {
      return std::ranges::equal(values<float>(outputs->at(named.first)), named.second,
                                [](float found, const Bounded &bound) { return std::abs(found - bound.value) <= bound.error; });
    });
  }
  return result;
}

TEST(Bound, OfWholeModelsHolds) {
  const Kept own = keptBounds(200, 0);
  EXPECT_GT(own.models, 40u);
  EXPECT_EQ(own.kept, own.models);
}

// A bound that holds for an engine four times as coarse would find nothing.
TEST(Bound, OfWholeModelsIsNarrow) {
  const Kept other = keptBounds(200, 2);
  EXPECT_LT(other.kept, other.models / 2) << other.kept << " of " << other.models;
}

} // namespace
} // namespace softdpu::oracle
