// Quantises a float16 number to a sign and MantissaBits bits of magnitude in the units of its box, rounded to nearest even and saturated at
// largest_i. Two stages: shift, then round.
module quantizer (
  input  logic                                  clk_i,
  input  logic [1:0]                            en_i,       // en_i[s]: stage s takes data
  input  logic [dpu_pkg::HalfWidth-1:0]         half_i,
  input  logic [dpu_pkg::ExponentWidth:0]       top_i,      // exponent of the most significant bit of the magnitude; at least that of half_i
  input  logic [dpu_arch_pkg::MantissaBits-1:0] largest_i,  // 2^(magnitude bits in use) - 1, with the second stage
  output logic [dpu_pkg::ElementWidth-1:0]      element_o
);

  localparam int unsigned M           = dpu_arch_pkg::MantissaBits;
  localparam int unsigned AmountWidth = dpu_pkg::ExponentWidth + 1;
  localparam int unsigned Fraction    = 10;
  // Moved down by M + 1 bits, a number has left the magnitude and the rounding bit below it.
  localparam int unsigned WindowWidth = Fraction + 1 + M + 1;
  localparam int unsigned RoundBit    = WindowWidth - M - 1;

  // Stage 1: magnitude, rounding bit, and whether anything is lost below that. The significand of an exponent 0 is 0.
  logic [Fraction:0] significand;
  logic [AmountWidth-1:0] amount;
  logic [WindowWidth-1:0] window;
  logic [M+1:0] shifted_d, shifted_q;
  logic sign1_q, sign2_q;
  always_comb begin
    {significand, amount, window, shifted_d} = 'x;
    if (en_i[0]) begin
      significand = half_i[Fraction +: dpu_pkg::ExponentWidth] == '0 ? '0 : {1'b1, half_i[Fraction-1:0]};
      amount      = top_i - {1'b0, half_i[Fraction +: dpu_pkg::ExponentWidth]};
      window      = {significand, {(M + 1){1'b0}}} >> (amount > AmountWidth'(M + 1) ? AmountWidth'(M + 1) : amount);
      shifted_d   = {window[WindowWidth-1:RoundBit], window[RoundBit-1:0] != '0};
    end
  end

  // Stage 2: round, saturate.
  logic [M:0] rounded;
  logic [M-1:0] magnitude_d, magnitude_q;
  always_comb begin
    {rounded, magnitude_d} = 'x;
    if (en_i[1]) begin
      rounded = {1'b0, shifted_q[M+1:2]} + (M + 1)'(shifted_q[1] && (shifted_q[0] || shifted_q[2]));
      if (rounded > {1'b0, largest_i}) rounded = {1'b0, largest_i};
      magnitude_d = rounded[M-1:0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      shifted_q <= shifted_d;
      sign1_q   <= half_i[dpu_pkg::HalfWidth-1];
    end
    if (en_i[1]) begin
      magnitude_q <= magnitude_d;
      sign2_q     <= sign1_q;
    end
  end

  assign element_o = {sign2_q, magnitude_q};

endmodule
