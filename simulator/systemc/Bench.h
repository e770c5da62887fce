//===- Bench.h - Clock, reset and host around a device under test ------------------------===//
//
// The host's rules are those of docs/microarchitecture.md, "Host side"; they are the same for every device, so that cycles can be compared.
// The clock runs only while there is something to do: each call below starts it and returns when its work is done.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "AxiLiteMaster.h"
#include "ControlMap.h"
#include "Dut.h"

#include <array>
#include <memory>
#include <string>
#include <systemc>

namespace softdpu {

class Bench : public sc_core::sc_module, private EventSink {
public:
  /// Builds the device and connects it.
  Bench(const sc_core::sc_module_name &name, const Arch &arch, const DutFactory &factory);

  /// Writes the instruction memory from word 0 on.
  Expected<void> loadInstructions(std::span<const uint64_t> words);

  /// As Engine::run; `program` is what the instruction memory holds from `entryPoint` on.
  Expected<RunResult> run(const DecodedProgram &program, uint32_t entryPoint, std::span<const Half> netIn,
                          std::span<const std::byte> weights, const RunOptions &options);

private:
  enum class Phase {
    Reset,  ///< Reset is low.
    Bus,    ///< Register accesses outside a run.
    Start,  ///< Registers of a run are written, `running` is still 0.
    Run,    ///< `running` was 1 in the last cycle.
    Abort,  ///< The run has failed; a last look at the counters.
    Drain,  ///< Halted; NetOut is emptied.
    Report, ///< Counters are read.
    Done,   ///< The clock stops.
  };

  /// One stream from the host: `count` items.
  struct Source {
    uint64_t count = 0, next = 0;
    bool offered = false;
  };

  void toggleClock();
  void step();
  void stepRun();
  void stepStreams();
  void offer(Source &source, uint64_t cycle, uint8_t rate, unsigned stream);
  void driveSources();
  void quietStreams();
  void takeNetOut();
  void watch();
  void runClock(Phase first);
  Expected<void> makeReady();
  std::string describeStall() const;
  void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) override;
  void flushEvents();

  const Arch arch;
  const unsigned beatBytes;

  sc_core::sc_event clockEvent{"clockEvent"};
  sc_core::sc_time halfPeriod;
  sc_core::sc_signal<bool> clock{"clock"}, resetN{"resetN", true};
  sc_core::sc_signal<bool> netInValid{"netInValid"}, netInReady{"netInReady"};
  sc_core::sc_signal<const Half *> netInData{"netInData", nullptr};
  sc_core::sc_signal<bool> weightValid{"weightValid"}, weightReady{"weightReady"};
  sc_core::sc_signal<const std::byte *> weightData{"weightData", nullptr};
  sc_core::sc_signal<bool> netOutValid{"netOutValid"}, netOutReady{"netOutReady"};
  sc_core::sc_signal<bool> running{"running"};
  std::unique_ptr<Dut> dut;
  AxiLiteMaster bus;

  void readCounterRegisters();
  void compareCounters();
  Counters readCounters() const;

  Phase phase = Phase::Done;
  uint64_t waited = 0; ///< Cycles spent outside Phase::Run.
  bool mustReset = true;
  uint64_t cycle = 0; ///< The cycle that the current clock edge ends.

  // The run in progress.
  std::span<const Half> netIn;
  std::span<const std::byte> weights;
  const RunOptions *options = nullptr;
  Source netInSource, weightSource;
  uint64_t netOutVectors = 0;
  bool netOutOpen = false; ///< netOutReady of the cycle that ends.
  RunResult result;
  std::string failure;

  // The watch over progress.
  bool watching = false; ///< Counters are being read.
  uint64_t nextWatch = 0, lastTransfers = 0, lastWatch = 0;
  Counters lastCounters, recent; ///< At the last look, and counted between the last two.

  // Events of one cycle, waiting to be sorted.
  struct HeldEvent {
    bool held = false;
    Event event{};
    HalfBuffer result, tap;
    size_t resultSize = 0, tapSize = 0;
  };
  std::array<HeldEvent, 4> held; ///< By kind.
  uint64_t heldCycle = 0;
};

} // namespace softdpu
