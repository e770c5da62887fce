// Issues beats: one result vector per cycle through the MFUs, in the order of the program.
//
// A beat of a `mv_mul` chain needs its row pass complete, another one a bypass vector; none of its operands may be pending; a beat that
// writes NetOut takes a credit. Group q of a row pass is read from engines q*group .. q*group+group-1.
//
// A beat passes two registers between the tail queue and its issue: in `next` the addresses of its row stand, in `current` it is also known
// whether an operand is pending. The scoreboard looks at both one cycle ahead, so that waiting costs no cycle.
module beat_issue (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  // Tail queue.
  input  logic                                 tail_valid_i,
  input  dpu_pkg::tail_t                       tail_i,
  output logic                                 tail_pop_o,
  output logic [dpu_pkg::CountWidth-1:0]       row_o,           // the next that leaves the queue
  // What has become ready: counts from the next cycle on.
  input  logic                                 row_pass_landed_i,
  input  logic                                 bypass_loaded_i,
  input  logic                                 net_out_return_i,
  // Scoreboard: will an operand be pending in the next cycle?
  output logic                                 next_valid_o,
  output dpu_pkg::tail_t                       next_o,
  input  logic                                 next_pending_i,
  output logic                                 current_valid_o,
  output dpu_pkg::tail_t                       current_o,       // also the beat that fires
  input  logic                                 current_pending_i,
  output logic                                 fire_o,
  // Accumulator read in the cycle of the fire.
  output logic [dpu_arch_pkg::TileEngines-1:0] engines_o,      // that hold the result; none without mv_mul
  output logic [dpu_pkg::SlotWidth-1:0]        slot_o,
  output logic                                 slot_return_o,
  // Counters.
  output logic                                 stall_mvm_o,
  output logic                                 stall_bypass_o,
  output logic                                 stall_raw_o,
  output logic                                 stall_net_out_o
);

  localparam int unsigned Mfus          = dpu_arch_pkg::Mfus;
  localparam int unsigned AddrWidth     = dpu_pkg::AddrWidth;
  localparam int unsigned RowPassWidth  = $clog2(dpu_arch_pkg::Accumulators + 1);
  localparam int unsigned BypassWidth   = $clog2(dpu_arch_pkg::BypassDepth + 1);
  localparam int unsigned CreditWidth   = $clog2(dpu_arch_pkg::NetOutDepth + 1);

  dpu_pkg::tail_t next_d, next_q, current_q;
  logic next_valid_d, next_valid_q, current_valid_d, current_valid_q, pending;
  logic next_pending_q, current_pending_q;  // as seen one cycle ago, when the beat was in `next` or stayed in `current`
  logic advanced_q;
  logic [dpu_pkg::CountWidth-1:0] row_d, row_q;
  logic [dpu_pkg::CountWidth-1:0] following_d, following_q;      // row_q + 1
  logic [dpu_pkg::GroupWidth-1:0] group_row_d, group_row_q;      // q of the next result vector
  logic [dpu_pkg::GroupWidth-1:0] engine_base_d, engine_base_q;  // q * group
  logic [dpu_pkg::SlotWidth-1:0] slot_d, slot_q;
  logic [RowPassWidth-1:0] row_passes_d, row_passes_q;           // complete, not yet used up
  logic [BypassWidth-1:0] bypass_d, bypass_q;                    // vectors on their way to MFU0 or there
  logic [CreditWidth-1:0] credits_d, credits_q;                  // of NetOut

  logic there, credit, fire, advance, take, last_row, row_pass_end, takes_bypass, takes_credit;

  assign there        = current_q.matrix_result ? row_passes_q != '0 : bypass_q != '0;
  assign credit       = !current_q.net_out_wr || credits_q != '0;
  assign pending      = advanced_q ? next_pending_q : current_pending_q;
  assign fire         = current_valid_q && there && !pending && credit;
  assign advance      = !current_valid_q || fire;
  assign take         = tail_valid_i && (!next_valid_q || advance);
  assign last_row     = following_q == tail_i.rows;
  assign row_pass_end = fire && current_q.matrix_result && (group_row_q + 1'b1 == current_q.groups || current_q.last_of_chain);

  assign takes_bypass = fire && !current_q.matrix_result;
  assign takes_credit = fire && current_q.net_out_wr;

  assign fire_o          = fire;
  assign tail_pop_o      = take && last_row;
  assign row_o           = row_q;
  assign next_valid_o    = next_valid_q;
  assign next_o          = next_q;
  assign current_valid_o = current_valid_q;
  assign current_o       = current_q;
  assign slot_o          = slot_q;
  assign slot_return_o   = row_pass_end;
  assign stall_mvm_o     = current_valid_q && !there && current_q.matrix_result;
  assign stall_bypass_o  = current_valid_q && !there && !current_q.matrix_result;
  assign stall_raw_o     = current_valid_q && there && pending;
  assign stall_net_out_o = current_valid_q && there && !pending && !credit;

  always_comb begin
    for (int e = 0; e < dpu_arch_pkg::TileEngines; e++) begin
      engines_o[e] = fire && current_q.matrix_result && {1'b0, e[7:0]} >= {1'b0, engine_base_q} &&
                     {1'b0, e[7:0]} < {1'b0, engine_base_q} + {1'b0, current_q.group};
    end
  end

  always_comb begin
    next_d                = tail_i;
    next_d.rows           = row_q;
    next_d.last_of_chain  = tail_i.last_of_chain && last_row;
    next_d.initial_target = tail_i.initial_target + row_q;
    for (int k = 0; k < Mfus; k++) begin
      next_d.add_operand[k*AddrWidth +: AddrWidth] = tail_i.add_operand[k*AddrWidth +: AddrWidth] + row_q;
      next_d.mul_operand[k*AddrWidth +: AddrWidth] = tail_i.mul_operand[k*AddrWidth +: AddrWidth] + row_q;
      next_d.add_target[k*AddrWidth +: AddrWidth]  = tail_i.add_target[k*AddrWidth +: AddrWidth] + row_q;
      next_d.mul_target[k*AddrWidth +: AddrWidth]  = tail_i.mul_target[k*AddrWidth +: AddrWidth] + row_q;
    end
  end

  always_comb begin
    next_valid_d    = take || (next_valid_q && !advance);
    current_valid_d = advance ? next_valid_q : current_valid_q;
    row_d           = row_q;
    following_d     = following_q;
    group_row_d     = group_row_q;
    engine_base_d   = engine_base_q;
    slot_d          = slot_q;
    row_passes_d    = row_passes_q;
    bypass_d        = bypass_q;
    credits_d       = credits_q;
    if (take) row_d = last_row ? '0 : following_q;
    if (take) following_d = last_row ? dpu_pkg::CountWidth'(1) : following_q + 1'b1;
    if (fire && current_q.matrix_result) begin
      group_row_d   = row_pass_end ? '0 : group_row_q + 1'b1;
      engine_base_d = row_pass_end ? '0 : engine_base_q + current_q.group;
    end
    if (row_pass_end) begin
      slot_d = slot_q == dpu_pkg::SlotWidth'(dpu_arch_pkg::Accumulators - 1) ? '0 : slot_q + 1'b1;
    end
    // Both sums stand before it is known which one counts.
    if (row_pass_landed_i && !row_pass_end) row_passes_d = row_passes_q + 1'b1;
    if (!row_pass_landed_i && row_pass_end) row_passes_d = row_passes_q - 1'b1;
    if (bypass_loaded_i && !takes_bypass) bypass_d = bypass_q + 1'b1;
    if (!bypass_loaded_i && takes_bypass) bypass_d = bypass_q - 1'b1;
    if (net_out_return_i && !takes_credit) credits_d = credits_q + 1'b1;
    if (!net_out_return_i && takes_credit) credits_d = credits_q - 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      next_valid_q    <= 1'b0;
      current_valid_q <= 1'b0;
      row_q           <= '0;
      following_q     <= dpu_pkg::CountWidth'(1);
      group_row_q     <= '0;
      engine_base_q   <= '0;
      slot_q          <= '0;
      row_passes_q    <= '0;
      bypass_q        <= '0;
      credits_q       <= CreditWidth'(dpu_arch_pkg::NetOutDepth);
    end else begin
      next_valid_q    <= next_valid_d;
      current_valid_q <= current_valid_d;
      row_q           <= row_d;
      following_q     <= following_d;
      group_row_q     <= group_row_d;
      engine_base_q   <= engine_base_d;
      slot_q          <= slot_d;
      row_passes_q    <= row_passes_d;
      bypass_q        <= bypass_d;
      credits_q       <= credits_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) next_q <= next_d;
    if (advance) current_q <= next_q;
    next_pending_q    <= next_pending_i;
    current_pending_q <= current_pending_i;
    advanced_q        <= advance;
  end

endmodule
