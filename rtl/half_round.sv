// Rounds sum_i * 2^scale_i once to float16: to nearest even, saturating, +0 below the normal numbers.
// Latency: RoundLatency (3): magnitude, normalise, round. en_i[s] is high when stage s takes data.
module half_round #(
  parameter int unsigned AccWidth = dpu_arch_pkg::AccWidth
) (
  input  logic                           clk_i,
  input  logic [2:0]                     en_i,
  input  logic [AccWidth-1:0]            sum_i,    // two's complement
  input  logic [dpu_pkg::ScaleWidth-1:0] scale_i,  // two's complement, comes with sum_i
  output logic [15:0]                    half_o
);
  // Many instances: Verilator compiles one of them.
  /* verilator no_inline_module */

  localparam int unsigned LevelCount = $clog2(AccWidth);
  localparam int unsigned ExpWidth   = 11;  // signed exponents before they are clamped

  // Stage 1: sign and magnitude.
  logic sign1_q, sign2_q;
  logic [AccWidth-1:0] magnitude_d, magnitude_q;
  logic [dpu_pkg::ScaleWidth-1:0] scale_q;
  assign magnitude_d = sum_i[AccWidth-1] ? -sum_i : sum_i;

  // Stage 2: shift the leading one to the top.
  logic [AccWidth-1:0] normal;
  logic [LevelCount-1:0] zeros;
  logic zero_q, round_up_d, round_up_q;
  logic [10:0] significand_q;
  logic [ExpWidth-1:0] exponent_d, exponent_q;
  always_comb begin
    normal = magnitude_q;
    zeros  = '0;
    for (int i = LevelCount - 1; i >= 0; i--) begin
      if ((normal >> (AccWidth - (1 << i))) == '0) begin
        normal   = normal << (1 << i);
        zeros[i] = 1'b1;
      end
    end
    round_up_d = normal[AccWidth-12] && (normal[AccWidth-11] || normal[AccWidth-13:0] != '0);
    exponent_d = ExpWidth'(AccWidth + 14) - ExpWidth'(zeros) +
                 {{(ExpWidth - dpu_pkg::ScaleWidth) {scale_q[dpu_pkg::ScaleWidth-1]}}, scale_q};
  end

  // Stage 3: round and pack.
  logic [11:0] rounded;
  logic [ExpWidth-1:0] exponent;
  logic [15:0] half_d, half_q;
  always_comb begin
    rounded  = {1'b0, significand_q} + {11'b0, round_up_q};
    exponent = exponent_q + ExpWidth'(rounded[11]);
    if (zero_q || exponent[ExpWidth-1] || exponent == '0) half_d = 16'h0000;
    else if (exponent > ExpWidth'(30)) half_d = {sign2_q, 15'h7BFF};
    else half_d = {sign2_q, exponent[4:0], rounded[9:0]};
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      sign1_q     <= sum_i[AccWidth-1];
      magnitude_q <= magnitude_d;
      scale_q     <= scale_i;
    end
    if (en_i[1]) begin
      sign2_q       <= sign1_q;
      zero_q        <= !normal[AccWidth-1];
      significand_q <= normal[AccWidth-1 -: 11];
      round_up_q    <= round_up_d;
      exponent_q    <= exponent_d;
    end
    if (en_i[2]) half_q <= half_d;
  end

  assign half_o = half_q;

endmodule
