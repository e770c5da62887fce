//===- Commands.h - The commands, one function and one file each -------------------------===//

#pragma once

#include "CommandLine.h"

namespace softdpu::tools {

void addAccuracy(CommandLine &line);
void addArch(CommandLine &line);
void addAsm(CommandLine &line);
void addBench(CommandLine &line);
void addBpc(CommandLine &line);
void addCompile(CommandLine &line);
void addDisasm(CommandLine &line);
void addExplore(CommandLine &line);
void addInfo(CommandLine &line);
void addRun(CommandLine &line);
void addSimulate(CommandLine &line);
void addVerify(CommandLine &line);

} // namespace softdpu::tools
