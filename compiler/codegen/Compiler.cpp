//===- Compiler.cpp - ONNX to a DPU program ----------------------------------------------===//

#include "softdpu/compiler/Compiler.h"

#include "codegen/Emit.h"
#include "codegen/Placements.h"
#include "import/Importer.h"
#include "passes/Passes.h"

#include "softdpu/isa/Chain.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"

#include <cmath>
#include <cstring>
#include <set>

using namespace mlir;

namespace softdpu {
namespace {

using onnx_import::Model;

/// Reads the model, whenever it is called.
using Source = llvm::function_ref<Expected<Model>()>;

/// One compilation: the MLIR context with its dialects, and the first error that a pass emits.
class Compilation {
public:
  Compilation(const CompileOptions &options, std::string_view origin, Source read) : options(options), origin(origin), read(read) {
    context.disableMultithreading();
    context.loadDialect<func::FuncDialect, rnn::RnnDialect, dpu::DpuDialect>();
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error && error.empty())
        error = diagnostic.str();
      return success();
    });
  }

  Expected<Program> compile() {
    if (auto imported = import(); !imported)
      return tl::unexpected(imported.error());
    for (;;) {
      if (auto lowered = fit(); !lowered)
        return tl::unexpected(lowered.error());
      auto program = emitProgram(*module, model, options.arch, format);
      if (program || pipeline == Pipeline::None)
        return prefixed(std::move(program));
      pipeline = coarser(pipeline);
      if (auto again = import(); !again)
        return tl::unexpected(again.error());
    }
  }

  Expected<std::vector<NodePlacement>> placements() {
    if (auto imported = import(); !imported)
      return tl::unexpected(imported.error());
    if ((*module)->hasAttr(freeWindowsAttr)) {
      OwningOpRef<ModuleOp> partitioned = module->clone();
      if (!fit()) // Whatever else keeps it from compiling is not the question here.
        error.clear();
      if (!convolutionsOnHost)
        module = std::move(partitioned);
      else if (auto again = import(); !again)
        return tl::unexpected(again.error());
    }
    return placementsIn(*module, model);
  }

  Expected<std::string> text(Stage stage) {
    if (stage == Stage::Asm) {
      auto program = compile();
      if (!program)
        return tl::unexpected(program.error());
      return disassemble(program->instructions);
    }
    if (auto imported = import(); !imported)
      return tl::unexpected(imported.error());
    if (stage == Stage::Dpu)
      if (auto lowered = fit(); !lowered)
        return tl::unexpected(lowered.error());
    std::string result;
    llvm::raw_string_ostream stream(result);
    module->print(stream, OpPrintingFlags().elideLargeElementsAttrs(16));
    return result + "\n";
  }

