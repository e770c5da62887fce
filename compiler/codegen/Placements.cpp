//===- Placements.cpp - Where each node of a model went ------------------------------------===//

#include "codegen/Placements.h"

#include "passes/HostSteps.h"
#include "passes/Sequences.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace softdpu {

std::vector<NodePlacement> placementsIn(ModuleOp module, const onnx_import::Model &model) {
  llvm::StringMap<std::string> regions, reasons; // by node
  module.walk([&](Operation *op) {
    if (auto node = dyn_cast<rnn::NodeOp>(op))
      reasons.try_emplace(node.getNode(), whyOnHost(node));
    else if (isRaised(op))
      for (StringRef attribute : {StringRef("node"), StringRef(mergedAttr)})
        if (auto node = op->getAttrOfType<StringAttr>(attribute))
          regions.try_emplace(node.getValue(), op->getParentOfType<rnn::RegionOp>().getName().str());
  });
  std::vector<NodePlacement> placements;
  const auto place = [&](const onnx_import::Node &node) {
    NodePlacement placement{.node = node.name, .op = node.op, .place = NodePlacement::Place::Compiled, .detail = ""};
    // A node on the DPU may have host steps around it, which have its name.
    if (const auto region = regions.find(node.name); region != regions.end()) {
      placement.place = NodePlacement::Place::Dpu;
      placement.detail = region->second;
    } else if (const auto reason = reasons.find(node.name); reason != reasons.end()) {
      placement.place = NodePlacement::Place::Cpu;
      placement.detail = reason->second;
    }
    placements.push_back(std::move(placement));
  };
  onnx_import::forEachNode(model.nodes, place);
  return placements;
}

} // namespace softdpu
