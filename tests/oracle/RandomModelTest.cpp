//===- RandomModelTest.cpp - Random models cover the attribute space, and shrink ---------===//

#include "RandomModel.h"
#include "ModelTensors.h"
#include "Shrink.h"

#include <gmock/gmock.h>
#include <set>

namespace softdpu::oracle {
namespace {

using testing::SizeIs;

TEST(RandomModel, CoversEveryChoice) {
  std::set<std::pair<CellKind, Direction>> cells;
  std::set<std::string> activations, written, archs;
  std::set<int64_t> opsets, layouts;
  std::set<Lengths> lengths;
  std::set<std::pair<CellKind, int>> outputs; // Y, Y_h, Y_c as bits.
  std::set<std::string> options;
  std::set<std::pair<Around, bool>> around;
  std::set<std::tuple<CellKind, bool, bool, unsigned>> forms;
  for (uint64_t seed = 1; seed <= 1500; ++seed) {
    const ModelDescription model = randomModel(seed);
    archs.insert(model.arch);
    opsets.insert(model.opset);
    layouts.insert(model.layout);
    lengths.insert(model.lengths);
    for (size_t i = 0; i < model.layers.size(); ++i) {
      const LayerDescription &layer = model.layers[i];
      around.emplace(aroundOf(model, i), layer.weightsInside);
      if (layer.written)
        forms.emplace(layer.cell, layer.written->concatenated, layer.written->gemm,
                      layer.cell == CellKind::Gru ? layer.written->update : 0);
      cells.emplace(layer.cell, layer.direction);
      for (const ActivationDescription &f : layer.activations)
        (layer.parametersWritten ? written : activations).insert(f.name);
      if (&layer == &model.layers.back())
        outputs.emplace(layer.cell, int(layer.y) + 2 * int(layer.yh) + 4 * int(layer.yc));
      for (const auto &[has, name] :
           {std::pair(layer.bias, "B"), std::pair(layer.initialH, "initial_h"), std::pair(layer.initialC, "initial_c"),
            std::pair(layer.peephole, "P"), std::pair(layer.inputForget, "input_forget"),
            std::pair(layer.linearBeforeReset, "linear_before_reset"), std::pair(layer.clip.has_value(), "clip"),
            std::pair(!layer.constantWeights, "weights"), std::pair(layer.constantStates && layer.initialH, "states"),
            std::pair(model.batch > 1, "batch"), std::pair(layer.storage == Storage::Chain, "storage"),
            std::pair(model.layers.size() > 2, "three layers")})
        if (has)
          options.insert(name);
    }
  }
  EXPECT_THAT(cells, SizeIs(9));
  EXPECT_THAT(written, SizeIs(activationRules().size()));
  EXPECT_THAT(activations, SizeIs(activationRules().size() - 2)) << "Affine and ScaledTanh have no defaults";
  EXPECT_THAT(archs, SizeIs(4));
  EXPECT_THAT(opsets, SizeIs(16)) << "7 to 22";
  EXPECT_THAT(layouts, SizeIs(2));
  EXPECT_THAT(lengths, SizeIs(3));
  EXPECT_THAT(outputs, SizeIs(3 + 3 + 7));
  EXPECT_THAT(options, SizeIs(12));
  EXPECT_THAT(around, SizeIs(10));
  EXPECT_THAT(forms, SizeIs((1 + 4 + 1) * 2 * 2)) << "a GRU has four updates";
}

TEST(RandomModel, SeedSaysEverything) {
  EXPECT_EQ(onnxOf(randomModel(7), Form::AsDescribed), onnxOf(randomModel(7), Form::AsDescribed));
  EXPECT_EQ(inputsOf(randomModel(7)), inputsOf(randomModel(7)));
  EXPECT_NE(describe(randomModel(7)), describe(randomModel(8)));
}

// A weight keeps its value when another part of the model goes.
TEST(RandomModel, TensorsDependOnTheirNamesAlone) {
  ModelDescription model;
  model.layers.resize(1);
  const Tensor before = tensorsOf(model, 0).w;
  model.layers[0].bias = model.layers[0].initialH = true;
  model.steps = 5;
  EXPECT_EQ(tensorsOf(model, 0).w, before);
}

TEST(Shrink, KeepsOnlyWhatTheFailureNeeds) {
  // As if clip went wrong in hidden states of three and more, in the reverse direction.
  const auto fails = [](const ModelDescription &model) {
    return std::ranges::any_of(model.layers, [](const LayerDescription &layer) {
      return layer.clip && layer.hidden >= 3 && layer.direction != Direction::Forward;
    });
  };
  unsigned found = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    if (!fails(randomModel(seed)))
      continue;
    ++found;
    const ModelDescription small = shrink(randomModel(seed), fails);
    ASSERT_THAT(small.layers, SizeIs(1)) << describe(small);
    const LayerDescription &layer = small.layers[0];
    EXPECT_EQ(layer.hidden, 3);
    EXPECT_EQ(layer.direction, Direction::Reverse);
    EXPECT_FALSE(layer.bias || layer.initialH || layer.initialC || layer.peephole || layer.inputForget || layer.linearBeforeReset);
    EXPECT_EQ(layer.around, Around::Nothing);
    EXPECT_THAT(layer.activations, testing::IsEmpty());
    EXPECT_EQ(small.steps * small.batch * small.features, 1) << describe(small);
    EXPECT_EQ(small.layout, 0);
    EXPECT_EQ(small.seed, seed);
  }
  EXPECT_GT(found, 20u);
}

TEST(Shrink, KeepsTheFormThatALayerIsWrittenIn) {
  const auto fails = [](const ModelDescription &model) {
    return std::ranges::any_of(model.layers, [](const LayerDescription &layer) { return layer.written && layer.written->gemm; });
  };
  unsigned found = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    if (!fails(randomModel(seed)))
      continue;
    ++found;
    const ModelDescription small = shrink(randomModel(seed), fails);
    ASSERT_THAT(small.layers, SizeIs(1)) << describe(small);
    EXPECT_TRUE(small.layers[0].written->gemm && small.layers[0].written->together) << describe(small);
    EXPECT_FALSE(small.layers[0].written->scaled || small.layers[0].written->hoisted || small.layers[0].written->mirrored);
  }
  EXPECT_GT(found, 10u);
}

TEST(Shrink, StopsAtItsLimit) {
  unsigned calls = 0;
  shrink(randomModel(3), [&](const ModelDescription &) { return ++calls > 0; }, 10);
  EXPECT_LE(calls, 10u);
}

} // namespace
} // namespace softdpu::oracle
