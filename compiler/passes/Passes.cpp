//===- Passes.cpp - Order and registration of the passes ---------------------------------===//

#include "passes/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace softdpu {

void addGraphPasses(PassManager &manager) {
  manager.addPass(createWindowsPass());
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
  for (auto create : {createWindowsPass, createRaisePass, createPartitionPass, createLowerPass, createSharePass, createQuantisePass,
                      createTilePass, createFormChainsPass, createPipelinePass, createAllocatePass, createSequencePass})
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

FailureOr<BlockFormat> formatOf(ModuleOp module, const Arch &arch) {
  BlockFormat format{.mantissaBits = arch.mantissaBits, .box = arch.box};
  if (auto name = module->getAttrOfType<StringAttr>("dpu.format"); name && !name.empty()) {
    auto parsed = parseFormat(name.getValue(), arch.nativeDim);
    if (!parsed)
      return module.emitError() << parsed.error().message;
    format = *parsed;
  }
  if (format.box != arch.box || format.mantissaBits > arch.mantissaBits)
    return module.emitError() << "format " << formatName(format) << " has boxes of " << format.box << " and " << format.mantissaBits
                              << " mantissa bits; architecture " << arch.name << " has boxes of " << arch.box << " and at most "
                              << arch.mantissaBits << " mantissa bits";
  return format;
}

} // namespace softdpu
