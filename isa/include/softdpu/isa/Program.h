//===- Program.h - A compiled model: the contents of a .dpu file -------------------------===//
//
// What the compiler emits and the host runtime executes: instruction words and weights for the DPU, host steps around them, the
// signature, and the map back to ONNX nodes. Stored as FlatBuffers (isa/program/program.fbs).
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"
#include "softdpu/numerics/BlockFloat.h"
#include "softdpu/numerics/Half.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace softdpu {

enum class ElementType : uint8_t { Float32, Float16, Int64, Int32, Bool, Int8, UInt8 };
/// Bytes of one element.
unsigned elementSize(ElementType type);
/// As ONNX and numpy users know them: "float32", "int64", ...
std::string_view elementTypeName(ElementType type);

/// A dimension: a size, or a name bound at run time ("T").
struct Dimension {
  int64_t size = -1; ///< -1: symbolic
  std::string symbol;
  bool operator==(const Dimension &) const = default;
};

/// Row-major data.
struct Tensor {
  ElementType type = ElementType::Float32;
  std::vector<int64_t> shape;
  std::vector<std::byte> data;
  bool operator==(const Tensor &) const = default;
};

struct Port {
  std::string name;
  ElementType type = ElementType::Float32;
  std::vector<Dimension> shape;
  bool operator==(const Port &) const = default;
};

using Attribute = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>>;

struct HostStep;

/// A graph inside a host step. Its steps may use every tensor that is defined in front of the step that it is in; nothing outside may use
/// what it defines. Sizes of -1 are open.
struct HostBody {
  std::vector<Port> inputs, outputs;
  std::vector<HostStep> steps; ///< In order of execution.
  bool operator==(const HostBody &other) const;
};

/// One ONNX operator on the host, with ONNX's own name, inputs ("" for absent) and attributes. GRU, LSTM, RNN may appear: they then run on
/// the CPU in float32. ONNX's lists of strings (`activations`) are one string, joined by commas; the `value` of a ConstantOfShape is a
/// float or an integer. If has the bodies then_branch and else_branch, Loop and Scan have one.
struct HostStep {
  std::string op;
  std::string node;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, Attribute> attributes;
  std::vector<HostBody> bodies = {};
  bool operator==(const HostStep &) const = default;
};
inline bool HostBody::operator==(const HostBody &other) const {
  return inputs == other.inputs && outputs == other.outputs && steps == other.steps;
}

/// A tensor that enters or leaves a region. Sequences are [T, B, F] or anything that has T*B*F elements in that order; states are [B, F].
/// Batches run one after another. Each step moves ceil(F / nativeDim) native vectors, padded with zeros.
struct RegionPort {
  std::string tensor;
  uint32_t features = 0;
  uint32_t lag = 0; ///< Sequences: in iteration i the region moves time step i - lag.
  bool operator==(const RegionPort &) const = default;
};

/// One run of the DPU over a whole sequence. Scalar register 0 holds the number of steps T.
///
/// NetIn: every state input whole; then for i = 0 .. T - 1 + max lag, for every sequence input in order, step i - lag if it is in [0, T).
/// NetOut: for i likewise, every sequence output in order; then every final output.
struct DpuRegion {
  std::string name;
  uint32_t entryPoint = 0;
  std::string stepsFrom; ///< Tensor whose leading dimension is T (the first sequence input).
  std::vector<RegionPort> stateInputs, sequenceInputs, sequenceOutputs, finalOutputs;
  bool operator==(const DpuRegion &) const = default;
};

using Step = std::variant<HostStep, DpuRegion>;

/// Instructions [begin, end) belong to `chain` of ONNX node `node`.
struct DebugRange {
  uint32_t begin = 0, end = 0;
  std::string chain, node;
  bool operator==(const DebugRange &) const = default;
};

struct Program {
  Arch arch;
  BlockFormat format;
  std::string model; ///< ONNX graph name.
  std::vector<uint64_t> instructions;
  uint32_t loadEntry = 0;         ///< Sequence that fills MRF and constant VRF entries, once per device.
  std::vector<Half> loadNetIn;    ///< What the load sequence takes from NetIn.
  std::vector<std::byte> weights; ///< What it takes from the weight port (WeightStream.h).
  std::vector<Port> inputs, outputs;
  std::map<std::string, Tensor> constants;
  std::vector<Step> steps; ///< In order of execution.
  std::vector<DebugRange> debug;
  std::map<std::string, std::string> metadata; ///< ONNX metadata_props, passed on.
  bool operator==(const Program &) const = default;
};

/// Format and ISA version that this build writes. Load policy: major equal, minor <= mine, all feature bits known.
struct ProgramVersion {
  uint16_t formatMajor, formatMinor, isaMajor, isaMinor;
};
ProgramVersion currentProgramVersion();

/// \returns the bytes of a .dpu file.
std::vector<std::byte> serialiseProgram(const Program &program);
/// Verifies structure (FlatBuffers verifier), version, features and CRCs; never trusts a length. \param origin names the file in messages.
Expected<Program> parseProgram(std::span<const std::byte> bytes, std::string_view origin);

Expected<void> writeProgram(const Program &program, const std::filesystem::path &path);
/// Memory-maps the file.
Expected<Program> readProgram(const std::filesystem::path &path);

/// An error that names both architectures and the remedy, if `program` was not compiled for `device`.
Expected<void> checkFingerprint(const Program &program, const Arch &device);

} // namespace softdpu
