//===- HostOperatorTest.cpp - What host operators refuse, and what ONNX's data leaves out ===//

#include "HostSteps.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace softdpu {
namespace {

using namespace test;
using testing::HasSubstr;

TEST(HostOperator, UnknownOperatorNamesNodeAndOperator) {
  EXPECT_THAT(checkHostStep(step("Det", 1)).error().message, HasSubstr("node \"n\" (Det): the host has no such operator"));
}

TEST(HostOperator, SignatureIsChecked) {
  EXPECT_THAT(checkHostStep(step("Add", 3)).error().message, HasSubstr("3 inputs, it takes 2"));
  EXPECT_THAT(checkHostStep(step("Add", 2, {{"axis", int64_t(1)}})).error().message, HasSubstr("attribute \"axis\" is not supported"));
  EXPECT_THAT(checkHostStep(step("Gather", 2, {{"axis", 1.0f}})).error().message,
              HasSubstr("attribute \"axis\" is a float, expected an integer"));
  EXPECT_THAT(checkHostStep(step("Relu", 1, {}, 2)).error().message, HasSubstr("2 outputs"));
  HostStep missing = step("Add", 2);
  missing.inputs[1] = "";
  EXPECT_THAT(checkHostStep(missing).error().message, HasSubstr("input 1 is missing"));
}

TEST(HostOperator, ShapesAreChecked) {
  EXPECT_THAT(errorOf(step("Add", 2), {floats({2}, {1, 2}), floats({3}, {1, 2, 3})}), HasSubstr("shapes [2] and [3] do not broadcast"));
  EXPECT_THAT(errorOf(step("MatMul", 2), {floats({1, 2}, {1, 2}), floats({1, 2}, {1, 2})}), HasSubstr("inner dimensions differ"));
  EXPECT_THAT(errorOf(step("Gather", 2), {floats({2}, {1, 2}), integers({1}, {2})}), HasSubstr("index 2 at position 0 is out of range"));
  EXPECT_THAT(errorOf(step("Squeeze", 2), {floats({2}, {1, 2}), integers({1}, {0})}), HasSubstr("dimension 0 of float32 [2] is not 1"));
  EXPECT_THAT(errorOf(step("Squeeze", 2), {floats({1}, {1}), integers({1}, {1})}), HasSubstr("axis 1 of a tensor with 1 dimensions"));
  EXPECT_THAT(errorOf(step("Reshape", 2), {floats({2}, {1, 2}), integers({1}, {3})}), HasSubstr("float32 [2] does not reshape to [3]"));
  EXPECT_THAT(errorOf(step("Concat", 2, {{"axis", int64_t(0)}}), {floats({2}, {1, 2}), floats({1, 1}, {3})}),
              HasSubstr("does not continue"));
  EXPECT_THAT(errorOf(step("Transpose", 1, {{"perm", std::vector<int64_t>{0, 0}}}), {floats({1, 1}, {1})}), HasSubstr("no permutation"));
  EXPECT_THAT(
      errorOf(step("Slice", 5), {floats({2}, {1, 2}), integers({1}, {0}), integers({1}, {1}), integers({1}, {0}), integers({1}, {0})}),
      HasSubstr("the step of axis 0 is 0"));
  EXPECT_THAT(errorOf(step("Expand", 2), {floats({1}, {1}), integers({2}, {int64_t(1) << 31, int64_t(1) << 31})}), HasSubstr("more than"));
  EXPECT_THAT(errorOf(step("Add", 2), {floats({1}, {1}), integers({1}, {1})}), HasSubstr("inputs are float32 [1] and int64 [1]"));
  EXPECT_THAT(errorOf(step("Softmax", 1), {floats({}, {1})}), HasSubstr("axis -1 of a tensor with 0 dimensions"));
}

TEST(HostOperator, IntegerArithmetic) {
  const Tensor a = integers({2}, {7, INT64_MIN}), b = integers({2}, {-2, -1});
  EXPECT_EQ(run(step("Div", 2), {a, b})->front(), integers({2}, {-3, INT64_MIN}));
  EXPECT_EQ(run(step("Mul", 2), {a, b})->front(), integers({2}, {-14, INT64_MIN}));
  EXPECT_EQ(run(step("Add", 2), {a, integers({}, {1})})->front(), integers({2}, {8, INT64_MIN + 1}));
  EXPECT_THAT(errorOf(step("Div", 2), {a, integers({1}, {0})}), HasSubstr("division by zero"));
}

TEST(HostOperator, BroadcastsBothWays) {
  EXPECT_EQ(run(step("Sub", 2), {floats({2, 1}, {10, 20}), floats({1, 3}, {1, 2, 3})})->front(), floats({2, 3}, {9, 8, 7, 19, 18, 17}));
  EXPECT_EQ(run(step("Mul", 2), {floats({2}, {2, 3}), floats({0, 2}, {})})->front(), floats({0, 2}, {}));
}

TEST(HostOperator, CastChecksRange) {
  const auto cast = [](int64_t to) { return step("Cast", 1, {{"to", to}}); };
  EXPECT_EQ(run(cast(6), {floats({2}, {-2.75f, 3})})->front(), tensorOf<int32_t>({2}, {-2, 3}));
  EXPECT_EQ(run(cast(9), {integers({3}, {0, -5, 256})})->front(), tensorOf<bool>({3}, {false, true, true}));
  EXPECT_EQ(run(cast(1), {tensorOf<Half>({3}, {Half{0x0001}, Half{0xC000}, Half{0x7C00}})})->front(),
            floats({3}, {0x1p-24f, -2, INFINITY}));
  EXPECT_EQ(run(cast(3), {integers({3}, {127, 128, -129})})->front(), tensorOf<int8_t>({3}, {127, -128, 127})); // Keeps the low bits.
  EXPECT_EQ(run(cast(2), {floats({2}, {255.9f, -0.9f})})->front(), tensorOf<uint8_t>({2}, {255, 0}));
  EXPECT_EQ(run(cast(10), {floats({2}, {0x1p-24f, 1e6f})})->front(), tensorOf<Half>({2}, {Half{0x0001}, Half{0x7C00}}));
  EXPECT_EQ(run(cast(7), {Tensor{ElementType::Bool, {1}, {std::byte(7)}}})->front(), integers({1}, {1}));
  EXPECT_THAT(errorOf(cast(2), {floats({1}, {-1})}), HasSubstr("element 0: -1 is out of range"));
  EXPECT_THAT(errorOf(cast(6), {floats({1}, {2147483648.0f})}), HasSubstr("element 0: 2147483600 is out of range"));
  EXPECT_THAT(errorOf(cast(7), {floats({1}, {NAN})}), HasSubstr("cannot be converted"));
  EXPECT_THAT(errorOf(cast(11), {floats({1}, {1})}), HasSubstr("attribute \"to\" is 11"));
}

TEST(HostOperator, SliceWithNegativeStepReverses) {
  const Tensor data = integers({4}, {0, 1, 2, 3}), axis = integers({1}, {0});
  const auto slice = [&](int64_t start, int64_t end, int64_t by) {
    return run(step("Slice", 5), {data, integers({1}, {start}), integers({1}, {end}), axis, integers({1}, {by})})->front();
  };
  EXPECT_EQ(slice(-1, INT64_MIN, -1), integers({4}, {3, 2, 1, 0}));
  EXPECT_EQ(slice(3, 0, -2), integers({2}, {3, 1}));
  EXPECT_EQ(slice(0, INT64_MAX, INT64_MAX), integers({1}, {0}));
  EXPECT_EQ(slice(2, 1, 1), integers({0}, {}));
}

// ONNX's test data runs forward only. Reversing time, weights unchanged, must give the reversed outputs.
class Direction : public testing::TestWithParam<std::pair<const char *, int64_t>> {};

TEST_P(Direction, ReverseAndBidirectionalFollowFromForward) {
  const auto [op, gates] = GetParam();
  const int64_t steps = 5, batch = 2, features = 3, hidden = 4;
  const Tensor x = randomFloats({steps, batch, features}, 1), w = randomFloats({1, gates * hidden, features}, 2),
               r = randomFloats({1, gates * hidden, hidden}, 3), b = randomFloats({1, 2 * gates * hidden}, 4);
  const auto reversed = [&](const Tensor &tensor) {
    return run(step("Slice", 5), {tensor, integers({1}, {-1}), integers({1}, {INT64_MIN}), integers({1}, {0}), integers({1}, {-1})})
        ->front();
  };
  const auto twice = [&](const Tensor &tensor) { return run(step("Concat", 2, {{"axis", int64_t(0)}}), {tensor, tensor})->front(); };
  const auto recurrent = [&](const char *direction) { return step(op, 4, {{"direction", std::string(direction)}}, 2); };

  const auto forward = run(recurrent("forward"), {x, w, r, b}), forwardOfReversed = run(recurrent("forward"), {reversed(x), w, r, b}),
             reverse = run(recurrent("reverse"), {x, w, r, b}), both = run(recurrent("bidirectional"), {x, twice(w), twice(r), twice(b)});
  ASSERT_TRUE(forward && forwardOfReversed && reverse && both);
  EXPECT_EQ((*reverse)[0], reversed((*forwardOfReversed)[0]));
  EXPECT_EQ((*reverse)[1], (*forwardOfReversed)[1]);
  const auto concat = [&](const Tensor &a, const Tensor &b, int64_t axis) {
    return run(step("Concat", 2, {{"axis", axis}}), {a, b})->front();
  };
  EXPECT_EQ((*both)[0], concat((*forward)[0], (*reverse)[0], 1));
  EXPECT_EQ((*both)[1], concat((*forward)[1], (*reverse)[1], 0));
}

// A row whose sequence is shorter gives what it gives alone, then zeros; its final state is that of its last step.
TEST_P(Direction, ShorterSequencesStopOnTheirOwn) {
  const auto [op, gates] = GetParam();
  const int64_t features = 3, hidden = 4;
  const Tensor x = randomFloats({5, 2, features}, 1), w = randomFloats({1, gates * hidden, features}, 2),
               r = randomFloats({1, gates * hidden, hidden}, 3), b = randomFloats({1, 2 * gates * hidden}, 4);
  const Tensor lengths = tensorOf<int32_t>({2}, {5, 3});
  for (const char *direction : {"forward", "reverse"}) {
    const std::map<std::string, Attribute> attributes{{"direction", std::string(direction)}};
    const auto all = run(step(op, 5, attributes, 2), {x, w, r, b, lengths});
    const auto part = [&](const Tensor &tensor, int64_t steps, int64_t row, int64_t axis) {
      return run(step("Slice", 4), {tensor, integers({2}, {0, row}), integers({2}, {steps, row + 1}), integers({2}, {0, axis})})->front();
    };
    const auto alone = run(step(op, 4, attributes, 2), {part(x, 3, 1, 1), w, r, b});
    ASSERT_TRUE(all && alone);
    expectNear(part((*all)[0], 3, 1, 2), (*alone)[0]); // oneDNN may sum in another order for another batch size.
    expectNear(part((*all)[1], 1, 1, 1), (*alone)[1]);
    const Tensor after = part((*all)[0], 5, 1, 2);
    for (int64_t i = 3 * hidden; i < 5 * hidden; ++i)
      EXPECT_EQ(values<float>(after)[size_t(i)], 0) << direction;
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, Direction,
                         testing::Values(std::pair{"RNN", int64_t(1)}, std::pair{"GRU", int64_t(3)}, std::pair{"LSTM", int64_t(4)}),
                         [](const auto &instance) { return std::string(instance.param.first); });

double sigmoidOf(double x) { return 1 / (1 + std::exp(-x)); }

TEST(Recurrent, GruLinearBeforeResetAgainstTheFormula) {
  const Tensor x = floats({1, 1, 1}, {0.5f}), w = floats({1, 3, 1}, {0.1f, -0.2f, 0.3f}), r = floats({1, 3, 1}, {0.4f, 0.5f, -0.6f}),
               b = floats({1, 6}, {0.01f, 0.02f, 0.03f, 0.04f, 0.05f, 0.06f}), h0 = floats({1, 1, 1}, {0.7f});
  HostStep gru = step("GRU", 6, {{"linear_before_reset", int64_t(1)}}, 2);
  gru.inputs[4] = "";
  const std::vector<const Tensor *> inputs{&x, &w, &r, &b, nullptr, &h0};
  const auto result = runHostStep(gru, inputs);
  ASSERT_TRUE(result) << result.error().message;
  const double z = sigmoidOf(0.5 * 0.1 + 0.7 * 0.4 + 0.01 + 0.04), reset = sigmoidOf(0.5 * -0.2 + 0.7 * 0.5 + 0.02 + 0.05);
  const double candidate = std::tanh(0.5 * 0.3 + 0.03 + reset * (0.7 * -0.6 + 0.06));
  EXPECT_NEAR(values<float>((*result)[1])[0], (1 - z) * candidate + z * 0.7, 1e-6);
}

TEST(Recurrent, LstmClipAndInputForgetAgainstTheFormula) {
  const Tensor x = floats({1, 1, 1}, {2}), w = floats({1, 4, 1}, {1, -1, 5, 3}), r = floats({1, 4, 1}, {0, 0, 0, 0});
  const auto result = run(step("LSTM", 3, {{"clip", 0.5f}, {"input_forget", int64_t(1)}}, 3), {x, w, r});
  ASSERT_TRUE(result) << result.error().message;
  const double cell = sigmoidOf(0.5) * std::tanh(0.5); // The forget gate meets c = 0.
  EXPECT_NEAR(values<float>((*result)[2])[0], cell, 1e-6);
  EXPECT_NEAR(values<float>((*result)[1])[0], sigmoidOf(-0.5) * std::tanh(cell), 1e-6);
}

TEST(Recurrent, ActivationsPerDirection) {
  const Tensor x = floats({1, 1, 1}, {-2}), w = floats({2, 1, 1}, {1, 1}), r = floats({2, 1, 1}, {0, 0});
  const auto rnn = [](std::string activations) {
    return step("RNN", 3, {{"activations", std::move(activations)}, {"direction", std::string("bidirectional")}}, 2);
  };
  const auto result = run(rnn("Relu,sigmoid"), {x, w, r});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(values<float>((*result)[1])[0], 0);
  EXPECT_NEAR(values<float>((*result)[1])[1], sigmoidOf(-2), 1e-6);
  EXPECT_THAT(errorOf(rnn("Relu"), {x, w, r}), HasSubstr("expected 1 for each of 2 directions"));
  EXPECT_THAT(errorOf(rnn("Relu,Mish"), {x, w, r}), HasSubstr("activation \"Mish\", supported are Affine, Elu, HardSigmoid, LeakyRelu, "));
  EXPECT_THAT(errorOf(rnn("Relu,Affine"), {x, w, r}), HasSubstr("activation_alpha or activation_beta is too short"));
}

// Each function by ONNX's formula, at a point on either side of zero, with its defaults and with numbers of its own.
TEST(Recurrent, EveryActivationAgainstItsFormula) {
  struct Function {
    std::string name;
    std::vector<float> alpha, beta;
    double (*formula)(double);
  };
  const Function functions[] = {
      {"Affine", {2}, {0.5f}, [](double x) { return 2 * x + 0.5; }},
      {"Elu", {}, {}, [](double x) { return x < 0 ? std::exp(x) - 1 : x; }},
      {"Elu", {2}, {}, [](double x) { return x < 0 ? 2 * (std::exp(x) - 1) : x; }},
      {"HardSigmoid", {}, {}, [](double x) { return std::clamp(0.2 * x + 0.5, 0.0, 1.0); }},
      {"HardSigmoid", {1}, {0.25f}, [](double x) { return std::clamp(x + 0.25, 0.0, 1.0); }},
      {"LeakyRelu", {}, {}, [](double x) { return x < 0 ? 0.01 * x : x; }},
      {"Relu", {}, {}, [](double x) { return x < 0 ? 0 : x; }},
      {"ScaledTanh", {2}, {0.5f}, [](double x) { return 2 * std::tanh(0.5 * x); }},
      {"Sigmoid", {}, {}, sigmoidOf},
      {"Softplus", {}, {}, [](double x) { return std::log(1 + std::exp(x)); }},
      {"Softsign", {}, {}, [](double x) { return x / (1 + std::abs(x)); }},
      {"Tanh", {}, {}, [](double x) { return std::tanh(x); }},
      {"ThresholdedRelu", {}, {}, [](double x) { return x > 1 ? x : 0; }},
      {"ThresholdedRelu", {0.5f}, {}, [](double x) { return x > 0.5 ? x : 0; }},
  };
  const Tensor w = floats({1, 1, 1}, {1}), r = floats({1, 1, 1}, {0});
  for (const Function &function : functions)
    for (const float x : {-1.5f, 0.75f}) {
      std::map<std::string, Attribute> attributes{{"activations", function.name}};
      if (!function.alpha.empty())
        attributes["activation_alpha"] = function.alpha;
      if (!function.beta.empty())
        attributes["activation_beta"] = function.beta;
      const auto result = run(step("RNN", 3, attributes, 2), {floats({1, 1, 1}, {x}), w, r});
      ASSERT_TRUE(result) << result.error().message;
      EXPECT_NEAR(values<float>((*result)[1])[0], function.formula(x), 1e-6) << function.name << " at " << x;
    }
}

// Numbers go to the functions that take them, in order; here the first and the third.
TEST(Recurrent, AlphaIsTakenInOrder) {
  const Tensor x = floats({1, 1, 1}, {1}), w = floats({1, 4, 1}, {-2, 1, 1, 1}), r = floats({1, 4, 1}, {0, 0, 0, 0});
  const auto result = run(
      step("LSTM", 3, {{"activations", std::string("LeakyRelu,Tanh,LeakyRelu")}, {"activation_alpha", std::vector<float>{0.5f, 0.25f}}}, 3),
      {x, w, r});
  ASSERT_TRUE(result) << result.error().message;
  const double cell = 0.5 * -2 * std::tanh(1.0); // o = f = 1
  EXPECT_NEAR(values<float>((*result)[2])[0], cell, 1e-6);
  EXPECT_NEAR(values<float>((*result)[1])[0], 0.25 * cell, 1e-6);
}

TEST(Recurrent, ShapesAreChecked) {
  const Tensor x = floats({1, 1, 1}, {1}), w = floats({1, 3, 1}, {1, 1, 1}), r = floats({1, 3, 1}, {1, 1, 1});
  EXPECT_THAT(errorOf(step("GRU", 3, {{"hidden_size", int64_t(2)}}), {x, w, r}), HasSubstr("hidden_size is 2, but R has shape [1, 3, 1]"));
  EXPECT_THAT(errorOf(step("LSTM", 3), {x, w, r}), HasSubstr("W has shape [1, 3, 1], expected [1, 4, 1]"));
  EXPECT_THAT(errorOf(step("GRU", 4), {x, w, r, floats({1, 3}, {1, 1, 1})}), HasSubstr("B has shape [1, 3], expected [1, 6]"));
  EXPECT_THAT(errorOf(step("GRU", 3), {floats({1, 1}, {1}), w, r}), HasSubstr("must have three dimensions"));
  EXPECT_THAT(errorOf(step("GRU", 5), {x, w, r, floats({1, 6}, {0, 0, 0, 0, 0, 0}), tensorOf<int32_t>({1}, {2})}),
              HasSubstr("sequence_lens has 2, expected 0 to 1"));
}

} // namespace
} // namespace softdpu