private:
  const CompileOptions &options;
  std::string origin, error;
  Source read;
  MLIRContext context;
  Model model;
  OwningOpRef<ModuleOp> module;
  BlockFormat format;
  /// A pipeline repeats the chains of each stage. Where the memories are too small for that, fewer stages do more each; without a pipeline
  /// the chains must fit once.
  enum class Pipeline : uint8_t { Finest, Halved, Quartered, None };
  Pipeline pipeline = Pipeline::Finest;
  /// Layers have the weight memory to themselves: with the convolutions that nobody placed it would be too small.
  bool convolutionsOnHost = false;
  static Pipeline coarser(Pipeline pipeline) { return Pipeline(uint8_t(pipeline) + 1); }

  Expected<Program> prefixed(Expected<Program> program) const {
    if (!program)
      return fail("{}: {}", origin, program.error().message);
    return program;
  }

  /// Reads, checks and partitions.
  Expected<void> import() {
    auto given = read();
    if (!given)
      return tl::unexpected(given.error());
    model = std::move(*given);
    if (auto bound = bindInputs(); !bound)
      return bound;
    if (auto checked = checkPlacement(); !checked)
      return checked;
    auto infos = onnx_import::inferGraph(model);
    if (!infos)
      return fail("{}: {}", origin, infos.error().message);
    if (auto added = addOutputs(*infos); !added)
      return added;
    if (!options.timingOnly)
      if (auto finite = checkFinite(); !finite)
        return finite;
    module = onnx_import::importGraph(context, model, *infos, options.placement);
    (*module)->setAttr("dpu.arch", StringAttr::get(&context, canonicalArch(options.arch)));
    (*module)->setAttr("dpu.format", StringAttr::get(&context, options.format));
    NamedAttrList nodeFormats;
    for (const auto &[node, name] : options.nodeFormats)
      nodeFormats.append(node, StringAttr::get(&context, name));
    if (!nodeFormats.empty())
      (*module)->setAttr("dpu.node_formats", nodeFormats.getDictionary(&context));
    if (convolutionsOnHost)
      (*module)->setAttr(noFreeWindowsAttr, UnitAttr::get(&context));
    if (options.fuseOnCpu)
      (*module)->setAttr(fuseOnCpuAttr, UnitAttr::get(&context));
    if (options.timingOnly)
      (*module)->setAttr(timingOnlyAttr, UnitAttr::get(&context));
    const FailureOr<BlockFormat> parsed = formatOf(*module, options.arch);
    if (failed(parsed) || failed(nodeFormatsOf(*module, options.arch)))
      return fail("{}", error);
    format = *parsed;
    PassManager manager(&context);
    addGraphPasses(manager);
    return run(manager);
  }

  /// The passes behind partitioning; if the weights do not fit, once more without convolutions.
  Expected<void> fit() {
    auto done = lower();
    if (done || convolutionsOnHost || !(*module)->hasAttr(tooManyWeightsAttr) || !(*module)->hasAttr(freeWindowsAttr))
      return done;
    convolutionsOnHost = true;
    error.clear();
    if (auto again = import(); !again)
      return again;
    return lower();
  }

  /// The passes behind partitioning, with the finest pipeline that fits the memories.
  Expected<void> lower() {
    const auto number = [&](int64_t value) { return IntegerAttr::get(IntegerType::get(&context, 64), value); };
    for (;;) {
      if (pipeline == Pipeline::None)
        (*module)->setAttr(maxStagesAttr, number(1));
      else
        (*module)->setAttr(mergedStagesAttr, number(int64_t(1) << uint8_t(pipeline)));
      OwningOpRef<ModuleOp> before = module->clone();
      PassManager manager(&context);
      addDpuPasses(manager);
      auto done = run(manager);
      if (done || pipeline == Pipeline::None || (*module)->hasAttr(tooManyWeightsAttr))
        return done;
      module = std::move(before);
      pipeline = coarser(pipeline);
      error.clear();
    }
  }

  Expected<void> run(PassManager &manager) {
    if (succeeded(manager.run(*module)))
      return {};
    return fail("{}: {}", origin, error.empty() ? "internal error in a pass" : error);
  }

  /// Inputs that are frozen become constants.
  Expected<void> bindInputs() {
    for (const auto &[name, tensor] : options.bindings) {
      const auto found = std::ranges::find(model.inputs, name, &Port::name);
      if (found == model.inputs.end())
        return fail("{}: input \"{}\" is bound, but the model has no such input", origin, name);
      bool same = tensor.type == found->type && tensor.shape.size() == found->shape.size();
      for (size_t i = 0; same && i < tensor.shape.size(); ++i)
        same = found->shape[i].size < 0 || found->shape[i].size == tensor.shape[i];
      if (!same)
        return fail("{}: input \"{}\" is bound to a tensor of another type or shape", origin, name);
      model.constants[name] = tensor;
      model.inputs.erase(found);
    }
    return {};
  }

  Expected<void> addOutputs(const onnx_import::TensorInfos &infos) {
    std::set<std::string> inBodies;
    onnx_import::forEachBody(model.nodes, [&](const onnx_import::Body &body) {
      for (const onnx_import::BodyPort &input : body.inputs)
        inBodies.insert(input.name);
      for (const onnx_import::Node &node : body.nodes)
        inBodies.insert(node.outputs.begin(), node.outputs.end());
    });
    for (const std::string &name : options.extraOutputs) {
      const auto info = infos.find(name);
      if (info == infos.end())
        return fail("{}: tensor \"{}\" is to be an output, but the model has no such tensor", origin, name);
      if (inBodies.contains(name))
        return fail("{}: tensor \"{}\" is to be an output, but it is inside a node (If, Loop, Scan); tensors outside are supported", origin,
                    name);
      if (std::ranges::find(model.outputs, name, &Port::name) == model.outputs.end())
        model.outputs.push_back({.name = name, .type = info->second.type, .shape = info->second.shape});
    }
    return {};
  }

  bool hasNode(const std::string &name) const {
    bool found = false;
    onnx_import::forEachNode(model.nodes, [&](const onnx_import::Node &node) { found |= node.name == name; });
    return found;
  }

  Expected<void> checkPlacement() const {
    for (const auto &[name, format] : options.nodeFormats)
      if (!hasNode(name))
        return fail("{}: node \"{}\" has the format {}, but the model has no such node", origin, name, format);
    for (const auto &[name, place] : options.placement) {
      if (place != "cpu" && place != "dpu")
        return fail("{}: node \"{}\" is placed on \"{}\"; cpu and dpu are supported", origin, name, place);
      if (name != "*" && !hasNode(name))
        return fail("{}: node \"{}\" is placed on {}, but the model has no such node", origin, name, place);
    }
    return {};
  }

  Expected<void> checkFinite() const {
    for (const auto &[name, tensor] : model.constants) {
      if (tensor.type != ElementType::Float32)
        continue;
      for (size_t i = 0; i < tensor.data.size() / sizeof(float); ++i) {
        float value;
        std::memcpy(&value, tensor.data.data() + i * sizeof value, sizeof value);
        if (!std::isfinite(value))
          return fail("{}: tensor \"{}\": element {} is {}; weights must be finite", origin, name, i, value);
      }
    }
    return {};
  }
};

} // namespace

Expected<Program> compileOnnxBytes(std::span<const std::byte> bytes, std::string_view origin, const CompileOptions &options) {
  return Compilation(options, origin, [&] { return onnx_import::readModel(bytes, origin); }).compile();
}

Expected<Program> compileOnnx(const std::filesystem::path &path, const CompileOptions &options) {
  return Compilation(options, path.string(), [&] { return onnx_import::readModelFile(path); }).compile();
}

Expected<std::vector<NodePlacement>> placeNodes(const std::filesystem::path &path, const CompileOptions &options) {
  return Compilation(options, path.string(), [&] { return onnx_import::readModelFile(path); }).placements();
}

Expected<std::string> emitText(const std::filesystem::path &path, const CompileOptions &options, Stage stage) {
  return Compilation(options, path.string(), [&] { return onnx_import::readModelFile(path); }).text(stage);
}

} // namespace softdpu
