//===- Interpreter.h - Runs decoded programs, one beat after another ---------------------===//
//
// The meaning of a program, written down directly. Register files keep their contents from run to run; everything else lives in a Run.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "ExactSums.h"
#include "MatrixFile.h"
#include "VectorFile.h"
#include "softdpu/simulator/Engine.h"

#include <vector>

namespace softdpu::functional {

/// The memories that survive a run.
struct Memories {
  explicit Memories(const Arch &arch);
  MatrixFile matrices;
  VectorFile initial;
  std::vector<VectorFile> addSub, multiply; ///< One per MFU.
};

class Interpreter {
public:
  /// \param arch validated.
  explicit Interpreter(const Arch &arch) : arch(arch), memories(arch) {}

  /// See Engine::run. \param program as decodeProgram gives it for this architecture.
  Expected<RunResult> run(const DecodedProgram &program, std::span<const Half> netIn, std::span<const std::byte> weights,
                          const RunOptions &options);

private:
  Arch arch;
  Memories memories;
};

} // namespace softdpu::functional
