//===- Check.cpp - One random model on everything that can run it ------------------------===//

#include "Check.h"

#include "EngineComparison.h"
#include "ModelTensors.h"
#include "Reference.h"

#include "softdpu/compiler/Compiler.h"
#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <cmath>

namespace softdpu::oracle {
namespace {

/// A failed check, on its way out.
struct Failed {
  Failure failure;
  std::string message;
};

template <typename T> T orFailed(Expected<T> value, std::string_view where) {
  if (!value)
    throw Failed{Failure::Error, fmt::format("{}: {}", where, value.error().message)};
  return std::move(*value);
}

double largestMagnitude(std::span<const float> values) {
  double largest = 0;
  for (const float value : values)
    largest = std::max(largest, std::abs(double(value)));
  return largest;
}

/// Equal names, types and shapes, float32.
void requireSameForm(const Tensors &found, const Tensors &expected, std::string_view finder, std::string_view expecter, Failure failure) {
  for (const auto &[name, tensor] : expected) {
    const auto other = found.find(name);
    if (other == found.end())
      throw Failed{failure, fmt::format("{} gives no {}", finder, name)};
    if (other->second.type != tensor.type || other->second.shape != tensor.shape)
      throw Failed{failure, fmt::format("{} gives {} as {}, {} as {}", finder, name, describe(other->second), expecter, describe(tensor))};
  }
  if (found.size() != expected.size())
    throw Failed{failure, fmt::format("{} gives {} outputs, {} {}", finder, found.size(), expecter, expected.size())};
}

/// One model, once.
class Check {
public:
  Check(OnnxRuntime &runtime, const ModelDescription &model) : runtime(runtime), model(model), inputs(inputsOf(model)) {}

  Verdict run(bool allEngines) {
    try {
      compareFloat32();
      if (const auto program = compileForDpu()) {
        runOnDpu(*program);
        if (allEngines)
          compareAllEngines(*program);
      }
    } catch (const Failed &failed) {
      verdict.failure = failed.failure;
      verdict.message = failed.message;
    }
    return verdict;
  }

private:
  OnnxRuntime &runtime;
  const ModelDescription &model;
  const Tensors inputs;
  Tensors float32;
  std::vector<DeviceCall> calls;
  Verdict verdict;

  CompileOptions options() const {
    CompileOptions result;
    result.arch = orFailed(loadArch(model.arch), "architecture");
    result.format = formatName({model.mantissaBits, result.arch.box});
    return result;
  }

  Tensors runProgram(Program program, EngineKind kind, std::vector<DeviceCall> *record) const {
    auto device = orFailed(Device::create(kind, program.arch), engineName(kind));
    auto session = orFailed(Session::create(std::move(program), std::move(device)), engineName(kind));
    return orFailed(session.run(inputs, {}, record), engineName(kind));
  }

  Program compileForCpu(bool fuse) const {
    CompileOptions everythingOnCpu = options();
    everythingOnCpu.placement["*"] = "cpu";
    everythingOnCpu.fuseOnCpu = fuse;
    return orFailed(compileOnnxBytes(onnxOf(model, Form::AsDescribed), "random.onnx", everythingOnCpu), "compiler, all on the CPU");
  }

  void compareFloat32() {
    const Tensors expected = orFailed(runtime.run(onnxOf(model, Form::ForOnnxRuntime), inputs), "ONNX Runtime");
    if (model.hasWritten()) {
      Program fused = compileForCpu(true);
      checkFusion(fused);
      float32 = runProgram(std::move(fused), EngineKind::Cpu, nullptr);
      compareFloat32(expected);
    }
    float32 = runProgram(compileForCpu(false), EngineKind::Cpu, nullptr);
    compareFloat32(expected);
  }

  /// Each direction of a layer that is written out is one recurrent step if it must be, and none if it must not.
  void checkFusion(const Program &program) {
    for (size_t i = 0; i < model.layers.size(); ++i) {
      const LayerDescription &layer = model.layers[i];
      if (!layer.written)
        continue;
      int64_t found = 0;
      for (const Step &step : program.steps)
        if (const auto *host = std::get_if<HostStep>(&step))
          found += recurrentSteps(*host, nameOf("layer", i) + ".");
      const int64_t expected = mustFuse(model, i) ? layer.directions() : 0;
      if (found != expected)
        throw Failed{Failure::Fusion, fmt::format("layer {} is written out; {} of its {} directions became a {}, {} should", i, found,
                                                  layer.directions(), operatorName(layer.cell), expected)};
      verdict.fused += uint64_t(found);
    }
  }

  /// Recurrent steps, in bodies too, whose names begin with `prefix`.
  static int64_t recurrentSteps(const HostStep &step, const std::string &prefix) {
    int64_t found = (step.op == "RNN" || step.op == "GRU" || step.op == "LSTM") && step.node.starts_with(prefix);
    for (const HostBody &body : step.bodies)
      for (const HostStep &inner : body.steps)
        found += recurrentSteps(inner, prefix);
    return found;
  }

  void compareFloat32(const Tensors &expected) {
    requireSameForm(float32, expected, "the CPU engine", "ONNX Runtime", Failure::Float32);
    for (const auto &[name, tensor] : expected) {
      const std::span<const float> ours = values<float>(float32.at(name)), theirs = values<float>(tensor);
      const double largest = largestMagnitude(theirs);
      for (size_t i = 0; i < theirs.size(); ++i) {
        if (isClose(ours[i], theirs[i], largest)) {
          const double use = std::abs(double(ours[i]) - double(theirs[i])) / allowed(largest);
          verdict.float32Use = std::max(verdict.float32Use, use);
          continue;
        }
        if (followReadings(expected)) {
          verdict.otherReading = true;
          return;
        }
        throw Failed{Failure::Float32,
                     fmt::format("{}[{}]: the CPU engine gives {}, ONNX Runtime {}; in real numbers it is {:.9g}; largest element {:.4g}",
                                 name, i, ours[i], theirs[i], evaluate(model).outputs.at(name)[i].value, largest)};
      }
    }
  }

