//===- Summary.h - What came out of many random models -----------------------------------===//

#pragma once

#include "Check.h"

#include <map>
#include <nlohmann/json.hpp>

namespace softdpu::oracle {

class Summary {
public:
  /// \param runtimeVersion of ONNX Runtime. \param seed of the first model.
  Summary(std::string runtimeVersion, uint64_t seed) : runtimeVersion(std::move(runtimeVersion)), seed(seed) {}

  /// \param wasTamed its gains are not those drawn.
  void add(const ModelDescription &model, const Verdict &verdict, bool wasTamed);
  /// \param small the model in its smallest form, and \param how that fails.
  void addFailure(const ModelDescription &model, const Verdict &verdict, const ModelDescription &small, const Verdict &how);

  bool passed() const { return failures.empty(); }
  nlohmann::json json() const;
  std::string text() const;

private:
  std::string runtimeVersion;
  uint64_t seed;
  uint64_t models = 0, layers = 0, layersOnDpu = 0, modelsOnDpu = 0, refused = 0, fused = 0, otherReadings = 0, tame = 0,
           enginesCompared = 0, valuesCompared = 0;
  std::map<std::string, uint64_t> drawn; ///< Layers, by what they have.
  std::vector<double> float32Uses;       ///< One for each model.
  std::vector<BoundUse> uses;            ///< One for each model with layers on the DPU.
  std::vector<std::string> failures;
  std::vector<std::string> refusals; ///< Sentences of the compiler that differ in more than numbers.

  /// Of `numbers`, the one that `share` of them do not exceed; 0 without any.
  static double quantile(std::vector<double> numbers, double share);
  std::vector<double> usesOf(double BoundUse::*field) const;
  /// Models whose bound is less than the outputs themselves.
  uint64_t meaningful() const;
};

} // namespace softdpu::oracle
