//===- Compiler.h - ONNX to a DPU program ------------------------------------------------===//
//
// The whole compiler behind two functions. Nothing of MLIR or protobuf shows here. A model is untrusted input: any file either compiles or
// gives one error sentence.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"
#include "softdpu/isa/Program.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace softdpu {

struct CompileOptions {
  Arch arch;
  /// Block floating point format, as parseFormat() takes it. Empty: the widest of the architecture, bfp<mantissaBits>b<box>.
  std::string format;
  /// ONNX node name to the format of its matrices and of what they are multiplied by, where it is another than `format`. A node with a
  /// format must have a matrix on the DPU.
  std::map<std::string, std::string> nodeFormats;
  /// ONNX node name, or "*" for all, to "cpu" or "dpu". With {"*", "cpu"} everything becomes host steps: the float32 reference.
  std::map<std::string, std::string> placement;
  /// Recurrent cells that are written out become layers even where `placement` has them on the CPU. Without, what is placed on the CPU runs
  /// there as the model has it.
  bool fuseOnCpu = false;
  /// Graph inputs that are frozen to a value, for models whose weights are inputs. They are no inputs of the program then.
  std::map<std::string, Tensor> bindings;
  /// Tensors inside the graph that become outputs of the program too, behind those of the graph. What is computed stays the same, bit by
  /// bit; what else leaves the DPU may cost cycles.
  std::vector<std::string> extraOutputs;
  /// Compile for its cycles alone: the same instructions but for the scales of matrices, and weights are neither checked, quantised nor
  /// packed. The program's regions may run with timing only; its load sequence must not run at all.
  bool timingOnly = false;
};

/// Compiles the model in file `path`.
/// \returns a program whose signature is that of the ONNX graph (and `extraOutputs`); or one sentence that names the node, what was found
/// and what is supported.
Expected<Program> compileOnnx(const std::filesystem::path &path, const CompileOptions &options);

/// The same for a serialised ModelProto. \param origin names it in messages.
Expected<Program> compileOnnxBytes(std::span<const std::byte> bytes, std::string_view origin, const CompileOptions &options);

/// Where a node of the model runs.
struct NodePlacement {
  enum class Place : uint8_t { Dpu, Cpu, Compiled };

  std::string node, op;
  Place place = Place::Compiled; ///< Compiled: no step of its own, its result is constant, a view, or not needed.
  std::string detail;            ///< The region on the DPU; on the CPU why, as half a sentence.
};

/// Where the compiler places each node of the model, in the order of the graph; the errors are those of compileOnnx().
Expected<std::vector<NodePlacement>> placeNodes(const std::filesystem::path &path, const CompileOptions &options);

/// Intermediate forms: `Rnn` is the graph after partitioning, `Dpu` the chains with their memories, `Asm` the assembly of the program.
enum class Stage : uint8_t { Rnn, Dpu, Asm };
Expected<std::string> emitText(const std::filesystem::path &path, const CompileOptions &options, Stage stage);

/// The table of supported operators as Markdown: docs/supported_ops.md.
std::string supportedOpsMarkdown();

} // namespace softdpu
