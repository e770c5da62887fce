// Issues beats: one result vector per cycle through the MFUs, in the order of the program.
//
// A beat of a `mv_mul` chain needs its row pass complete, another one a bypass vector; none of its operands may be pending; a beat that
// writes NetOut takes a credit. Group q of a row pass is read from engines q*group .. q*group+group-1.
module beat_issue (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  // Tail queue.
  input  logic                                 tail_valid_i,
  input  dpu_pkg::tail_t                       tail_i,
  output logic                                 tail_pop_o,
  output logic [dpu_pkg::CountWidth-1:0]       row_o,
  // What has become ready: counts from the next cycle on.
  input  logic                                 row_pass_landed_i,
  input  logic                                 bypass_loaded_i,
  input  logic                                 net_out_return_i,
  // The beat at hand, and whether one of its operands is pending.
  output dpu_pkg::tail_t                       beat_o,
  input  logic                                 raw_i,
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

  logic [dpu_pkg::CountWidth-1:0] row_d, row_q;
  logic [dpu_pkg::GroupWidth-1:0] group_row_d, group_row_q;      // q of the next result vector
  logic [dpu_pkg::GroupWidth-1:0] engine_base_d, engine_base_q;  // q * group
  logic [dpu_pkg::SlotWidth-1:0] slot_d, slot_q;
  logic [RowPassWidth-1:0] row_passes_d, row_passes_q;           // complete, not yet used up
  logic [BypassWidth-1:0] bypass_d, bypass_q;                    // vectors on their way to MFU0 or there
  logic [CreditWidth-1:0] credits_d, credits_q;                  // of NetOut

  logic there, credit, fire, last_row, row_pass_end, takes_bypass, takes_credit;

  assign there        = tail_i.matrix_result ? row_passes_q != '0 : bypass_q != '0;
  assign credit       = !tail_i.net_out_wr || credits_q != '0;
  assign fire         = tail_valid_i && there && !raw_i && credit;
  assign last_row     = row_q + 1'b1 == tail_i.rows;
  assign row_pass_end = fire && tail_i.matrix_result &&
                        (group_row_q + 1'b1 == tail_i.groups || (last_row && tail_i.last_of_chain));

  assign takes_bypass = fire && !tail_i.matrix_result;
  assign takes_credit = fire && tail_i.net_out_wr;

  assign fire_o          = fire;
  assign tail_pop_o      = fire && last_row;
  assign row_o           = row_q;
  assign slot_o          = slot_q;
  assign slot_return_o   = row_pass_end;
  assign stall_mvm_o     = tail_valid_i && !there && tail_i.matrix_result;
  assign stall_bypass_o  = tail_valid_i && !there && !tail_i.matrix_result;
  assign stall_raw_o     = tail_valid_i && there && raw_i;
  assign stall_net_out_o = tail_valid_i && there && !raw_i && !credit;

  always_comb begin
    for (int e = 0; e < dpu_arch_pkg::TileEngines; e++) begin
      engines_o[e] = fire && tail_i.matrix_result && {1'b0, e[7:0]} >= {1'b0, engine_base_q} &&
                     {1'b0, e[7:0]} < {1'b0, engine_base_q} + {1'b0, tail_i.group};
    end
  end

  always_comb begin
    beat_o                = tail_i;
    beat_o.rows           = row_q;
    beat_o.initial_target = tail_i.initial_target + row_q;
    for (int k = 0; k < Mfus; k++) begin
      beat_o.add_operand[k*AddrWidth +: AddrWidth] = tail_i.add_operand[k*AddrWidth +: AddrWidth] + row_q;
      beat_o.mul_operand[k*AddrWidth +: AddrWidth] = tail_i.mul_operand[k*AddrWidth +: AddrWidth] + row_q;
      beat_o.add_target[k*AddrWidth +: AddrWidth]  = tail_i.add_target[k*AddrWidth +: AddrWidth] + row_q;
      beat_o.mul_target[k*AddrWidth +: AddrWidth]  = tail_i.mul_target[k*AddrWidth +: AddrWidth] + row_q;
    end
  end

  always_comb begin
    row_d         = row_q;
    group_row_d   = group_row_q;
    engine_base_d = engine_base_q;
    slot_d        = slot_q;
    row_passes_d  = row_passes_q;
    bypass_d      = bypass_q;
    credits_d     = credits_q;
    if (fire) row_d = last_row ? '0 : row_q + 1'b1;
    if (fire && tail_i.matrix_result) begin
      group_row_d   = row_pass_end ? '0 : group_row_q + 1'b1;
      engine_base_d = row_pass_end ? '0 : engine_base_q + tail_i.group;
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
      row_q         <= '0;
      group_row_q   <= '0;
      engine_base_q <= '0;
      slot_q        <= '0;
      row_passes_q  <= '0;
      bypass_q      <= '0;
      credits_q     <= CreditWidth'(dpu_arch_pkg::NetOutDepth);
    end else begin
      row_q         <= row_d;
      group_row_q   <= group_row_d;
      engine_base_q <= engine_base_d;
      slot_q        <= slot_d;
      row_passes_q  <= row_passes_d;
      bypass_q      <= bypass_d;
      credits_q     <= credits_d;
    end
  end

endmodule
