// Sums the accumulators of the engines of a group, lane by lane: exact, so the order does not matter. Engines that take no part
// deliver 0. Latency: ReduceLatency. en_i[s] is high when stage s takes data.
module reduction #(
  localparam int unsigned N = dpu_arch_pkg::NativeDim,
  localparam int unsigned T = dpu_arch_pkg::TileEngines,
  localparam int unsigned AccWidth = dpu_arch_pkg::AccWidth,
  localparam int unsigned Stages = dpu_arch_pkg::ReduceLatency
) (
  input  logic                    clk_i,
  input  logic [Stages-1:0]       en_i,
  input  logic [T*N*AccWidth-1:0] sums_i,  // engine 0 in the low bits
  output logic [N*AccWidth-1:0]   sums_o
);

  for (genvar i = 0; i < N; i++) begin : gen_lane
    logic [T*AccWidth-1:0] parts;
    for (genvar e = 0; e < T; e++) begin : gen_part
      assign parts[e*AccWidth +: AccWidth] = sums_i[(e*N+i)*AccWidth +: AccWidth];
    end
    adder_tree #(
      .Inputs(T),
      .Width (AccWidth),
      .Stages(Stages)
    ) u_tree (
      .clk_i,
      .en_i,
      .data_i(parts),
      .sum_o (sums_o[i*AccWidth +: AccWidth])
    );
  end

endmodule
