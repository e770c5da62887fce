// The DPU: AXI4-Lite control, AXI4-Stream NetIn, NetOut (one native vector per beat) and weights (one chunk of a matrix row per beat).
//
// The trace outputs report, in the cycle in which it happens, what simulator/include/softdpu/simulator/Engine.h calls an Event; a device
// leaves them open. docs/microarchitecture.md is the contract for every cycle.
module dpu_top #(
  localparam int unsigned VectorWidth = dpu_pkg::VectorWidth,
  localparam int unsigned PcWidth = dpu_pkg::PcWidth,
  localparam int unsigned CountWidth = dpu_pkg::CountWidth
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  // AXI4-Lite.
  input  logic                            awvalid_i,
  output logic                            awready_o,
  input  logic [19:0]                     awaddr_i,
  input  logic                            wvalid_i,
  output logic                            wready_o,
  input  logic [31:0]                     wdata_i,
  output logic                            bvalid_o,
  input  logic                            bready_i,
  output logic [1:0]                      bresp_o,
  input  logic                            arvalid_i,
  output logic                            arready_o,
  input  logic [19:0]                     araddr_i,
  output logic                            rvalid_o,
  input  logic                            rready_i,
  output logic [31:0]                     rdata_o,
  output logic [1:0]                      rresp_o,
  // AXI4-Stream: vectors in.
  input  logic                            net_in_tvalid_i,
  output logic                            net_in_tready_o,
  input  logic [VectorWidth-1:0]          net_in_tdata_i,
  // AXI4-Stream: weights.
  input  logic                            weight_tvalid_i,
  output logic                            weight_tready_o,
  input  logic [dpu_pkg::WeightWidth-1:0] weight_tdata_i,
  // AXI4-Stream: vectors out.
  output logic                            net_out_tvalid_o,
  input  logic                            net_out_tready_i,
  output logic [VectorWidth-1:0]          net_out_tdata_o,
  // State and trace.
  output logic                            running_o,
  output logic                            trace_load_o,
  output logic [PcWidth-1:0]              trace_load_pc_o,
  output logic [CountWidth-1:0]           trace_load_index_o,
  output logic                            trace_pass_o,
  output logic [PcWidth-1:0]              trace_pass_pc_o,
  output logic [CountWidth-1:0]           trace_pass_index_o,
  output logic                            trace_beat_o,
  output logic [PcWidth-1:0]              trace_beat_pc_o,
  output logic [CountWidth-1:0]           trace_beat_row_o,
  output logic                            trace_write_o,
  output logic [PcWidth-1:0]              trace_write_pc_o,
  output logic [CountWidth-1:0]           trace_write_row_o,
  output logic [VectorWidth-1:0]          trace_write_result_o,
  output logic                            trace_write_tap_valid_o,
  output logic [VectorWidth-1:0]          trace_write_tap_o
);

  localparam int unsigned T            = dpu_arch_pkg::TileEngines;
  localparam int unsigned N            = dpu_arch_pkg::NativeDim;
  localparam int unsigned Mfus         = dpu_arch_pkg::Mfus;
  localparam int unsigned AddrWidth    = dpu_pkg::AddrWidth;
  localparam int unsigned AccWidth     = dpu_arch_pkg::AccWidth;
  localparam int unsigned PcIndexWidth = $clog2(dpu_arch_pkg::InstructionMemory);
  localparam int unsigned EntryIndexWidth = $clog2(dpu_arch_pkg::ChainBuffer);
  localparam int unsigned EngineWidth  = T > 1 ? $clog2(T) : 1;
  localparam int unsigned TagWidth     = 1 + dpu_pkg::ColumnIdxWidth;
  localparam int unsigned WriteBack    = dpu_arch_pkg::WriteBack;
  localparam int unsigned MfuEntry     = dpu_arch_pkg::MfuEntry;
  localparam int unsigned MfuLatency   = dpu_arch_pkg::MfuLatency;

  // ---------------------------------------------------------------------------------------------------------------------
  // Control
  // ---------------------------------------------------------------------------------------------------------------------

  logic start, running, halt, imem_write;
  logic [PcIndexWidth-1:0] entry_point, imem_index;
  logic [dpu_isa_pkg::InstructionWidth-1:0] imem_data;
  logic [dpu_pkg::ScalarCount*32-1:0] scalars;
  logic [$clog2(dpu_arch_pkg::NetInDepth+1)-1:0] net_in_count;
  logic [dpu_isa_pkg::NumCounters-1:0] events;
  logic [dpu_isa_pkg::NumCounters*64-1:0] counter_values;

  control u_control (
    .clk_i,
    .rst_ni,
    .awvalid_i,
    .awready_o,
    .awaddr_i,
    .wvalid_i,
    .wready_o,
    .wdata_i,
    .bvalid_o,
    .bready_i,
    .arvalid_i,
    .arready_o,
    .araddr_i,
    .rvalid_o,
    .rready_i,
    .rdata_o,
    .start_o       (start),
    .running_o     (running),
    .halt_i        (halt),
    .entry_point_o (entry_point),
    .scalars_o     (scalars),
    .net_in_count_i(net_in_count),
    .counters_i    (counter_values),
    .imem_write_o  (imem_write),
    .imem_index_o  (imem_index),
    .imem_data_o   (imem_data)
  );
  assign bresp_o   = 2'b00;
  assign rresp_o   = 2'b00;
  assign running_o = running;

  counters u_counters (
    .clk_i,
    .rst_ni,
    .clear_i (start),
    .event_i (events),
    .values_o(counter_values)
  );

  // ---------------------------------------------------------------------------------------------------------------------
  // Instructions: memory, decoder, chain buffer, sequencer
  // ---------------------------------------------------------------------------------------------------------------------

  logic [PcIndexWidth-1:0] fetch_index;
  logic [dpu_isa_pkg::InstructionWidth-1:0] word;
  logic [EntryIndexWidth:0] entry_base, entries_readable;
  logic [EntryIndexWidth-1:0] entry_write_index, entry_read_index;
  logic decoded, entry_write;
  logic [dpu_pkg::TripWidth-1:0] trip_scalar;
  dpu_pkg::entry_t decoded_entry, entry_in, entry;

  instruction_memory u_instruction_memory (
    .clk_i,
    .write_i      (imem_write),
    .write_index_i(imem_index),
    .write_data_i (imem_data),
    .read_index_i (fetch_index),
    .read_data_o  (word)
  );

  decoder u_decoder (
    .clk_i,
    .rst_ni,
    .start_i      (start),
    .entry_point_i(entry_point),
    .running_i    (running),
    .scalars_i    (scalars),
    .fetch_index_o(fetch_index),
    .word_i       (word),
    .base_i       (entry_base),
    .write_o      (decoded),
    .entry_o      (decoded_entry),
    .scalar_o     (trip_scalar)
  );

  entry_writer u_entry_writer (
    .clk_i,
    .rst_ni,
    .start_i      (start),
    .write_i      (decoded),
    .entry_i      (decoded_entry),
    .scalar_i     (trip_scalar),
    .write_o      (entry_write),
    .write_index_o(entry_write_index),
    .entry_o      (entry_in),
    .readable_o   (entries_readable)
  );

  chain_buffer u_chain_buffer (
    .clk_i,
    .write_i      (entry_write),
    .write_index_i(entry_write_index),
    .entry_i      (entry_in),
    .read_index_i (entry_read_index),
    .entry_o      (entry)
  );

  logic dispatched, has_head, has_mvm, no_room_for_head, no_room_for_mvm, no_room_for_tail;
  dpu_pkg::head_t dispatched_head, head_in, head;
  dpu_pkg::matrix_t dispatched_matrix, matrix_in, mvm_command;
  dpu_pkg::tail_t dispatched_tail, tail_in, tail;
  dpu_pkg::offsets_t offsets;
  logic head_full, head_almost_full, head_push, head_pop, head_empty;
  logic mvm_full, mvm_almost_full, mvm_push, mvm_pop, mvm_empty;
  logic tail_full, tail_almost_full, tail_push, tail_pop, tail_valid;
  logic busy_q, idle, next_beat_valid, beat_waits, beats_busy, load_start, load_done;
  logic executed, stall_decode, stall_queue, stall_idle;

  // All that is on its way ends in a beat: what loader and mvm issue hold has its tail in the queue or in beat issue.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) busy_q <= 1'b0;
    else busy_q <= dispatched || tail_push || tail_valid || next_beat_valid || beat_waits || beats_busy;
  end
  assign idle = !busy_q;

  sequencer u_sequencer (
    .clk_i,
    .rst_ni,
    .start_i       (start),
    .running_i     (running),
    .readable_i    (entries_readable),
    .base_o        (entry_base),
    .read_index_o  (entry_read_index),
    .entry_i       (entry),
    .head_full_i   (no_room_for_head),
    .mvm_full_i    (no_room_for_mvm),
    .tail_full_i   (no_room_for_tail),
    .dispatch_o    (dispatched),
    .has_head_o    (has_head),
    .has_mvm_o     (has_mvm),
    .head_o        (dispatched_head),
    .matrix_o      (dispatched_matrix),
    .tail_o        (dispatched_tail),
    .offsets_o     (offsets),
    .idle_i        (idle),
    .load_start_o  (load_start),
    .load_done_i   (load_done),
    .halt_o        (halt),
    .executed_o    (executed),
    .stall_decode_o(stall_decode),
    .stall_queue_o (stall_queue),
    .stall_idle_o  (stall_idle)
  );

  dispatch u_dispatch (
    .clk_i,
    .rst_ni,
    .dispatch_i        (dispatched),
    .has_head_i        (has_head),
    .has_mvm_i         (has_mvm),
    .head_i            (dispatched_head),
    .matrix_i          (dispatched_matrix),
    .tail_i            (dispatched_tail),
    .offsets_i         (offsets),
    .head_full_o       (no_room_for_head),
    .mvm_full_o        (no_room_for_mvm),
    .tail_full_o       (no_room_for_tail),
    .head_full_i       (head_full),
    .head_almost_full_i(head_almost_full),
    .head_push_o       (head_push),
    .head_o            (head_in),
    .mvm_full_i        (mvm_full),
    .mvm_almost_full_i (mvm_almost_full),
    .mvm_push_o        (mvm_push),
    .matrix_o          (matrix_in),
    .tail_full_i       (tail_full),
    .tail_almost_full_i(tail_almost_full),
    .tail_push_o       (tail_push),
    .tail_o            (tail_in)
  );

  fifo #(
    .Width($bits(head)),
    .Depth(dpu_arch_pkg::HeadQueueDepth)
  ) u_head_queue (
    .clk_i,
    .rst_ni,
    .push_i       (head_push),
    .data_i       (head_in),
    .full_o       (head_full),
    .almost_full_o(head_almost_full),
    .pop_i        (head_pop),
    .data_o       (head),
    .empty_o      (head_empty),
    .count_o      ()
  );

  fifo #(
    .Width($bits(mvm_command)),
    .Depth(dpu_arch_pkg::MvmQueueDepth)
  ) u_mvm_queue (
    .clk_i,
    .rst_ni,
    .push_i       (mvm_push),
    .data_i       (matrix_in),
    .full_o       (mvm_full),
    .almost_full_o(mvm_almost_full),
    .pop_i        (mvm_pop),
    .data_o       (mvm_command),
    .empty_o      (mvm_empty),
    .count_o      ()
  );

  logic [dpu_arch_pkg::TailQueueDepth-1:0] tail_valids;
  logic [dpu_arch_pkg::TailQueueDepth*$bits(tail)-1:0] tails;

  tail_queue u_tail_queue (
    .clk_i,
    .rst_ni,
    .push_i       (tail_push),
    .tail_i       (tail_in),
    .full_o       (tail_full),
    .almost_full_o(tail_almost_full),
    .pop_i        (tail_pop),
    .valid_o      (tail_valid),
    .tail_o       (tail),
    .valids_o     (tail_valids),
    .tails_o      (tails)
  );

  // ---------------------------------------------------------------------------------------------------------------------
  // Sources: NetIn, InitialVrf, loader
  // ---------------------------------------------------------------------------------------------------------------------

  logic net_in_full, net_in_push, net_in_pop, net_in_empty;
  logic [VectorWidth-1:0] net_in_data, initial_data, initial_read_data, vector;
  logic load_fire, bypass_fire, initial_read, initial_write;
  logic column_valid, bypass_valid, column_half;
  logic [dpu_pkg::ColumnIdxWidth-1:0] column_index;
  logic [dpu_pkg::MantissaWidth-1:0] column_mantissa;
  logic [AddrWidth-1:0] initial_address;
  logic half_return, bypass_pop, bypass_return, stall_buffer, stall_net_in, stall_load_raw;
  dpu_pkg::load_t next_load, load;
  logic [4:0] next_load_pending, load_pending;

  assign net_in_tready_o = !net_in_full;
  assign net_in_push     = net_in_tvalid_i && !net_in_full;

  fifo #(
    .Width(VectorWidth),
    .Depth(dpu_arch_pkg::NetInDepth)
  ) u_net_in (
    .clk_i,
    .rst_ni,
    .push_i       (net_in_push),
    .data_i       (net_in_tdata_i),
    .full_o       (net_in_full),
    .almost_full_o(),
    .pop_i        (net_in_pop),
    .data_o       (net_in_data),
    .empty_o      (net_in_empty),
    .count_o      (net_in_count)
  );

  loader u_loader (
    .clk_i,
    .rst_ni,
    .head_valid_i     (!head_empty),
    .head_i           (head),
    .head_pop_o       (head_pop),
    .net_in_empty_i   (net_in_empty),
    .net_in_data_i    (net_in_data),
    .net_in_pop_o     (net_in_pop),
    .next_o           (next_load),
    .next_pending_i   (next_load_pending),
    .current_o        (load),
    .current_pending_i(load_pending),
    .read_o           (initial_read),
    .read_address_o   (initial_address),
    .read_data_i      (initial_read_data),
    .half_return_i    (half_return),
    .bypass_return_i  (bypass_return),
    .fire_o           (load_fire),
    .bypass_fire_o    (bypass_fire),
    .column_valid_o   (column_valid),
    .bypass_valid_o   (bypass_valid),
    .vector_o         (vector),
    .column_half_o    (column_half),
    .column_o         (column_index),
    .mantissa_o       (column_mantissa),
    .stall_buffer_o   (stall_buffer),
    .stall_net_in_o   (stall_net_in),
    .stall_raw_o      (stall_load_raw)
  );

  // What beat issue and the pipe know of writes that are still to come.
  logic [CountWidth-1:0] beat_row;
  dpu_pkg::tail_t next_beat, beat, write_beat;
  logic [WriteBack:1] beat_valid;  // by age
  logic [WriteBack*$bits(tail)-1:0] beats;

  source_scoreboard u_next_source (
    .load_i         (next_load),
    .tail_valids_i  (tail_valids),
    .tails_i        (tails),
    .row_i          (beat_row),
    .next_valid_i   (next_beat_valid),
    .next_i         (next_beat),
    .current_valid_i(beat_waits),
    .current_i      (beat),
    .beat_valids_i  (beat_valid),
    .beats_i        (beats),
    .pending_o      (next_load_pending)
  );

  source_scoreboard u_source (
    .load_i         (load),
    .tail_valids_i  (tail_valids),
    .tails_i        (tails),
    .row_i          (beat_row),
    .next_valid_i   (next_beat_valid),
    .next_i         (next_beat),
    .current_valid_i(beat_waits),
    .current_i      (beat),
    .beat_valids_i  (beat_valid),
    .beats_i        (beats),
    .pending_o      (load_pending)
  );

  vrf #(
    .Width(VectorWidth),
    .Depth(dpu_arch_pkg::InitialVrf)
  ) u_initial_vrf (
    .clk_i,
    .read_i       (initial_read),
    .read_index_i (initial_address[$clog2(dpu_arch_pkg::InitialVrf)-1:0]),
    .read_data_o  (initial_read_data),
    .write_i      (initial_write),
    .write_index_i(write_beat.initial_target[$clog2(dpu_arch_pkg::InitialVrf)-1:0]),
    .write_data_i (initial_data)
  );

  // ---------------------------------------------------------------------------------------------------------------------
  // Matrix-vector multiplication: quantise, broadcast, tile engines, reduce, round
  // ---------------------------------------------------------------------------------------------------------------------

  logic converted_valid, landed_valid;
  logic [dpu_pkg::ColumnWidth-1:0] converted, landed;
  logic [TagWidth-1:0] converted_tag, landed_tag;

  converter u_converter (
    .clk_i,
    .rst_ni,
    .valid_i   (column_valid),
    .vector_i  (vector),
    .mantissa_i(column_mantissa),
    .tag_i     ({column_half, column_index}),
    .valid_o   (converted_valid),
    .column_o  (converted),
    .tag_o     (converted_tag)
  );

  broadcast u_broadcast (
    .clk_i,
    .rst_ni,
    .valid_i (converted_valid),
    .column_i(converted),
    .tag_i   (converted_tag),
    .valid_o (landed_valid),
    .column_o(landed),
    .tag_o   (landed_tag)
  );

  logic slot_return, chunk_valid, row_pass_done, pass_fire, stall_columns, stall_accumulator;
  dpu_pkg::chunk_cmd_t chunk;

  mvm_issue u_mvm_issue (
    .clk_i,
    .rst_ni,
    .command_valid_i    (!mvm_empty),
    .command_i          (mvm_command),
    .command_pop_o      (mvm_pop),
    .half_return_o      (half_return),
    .column_valid_i     (landed_valid),
    .column_half_i      (landed_tag[TagWidth-1]),
    .slot_return_i      (slot_return),
    .chunk_valid_o      (chunk_valid),
    .chunk_o            (chunk),
    .row_pass_done_o    (row_pass_done),
    .fire_o             (pass_fire),
    .pc_o               (trace_pass_pc_o),
    .pass_o             (trace_pass_index_o),
    .stall_columns_o    (stall_columns),
    .stall_accumulator_o(stall_accumulator)
  );

  logic [dpu_arch_pkg::EngineLatency-1:1] row_pass_landed;
  valid_pipe #(
    .Depth(dpu_arch_pkg::EngineLatency - 1)
  ) u_row_pass (
    .clk_i,
    .rst_ni,
    .valid_i(row_pass_done),
    .valid_o(row_pass_landed)
  );

  logic mrf_write, mrf_write_q;
  logic [EngineWidth-1:0] mrf_engine, mrf_engine_q;
  logic [dpu_pkg::RowIdxWidth-1:0] mrf_row, mrf_row_q;
  logic [dpu_pkg::MrfAddrWidth-1:0] mrf_addr, mrf_addr_q;
  logic [dpu_pkg::ChunkWidth-1:0] mrf_data_q;

  matrix_loader u_matrix_loader (
    .clk_i,
    .rst_ni,
    .start_i   (load_start),
    .matrix_i  (dispatched_matrix),
    .done_o    (load_done),
    .valid_i   (weight_tvalid_i),
    .ready_o   (weight_tready_o),
    .write_o   (mrf_write),
    .engine_o  (mrf_engine),
    .row_o     (mrf_row),
    .mrf_addr_o(mrf_addr)
  );

  // The weights are registered once on their way; no pass can come so soon after a matrix load.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) mrf_write_q <= 1'b0;
    else mrf_write_q <= mrf_write;
  end
  always_ff @(posedge clk_i) begin
    if (mrf_write) begin
      mrf_engine_q <= mrf_engine;
      mrf_row_q    <= mrf_row;
      mrf_addr_q   <= mrf_addr;
      mrf_data_q   <= weight_tdata_i[dpu_pkg::ChunkWidth-1:0];
    end
  end

  logic beat_fire, next_beat_pending, beat_pending;
  logic [T-1:0] beat_engines;
  logic [dpu_pkg::SlotWidth-1:0] beat_slot;
  logic [T*N*AccWidth-1:0] engine_sums;
  logic [N*AccWidth-1:0] reduced;
  logic [dpu_pkg::ScaleWidth-1:0] beat_scale;
  logic [VectorWidth-1:0] rounded;

  for (genvar e = 0; e < T; e++) begin : gen_engine
    tile_engine #(
      .Index(e)
    ) u_engine (
      .clk_i,
      .rst_ni,
      .write_i       (mrf_write_q && mrf_engine_q == EngineWidth'(e)),
      .write_row_i   (mrf_row_q),
      .write_addr_i  (mrf_addr_q),
      .write_data_i  (mrf_data_q),
      .column_valid_i(landed_valid),
      .column_i      (landed),
      .column_index_i(landed_tag),
      .chunk_valid_i (chunk_valid),
      .chunk_i       (chunk),
      .beat_i        (beat_fire),
      .beat_masked_i (!beat_engines[e]),
      .beat_slot_i   (beat_slot),
      .sums_o        (engine_sums[e*N*AccWidth +: N*AccWidth])
    );
  end

  reduction u_reduction (
    .clk_i,
    .en_i  (beat_valid[1 +: dpu_arch_pkg::ReduceLatency]),
    .sums_i(engine_sums),
    .sums_o(reduced)
  );

  rounder u_rounder (
    .clk_i,
    .en_i    (beat_valid[1+dpu_arch_pkg::ReduceLatency +: dpu_arch_pkg::RoundLatency]),
    .sums_i  (reduced),
    .scale_i (beat_scale),
    .vector_o(rounded)
  );

  // ---------------------------------------------------------------------------------------------------------------------
  // Beats: issue, MFUs, write-back
  // ---------------------------------------------------------------------------------------------------------------------

  logic net_out_return, stall_mvm, stall_bypass, stall_beat_raw, stall_net_out;

  beat_issue u_beat_issue (
    .clk_i,
    .rst_ni,
    .tail_valid_i     (tail_valid),
    .tail_i           (tail),
    .tail_pop_o       (tail_pop),
    .row_o            (beat_row),
    .row_pass_landed_i(row_pass_landed[dpu_arch_pkg::EngineLatency-1]),
    .bypass_loaded_i  (bypass_fire),
    .net_out_return_i (net_out_return),
    .next_valid_o     (next_beat_valid),
    .next_o           (next_beat),
    .next_pending_i   (next_beat_pending),
    .current_valid_o  (beat_waits),
    .current_o        (beat),
    .current_pending_i(beat_pending),
    .fire_o           (beat_fire),
    .engines_o        (beat_engines),
    .slot_o           (beat_slot),
    .slot_return_o    (slot_return),
    .stall_mvm_o      (stall_mvm),
    .stall_bypass_o   (stall_bypass),
    .stall_raw_o      (stall_beat_raw),
    .stall_net_out_o  (stall_net_out)
  );

  operand_scoreboard u_next_operands (
    .beat_i         (next_beat),
    .current_valid_i(beat_waits),
    .current_i      (beat),
    .beat_valids_i  (beat_valid),
    .beats_i        (beats),
    .pending_o      (next_beat_pending)
  );

  operand_scoreboard u_operands (
    .beat_i         (beat),
    .current_valid_i(1'b0),
    .current_i      (beat),
    .beat_valids_i  (beat_valid),
    .beats_i        (beats),
    .pending_o      (beat_pending)
  );

  logic from_bypass, write_valid;
  logic [Mfus-1:0] add_read, add_take, mul_read, mul_take, mul_en, add_write, mul_write;
  logic [Mfus*AddrWidth-1:0] add_address, mul_address;
  logic [Mfus*dpu_pkg::AddOpWidth-1:0] add_op;
  logic [Mfus*dpu_pkg::ActOpWidth-1:0] act_op;

  beat_pipe u_beat_pipe (
    .clk_i,
    .rst_ni,
    .fire_i         (beat_fire),
    .beat_i         (beat),
    .busy_o         (beats_busy),
    .valid_o        (beat_valid),
    .beats_o        (beats),
    .scale_o        (beat_scale),
    .bypass_pop_o   (bypass_pop),
    .from_bypass_o  (from_bypass),
    .bypass_return_o(bypass_return),
    .add_read_o     (add_read),
    .add_address_o  (add_address),
    .add_take_o     (add_take),
    .add_op_o       (add_op),
    .act_op_o       (act_op),
    .mul_read_o     (mul_read),
    .mul_address_o  (mul_address),
    .mul_take_o     (mul_take),
    .mul_en_o       (mul_en),
    .write_valid_o  (write_valid),
    .write_o        (write_beat)
  );

  logic [VectorWidth-1:0] bypassed, bypassed_q;

  // Credits keep it from overflowing; a beat is only issued for a vector that will be there.
  fifo #(
    .Width(VectorWidth),
    .Depth(dpu_arch_pkg::BypassDepth)
  ) u_bypass_fifo (
    .clk_i,
    .rst_ni,
    .push_i       (bypass_valid),
    .data_i       (vector),
    .full_o       (),
    .almost_full_o(),
    .pop_i        (bypass_pop),
    .data_o       (bypassed),
    .empty_o      (),
    .count_o      ()
  );

  always_ff @(posedge clk_i) begin
    if (bypass_pop) bypassed_q <= bypassed;
  end

  // Vector k enters MFU k; the last one is the result.
  logic [(Mfus+1)*VectorWidth-1:0] vectors;
  logic [Mfus*VectorWidth-1:0] add_data, mul_data;
  assign vectors[0 +: VectorWidth] = from_bypass ? bypassed_q : rounded;

  for (genvar k = 0; k < Mfus; k++) begin : gen_mfu
    logic [VectorWidth-1:0] add_operand, mul_operand;

    vrf #(
      .Width(VectorWidth),
      .Depth(dpu_arch_pkg::AddSubVrf)
    ) u_add_sub_vrf (
      .clk_i,
      .read_i       (add_read[k]),
      .read_index_i (add_address[k*AddrWidth +: $clog2(dpu_arch_pkg::AddSubVrf)]),
      .read_data_o  (add_operand),
      .write_i      (add_write[k]),
      .write_index_i(write_beat.add_target[k*AddrWidth +: $clog2(dpu_arch_pkg::AddSubVrf)]),
      .write_data_i (add_data[k*VectorWidth +: VectorWidth])
    );

    vrf #(
      .Width(VectorWidth),
      .Depth(dpu_arch_pkg::MultiplyVrf)
    ) u_multiply_vrf (
      .clk_i,
      .read_i       (mul_read[k]),
      .read_index_i (mul_address[k*AddrWidth +: $clog2(dpu_arch_pkg::MultiplyVrf)]),
      .read_data_o  (mul_operand),
      .write_i      (mul_write[k]),
      .write_index_i(write_beat.mul_target[k*AddrWidth +: $clog2(dpu_arch_pkg::MultiplyVrf)]),
      .write_data_i (mul_data[k*VectorWidth +: VectorWidth])
    );

    mfu u_mfu (
      .clk_i,
      .en_i         (beat_valid[MfuEntry+k*MfuLatency +: MfuLatency]),
      .vector_i     (vectors[k*VectorWidth +: VectorWidth]),
      .add_op_i     (add_op[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth]),
      .add_take_i   (add_take[k]),
      .add_operand_i(add_operand),
      .act_op_i     (act_op[k*dpu_pkg::ActOpWidth +: dpu_pkg::ActOpWidth]),
      .mul_en_i     (mul_en[k]),
      .mul_take_i   (mul_take[k]),
      .mul_operand_i(mul_operand),
      .vector_o     (vectors[(k+1)*VectorWidth +: VectorWidth])
    );
  end

  // The tap waits for the last MFU.
  logic [VectorWidth-1:0] tap, net_out_in;
  logic net_out_write, net_out_empty, net_out_pop;

  delay_line #(
    .Width(VectorWidth),
    .Depth(MfuLatency)
  ) u_tap (
    .clk_i,
    .data_i(vectors[(Mfus-1)*VectorWidth +: VectorWidth]),
    .data_o(tap)
  );

  write_back u_write_back (
    .valid_i        (write_valid),
    .beat_i         (write_beat),
    .result_i       (vectors[Mfus*VectorWidth +: VectorWidth]),
    .tap_i          (tap),
    .tap_valid_o    (trace_write_tap_valid_o),
    .net_out_write_o(net_out_write),
    .net_out_data_o (net_out_in),
    .initial_write_o(initial_write),
    .initial_data_o (initial_data),
    .add_write_o    (add_write),
    .add_data_o     (add_data),
    .mul_write_o    (mul_write),
    .mul_data_o     (mul_data)
  );

  assign net_out_tvalid_o = !net_out_empty;
  assign net_out_pop      = !net_out_empty && net_out_tready_i;
  assign net_out_return   = net_out_pop;

  // Credits keep it from overflowing.
  fifo #(
    .Width(VectorWidth),
    .Depth(dpu_arch_pkg::NetOutDepth)
  ) u_net_out (
    .clk_i,
    .rst_ni,
    .push_i       (net_out_write),
    .data_i       (net_out_in),
    .full_o       (),
    .almost_full_o(),
    .pop_i        (net_out_pop),
    .data_o       (net_out_tdata_o),
    .empty_o      (net_out_empty),
    .count_o      ()
  );

  // ---------------------------------------------------------------------------------------------------------------------
  // Counters and trace
  // ---------------------------------------------------------------------------------------------------------------------

  always_comb begin
    events = '0;
    events[dpu_isa_pkg::CounterCycles]               = running;
    events[dpu_isa_pkg::CounterLoaderBusy]           = load_fire;
    events[dpu_isa_pkg::CounterLoaderStallBuffer]    = stall_buffer;
    events[dpu_isa_pkg::CounterLoaderStallNetIn]     = stall_net_in;
    events[dpu_isa_pkg::CounterLoaderStallRaw]       = stall_load_raw;
    events[dpu_isa_pkg::CounterMvmBusy]              = chunk_valid;
    events[dpu_isa_pkg::CounterMvmStallColumns]      = stall_columns;
    events[dpu_isa_pkg::CounterMvmStallAccumulator]  = stall_accumulator;
    events[dpu_isa_pkg::CounterBeatBusy]             = beat_fire;
    events[dpu_isa_pkg::CounterBeatStallMvm]         = stall_mvm;
    events[dpu_isa_pkg::CounterBeatStallBypass]      = stall_bypass;
    events[dpu_isa_pkg::CounterBeatStallRaw]         = stall_beat_raw;
    events[dpu_isa_pkg::CounterBeatStallNetOut]      = stall_net_out;
    events[dpu_isa_pkg::CounterSequencerEntries]     = executed;
    events[dpu_isa_pkg::CounterSequencerStallDecode] = stall_decode;
    events[dpu_isa_pkg::CounterSequencerStallQueue]  = stall_queue;
    events[dpu_isa_pkg::CounterSequencerStallIdle]   = stall_idle;
  end

  assign trace_load_o         = load_fire;
  assign trace_load_pc_o      = load.pc;
  assign trace_load_index_o   = load.index;
  assign trace_pass_o         = pass_fire;
  assign trace_beat_o         = beat_fire;
  assign trace_beat_pc_o      = beat.pc;
  assign trace_beat_row_o     = beat.rows;
  assign trace_write_o        = write_valid;
  assign trace_write_pc_o     = write_beat.pc;
  assign trace_write_row_o    = write_beat.rows;
  assign trace_write_result_o = vectors[Mfus*VectorWidth +: VectorWidth];
  assign trace_write_tap_o    = tap;

endmodule
