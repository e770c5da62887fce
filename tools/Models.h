//===- Models.h - From a file name to a program ------------------------------------------===//

#pragma once

#include "deepbench/Points.h"
#include "softdpu/isa/Program.h"
#include "zoo/Entries.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace softdpu::tools {

/// How to compile, as the command line gives it.
struct CompileSettings {
  std::string arch = "edge";
  std::string format;                   ///< Empty: the architecture's widest.
  std::vector<std::string> nodeFormats; ///< NODE=FORMAT
  std::vector<std::string> placement;   ///< NODE=cpu or NODE=dpu
  std::vector<std::string> bindings;    ///< INPUT=FILE
};

enum class Intermediate : uint8_t { Rnn, Dpu, Asm };

/// Adds --format, which takes the format of all nodes or of single ones. `settings` must outlive the parsing.
void addFormatOption(CLI::App &app, CompileSettings &settings);

/// True for a file that is to be compiled, by its extension: .onnx.
bool isModel(const std::filesystem::path &path);

/// Compiles the ONNX model of a DeepBench layer, whose weights come from `seed`. \returns an error if this build has no compiler.
Expected<Program> compileLayer(const deepbench::Layer &layer, uint64_t seed, const CompileSettings &settings);

/// Compiles a model of the zoo, whose weights come from `seed`. \param scale divides widths and vocabulary. \param maxSteps a decoder that
/// is written out has no more steps. \returns an error if this build has no compiler.
Expected<Program> compileZoo(const zoo::Entry &entry, uint64_t seed, uint32_t scale, std::optional<uint32_t> maxSteps,
                             const CompileSettings &settings);

/// Compiles an ONNX file. \param extraOutputs see CompileOptions. \returns an error if this build has no compiler.
Expected<Program> compileModel(const std::filesystem::path &path, const CompileSettings &settings,
                               const std::vector<std::string> &extraOutputs = {});
/// The same with every node in float32 on the CPU.
Expected<Program> compileReference(const std::filesystem::path &path, CompileSettings settings,
                                   const std::vector<std::string> &extraOutputs = {});

/// Where a model comes from: a file, or bytes in memory.
struct ModelSource {
  std::string name;             ///< The path of the file, or what messages call the bytes.
  std::vector<std::byte> bytes; ///< A serialised ModelProto; empty: read the file.
};

/// A DeepBench layer whose matrices hold one number. \returns an error if this build has no compiler.
Expected<ModelSource> layerSource(const deepbench::Layer &layer);
/// Compiles for cycles alone (CompileOptions::timingOnly), for an architecture that needs no file. \param format empty: the widest.
Expected<Program> compileForTiming(const ModelSource &source, const Arch &arch, const std::string &format);
/// Where a node of a model runs, as softdpu/compiler/Compiler.h has it.
struct PlacedNode {
  std::string node, op;
  std::string place;  ///< dpu, cpu, or none: no step of its own, its result is constant, a view, or not needed.
  std::string detail; ///< The region on the DPU; why it is on the CPU.
};
/// Where the compiler places each node, in the order of the graph. \returns an error if this build has no compiler.
Expected<std::vector<PlacedNode>> placeNodes(const std::filesystem::path &path, const CompileSettings &settings);
/// The text of an intermediate form.
Expected<std::string> compileToText(const std::filesystem::path &path, const CompileSettings &settings, Intermediate form);

/// Compiles an .onnx file, reads anything else as a .dpu file.
Expected<Program> compileOrRead(const std::filesystem::path &path, const CompileSettings &settings);

} // namespace softdpu::tools
