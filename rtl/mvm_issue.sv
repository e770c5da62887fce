// Issues passes over the weights: one chunk of Lanes columns per cycle to all tile engines, ChunksPerTile cycles per pass.
//
// A pass fires when the columns it multiplies have arrived and, if it is the first of its row pass, an accumulator slot is free.
// The buffer half goes back to the loader in the cycle of the chain's last chunk.
module mvm_issue (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // Mvm queue.
  input  logic                           command_valid_i,
  input  dpu_pkg::matrix_t               command_i,
  output logic                           command_pop_o,     // also returns the buffer half
  // A column landed in this half: usable from the next cycle on.
  input  logic                           column_valid_i,
  input  logic                           column_half_i,
  input  logic                           slot_return_i,     // beat issue is done with a row pass
  // To the tile engines.
  output logic                           chunk_valid_o,
  output dpu_pkg::chunk_cmd_t            chunk_o,
  output logic                           row_pass_done_o,   // with the last chunk of a row pass
  // Trace: a pass fires.
  output logic                           fire_o,
  output logic [dpu_pkg::AddrWidth-1:0]  pass_o,
  // Counters.
  output logic                           stall_columns_o,
  output logic                           stall_accumulator_o
);

  localparam int unsigned CountWidth = dpu_pkg::CountWidth;
  localparam int unsigned SlotWidth  = dpu_pkg::SlotWidth;
  localparam int unsigned FreeWidth  = $clog2(dpu_arch_pkg::Accumulators + 1);

  logic [dpu_pkg::ChunkIdxWidth-1:0] chunk_d, chunk_q;
  logic [dpu_pkg::AddrWidth-1:0] pass_d, pass_q;
  logic [CountWidth-1:0] row_base_d, row_base_q, col_base_d, col_base_q;
  logic [SlotWidth-1:0] slot_d, slot_q, chain_slot_d, chain_slot_q;
  logic half_d, half_q;
  logic [2*CountWidth-1:0] arrived_d, arrived_q;  // columns in each half
  logic [FreeWidth-1:0] free_d, free_q;           // accumulator slots

  logic [CountWidth-1:0] next_row_base, next_col_base, needed, arrived;
  logic [SlotWidth-1:0] next_slot;
  logic [dpu_pkg::AddrWidth-1:0] slot;  // of the MRF
  logic ready, columns_there, slot_there, fire, active, pass_end, last_row_pass, last_col_pass;

  assign next_row_base = row_base_q + CountWidth'(command_i.groups);
  assign next_col_base = col_base_q + CountWidth'(command_i.group);
  assign slot          = command_i.matrix + pass_q;
  assign next_slot     = slot_q == SlotWidth'(dpu_arch_pkg::Accumulators - 1) ? '0 : slot_q + 1'b1;
  assign last_row_pass = next_row_base >= command_i.rows;
  assign last_col_pass = next_col_base >= command_i.cols;

  assign arrived       = half_q ? arrived_q[CountWidth +: CountWidth] : arrived_q[0 +: CountWidth];
  assign needed        = last_col_pass ? command_i.cols : next_col_base;
  assign columns_there = arrived >= needed;
  assign slot_there    = col_base_q != '0 || free_q != '0;
  assign ready         = command_valid_i && chunk_q == '0;
  assign fire          = ready && columns_there && slot_there;
  assign active        = fire || chunk_q != '0;
  assign pass_end      = active && chunk_q == dpu_pkg::ChunkIdxWidth'(dpu_arch_pkg::ChunksPerTile - 1);

  assign command_pop_o       = pass_end && last_row_pass && last_col_pass;
  assign row_pass_done_o     = pass_end && last_col_pass;
  assign fire_o              = fire;
  assign pass_o              = pass_q;
  assign stall_columns_o     = ready && !columns_there;
  assign stall_accumulator_o = ready && columns_there && !slot_there;

  assign chunk_valid_o = active;
  always_comb begin
    chunk_o          = '0;
    chunk_o.mrf_addr = dpu_pkg::MrfAddrWidth'(32'(slot) * dpu_arch_pkg::ChunksPerTile + 32'(chunk_q));
    chunk_o.chunk    = chunk_q;
    chunk_o.half     = half_q;
    chunk_o.col_base = col_base_q;
    chunk_o.cols     = command_i.cols;
    chunk_o.group    = command_i.group;
    chunk_o.groups   = command_i.groups;
    chunk_o.slot     = slot_q;
    chunk_o.first    = col_base_q == '0 && chunk_q == '0;
  end

  always_comb begin
    chunk_d      = chunk_q;
    pass_d       = pass_q;
    row_base_d   = row_base_q;
    col_base_d   = col_base_q;
    slot_d       = slot_q;
    chain_slot_d = chain_slot_q;
    half_d       = half_q;
    arrived_d    = arrived_q;
    free_d       = free_q;
    if (fire && col_base_q == '0) free_d = free_d - 1'b1;
    if (slot_return_i) free_d = free_d + 1'b1;
    if (active) chunk_d = pass_end ? '0 : chunk_q + 1'b1;
    if (pass_end) begin
      pass_d = pass_q + 1'b1;
      if (command_i.column_order) begin
        row_base_d = last_row_pass ? '0 : next_row_base;
        slot_d     = last_row_pass ? chain_slot_q : next_slot;
        if (last_row_pass) col_base_d = next_col_base;
      end else begin
        col_base_d = last_col_pass ? '0 : next_col_base;
        if (last_col_pass) begin
          row_base_d = next_row_base;
          slot_d     = next_slot;
        end
      end
    end
    if (column_valid_i) begin
      if (column_half_i) arrived_d[CountWidth +: CountWidth] = arrived_q[CountWidth +: CountWidth] + 1'b1;
      else arrived_d[0 +: CountWidth] = arrived_q[0 +: CountWidth] + 1'b1;
    end
    if (command_pop_o) begin
      pass_d       = '0;
      row_base_d   = '0;
      col_base_d   = '0;
      slot_d       = next_slot;
      chain_slot_d = next_slot;
      half_d       = !half_q;
      if (half_q) arrived_d[CountWidth +: CountWidth] = '0;
      else arrived_d[0 +: CountWidth] = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      chunk_q      <= '0;
      pass_q       <= '0;
      row_base_q   <= '0;
      col_base_q   <= '0;
      slot_q       <= '0;
      chain_slot_q <= '0;
      half_q       <= 1'b0;
      arrived_q    <= '0;
      free_q       <= FreeWidth'(dpu_arch_pkg::Accumulators);
    end else begin
      chunk_q      <= chunk_d;
      pass_q       <= pass_d;
      row_base_q   <= row_base_d;
      col_base_q   <= col_base_d;
      slot_q       <= slot_d;
      chain_slot_q <= chain_slot_d;
      half_q       <= half_d;
      arrived_q    <= arrived_d;
      free_q       <= free_d;
    end
  end

endmodule
