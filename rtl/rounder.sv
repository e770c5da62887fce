// Rounds the exact sums of a result vector to float16. Latency: RoundLatency.
module rounder #(
  localparam int unsigned N = dpu_arch_pkg::NativeDim,
  localparam int unsigned AccWidth = dpu_arch_pkg::AccWidth
) (
  input  logic                                  clk_i,
  input  logic [dpu_arch_pkg::RoundLatency-1:0] en_i,
  input  logic [N*AccWidth-1:0]                 sums_i,
  input  logic [dpu_pkg::ScaleWidth-1:0]        scale_i,
  output logic [dpu_pkg::VectorWidth-1:0]       vector_o
);

  for (genvar i = 0; i < N; i++) begin : gen_lane
    half_round u_round (
      .clk_i,
      .en_i,
      .sum_i (sums_i[i*AccWidth +: AccWidth]),
      .scale_i,
      .half_o(vector_o[i*dpu_pkg::HalfWidth +: dpu_pkg::HalfWidth])
    );
  end

endmodule
