//===- Passes.cpp - Order and registration of the passes ---------------------------------===//

#include "passes/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace softdpu {

void addGraphPasses(PassManager &manager) {
  manager.addPass(createCellsPass());
  manager.addPass(createWindowsPass());
  manager.addPass(createStepsPass());
  manager.addPass(createRaisePass());
  manager.addPass(createPartitionPass());
}

void addDpuPasses(PassManager &manager) {
  manager.addPass(createLowerPass());
  manager.addPass(createSharePass());
  manager.addPass(createQuantisePass());
  manager.addPass(createTilePass());
  manager.addPass(createFormChainsPass());
  manager.addPass(createPipelinePass());
  manager.addPass(createAllocatePass());
  manager.addPass(createSequencePass());
}

void registerPasses() {
  for (auto create :
       {createCellsPass, createWindowsPass, createStepsPass, createRaisePass, createPartitionPass, createLowerPass, createSharePass,
        createQuantisePass, createTilePass, createFormChainsPass, createPipelinePass, createAllocatePass, createSequencePass})
    registerPass(create);
}

FailureOr<Arch> archOf(ModuleOp module) {
  auto text = module->getAttrOfType<StringAttr>("dpu.arch");
  if (!text)
    return module.emitError() << "attribute dpu.arch is missing: the name of an architecture, or its TOML";
  const bool isToml = text.getValue().contains('=');
  auto arch = isToml ? parseArch(text.getValue(), "dpu.arch") : loadArch(text.getValue());
  if (!arch)
    return module.emitError() << arch.error().message;
  return *arch;
}

namespace {

/// \param where begins the message: "" or whose format it is.
FailureOr<BlockFormat> parseFor(ModuleOp module, const Arch &arch, StringRef name, const std::string &where) {
  const auto format = parseFormat(name, arch.nativeDim);
  if (!format)
    return module.emitError() << where << format.error().message;
  if (format->box != arch.box || format->mantissaBits > arch.mantissaBits)
    return module.emitError() << where << "format " << formatName(*format) << " has boxes of " << format->box << " and "
                              << format->mantissaBits << " mantissa bits; architecture " << arch.name << " has boxes of " << arch.box
                              << " and at most " << arch.mantissaBits << " mantissa bits";
  return *format;
}

} // namespace

FailureOr<BlockFormat> formatOf(ModuleOp module, const Arch &arch) {
  if (auto name = module->getAttrOfType<StringAttr>("dpu.format"); name && !name.empty())
    return parseFor(module, arch, name.getValue(), "");
  return BlockFormat{.mantissaBits = arch.mantissaBits, .box = arch.box};
}

FailureOr<std::map<std::string, BlockFormat>> nodeFormatsOf(ModuleOp module, const Arch &arch) {
  std::map<std::string, BlockFormat> formats;
  if (auto names = module->getAttrOfType<DictionaryAttr>("dpu.node_formats"))
    for (NamedAttribute each : names) {
      const std::string node = each.getName().str();
      const auto format = parseFor(module, arch, cast<StringAttr>(each.getValue()).getValue(), "node \"" + node + "\": ");
      if (failed(format))
        return failure();
      formats[node] = *format;
    }
  return formats;
}

} // namespace softdpu
