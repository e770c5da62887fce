// Finds the largest exponent of a box, and with it the exponent of the most significant bit that a mantissa can have there. Two stages:
// which values the upper bits take, then which the lower bits take among the elements that have the largest upper bits.
module box_exponent #(
  parameter  int unsigned Elements      = dpu_arch_pkg::Box,
  localparam int unsigned ExponentWidth = dpu_pkg::ExponentWidth
) (
  input  logic                              clk_i,
  input  logic [1:0]                        en_i,        // en_i[s]: stage s takes data
  input  logic [Elements*ExponentWidth-1:0] exponents_i,
  input  logic [dpu_pkg::MantissaWidth-1:0] spare_i,     // mantissa bits that are not used, with the exponents
  output logic [ExponentWidth-1:0]          exponent_o,
  output logic [ExponentWidth:0]            top_o        // exponent_o + spare_i
);

  localparam int unsigned LowWidth  = 2;
  localparam int unsigned HighWidth = ExponentWidth - LowWidth;

  // Stage 1: the largest upper bits.
  logic [Elements*ExponentWidth-1:0] exponents_q;
  logic [dpu_pkg::MantissaWidth-1:0] spare1_q, spare2_q;
  logic [2**HighWidth-1:0] has_high;
  logic [Elements-1:0] match_high;
  logic [HighWidth-1:0] high_d, high_q;
  always_comb begin
    {has_high, match_high, high_d} = 'x;
    if (en_i[0]) begin
      has_high = '0;
      high_d   = '0;
      for (int value = 1; value < 2 ** HighWidth; value++) begin
        for (int i = 0; i < Elements; i++) begin
          match_high[i] = exponents_i[i*ExponentWidth+LowWidth +: HighWidth] == HighWidth'(value);
        end
        has_high[value] = |match_high;
        if (has_high[value]) high_d = HighWidth'(value);
      end
    end
  end

  // Stage 2: the largest lower bits.
  logic [Elements-1:0] largest, match_low;
  logic [2**LowWidth-1:0] has_low;
  logic [LowWidth-1:0] low;
  logic [ExponentWidth-1:0] exponent_d, exponent_q;
  always_comb begin
    {largest, match_low, has_low, low, exponent_d} = 'x;
    if (en_i[1]) begin
      has_low = '0;
      low     = '0;
      for (int i = 0; i < Elements; i++) begin
        largest[i] = exponents_q[i*ExponentWidth+LowWidth +: HighWidth] == high_q;
      end
      for (int value = 1; value < 2 ** LowWidth; value++) begin
        for (int i = 0; i < Elements; i++) begin
          match_low[i] = largest[i] && exponents_q[i*ExponentWidth +: LowWidth] == LowWidth'(value);
        end
        has_low[value] = |match_low;
        if (has_low[value]) low = LowWidth'(value);
      end
      exponent_d = {high_q, low};
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      exponents_q <= exponents_i;
      spare1_q    <= spare_i;
      high_q      <= high_d;
    end
    if (en_i[1]) begin
      exponent_q <= exponent_d;
      spare2_q   <= spare1_q;
    end
  end

  assign exponent_o = exponent_q;
  assign top_o      = {1'b0, exponent_q} + (ExponentWidth + 1)'(spare2_q);

endmodule
