//===- main.cpp - The softdpu command ----------------------------------------------------===//

#include "commands/Commands.h"

int main(int argc, char **argv) {
  softdpu::tools::CommandLine line;
  softdpu::tools::addCompile(line);
  softdpu::tools::addInfo(line);
  softdpu::tools::addDisasm(line);
  softdpu::tools::addAsm(line);
  softdpu::tools::addRun(line);
  softdpu::tools::addSimulate(line);
  softdpu::tools::addVerify(line);
  softdpu::tools::addAccuracy(line);
  softdpu::tools::addBpc(line);
  softdpu::tools::addBench(line);
  softdpu::tools::addArch(line);
  softdpu::tools::addExplore(line);
  return line.run(argc, argv);
}
