//===- RandomModel.cpp - Random recurrent models, as plain descriptions ------------------===//

#include "RandomModel.h"

#include "Random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <functional>

namespace softdpu::oracle {
namespace {

struct CellFacts {
  std::string_view name;
  int64_t gates;
  std::array<std::string_view, 3> activations; ///< ONNX's defaults; "" beyond the last.
};
constexpr std::array<CellFacts, 3> cells{
    {{"RNN", 1, {"Tanh", "", ""}}, {"GRU", 3, {"Sigmoid", "Tanh", ""}}, {"LSTM", 4, {"Sigmoid", "Tanh", "Tanh"}}}};

struct Device {
  std::string_view arch;
  unsigned mantissaBits;
};
constexpr std::array<Device, 4> devices{{{"tiny", 7}, {"small", 10}, {"odd", 7}, {"edge", 7}}};

const ActivationRule &ruleOf(std::string_view name) { return *std::ranges::find(activationRules(), name, &ActivationRule::name); }

ActivationDescription withDefaults(const ActivationRule &rule) {
  return {std::string(rule.name), rule.alpha.value_or(0), rule.beta.value_or(0)};
}

/// Numbers in the range that models use, negative ones where the function allows them.
ActivationDescription randomActivation(Random &random, bool written) {
  for (;;) {
    const ActivationRule &rule = activationRules()[random.below(activationRules().size())];
    if (!written && ((rule.takesAlpha && !rule.alpha) || (rule.takesBeta && !rule.beta)))
      continue;
    ActivationDescription result = withDefaults(rule);
    if (!written)
      return result;
    if (rule.name == "Affine")
      result.alpha = random.real(-1, 1), result.beta = random.real(-0.5f, 0.5f);
    else if (rule.name == "Elu")
      result.alpha = random.real(-0.5f, 1.5f);
    else if (rule.name == "HardSigmoid")
      result.alpha = random.real(0.05f, 0.6f), result.beta = random.real(0.2f, 0.8f);
    else if (rule.name == "LeakyRelu")
      result.alpha = random.real(-0.1f, 0.4f);
    else if (rule.name == "ScaledTanh")
      result.alpha = random.real(0.5f, 1.8f), result.beta = random.real(0.3f, 1.2f);
    else if (rule.name == "ThresholdedRelu")
      result.alpha = random.real(0, 0.7f);
    return result;
  }
}

void drawActivations(Random &random, LayerDescription &layer) {
  const size_t count = activationsOf(layer.cell) * size_t(layer.directions());
  if (random.chance(0.5))
    return;
  // Half of the others stay among the three that the DPU has.
  const bool any = random.chance(0.5);
  layer.parametersWritten = any && random.chance(0.7);
  constexpr std::array<std::string_view, 3> onDpu{"Sigmoid", "Tanh", "Relu"};
  for (size_t i = 0; i < count; ++i)
    layer.activations.push_back(any ? randomActivation(random, layer.parametersWritten) : withDefaults(ruleOf(onDpu[random.below(3)])));
}

LayerDescription randomLayer(Random &random, bool last) {
  LayerDescription layer;
  layer.cell = CellKind(random.below(3));
  layer.direction = random.chance(0.5) ? Direction::Forward : random.chance(0.4) ? Direction::Reverse : Direction::Bidirectional;
  constexpr std::array<int64_t, 8> corners{1, 8, 9, 16, 17, 33, 48, 65};
  layer.hidden = random.chance(0.3) ? corners[random.below(corners.size())] : random.between(1, 20);
  layer.bias = random.chance(0.7);
  layer.initialH = random.chance(0.4);
  if (layer.cell == CellKind::Lstm) {
    layer.initialC = random.chance(0.4);
    layer.peephole = random.chance(0.25);
    layer.inputForget = random.chance(0.2);
  }
  layer.linearBeforeReset = layer.cell == CellKind::Gru && random.chance(0.5);
  layer.constantWeights = !random.chance(0.05);
  layer.constantStates = random.chance(0.2);
  if (random.chance(0.2))
    layer.clip = random.real(0.1f, 3);
  drawActivations(random, layer);
  // Any subset of the outputs; of the last layer not none.
  do {
    layer.y = random.chance(last ? 0.7 : 0.2);
    layer.yh = random.chance(0.4);
    layer.yc = layer.cell == CellKind::Lstm && random.chance(0.4);
  } while (last && !layer.y && !layer.yh && !layer.yc);
  layer.gain = random.chance(0.9) ? random.real(0.4f, 1.8f) : std::exp2(random.real(-20, 5));
  layer.spread = random.chance(0.3);
  return layer;
}

} // namespace

std::string_view operatorName(CellKind kind) { return cells[size_t(kind)].name; }
int64_t gatesOf(CellKind kind) { return cells[size_t(kind)].gates; }
size_t activationsOf(CellKind kind) {
  return size_t(std::ranges::count_if(cells[size_t(kind)].activations, std::not_fn(&std::string_view::empty)));
}
std::string_view directionName(Direction direction) {
  constexpr std::array<std::string_view, 3> names{"forward", "reverse", "bidirectional"};
  return names[size_t(direction)];
}

std::string_view aroundName(Around around) {
  constexpr std::array<std::string_view, 5> names{"", "an If that is known", "an If", "a Scan", "a Loop"};
  return names[size_t(around)];
}

Around aroundOf(const ModelDescription &model, size_t index) {
  const LayerDescription &layer = model.layers[index];
  if (layer.around != Around::Scan && layer.around != Around::Loop)
    return layer.written ? Around::Nothing : layer.around;
  const bool states = layer.initialH && (layer.initialC || layer.cell != CellKind::Lstm);
  const bool turns = layer.direction == Direction::Reverse && layer.around == Around::Scan;
  if (model.layout == 1 || model.lengths != Lengths::None || (model.symbolicBatch && !states) ||
      (layer.direction != Direction::Forward && !turns) || (layer.around == Around::Scan && model.opset < 9))
    return Around::Nothing;
  return layer.around;
}

const std::vector<ActivationRule> &activationRules() {
  static const std::vector<ActivationRule> rules{{"Affine", true, true, {}, {}},
                                                 {"Elu", true, false, 1.0f, {}},
                                                 {"HardSigmoid", true, true, 0.2f, 0.5f},
                                                 {"LeakyRelu", true, false, 0.01f, {}},
                                                 {"Relu", false, false, {}, {}},
                                                 {"ScaledTanh", true, true, {}, {}},
                                                 {"Sigmoid", false, false, {}, {}},
                                                 {"Softplus", false, false, {}, {}},
                                                 {"Softsign", false, false, {}, {}},
                                                 {"Tanh", false, false, {}, {}},
                                                 {"ThresholdedRelu", true, false, 1.0f, {}}};
  return rules;
}

std::vector<ActivationDescription> LayerDescription::resolvedActivations() const {
  if (!activations.empty())
    return activations;
  std::vector<ActivationDescription> result;
  for (int64_t d = 0; d < directions(); ++d)
    for (const std::string_view name : cells[size_t(cell)].activations)
      if (!name.empty())
        result.push_back(withDefaults(ruleOf(name)));
  return result;
}

bool ModelDescription::hasWritten() const {
  return std::ranges::any_of(layers, [](const LayerDescription &layer) { return layer.written.has_value(); });
}

bool canBeWritten(const ModelDescription &model, const LayerDescription &layer) {
  const auto onDpu = [](const ActivationDescription &f) { return f.name == "Sigmoid" || f.name == "Tanh" || f.name == "Relu"; };
  return model.lengths == Lengths::None && !layer.clip && !layer.peephole && !layer.inputForget &&
         std::ranges::all_of(layer.resolvedActivations(), onDpu);
}

bool ModelDescription::hasUnrolled() const {
  for (size_t i = 0; i < layers.size(); ++i)
    if (layers[i].written && aroundOf(*this, i) == Around::Nothing)
      return true;
  return false;
}

bool mustFuse(const ModelDescription &model, size_t index) {
  const LayerDescription &layer = model.layers[index];
  if (aroundOf(model, index) != Around::Nothing)
    return layer.constantWeights;
  // One step of an RNN is two matrices and an activation like others, unless the model takes and returns its state.
  const bool keepsState = layer.initialH && !layer.constantStates && layer.directions() == 1 && (layer.y || layer.yh);
  return layer.constantWeights && (layer.cell != CellKind::Rnn || model.steps > 1 || keepsState);
}

namespace {

WrittenOut randomForm(Random &random, const LayerDescription &layer) {
  WrittenOut form;
  for (bool WrittenOut::*field :
       {&WrittenOut::together, &WrittenOut::concatenated, &WrittenOut::hoisted, &WrittenOut::gemm, &WrittenOut::transposed,
        &WrittenOut::scaled, &WrittenOut::oneBias, &WrittenOut::cutLate, &WrittenOut::split, &WrittenOut::mirrored})
    form.*field = random.chance(0.5);
  form.gateOrder = unsigned(random.below(24));
  const auto activations = layer.resolvedActivations();
  const auto isSigmoid = [&](size_t i) { return i >= activations.size() || activations[i].name == "Sigmoid"; };
  form.update = unsigned(random.below(isSigmoid(0) && isSigmoid(2) ? 4 : 2)); // Of both directions.
  form.pick = WrittenOut::Pick(random.below(3));
  return form;
}

} // namespace

ModelDescription randomModel(uint64_t seed) {
  Random random(seed);
  ModelDescription model;
  model.seed = seed;
  const Device &device = devices[random.below(devices.size())];
  model.arch = device.arch;
  model.mantissaBits = random.chance(0.4) ? device.mantissaBits : unsigned(random.between(2, device.mantissaBits));
  model.opset = random.between(7, 22);
  model.irVersion = random.between(4, 10);
  model.layout = model.opset >= 14 && random.chance(0.3) ? 1 : 0;
  model.steps = random.chance(0.1) ? random.between(13, 40) : random.between(1, 12);
  model.batch = random.chance(0.4) ? 1 : random.between(2, 4);
  model.features = random.between(1, 24);
  model.symbolicSteps = random.chance(0.7);
  model.symbolicBatch = random.chance(0.3);
  model.lengths = random.chance(0.25) ? (random.chance(0.5) ? Lengths::Constant : Lengths::Input) : Lengths::None;
  model.inputScale = random.chance(0.7) ? 1.0f : random.chance(0.5) ? 0.05f : 4.0f;
  const size_t layers = random.chance(0.75) ? 1 : random.chance(0.7) ? 2 : 3;
  for (size_t i = 0; i < layers; ++i)
    model.layers.push_back(randomLayer(random, i + 1 == layers));
  Random flow(seed, "control flow"); // Of its own, so that older draws stay as they are.
  for (LayerDescription &layer : model.layers) {
    layer.around = flow.chance(0.4) ? Around(1 + flow.below(4)) : Around::Nothing;
    layer.secondBranch = flow.chance(0.5);
    layer.weightsInside = flow.chance(0.3);
    layer.busyBody = flow.chance(0.4);
    layer.storage = flow.chance(0.3) ? Storage::Chain : Storage::Plain;
  }
  Random forms(seed, "written out");
  for (LayerDescription &layer : model.layers)
    if (forms.chance(layer.around == Around::Scan || layer.around == Around::Loop ? 0.8 : 0.4) && canBeWritten(model, layer) &&
        model.steps <= 16)
      layer.written = randomForm(forms, layer);
  // A constant state could be broadcast to the batch of X, if that is not known.
  for (const LayerDescription &layer : model.layers)
    model.symbolicBatch &= !(layer.written && layer.constantStates);
  return model;
}

std::string describe(const ModelDescription &model) {
  constexpr std::array<std::string_view, 3> lengths{"", ", sequence_lens constant", ", sequence_lens an input"};
  std::string text = fmt::format(
      "seed {}: {} with {} mantissa bits; opset {}, IR {}, layout {}; T {}{}, batch {}{}, features {}, inputs +/-{}{}\n", model.seed,
      model.arch, model.mantissaBits, model.opset, model.irVersion, model.layout, model.steps, model.symbolicSteps ? " (symbolic)" : "",
      model.batch, model.symbolicBatch ? " (symbolic)" : "", model.features, model.inputScale, lengths[size_t(model.lengths)]);
  for (size_t i = 0; i < model.layers.size(); ++i) {
    const LayerDescription &layer = model.layers[i];
    text += fmt::format("  {} {}, hidden {}, gain {:.3g}{}", operatorName(layer.cell), directionName(layer.direction), layer.hidden,
                        layer.gain, layer.spread ? " spread" : "");
    for (const auto &[present, name] :
         {std::pair(layer.bias, "B"), std::pair(layer.initialH, "initial_h"), std::pair(layer.initialC, "initial_c"),
          std::pair(layer.peephole, "P"), std::pair(layer.inputForget, "input_forget"),
          std::pair(layer.linearBeforeReset, "linear_before_reset"), std::pair(!layer.constantWeights, "R is an input"),
          std::pair(layer.constantStates && (layer.initialH || layer.initialC), "states are constant"),
          std::pair(layer.storage == Storage::Chain, "weights through nodes")})
      if (present)
        text += fmt::format(", {}", name);
    if (const Around around = aroundOf(model, i); around != Around::Nothing)
      text += fmt::format(", inside {}{}{}", aroundName(around),
                          layer.secondBranch && around != Around::Scan && around != Around::Loop ? " (else)" : "",
                          layer.weightsInside ? " with its weights" : "") +
              (layer.busyBody && (around == Around::Scan || around == Around::Loop) ? " that computes" : "");
    if (layer.clip)
      text += fmt::format(", clip {}", *layer.clip);
    if (!layer.activations.empty()) {
      text += ", activations";
      for (const ActivationDescription &f : layer.activations) {
        text += " " + f.name;
        const ActivationRule &rule = ruleOf(f.name);
        if (layer.parametersWritten && rule.takesAlpha)
          text += fmt::format("({}{})", f.alpha, rule.takesBeta ? fmt::format(", {}", f.beta) : "");
      }
    }
    if (layer.written) {
      constexpr std::array<std::string_view, 4> updates{"(1-z)n + zh", "n + z(h-n)", "(1-u)h + un", "h + u(n-h)"};
      constexpr std::array<std::string_view, 3> picks{"Gather", "Slice", "Split"};
      text += fmt::format(", written out: steps by {}, gates {}", picks[size_t(layer.written->pick)], layer.written->gateOrder);
      for (const auto &[present, name] :
           {std::pair(layer.written->together, "in one matrix"), std::pair(layer.written->concatenated, "Concat(x, h)"),
            std::pair(layer.written->hoisted, "W X hoisted"), std::pair(layer.written->gemm, "Gemm"),
            std::pair(layer.written->transposed, "transB"), std::pair(layer.written->scaled, "alpha, beta"),
            std::pair(layer.written->oneBias, "one bias"), std::pair(layer.written->cutLate, "cut late"),
            std::pair(layer.written->split, "Split"), std::pair(layer.written->mirrored, "mirrored")})
        if (present)
          text += fmt::format(", {}", name);
      if (layer.cell == CellKind::Gru)
        text += fmt::format(", {}", updates[layer.written->update]);
    }
    text += ", outputs";
    for (const auto &[present, name] : {std::pair(layer.y, " Y"), std::pair(layer.yh, " Y_h"), std::pair(layer.yc, " Y_c")})
      if (present)
        text += name;
    text += "\n";
  }
  return text;
}

} // namespace softdpu::oracle
