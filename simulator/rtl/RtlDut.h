//===- RtlDut.h - The Verilated RTL as a device under test -------------------------------===//
//
// Plugs a Verilated dpu_top into the bench: registers and handshakes are bound straight through, vectors and weight beats are converted
// from pointers to bits. See the rules at the head of Dut.h. Include the header of the Verilated class first.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Dut.h"
#include "WaveFile.h"

#include "softdpu/isa/WeightStream.h"

#include <bit>
#include <cstring>
#include <memory>

namespace softdpu {

/// \tparam Model the class that Verilator made of dpu_top for the architecture of this device.
template <typename Model> class RtlDut final : public Dut {
public:
  RtlDut(const sc_core::sc_module_name &name, const Arch &arch)
      : Dut(name), nativeDim(arch.nativeDim), beatBytes(weightBeatBytes(arch)), model(makeModel(*context)) {
    bindControl();
    bindStreams();
    bindTrace();

    SC_HAS_PROCESS(RtlDut);
    SC_METHOD(driveNetIn);
    sensitive << netInData;
    SC_METHOD(driveWeights);
    sensitive << weightData;
    SC_METHOD(traceCycle);
    sensitive << clock.pos();
    dont_initialize();
    SC_METHOD(recordWaves);
    sensitive << clock;
    dont_initialize();
  }

  Expected<void> prepare(const DecodedProgram &program, const RunOptions &options) override {
    if (waves && waves->path() == options.waves)
      return {};
    waves.reset();
    if (options.waves.empty())
      return {};
    auto opened = WaveFile::open(options.waves, *context, *model);
    if (!opened)
      return tl::unexpected(opened.error());
    waves = std::move(*opened);
    return {};
  }

  void copyNetOut(std::span<Half> to) const override { unpack(netOutBits.read(), to); }

private:
  template <typename T> struct ValueOf;
  template <typename T> struct ValueOf<sc_core::sc_in<T>> {
    using Type = T;
  };
  using VectorBits = typename ValueOf<std::remove_reference_t<decltype(std::declval<Model>().net_in_tdata_i)>>::Type;
  using WeightBits = typename ValueOf<std::remove_reference_t<decltype(std::declval<Model>().weight_tdata_i)>>::Type;

  /// Verilator's constructor takes the context of the thread.
  static std::unique_ptr<Model> makeModel(VerilatedContext &context) {
    VerilatedContext *previous = Verilated::threadContextp();
    Verilated::threadContextp(&context);
    auto model = std::make_unique<Model>("dpu_top");
    Verilated::threadContextp(previous);
    return model;
  }

  /// Little-endian bytes to bits, 32 at a time.
  template <typename Bits> static Bits pack(const void *data, size_t bytes) {
    if constexpr (std::is_integral_v<Bits>) {
      Bits bits = 0;
      std::memcpy(&bits, data, bytes);
      return bits;
    } else {
      Bits bits;
      for (size_t at = 0; at < bytes; at += 4) {
        uint32_t word = 0;
        std::memcpy(&word, static_cast<const std::byte *>(data) + at, std::min<size_t>(4, bytes - at));
        bits.set_word(int(at / 4), word);
      }
      return bits;
    }
  }

  static void unpack(const VectorBits &bits, std::span<Half> to) {
    for (size_t i = 0; i < to.size(); i += 2) {
      const uint32_t word = uint32_t(bits.get_word(int(i / 2)));
      to[i].bits = uint16_t(word);
      to[i + 1].bits = uint16_t(word >> 16);
    }
  }

  void driveNetIn() {
    if (netInData.read())
      netInBits.write(pack<VectorBits>(netInData.read(), nativeDim * sizeof(Half)));
  }

  void driveWeights() {
    if (weightData.read())
      weightBits.write(pack<WeightBits>(weightData.read(), beatBytes));
  }

  /// At the edge that ends a cycle: its events.
  void traceCycle() {
    if (!runningBit.read()) {
      cycle = 0;
      return;
    }
    if (sink) {
      if (load.valid.read())
        sink->onEvent({Event::Kind::Load, cycle, load.pc.read(), load.index.read()}, {}, {});
      if (pass.valid.read())
        sink->onEvent({Event::Kind::Pass, cycle, pass.pc.read(), pass.index.read()}, {}, {});
      if (beat.valid.read())
        sink->onEvent({Event::Kind::Beat, cycle, beat.pc.read(), beat.index.read()}, {}, {});
      if (write.valid.read())
        traceWrite();
    }
    ++cycle;
  }

  void traceWrite() {
    result.resize(nativeDim);
    tap.resize(tapValid.read() ? nativeDim : 0);
    unpack(resultBits.read(), result);
    unpack(tapBits.read(), tap);
    sink->onEvent({Event::Kind::WriteBack, cycle, write.pc.read(), write.index.read()}, result, tap);
  }

  /// After both edges of the clock, when all that follows from the edge has settled.
  void recordWaves() {
    if (!waves)
      return;
    if (clock.event()) {
      edge = sc_core::sc_time_stamp();
      next_trigger(sc_core::sc_get_time_resolution());
    } else {
      waves->record(edge);
    }
  }

  void bindControl() {
    model->clk_i(clock);
    model->rst_ni(resetN);
    model->awvalid_i(awValid);
    model->awready_o(awReady);
    model->awaddr_i(awAddr);
    model->wvalid_i(wValid);
    model->wready_o(wReady);
    model->wdata_i(wData);
    model->bvalid_o(bValid);
    model->bready_i(bReady);
    model->bresp_o(bResp);
    model->arvalid_i(arValid);
    model->arready_o(arReady);
    model->araddr_i(arAddr);
    model->rvalid_o(rValid);
    model->rready_i(rReady);
    model->rdata_o(rData);
    model->rresp_o(rResp);
    model->running_o(running);
    runningBit(running);
  }

  void bindStreams() {
    model->net_in_tvalid_i(netInValid);
    model->net_in_tready_o(netInReady);
    model->net_in_tdata_i(netInBits);
    model->weight_tvalid_i(weightValid);
    model->weight_tready_o(weightReady);
    model->weight_tdata_i(weightBits);
    model->net_out_tvalid_o(netOutValid);
    model->net_out_tready_i(netOutReady);
    model->net_out_tdata_o(netOutBits);
  }

  void bindTrace() {
    model->trace_load_o(load.valid);
    model->trace_load_pc_o(load.pc);
    model->trace_load_index_o(load.index);
    model->trace_pass_o(pass.valid);
    model->trace_pass_pc_o(pass.pc);
    model->trace_pass_index_o(pass.index);
    model->trace_beat_o(beat.valid);
    model->trace_beat_pc_o(beat.pc);
    model->trace_beat_row_o(beat.index);
    model->trace_write_o(write.valid);
    model->trace_write_pc_o(write.pc);
    model->trace_write_row_o(write.index);
    model->trace_write_result_o(resultBits);
    model->trace_write_tap_valid_o(tapValid);
    model->trace_write_tap_o(tapBits);
  }

  struct TracePort {
    sc_core::sc_signal<bool> valid;
    sc_core::sc_signal<uint32_t> pc, index;
  };

  const unsigned nativeDim, beatBytes;
  std::unique_ptr<VerilatedContext> context = std::make_unique<VerilatedContext>();
  std::unique_ptr<Model> model;

  sc_core::sc_signal<uint32_t> bResp, rResp;
  sc_core::sc_signal<VectorBits> netInBits, netOutBits, resultBits, tapBits;
  sc_core::sc_signal<WeightBits> weightBits;
  TracePort load, pass, beat, write;
  sc_core::sc_signal<bool> tapValid;
  sc_core::sc_in<bool> runningBit; ///< What the model drives on `running`.

  uint64_t cycle = 0; ///< That ends at the current edge.
  HalfBuffer result, tap;

  std::unique_ptr<WaveFile> waves; ///< Null: nothing is recorded.
  sc_core::sc_time edge;           ///< The last one of the clock.
};

} // namespace softdpu
