//===- SystemCDut.h - The cycle-accurate model: all blocks, wired ------------------------===//
//
// The twin of rtl/dpu.sv, as far as the bench can see. Blocks work at the rising edge; at the falling edge the cycle count advances and
// the outputs of the next cycle are driven, when every block has decided.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "BeatIssue.h"
#include "Broadcast.h"
#include "BypassFifo.h"
#include "ChainBuffer.h"
#include "ColumnBuffer.h"
#include "Control.h"
#include "Converter.h"
#include "Decoder.h"
#include "Dispatch.h"
#include "Dut.h"
#include "Loader.h"
#include "Machine.h"
#include "MatrixLoader.h"
#include "MatrixRf.h"
#include "Mfu.h"
#include "MvmIssue.h"
#include "NetIn.h"
#include "NetOut.h"
#include "Reduction.h"
#include "Rounder.h"
#include "Scoreboard.h"
#include "Sequencer.h"
#include "TileEngine.h"
#include "Vrf.h"
#include "WriteBack.h"

namespace softdpu {

class SystemCDut final : public Dut {
public:
  SystemCDut(const sc_core::sc_module_name &name, const Arch &arch);

  void copyNetOut(std::span<Half> to) const override;
  Expected<void> prepare(const DecodedProgram &program, const RunOptions &options) override;

private:
  void resetAll();
  void finishCycle();
  void wireFrontEnd();
  void wireMatrixPath();
  void wireVectorPath();

  model::Machine machine;

  // Channels.
  model::IssueQueue<model::HeadJob> headQueue;
  model::Queue<model::MvmJob> mvmQueue;
  model::IssueQueue<model::TailJob> tailQueue;
  model::Pipe<model::LoadedVector> loaderToConverter, loaderToBypass;
  model::Pipe<model::ConvertedColumn> converterToBroadcast;
  model::Pipe<model::Beat *> reductionToRounder, rounderToMfu, bypassToMfu;
  sc_core::sc_vector<model::Pipe<model::Beat *>> mfuOut; ///< To the next MFU, or to write-back.

  // Blocks.
  model::Control control;
  model::ChainBuffer chainBuffer;
  model::Decoder decoder;
  model::Sequencer sequencer;
  model::Dispatch dispatch;
  model::Scoreboard scoreboard;
  model::MatrixLoader matrixLoader;
  model::NetIn netIn;
  model::Loader loader;
  model::Converter converter;
  model::Broadcast broadcast;
  model::ColumnBuffer columnBuffer;
  model::MvmIssue mvmIssue;
  sc_core::sc_vector<model::MatrixRf> matrixRfs;
  sc_core::sc_vector<model::TileEngine> tileEngines;
  model::BypassFifo bypassFifo;
  model::BeatIssue beatIssue;
  model::Reduction reduction;
  model::Rounder rounder;
  sc_core::sc_vector<model::Mfu> mfus;
  model::Vrf initialVrf;
  sc_core::sc_vector<model::Vrf> addSubVrfs, multiplyVrfs; ///< By MFU.
  model::WriteBack writeBack;
  model::NetOut netOut;

  std::vector<model::Block *> blocks; ///< All of them.
};

} // namespace softdpu
