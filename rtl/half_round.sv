// Rounds sum_i * 2^scale_i once to float16: to nearest even, saturating, +0 below the normal numbers.
// Latency: RoundLatency (4): magnitude, find the 16 bits with the leading one, normalise, round. en_i[s] is high when stage s takes data.
module half_round #(
  parameter int unsigned AccWidth = dpu_arch_pkg::AccWidth
) (
  input  logic                                  clk_i,
  input  logic [dpu_arch_pkg::RoundLatency-1:0] en_i,
  input  logic [AccWidth-1:0]                   sum_i,    // two's complement
  input  logic [dpu_pkg::ScaleWidth-1:0]        scale_i,  // two's complement, comes with sum_i
  output logic [15:0]                           half_o
);
  // Many instances: Verilator compiles one of them.
  /* verilator no_inline_module */

  localparam int unsigned Words     = (AccWidth + 15) / 16;
  localparam int unsigned ExpWidth  = 11;  // signed exponents before they are clamped
  localparam int unsigned WordWidth = $clog2(Words + 1);

  // Stage 1: sign and magnitude.
  logic sign1_q, sign2_q, sign3_q;
  logic [AccWidth-1:0] magnitude_d, magnitude_q;
  logic [dpu_pkg::ScaleWidth-1:0] scale1_q, scale2_q;
  always_comb begin
    magnitude_d = 'x;
    if (en_i[0]) magnitude_d = sum_i[AccWidth-1] ? -sum_i : sum_i;
  end

  // Stage 2: the highest word with a bit, the word below it, and whether anything is below them.
  logic [(Words+1)*16-1:0] padded;  // a word of zeros below the magnitude
  logic [Words:0] used;
  logic [31:0] window_d, window_q;
  logic below_d, below_q;
  logic [WordWidth-1:0] top_d, top_q;  // which word it is; the word of zeros if there is none
  assign padded = {{(Words * 16 - AccWidth) {1'b0}}, magnitude_q, 16'b0};
  always_comb begin
    {used, top_d, window_d, below_d} = 'x;
    if (en_i[1]) begin
      for (int w = 0; w <= Words; w++) used[w] = padded[w*16 +: 16] != '0;
      top_d = '0;
      for (int w = 1; w <= Words; w++) begin
        if (used[w]) top_d = w[WordWidth-1:0];
      end
      window_d = '0;
      below_d  = 1'b0;
      for (int w = 1; w <= Words; w++) begin
        if (top_d == w[WordWidth-1:0]) begin
          window_d = padded[(w-1)*16 +: 32];
          below_d  = (used & ((Words + 1)'(1) << (w - 1)) - 1'b1) != '0;
        end
      end
    end
  end

  // Stage 3: shift the leading one to the top.
  logic [3:0] zeros;
  logic [30:0] normal;  // below the leading one
  logic zero_q, round_up_d, round_up_q;
  logic [9:0] fraction_q;
  logic [ExpWidth-1:0] exponent_d, exponent_q;
  always_comb begin
    {zeros, normal, round_up_d, exponent_d} = 'x;
    if (en_i[2]) begin
      zeros = '0;
      for (int i = 0; i < 16; i++) begin
        if (window_q[16+i]) zeros = 4'd15 - i[3:0];
      end
      normal     = 31'(window_q << zeros);
      round_up_d = normal[20] && (normal[21] || normal[19:0] != '0 || below_q);
      // A leading one in bit b makes a biased exponent of b + 15 + scale; in bit 15-zeros of word `top`, b is 16*top - 1 - zeros.
      exponent_d = {{(ExpWidth - WordWidth - 4) {1'b0}}, top_q, 4'hE} - {{(ExpWidth - 4) {1'b0}}, zeros} +
                   {{(ExpWidth - dpu_pkg::ScaleWidth) {scale2_q[dpu_pkg::ScaleWidth-1]}}, scale2_q};
    end
  end

  // Stage 4: round and pack. A fraction that overflows carries into the exponent.
  logic [ExpWidth-1:0] exponent;
  logic [9:0] fraction;
  logic [15:0] half_d, half_q;
  always_comb begin
    {exponent, fraction, half_d} = 'x;
    if (en_i[3]) begin
      {exponent, fraction} = {exponent_q, fraction_q} + (ExpWidth + 10)'(round_up_q);
      if (zero_q || exponent[ExpWidth-1] || exponent == '0) half_d = 16'h0000;
      else if (exponent > ExpWidth'(30)) half_d = {sign3_q, 15'h7BFF};
      else half_d = {sign3_q, exponent[4:0], fraction};
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      sign1_q     <= sum_i[AccWidth-1];
      magnitude_q <= magnitude_d;
      scale1_q    <= scale_i;
    end
    if (en_i[1]) begin
      sign2_q  <= sign1_q;
      scale2_q <= scale1_q;
      window_q <= window_d;
      below_q  <= below_d;
      top_q    <= top_d;
    end
    if (en_i[2]) begin
      sign3_q    <= sign2_q;
      zero_q     <= top_q == '0;
      fraction_q <= normal[30:21];
      round_up_q <= round_up_d;
      exponent_q <= exponent_d;
    end
    if (en_i[3]) half_q <= half_d;
  end

  assign half_o = half_q;

endmodule
