// One row of a tile engine: its part of the MRF, Lanes multipliers, and its accumulators.
//
// A chunk whose MRF address comes in cycle u meets its activations in u+1 and is in the accumulator from u + EngineLatency on.
// chunk_en_i[i] is high when the chunk that was issued i+1 cycles ago is valid.
module tile_row #(
  localparam int unsigned Stages = dpu_arch_pkg::EngineLatency - 1,
  localparam int unsigned SlotWidth = dpu_pkg::SlotWidth,
  localparam int unsigned AccWidth = dpu_arch_pkg::AccWidth
) (
  input  logic                             clk_i,
  // Matrix loader.
  input  logic                             write_i,
  input  logic [dpu_pkg::MrfAddrWidth-1:0] write_addr_i,
  input  logic [dpu_pkg::ChunkWidth-1:0]   write_data_i,
  // Chunks.
  input  logic                             read_i,
  input  logic [dpu_pkg::MrfAddrWidth-1:0] read_addr_i,
  input  logic [Stages-1:0]                chunk_en_i,
  input  logic [dpu_pkg::ChunkWidth-1:0]   act_i,          // of the chunk that was issued a cycle ago
  input  logic                             masked_i,       // the chunk in the second stage of align lies outside of the matrix
  input  logic [SlotWidth-1:0]             acc_slot_i,     // of the chunk that reaches the accumulators
  input  logic                             acc_first_i,    // it starts a sum
  // Beats: the sum is there one cycle after its slot, 0 if the engine takes no part.
  input  logic                             beat_i,
  input  logic                             beat_masked_i,
  input  logic [SlotWidth-1:0]             beat_slot_i,
  output logic [AccWidth-1:0]              sum_o
);
  // Many instances: Verilator compiles one of them.
  /* verilator no_inline_module */

  localparam int unsigned Depth         = dpu_arch_pkg::MrfTiles * dpu_arch_pkg::ChunksPerTile;
  localparam int unsigned Boxes         = dpu_arch_pkg::BoxesPerChunk;
  localparam int unsigned BoxLanes      = dpu_arch_pkg::LanesPerBox;
  localparam int unsigned ElementWidth  = dpu_pkg::ElementWidth;
  localparam int unsigned ExponentWidth = dpu_pkg::ExponentWidth;
  localparam int unsigned DotLatency    = dpu_arch_pkg::DotLatency;
  localparam int unsigned BoxWidth      = BoxLanes * ElementWidth;
  localparam int unsigned SumWidth      = 2 * dpu_arch_pkg::MantissaBits + 1 + $clog2(BoxLanes);
  localparam int unsigned ExponentsLsb  = dpu_arch_pkg::Lanes * ElementWidth;

  // MRF.
  logic [dpu_pkg::ChunkWidth-1:0] mrf [Depth];
  logic [dpu_pkg::ChunkWidth-1:0] weight_q;
  always_ff @(posedge clk_i) begin
    if (write_i) mrf[write_addr_i] <= write_data_i;
    if (read_i) weight_q <= mrf[read_addr_i];
  end

  // Dot product and alignment of each box.
  logic [Boxes*AccWidth-1:0] aligned;
  for (genvar b = 0; b < Boxes; b++) begin : gen_box
    logic [5:0] exponent, exponent_aligned;
    logic [SumWidth-1:0] sum;

    assign exponent = {1'b0, act_i[ExponentsLsb + b*ExponentWidth +: ExponentWidth]} +
                      {1'b0, weight_q[ExponentsLsb + b*ExponentWidth +: ExponentWidth]};
    delay_line #(
      .Width(6),
      .Depth(DotLatency)
    ) u_exponent (
      .clk_i,
      .data_i(exponent),
      .data_o(exponent_aligned)
    );

    box_dot #(
      .Lanes(BoxLanes)
    ) u_dot (
      .clk_i,
      .en_i    (chunk_en_i[DotLatency-1:0]),
      .act_i   (act_i[b*BoxWidth +: BoxWidth]),
      .weight_i(weight_q[b*BoxWidth +: BoxWidth]),
      .sum_o   (sum)
    );

    align #(
      .SumWidth(SumWidth)
    ) u_align (
      .clk_i,
      .en_i      (chunk_en_i[DotLatency +: 2]),
      .clear_i   (masked_i),
      .sum_i     (sum),
      .exponent_i(exponent_aligned),
      .aligned_o (aligned[b*AccWidth +: AccWidth])
    );
  end

  // Sum over the boxes of the chunk.
  logic [AccWidth-1:0] chunk_sum;
  if (Boxes > 1) begin : gen_box_sum
    adder_tree #(
      .Inputs(Boxes),
      .Width (AccWidth),
      .Stages(dpu_arch_pkg::BoxSumLatency)
    ) u_box_sum (
      .clk_i,
      .en_i  (chunk_en_i[DotLatency+2 +: dpu_arch_pkg::BoxSumLatency]),
      .data_i(aligned),
      .sum_o (chunk_sum)
    );
  end else begin : gen_one_box
    assign chunk_sum = aligned;
  end

  accumulators u_accumulators (
    .clk_i,
    .add_i         (chunk_en_i[Stages-1]),
    .add_slot_i    (acc_slot_i),
    .first_i       (acc_first_i),
    .addend_i      (chunk_sum),
    .beat_i,
    .beat_masked_i,
    .beat_slot_i,
    .sum_o
  );

endmodule
