//===- Summary.cpp - What came out of many random models ---------------------------------===//

#include "Summary.h"

#include "Text.h"

#include <algorithm>
#include <cmath>

namespace softdpu::oracle {
namespace {

bool sameButNumbers(const std::string &a, const std::string &b) {
  constexpr const char *digits = "0123456789";
  for (size_t i = 0, k = 0;; ++i, ++k) {
    i = std::min(a.find_first_not_of(digits, i), a.size());
    k = std::min(b.find_first_not_of(digits, k), b.size());
    if (i == a.size() || k == b.size())
      return i == a.size() && k == b.size();
    if (a[i] != b[k])
      return false;
  }
}

} // namespace

void Summary::add(const ModelDescription &model, const Verdict &verdict, bool wasTamed) {
  ++models;
  tame += wasTamed;
  layers += model.layers.size();
  const auto onDpu = uint64_t(std::ranges::count(verdict.onDpu, true));
  layersOnDpu += onDpu;
  modelsOnDpu += onDpu > 0;
  otherReadings += verdict.otherReading;
  fused += verdict.fused;
  refused += !verdict.refusal.empty();
  if (!verdict.refusal.empty() &&
      std::ranges::none_of(refusals, [&](const std::string &known) { return sameButNumbers(known, verdict.refusal); }))
    refusals.push_back(verdict.refusal);
  enginesCompared += verdict.enginesCompared;
  valuesCompared += verdict.valuesCompared;
  if (!verdict.otherReading)
    float32Uses.push_back(verdict.float32Use);
  if (verdict.use)
    uses.push_back(*verdict.use);
  for (size_t i = 0; i < model.layers.size(); ++i) {
    const LayerDescription &layer = model.layers[i];
    const auto count = [&](bool has, std::string_view what) { drawn[std::string(what)] += has; };
    for (const CellKind kind : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm})
      count(layer.cell == kind, operatorName(kind));
    for (const Direction direction : {Direction::Forward, Direction::Reverse, Direction::Bidirectional})
      count(layer.direction == direction, directionName(direction));
    count(model.layout == 1, "layout 1");
    count(model.batch > 1, "batch > 1");
    count(model.lengths != Lengths::None, "sequence_lens");
    count(layer.bias, "B");
    count(layer.initialH, "initial_h");
    count(layer.initialC, "initial_c");
    count(layer.peephole, "P");
    count(layer.clip.has_value(), "clip");
    count(layer.inputForget, "input_forget");
    count(layer.linearBeforeReset, "linear_before_reset");
    count(!layer.activations.empty(), "activations");
    count(layer.parametersWritten, "alpha, beta");
    count(!layer.constantWeights, "R an input");
    count(layer.constantStates && (layer.initialH || layer.initialC), "states constant");
    count(model.layers.size() > 1, "stacked");
    for (const Around around : {Around::KnownIf, Around::If, Around::Scan, Around::Loop})
      count(aroundOf(model, i) == around, fmt::format("inside {}", aroundName(around)));
    count(layer.storage == Storage::Chain, "weights through nodes");
    count(layer.written.has_value(), "written out");
    count(layer.written && mustFuse(model, i), "written out, to be recognised");
  }
}

void Summary::addFailure(const ModelDescription &model, const Verdict &verdict, const ModelDescription &small, const Verdict &how) {
  failures.push_back(fmt::format("{}: {}\n{}replay: softdpu-oracle --models 1 --seed {}\nsmallest form: {}\n{}",
                                 failureName(*verdict.failure), verdict.message, describe(model), model.seed, how.message,
                                 describe(small)));
}

double Summary::quantile(std::vector<double> numbers, double share) {
  if (numbers.empty())
    return 0;
  std::ranges::sort(numbers);
  return numbers[std::min(numbers.size() - 1, size_t(std::ceil(share * double(numbers.size()))))];
}

std::vector<double> Summary::usesOf(double BoundUse::*field) const {
  std::vector<double> numbers(uses.size());
  std::ranges::transform(uses, numbers.begin(), field);
  return numbers;
}

uint64_t Summary::meaningful() const {
  return uint64_t(std::ranges::count_if(uses, [](const BoundUse &use) { return use.relativeBound < 1; }));
}

nlohmann::json Summary::json() const {
  return {{"onnxruntime", runtimeVersion},
          {"seed", seed},
          {"models", models},
          {"layers", layers},
          {"layers_on_dpu", layersOnDpu},
          {"models_on_dpu", modelsOnDpu},
          {"tamed", tame},
          {"other_readings", otherReadings},
          {"fused", fused},
          {"refused", refused},
          {"refusals", refusals},
          {"drawn", drawn},
          {"float32_tolerance", float32Tolerance},
          {"float32_largest_use", quantile(float32Uses, 1)},
          {"float32_median_use", quantile(float32Uses, 0.5)},
          {"bound_largest_use", quantile(usesOf(&BoundUse::largest), 1)},
          {"bound_median_use", quantile(usesOf(&BoundUse::largest), 0.5)},
          {"bound_below_outputs", meaningful()},
          {"engines_compared", enginesCompared},
          {"values_compared", valuesCompared},
          {"failures", failures}};
}

std::string Summary::text() const {
  std::string text = fmt::format("{} from seed {}, {}; ONNX Runtime {}\n\n", tools::counted(models, "random model"), seed,
                                 tools::counted(layers, "layer"), runtimeVersion);
  text += fmt::format("{} with smaller weights than drawn, because they grew or were chaotic\n\n", tools::grouped(tame));
  text += "layers with\n";
  tools::Table table({"", ">"});
  for (const auto &[what, count] : drawn)
    table.add({what, tools::grouped(count)});
  text += table.str("  ") + "\n";
  text += fmt::format("float32 against ONNX Runtime: allowed {:.0g} of the largest element; at most {:.1f} % of that, median of the models "
                      "{:.1f} %\n  {} where ONNX Runtime reads ONNX's text otherwise: each is close to real numbers in its own reading\n",
                      float32Tolerance, 100 * quantile(float32Uses, 1), 100 * quantile(float32Uses, 0.5),
                      tools::counted(otherReadings, "model"));
  text += fmt::format("written out and recognised: {}, each direction by itself\n", tools::counted(fused, "layer"));
  text += fmt::format("on the DPU: {} of {}, in {}; refused by the compiler: {}\n", tools::grouped(layersOnDpu),
                      tools::counted(layers, "layer"), tools::counted(modelsOnDpu, "model"), tools::grouped(refused));
  for (const std::string &sentence : refusals)
    text += "  " + sentence + "\n";
  if (!uses.empty())
    text += fmt::format(
        "DPU against float32: error at most {:.1f} % of its bound, median of the models {:.1f} %; in {} of {} models the bound "
        "is less than the outputs (median {:.2g} of the largest element, error {:.2g})\n",
        100 * quantile(usesOf(&BoundUse::largest), 1), 100 * quantile(usesOf(&BoundUse::largest), 0.5), tools::grouped(meaningful()),
        tools::grouped(uses.size()), quantile(usesOf(&BoundUse::relativeBound), 0.5), quantile(usesOf(&BoundUse::relativeError), 0.5));
  text += fmt::format("DPU engines compared on {}: {} of NetOut\n", tools::counted(enginesCompared, "model"),
                      tools::counted(valuesCompared, "value"));
  for (const std::string &failure : failures)
    text += "\n" + failure;
  return text + (passed() ? "PASSED\n" : fmt::format("\nFAILED: {}\n", tools::counted(failures.size(), "model")));
}

} // namespace softdpu::oracle
