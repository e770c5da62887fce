// Issues passes over the weights: one chunk of Lanes columns per cycle to all tile engines, ChunksPerTile cycles per pass.
//
// A pass fires when the columns it multiplies have arrived and, if it is the first of its row pass, an accumulator slot is free.
// The buffer half goes back to the loader in the cycle of the chain's last chunk. The command of the chain at hand stands in a register, which
// the next one enters in that cycle.
module mvm_issue (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // Mvm queue.
  input  logic                           command_valid_i,
  input  dpu_pkg::matrix_t               command_i,
  output logic                           command_pop_o,
  output logic                           half_return_o,     // of the activation buffer, to the loader
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
  output logic [dpu_pkg::PcWidth-1:0]    pc_o,
  output logic [dpu_pkg::AddrWidth-1:0]  pass_o,
  // Counters.
  output logic                           stall_columns_o,
  output logic                           stall_accumulator_o
);

  localparam int unsigned CountWidth   = dpu_pkg::CountWidth;
  localparam int unsigned SlotWidth    = dpu_pkg::SlotWidth;
  localparam int unsigned ColumnsWidth = $clog2(dpu_arch_pkg::MaxColumns + 1);
  localparam int unsigned FreeWidth    = $clog2(dpu_arch_pkg::Accumulators + 1);

  dpu_pkg::matrix_t command_q;
  logic valid_d, valid_q;  // of the command
  logic [dpu_pkg::ChunkIdxWidth-1:0] chunk_d, chunk_q;
  logic [dpu_pkg::AddrWidth-1:0] pass_d, pass_q;
  logic [CountWidth-1:0] col_base_d, col_base_q;
  // Of the pass at hand, decided with the one before it, or when the command is taken.
  logic last_row_pass_d, last_row_pass_q, last_col_pass_d, last_col_pass_q;
  logic [CountWidth-1:0] next_row_base_d, next_row_base_q, next_col_base_d, next_col_base_q;
  logic [ColumnsWidth-1:0] needed_d, needed_q;      // columns
  logic [SlotWidth-1:0] slot_d, slot_q, chain_slot_d, chain_slot_q;
  logic half_d, half_q;
  logic [2*ColumnsWidth-1:0] arrived_d, arrived_q;  // columns in each half
  logic [FreeWidth-1:0] free_d, free_q;             // accumulator slots

  logic [ColumnsWidth-1:0] arrived;
  logic [CountWidth-1:0] row_base_after, col_base_after;  // of the pass after the next
  logic [CountWidth:0] rows_missing, cols_missing;  // sign on top
  logic after_is_last_row, after_is_last_col, step_row, step_col, restart_row, restart_col;
  logic [SlotWidth-1:0] next_slot;
  logic [dpu_pkg::AddrWidth-1:0] slot;  // of the MRF
  logic ready, columns_there, slot_there, fire, active, pass_end, chain_end, take;

  assign slot      = command_q.matrix + pass_q;
  assign next_slot = slot_q == SlotWidth'(dpu_arch_pkg::Accumulators - 1) ? '0 : slot_q + 1'b1;

  assign arrived       = half_q ? arrived_q[ColumnsWidth +: ColumnsWidth] : arrived_q[0 +: ColumnsWidth];
  assign columns_there = arrived >= needed_q;
  assign slot_there    = col_base_q != '0 || free_q != '0;
  assign ready         = valid_q && chunk_q == '0;
  assign fire          = ready && columns_there && slot_there;
  assign active        = fire || chunk_q != '0;
  assign pass_end      = active && chunk_q == dpu_pkg::ChunkIdxWidth'(dpu_arch_pkg::ChunksPerTile - 1);

  assign chain_end           = pass_end && last_row_pass_q && last_col_pass_q;
  assign take                = command_valid_i && (!valid_q || chain_end);

  assign command_pop_o       = take;
  assign half_return_o       = chain_end;
  assign row_pass_done_o     = pass_end && last_col_pass_q;
  assign fire_o              = fire;
  assign pc_o                = command_q.pc;
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
    chunk_o.cols     = command_q.cols;
    chunk_o.group    = command_q.group;
    chunk_o.groups   = command_q.groups;
    chunk_o.slot     = slot_q;
    chunk_o.first    = col_base_q == '0 && chunk_q == '0;
  end

  always_comb begin
    valid_d      = take || (valid_q && !chain_end);
    chunk_d      = chunk_q;
    pass_d       = pass_q;
    col_base_d   = col_base_q;
    slot_d       = slot_q;
    chain_slot_d = chain_slot_q;
    half_d       = half_q;
    arrived_d    = arrived_q;
    free_d       = free_q;
    if (fire && col_base_q == '0 && !slot_return_i) free_d = free_q - 1'b1;
    if (slot_return_i && !(fire && col_base_q == '0)) free_d = free_q + 1'b1;
    if (active) chunk_d = pass_end ? '0 : chunk_q + 1'b1;
    if (pass_end) begin
      pass_d = pass_q + 1'b1;
      if (step_col) col_base_d = next_col_base_q;
      if (restart_col) col_base_d = '0;
      if (step_row) slot_d = next_slot;
      if (restart_row) slot_d = chain_slot_q;
    end
    if (column_valid_i) begin
      if (column_half_i) arrived_d[ColumnsWidth +: ColumnsWidth] = arrived_q[ColumnsWidth +: ColumnsWidth] + 1'b1;
      else arrived_d[0 +: ColumnsWidth] = arrived_q[0 +: ColumnsWidth] + 1'b1;
    end
    if (chain_end) begin
      pass_d       = '0;
      col_base_d   = '0;
      slot_d       = next_slot;
      chain_slot_d = next_slot;
      half_d       = !half_q;
      if (half_q) arrived_d[ColumnsWidth +: ColumnsWidth] = '0;
      else arrived_d[0 +: ColumnsWidth] = '0;
    end
  end

  // The next pass: the next row pass in column order, the next column pass in row order; at its end the other one steps.
  assign step_row    = command_q.column_order ? !last_row_pass_q : last_col_pass_q;
  assign restart_row = command_q.column_order && last_row_pass_q;
  assign step_col    = command_q.column_order ? last_row_pass_q : !last_col_pass_q;
  assign restart_col = !command_q.column_order && last_col_pass_q;

  assign row_base_after    = next_row_base_q + CountWidth'(command_q.groups);
  assign col_base_after    = next_col_base_q + CountWidth'(command_q.group);
  // It is the last one if nothing is left behind it. Subtracted rather than compared, for the carry chain.
  assign rows_missing      = {1'b0, row_base_after} - {1'b0, command_q.rows};
  assign cols_missing      = {1'b0, col_base_after} - {1'b0, command_q.cols};
  assign after_is_last_row = !rows_missing[CountWidth];
  assign after_is_last_col = !cols_missing[CountWidth];

  always_comb begin
    next_row_base_d = next_row_base_q;
    next_col_base_d = next_col_base_q;
    last_row_pass_d = last_row_pass_q;
    last_col_pass_d = last_col_pass_q;
    needed_d        = needed_q;
    if (pass_end) begin
      if (step_row) begin
        next_row_base_d = row_base_after;
        last_row_pass_d = after_is_last_row;
      end
      if (restart_row) begin
        next_row_base_d = CountWidth'(command_q.groups);
        last_row_pass_d = command_q.one_row_pass;
      end
      if (step_col) begin
        next_col_base_d = col_base_after;
        last_col_pass_d = after_is_last_col;
        needed_d        = ColumnsWidth'(after_is_last_col ? command_q.cols : col_base_after);
      end
      if (restart_col) begin
        next_col_base_d = CountWidth'(command_q.group);
        last_col_pass_d = command_q.one_col_pass;
        needed_d        = ColumnsWidth'(command_q.first_needed);
      end
    end
    if (take) begin
      next_row_base_d = CountWidth'(command_i.groups);
      next_col_base_d = CountWidth'(command_i.group);
      last_row_pass_d = command_i.one_row_pass;
      last_col_pass_d = command_i.one_col_pass;
      needed_d        = ColumnsWidth'(command_i.first_needed);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q      <= 1'b0;
      chunk_q      <= '0;
      pass_q       <= '0;
      col_base_q   <= '0;
      slot_q       <= '0;
      chain_slot_q <= '0;
      half_q       <= 1'b0;
      arrived_q    <= '0;
      free_q       <= FreeWidth'(dpu_arch_pkg::Accumulators);
    end else begin
      valid_q      <= valid_d;
      chunk_q      <= chunk_d;
      pass_q       <= pass_d;
      col_base_q   <= col_base_d;
      slot_q       <= slot_d;
      chain_slot_q <= chain_slot_d;
      half_q       <= half_d;
      arrived_q    <= arrived_d;
      free_q       <= free_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) command_q <= command_i;
    next_row_base_q <= next_row_base_d;
    next_col_base_q <= next_col_base_d;
    last_row_pass_q <= last_row_pass_d;
    last_col_pass_q <= last_col_pass_d;
    needed_q        <= needed_d;
  end

endmodule
