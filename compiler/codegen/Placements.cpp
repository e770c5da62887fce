//===- Placements.cpp - Where each node of a model went ------------------------------------===//

#include "codegen/Placements.h"

#include "passes/HostSteps.h"
#include "passes/Sequences.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace softdpu {

/// The kind of a recurrent operation, by ONNX's name; "" of others.
static std::string layerOf(Operation *op) {
  if (auto node = dyn_cast<rnn::NodeOp>(op))
    return node.getOp().str();
  return isa<rnn::SimpleOp>(op) ? "RNN" : isCell(op) ? op->getName().stripDialect().upper() : "";
}

std::vector<NodePlacement> placementsIn(ModuleOp module, const onnx_import::Model &model) {
  llvm::StringMap<std::string> regions, reasons; // by node
  // Nodes, and those that became part of them.
  const auto note = [](llvm::StringMap<std::string> &details, Operation *op, const std::string &detail) {
    const StringRef own = op->getAttrOfType<StringAttr>("node").getValue();
    const auto merged = op->getAttrOfType<ArrayAttr>(mergedAttr);
    const std::string layer = merged ? layerOf(op) : "";
    if (layer.empty())
      details.try_emplace(own, detail);
    else
      details[own] = detail + ", " + layer + " of " + std::to_string(merged.size() + 1) + " nodes";
    if (merged)
      for (StringRef part : merged.getAsValueRange<StringAttr>())
        details.try_emplace(part, layer.empty() ? detail : detail + ", part of the " + layer + " \"" + own.str() + "\"");
  };
  module.walk([&](Operation *op) {
    if (auto node = dyn_cast<rnn::NodeOp>(op))
      note(reasons, op, whyOnHost(node));
    else if (isRaised(op))
      note(regions, op, op->getParentOfType<rnn::RegionOp>().getName().str());
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
