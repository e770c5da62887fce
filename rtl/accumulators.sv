// The exact accumulators of one row of a tile engine: one for each row pass that is under way.
module accumulators #(
  localparam int unsigned SlotWidth = dpu_pkg::SlotWidth,
  localparam int unsigned AccWidth = dpu_arch_pkg::AccWidth
) (
  input  logic                 clk_i,
  // The sum of a chunk.
  input  logic                 add_i,
  input  logic [SlotWidth-1:0] add_slot_i,
  input  logic                 first_i,        // it starts a sum
  input  logic [AccWidth-1:0]  addend_i,
  // Beats: the sum is there one cycle after its slot, 0 if the engine takes no part.
  input  logic                 beat_i,
  input  logic                 beat_masked_i,
  input  logic [SlotWidth-1:0] beat_slot_i,
  output logic [AccWidth-1:0]  sum_o
);

  logic [AccWidth-1:0] sums [dpu_arch_pkg::Accumulators];
  logic [AccWidth-1:0] added, sum_q;

  always_comb begin
    added = '0;
    if (add_i) added = (first_i ? '0 : sums[add_slot_i]) + addend_i;
  end
  always_ff @(posedge clk_i) begin
    if (add_i) sums[add_slot_i] <= added;
  end
  always_ff @(posedge clk_i) begin
    if (beat_i) sum_q <= beat_masked_i ? '0 : sums[beat_slot_i];
  end
  assign sum_o = sum_q;

endmodule
