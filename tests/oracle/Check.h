//===- Check.h - One random model on everything that can run it --------------------------===//

#pragma once

#include "OnnxRuntime.h"
#include "RandomModel.h"

#include <optional>
#include <set>

namespace softdpu::oracle {

/// Of the CPU engine to ONNX Runtime: relative to the largest element of the output; and, as gates are of the size of 1, two units in the
/// last place of 1.
constexpr double float32Tolerance = 1e-5, float32Floor = 0x1p-22;

enum class Failure : uint8_t {
  Error,   ///< A part failed that should not: importer, engine, ONNX Runtime.
  Float32, ///< The CPU engine differs from ONNX Runtime.
  Bound,   ///< An engine is further from float32 than its format explains.
  Engines, ///< The DPU engines differ from each other.
  Fusion,  ///< A layer that is written out was not recognised, or something else was.
};
std::string_view failureName(Failure failure);

/// How an error relates to its bound, over the elements of one model that the DPU computed.
struct BoundUse {
  double largest = 0;       ///< Of error / bound.
  double relativeBound = 0; ///< Largest bound of an output, relative to its largest element; 1 or more says nothing.
  double relativeError = 0; ///< Likewise of the errors.
};

struct Verdict {
  std::optional<Failure> failure;
  std::string message;         ///< Of the failure: output, element, both values.
  double float32Use = 0;       ///< Largest difference of the CPU engine and ONNX Runtime, as part of what is allowed.
  bool otherReading = false;   ///< ONNX Runtime gives what its reading of ONNX's text says, and this project what ours says.
  std::vector<bool> onDpu;     ///< For each layer.
  uint64_t fused = 0;          ///< Layers that are written out and were recognised, each direction by itself.
  std::string refusal;         ///< The compiler's sentence, if the model does not fit the architecture; then no DPU engine ran it.
  std::optional<BoundUse> use; ///< If any layer ran on the DPU.
  bool enginesCompared = false;
  uint64_t valuesCompared = 0; ///< Of NetOut, between engines.
};

class Checker {
public:
  /// \param runtime must outlive the checker.
  explicit Checker(OnnxRuntime &runtime) : runtime(runtime) {}

  /// \param allEngines also compare the functional engine with all others of this build, bit by bit and cycle by cycle.
  Verdict check(const ModelDescription &model, bool allEngines);

private:
  OnnxRuntime &runtime;
};

/// Writes model.onnx, the model for ONNX Runtime (onnxruntime.onnx) and one .npy for each input into `folder`.
Expected<void> save(const ModelDescription &model, const std::filesystem::path &folder);

} // namespace softdpu::oracle