  static double allowed(double largest) { return float32Tolerance * largest + float32Floor; }
  static bool isClose(double a, double b, double largest) { return std::abs(a - b) <= allowed(largest); }

  /// The CPU engine is close to ONNX's text as we read it, and ONNX Runtime to it as it is read there.
  bool followReadings(const Tensors &theirs) const {
    const auto follows = [&](const Tensors &tensors, const Reading &reading) {
      const BoundedTensors exact = evaluate(model, reading).outputs;
      return std::ranges::all_of(tensors, [&](const auto &named) {
        const std::span<const float> found = values<float>(named.second);
        const double largest = largestMagnitude(found);
        const std::vector<Bounded> &expected = exact.at(named.first);
        return std::ranges::equal(found, expected, [&](float a, const Bounded &b) { return isClose(a, b.value, largest); });
      });
    };
    return follows(float32, onnxReading) && follows(theirs, onnxRuntimeReading);
  }

  /// Nothing if the compiler refuses the model for this architecture.
  std::optional<Program> compileForDpu() {
    verdict.onDpu.assign(model.layers.size(), false);
    // What is written out and no layer stays on the CPU, so that a layer is on the DPU as a whole or not at all.
    CompileOptions own = options();
    for (size_t i = 0; i < model.layers.size(); ++i)
      if (model.layers[i].written && !mustFuse(model, i))
        for (const std::string &node : nodesOf(model, i))
          own.placement[node] = "cpu";
    auto program = compileOnnxBytes(onnxOf(model, Form::AsDescribed), "random.onnx", own);
    if (!program) {
      verdict.refusal = program.error().message;
      return {};
    }
    for (const DebugRange &range : program->debug)
      for (size_t i = 0; i < model.layers.size(); ++i)
        if (range.node == nameOf("layer", i) || range.node.starts_with(nameOf("layer", i) + "."))
          verdict.onDpu[i] = true;
    for (size_t i = 0; i < model.layers.size(); ++i)
      if (model.layers[i].written && mustFuse(model, i) && !verdict.onDpu[i])
        throw Failed{Failure::Fusion, fmt::format("layer {} is written out; it is not on the DPU", i)};
    return std::move(*program);
  }

  void runOnDpu(const Program &program) {
    const Tensors outputs = runProgram(program, EngineKind::Functional, &calls);
    requireSameForm(outputs, float32, "the functional engine", "the CPU engine", Failure::Bound);
    if (calls.empty())
      return;
    verdict.use.emplace();
    const BoundedTensors onDpu = evaluate(model, verdict.onDpu, program.arch.box).outputs, onCpu = evaluate(model).outputs;
    for (const auto &[name, reference] : float32) {
      const auto found = values<float>(outputs.at(name)), expected = values<float>(reference);
      const double largest = std::max(largestMagnitude(expected), 1e-30);
      for (size_t i = 0; i < expected.size(); ++i) {
        const Bounded &dpu = onDpu.at(name)[i], &cpu = onCpu.at(name)[i];
        const double bound = dpu.error + cpu.error, error = std::abs(double(found[i]) - double(expected[i]));
        verdict.use->largest = std::max(verdict.use->largest, error == 0 ? 0 : error / bound);
        verdict.use->relativeBound = std::max(verdict.use->relativeBound, bound / largest);
        verdict.use->relativeError = std::max(verdict.use->relativeError, error / largest);
        if (!(error <= bound))
          throw Failed{Failure::Bound, fmt::format("{}[{}]: the functional engine gives {}, float32 {}; the difference {:.4g} is more than "
                                                   "the bound {:.4g}; in real numbers it is {:.9g}",
                                                   name, i, found[i], expected[i], error, bound, dpu.value)};
      }
    }
  }

  void compareAllEngines(const Program &program) {
    if (calls.empty())
      return;
    std::vector<EngineKind> kinds = availableEngines();
    std::erase(kinds, EngineKind::Cpu);
    tools::Progress quiet(false);
    const auto comparison = orFailed(tools::compareEngines(tools::stimulusOf(program, calls), kinds, false, quiet), "engines");
    verdict.enginesCompared = true;
    verdict.valuesCompared = comparison.valuesCompared;
    if (!comparison.agrees())
      throw Failed{Failure::Engines, comparison.divergence ? comparison.divergence->describe()
                                                           : fmt::format("{} values and {} cycles differ", comparison.mismatchedValues,
                                                                         comparison.cycleDifference)};
  }
};

} // namespace

std::string_view failureName(Failure failure) {
  constexpr std::array<std::string_view, 5> names{"error", "float32 differs from ONNX Runtime", "beyond the bound of the format",
                                                  "DPU engines differ", "layers written out not recognised as they should"};
  return names[size_t(failure)];
}

Verdict Checker::check(const ModelDescription &model, bool allEngines) { return Check(runtime, model).run(allEngines); }

Expected<void> save(const ModelDescription &model, const std::filesystem::path &folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail("{}: {}", folder.string(), error.message());
  for (const auto &[name, form] : {std::pair("model.onnx", Form::AsDescribed), std::pair("onnxruntime.onnx", Form::ForOnnxRuntime)})
    if (const auto written = writeFile(folder / name, onnxOf(model, form)); !written)
      return written;
  for (const auto &[name, tensor] : inputsOf(model))
    if (const auto written = writeNpy(tensor, folder / (name + ".npy")); !written)
      return written;
  return {};
}

} // namespace softdpu::oracle
