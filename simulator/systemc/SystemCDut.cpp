//===- SystemCDut.cpp - The cycle-accurate model: all blocks, wired ----------------------===//

#include "SystemCDut.h"

#include <algorithm>

namespace softdpu {

using namespace model;

SystemCDut::SystemCDut(const sc_core::sc_module_name &name, const Arch &arch)
    : Dut(name), machine(arch), //
      headQueue("headQueue", machine, Timing::headQueueDepth), mvmQueue("mvmQueue", machine, Timing::mvmQueueDepth),
      tailQueue("tailQueue", machine, Timing::tailQueueDepth), loaderToConverter("loaderToConverter", machine, 2),
      loaderToBypass("loaderToBypass", machine, 2), converterToBroadcast("converterToBroadcast", machine, Timing::convertLatency + 1),
      reductionToRounder("reductionToRounder", machine, machine.timing.reduceLatency + 2),
      rounderToMfu("rounderToMfu", machine, Timing::roundLatency + 1), bypassToMfu("bypassToMfu", machine, 2),
      mfuOut("mfuOut", arch.mfus,
             [this](const char *pipeName, size_t) { return new Pipe<Beat *>(pipeName, machine, Timing::multiplyLatency + 1); }),
      control("control", machine), chainBuffer("chainBuffer", machine), decoder("decoder", machine), sequencer("sequencer", machine),
      dispatch("dispatch", machine), scoreboard("scoreboard", machine), matrixLoader("matrixLoader", machine), netIn("netIn", machine),
      loader("loader", machine), converter("converter", machine), broadcast("broadcast", machine), columnBuffer("columnBuffer", machine),
      mvmIssue("mvmIssue", machine),
      matrixRfs("matrixRf", arch.tileEngines, [this](const char *blockName, size_t) { return new MatrixRf(blockName, machine); }),
      tileEngines("tileEngine", arch.tileEngines,
                  [this](const char *blockName, size_t i) { return new TileEngine(blockName, machine, unsigned(i), mvmIssue.passes); }),
      bypassFifo("bypassFifo", machine), beatIssue("beatIssue", machine), reduction("reduction", machine, beatIssue.toReduction),
      rounder("rounder", machine),
      mfus("mfu", arch.mfus, [this](const char *blockName, size_t i) { return new model::Mfu(blockName, machine, unsigned(i)); }),
      initialVrf("initialVrf", machine, arch.initialVrf),
      addSubVrfs("addSubVrf", arch.mfus, [&](const char *blockName, size_t) { return new Vrf(blockName, machine, arch.addSubVrf); }),
      multiplyVrfs("multiplyVrf", arch.mfus, [&](const char *blockName, size_t) { return new Vrf(blockName, machine, arch.multiplyVrf); }),
      writeBack("writeBack", machine), netOut("netOut", machine) {
  blocks = {&control,   &chainBuffer,  &decoder,  &sequencer,  &dispatch,  &scoreboard, &matrixLoader, &netIn,      &loader,    &converter,
            &broadcast, &columnBuffer, &mvmIssue, &bypassFifo, &beatIssue, &reduction,  &rounder,      &initialVrf, &writeBack, &netOut};
  for (auto &block : matrixRfs)
    blocks.push_back(&block);
  for (auto &block : tileEngines)
    blocks.push_back(&block);
  for (auto &block : mfus)
    blocks.push_back(&block);
  for (auto *vrfs : {&addSubVrfs, &multiplyVrfs})
    for (auto &block : *vrfs)
      blocks.push_back(&block);
  for (Block *block : blocks)
    block->clock(clock);
  wireFrontEnd();
  wireMatrixPath();
  wireVectorPath();

  SC_HAS_PROCESS(SystemCDut);
  SC_METHOD(resetAll);
  sensitive << resetN.neg();
  dont_initialize();
  SC_METHOD(finishCycle);
  sensitive << clock.neg();
  dont_initialize();
}

/// Control, decoder, sequencer, dispatch and what they talk to.
void SystemCDut::wireFrontEnd() {
  control.awValid(awValid);
  control.awReady(awReady);
  control.awAddr(awAddr);
  control.wValid(wValid);
  control.wReady(wReady);
  control.wData(wData);
  control.bValid(bValid);
  control.bReady(bReady);
  control.arValid(arValid);
  control.arReady(arReady);
  control.arAddr(arAddr);
  control.rValid(rValid);
  control.rReady(rReady);
  control.rData(rData);
  control.netIn(netIn);

  decoder.control(control);
  decoder.chainBuffer(chainBuffer);
  decoder.sequencer(sequencer);

  sequencer.control(control);
  sequencer.chainBuffer(chainBuffer);
  sequencer.dispatch(dispatch);
  sequencer.matrixLoader(matrixLoader);
  sequencer.scoreboard(scoreboard);

  dispatch.headQueue(headQueue);
  dispatch.mvmQueue(mvmQueue);
  dispatch.tailQueue(tailQueue);

  scoreboard.tailQueue(tailQueue);

  matrixLoader.weightValid(weightValid);
  matrixLoader.weightData(weightData);
  matrixLoader.sequencer(sequencer);
  for (auto &matrixRf : matrixRfs)
    matrixLoader.engines(matrixRf);
}

/// From NetIn and InitialVrf to the accumulators.
void SystemCDut::wireMatrixPath() {
  netIn.valid(netInValid);
  netIn.data(netInData);

  loader.headQueue(headQueue);
  loader.netIn(netIn.vectors);
  loader.tailQueue(tailQueue);
  loader.tailProgress(beatIssue);
  loader.scoreboard(scoreboard);
  loader.columns(columnBuffer);
  loader.bypass(bypassFifo);
  loader.toConverter(loaderToConverter);
  loader.toBypass(loaderToBypass);

  converter.in(loaderToConverter);
  converter.initialVrf(initialVrf);
  converter.out(converterToBroadcast);
  broadcast.in(converterToBroadcast);
  broadcast.columns(columnBuffer);

  mvmIssue.mvmQueue(mvmQueue);
  mvmIssue.columns(columnBuffer);
  for (size_t i = 0; i < tileEngines.size(); ++i) {
    tileEngines[i].matrices(matrixRfs[i]);
    tileEngines[i].columns(columnBuffer);
  }
}

/// From beat issue to the memories and NetOut.
void SystemCDut::wireVectorPath() {
  beatIssue.tailQueue(tailQueue);
  beatIssue.rowPasses(mvmIssue);
  beatIssue.bypass(bypassFifo);
  beatIssue.scoreboard(scoreboard);
  beatIssue.netOut(netOut);

  for (auto &engine : tileEngines)
    reduction.engines(engine);
  reduction.out(reductionToRounder);
  rounder.in(reductionToRounder);
  rounder.out(rounderToMfu);
  bypassFifo.in(loaderToBypass);
  bypassFifo.initialVrf(initialVrf);
  bypassFifo.toMfu(bypassToMfu);

  mfus[0].in(rounderToMfu);
  mfus[0].in(bypassToMfu);
  for (size_t k = 0; k < mfus.size(); ++k) {
    if (k > 0)
      mfus[k].in(mfuOut[k - 1]);
    mfus[k].out(mfuOut[k]);
    mfus[k].addSubVrf(addSubVrfs[k]);
    mfus[k].multiplyVrf(multiplyVrfs[k]);
    writeBack.addSubVrfs(addSubVrfs[k]);
    writeBack.multiplyVrfs(multiplyVrfs[k]);
  }
  writeBack.in(mfuOut[mfus.size() - 1]);
  writeBack.initialVrf(initialVrf);
  writeBack.netOut(netOut);
  netOut.ready(netOutReady);
}

void SystemCDut::resetAll() {
  headQueue.reset();
  mvmQueue.reset();
  tailQueue.reset();
  loaderToConverter.reset();
  loaderToBypass.reset();
  converterToBroadcast.reset();
  reductionToRounder.reset();
  rounderToMfu.reset();
  bypassToMfu.reset();
  for (auto &pipe : mfuOut)
    pipe.reset();
  for (Block *block : blocks)
    block->reset();
}

void SystemCDut::finishCycle() {
  ++machine.now;
  running.write(control.nextRunning());
  netInReady.write(netIn.nextReady());
  weightReady.write(matrixLoader.nextReady());
  netOutValid.write(netOut.nextValid());
}

void SystemCDut::copyNetOut(std::span<Half> to) const { std::copy_n(netOut.front(), to.size(), to.begin()); }

Expected<void> SystemCDut::prepare(const DecodedProgram &program, const RunOptions &options) {
  resetAll();
  decoder.setProgram(program);
  machine.timingOnly = options.timingOnly;
  machine.sink = sink;
  return {};
}

} // namespace softdpu
