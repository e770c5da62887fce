//===- OpDocs.cpp - The table of operators as Markdown -------------------------------===//

#include "import/OpTable.h"

#include "softdpu/compiler/Compiler.h"

namespace softdpu {

std::string supportedOpsMarkdown() {
  using namespace onnx_import;
  std::string text =
      "<!-- Generated from compiler/import/OpTable.cpp: softdpu-opt --supported-ops. Do not edit. -->\n"
      "# Supported ONNX operators\n\n"
      "Opsets 7 to 22. *DPU*: runs on the DPU where it is applied at every time step, else (or with `--place NODE=cpu`) on the CPU. "
      "*folded*: computed at compile time if its inputs are known, else on the CPU. What is part of a "
      "[recurrent cell that is written out](compiler.md#cells-that-are-written-out) runs on the DPU with it. Anything that is not in this "
      "table is refused "
      "with one sentence that names the node.\n\n"
      "| operator | runs on | attributes | limits |\n|---|---|---|---|\n";
  for (const OpRule &rule : opTable()) {
    std::string attributes, limits(rule.limits);
    for (const AttributeRule &attribute : rule.attributes)
      attributes += fmt::format("{}`{}`: {}", attributes.empty() ? "" : "; ", attribute.name, attribute.supported);
    for (const std::string_view body : rule.bodies)
      attributes += fmt::format("{}`{}`: a graph", attributes.empty() ? "" : "; ", body);
    text += fmt::format("| {} | {} | {} | {} |\n", rule.op,
                        rule.where == Where::Dpu   ? "DPU"
                        : rule.where == Where::Cpu ? "CPU"
                                                   : "folded",
                        attributes, limits);
  }
  return text;
}

} // namespace softdpu
