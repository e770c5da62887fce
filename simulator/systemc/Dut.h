//===- Dut.h - What the bench sees of a device under test --------------------------------===//
//
// The SystemC model and the Verilated RTL are both plugged into the same bench through this module interface. All ports are
// registered-style: the bench and the device are clocked by the rising edge of `clock`; a process that runs at the edge which ends cycle c
// reads the port values of cycle c and writes those of cycle c+1.
//
// For an adapter around a Verilated model (rtl):
//   * Bind clock, resetN and all bool / uint32_t ports straight to those of the Verilated module: no extra process, so no delta
//     cycle lies between the bench's clock and the model's.
//   * Vectors and weight beats are pointers here. Convert `netInData` and `weightData` to sc_bv in an SC_METHOD that is sensitive to them
//     (the pointer is null while valid is 0, so every new vector changes it); delta cycles after the edge do not matter.
//   * `copyNetOut` is called at the edge that ends the cycle of the transfer, perhaps after the model has run at this edge: read a
//     sc_signal there (its old value is still the current one), never a member of the Verilated class.
//   * Engines have a simulation context each (Kernel.h): build the Verilated module, with a VerilatedContext of its own, in the constructor
//   of the
//     adapter, which the bench calls inside a Kernel::Scope. Do not use sc_stop, sc_start or sc_main anywhere.
//   * If `sink` is not null, call it at the edge that ends the cycle in which the event happened, with that cycle's number (cycle 0 = first
//   cycle with
//     running = 1); the bench sorts the events of one cycle.
//   * createRtlEngine returns makeBenchEngine("rtl", arch, factory), see BenchEngine.h.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Chain.h"
#include "softdpu/simulator/Engine.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <systemc>

namespace softdpu {

/// Receives a device's events; see Observer.
class EventSink {
public:
  virtual ~EventSink() = default;
  virtual void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) = 0;
};

/// A device under test. One vector is `arch.nativeDim` halves, one weight beat weightBeatBytes(arch) bytes.
class Dut : public sc_core::sc_module {
public:
  explicit Dut(const sc_core::sc_module_name &name) : sc_core::sc_module(name) {}

  sc_core::sc_in<bool> clock{"clock"};
  sc_core::sc_in<bool> resetN{"resetN"}; ///< Low: reset. Memories keep their contents.

  // AXI4-Lite; addresses in ControlMap.h.
  sc_core::sc_in<bool> awValid{"awValid"};
  sc_core::sc_out<bool> awReady{"awReady"};
  sc_core::sc_in<uint32_t> awAddr{"awAddr"};
  sc_core::sc_in<bool> wValid{"wValid"};
  sc_core::sc_out<bool> wReady{"wReady"};
  sc_core::sc_in<uint32_t> wData{"wData"};
  sc_core::sc_out<bool> bValid{"bValid"};
  sc_core::sc_in<bool> bReady{"bReady"};
  sc_core::sc_in<bool> arValid{"arValid"};
  sc_core::sc_out<bool> arReady{"arReady"};
  sc_core::sc_in<uint32_t> arAddr{"arAddr"};
  sc_core::sc_out<bool> rValid{"rValid"};
  sc_core::sc_in<bool> rReady{"rReady"};
  sc_core::sc_out<uint32_t> rData{"rData"};

  // Streams. Pointers are null while valid is 0 and stay valid until the edge that ends the cycle of the transfer.
  sc_core::sc_in<bool> netInValid{"netInValid"};
  sc_core::sc_out<bool> netInReady{"netInReady"};
  sc_core::sc_in<const Half *> netInData{"netInData"};
  sc_core::sc_in<bool> weightValid{"weightValid"};
  sc_core::sc_out<bool> weightReady{"weightReady"};
  sc_core::sc_in<const std::byte *> weightData{"weightData"};
  sc_core::sc_out<bool> netOutValid{"netOutValid"};
  sc_core::sc_in<bool> netOutReady{"netOutReady"};

  sc_core::sc_out<bool> running{"running"};

  /// Copies the vector that NetOut offers in the cycle which ends at this clock edge. \param to nativeDim halves.
  virtual void copyNetOut(std::span<Half> to) const = 0;

  /// Called before a run starts, outside simulation: `program` is what the instruction memory holds from the entry point on.
  virtual Expected<void> prepare(const DecodedProgram &program, const RunOptions &options) = 0;

  EventSink *sink = nullptr; ///< Null: nobody listens.
};

/// Builds the device; called once, inside the engine's Kernel::Scope, during elaboration.
using DutFactory = std::function<std::unique_ptr<Dut>(const sc_core::sc_module_name &name, const Arch &arch)>;

} // namespace softdpu
