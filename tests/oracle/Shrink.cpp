//===- Shrink.cpp - A failing model in its smallest form ---------------------------------===//

#include "Shrink.h"

#include <algorithm>

namespace softdpu::oracle {
namespace {

/// Collects variants of one description.
class Variants {
public:
  explicit Variants(const ModelDescription &model) : model(model) {}

  std::vector<ModelDescription> all() {
    dropLayers();
    lessOf(&ModelDescription::steps);
    lessOf(&ModelDescription::batch);
    lessOf(&ModelDescription::features);
    with(&ModelDescription::lengths, Lengths::None);
    with<int64_t>(&ModelDescription::layout, 0);
    with(&ModelDescription::symbolicSteps, true);
    with(&ModelDescription::symbolicBatch, false);
    with(&ModelDescription::inputScale, 1.0f);
    for (layer = 0; layer < model.layers.size(); ++layer)
      simplifyLayer();
    if (model.layout == 0)
      with<int64_t>(&ModelDescription::opset, 14);
    with<int64_t>(&ModelDescription::irVersion, 7);
    return std::move(variants);
  }

private:
  const ModelDescription &model;
  size_t layer = 0;
  std::vector<ModelDescription> variants;

  void add(const std::function<void(ModelDescription &)> &change) {
    variants.push_back(model);
    change(variants.back());
  }
  template <typename T> void with(T ModelDescription::*field, T simple) {
    if (model.*field != simple)
      add([&](ModelDescription &variant) { variant.*field = simple; });
  }
  template <typename T> void withLayer(T LayerDescription::*field, T simple) {
    if (model.layers[layer].*field != simple)
      add([&](ModelDescription &variant) { variant.layers[layer].*field = simple; });
  }
  /// One, a half, one less.
  static std::vector<int64_t> sizesBelow(int64_t size) {
    std::vector<int64_t> sizes;
    for (const int64_t less : {int64_t(1), size / 2, size - 1})
      if (less >= 1 && less < size && std::ranges::find(sizes, less) == sizes.end())
        sizes.push_back(less);
    return sizes;
  }
  void lessOf(int64_t ModelDescription::*field) {
    for (const int64_t size : sizesBelow(model.*field))
      add([&](ModelDescription &variant) { variant.*field = size; });
  }

  void dropLayers() {
    for (size_t i = 0; model.layers.size() > 1 && i < model.layers.size(); ++i)
      add([&](ModelDescription &variant) {
        variant.layers.erase(variant.layers.begin() + int64_t(i));
        LayerDescription &last = variant.layers.back();
        last.y = last.y || (!last.yh && !last.yc);
      });
  }

  void simplifyLayer() {
    const LayerDescription &own = model.layers[layer];
    for (const int64_t size : sizesBelow(own.hidden))
      add([&](ModelDescription &variant) { variant.layers[layer].hidden = size; });
    if (own.direction != Direction::Forward)
      for (const Direction direction : {Direction::Forward, Direction::Reverse})
        if (own.direction != direction)
          add([&](ModelDescription &variant) { turn(variant.layers[layer], direction); });
    if (!own.activations.empty()) {
      add([&](ModelDescription &variant) {
        variant.layers[layer].activations.clear();
        variant.layers[layer].parametersWritten = false;
      });
      for (size_t i = 0; i < own.activations.size(); ++i)
        if (own.activations[i].name != "Tanh")
          add([&](ModelDescription &variant) { variant.layers[layer].activations[i] = {"Tanh"}; });
    }
    for (bool LayerDescription::*field : {&LayerDescription::bias, &LayerDescription::initialH, &LayerDescription::initialC,
                                          &LayerDescription::peephole, &LayerDescription::inputForget, &LayerDescription::linearBeforeReset,
                                          &LayerDescription::spread, &LayerDescription::constantStates})
      withLayer(field, false);
    withLayer(&LayerDescription::constantWeights, true);
    withLayer(&LayerDescription::around, Around::Nothing);
    withLayer(&LayerDescription::storage, Storage::Plain);
    for (bool LayerDescription::*field : {&LayerDescription::secondBranch, &LayerDescription::weightsInside, &LayerDescription::busyBody})
      withLayer(field, false);
    withLayer(&LayerDescription::clip, std::optional<float>());
    withLayer(&LayerDescription::gain, 1.0f);
    if (own.written) {
      add([&](ModelDescription &variant) { variant.layers[layer].written.reset(); });
      simplifyForm();
    }
    // Outputs: one less, as long as the last layer has one.
    const int outputs = int(own.y) + int(own.yh) + int(own.yc);
    if (outputs > 1 || layer + 1 < model.layers.size())
      for (bool LayerDescription::*field : {&LayerDescription::y, &LayerDescription::yh, &LayerDescription::yc})
        withLayer(field, false);
  }

  void simplifyForm() {
    const auto withForm = [&](auto WrittenOut::*field) {
      const WrittenOut simple;
      if ((*model.layers[layer].written).*field != simple.*field)
        add([&](ModelDescription &variant) { (*variant.layers[layer].written).*field = simple.*field; });
    };
    for (bool WrittenOut::*field :
         {&WrittenOut::together, &WrittenOut::concatenated, &WrittenOut::hoisted, &WrittenOut::gemm, &WrittenOut::transposed,
          &WrittenOut::scaled, &WrittenOut::oneBias, &WrittenOut::cutLate, &WrittenOut::split, &WrittenOut::mirrored})
      withForm(field);
    withForm(&WrittenOut::gateOrder);
    withForm(&WrittenOut::update);
    withForm(&WrittenOut::pick);
  }

  /// The activations of the first direction go on.
  static void turn(LayerDescription &own, Direction direction) {
    own.direction = direction;
    if (!own.activations.empty())
      own.activations.resize(activationsOf(own.cell));
  }
};

} // namespace

std::vector<ModelDescription> simpler(const ModelDescription &model) { return Variants(model).all(); }

ModelDescription shrink(ModelDescription model, const std::function<bool(const ModelDescription &)> &stillFails, unsigned attempts) {
  for (bool found = true; found;) {
    found = false;
    for (ModelDescription &variant : simpler(model)) {
      if (attempts-- == 0)
        return model;
      if (!stillFails(variant))
        continue;
      model = std::move(variant);
      found = true;
      break;
    }
  }
  return model;
}

} // namespace softdpu::oracle
