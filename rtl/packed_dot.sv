// Multiplies lanes three at a time in multipliers of 18 x 18 bits, and adds the products up to one number for each sixteen multipliers.
// Latency: 3. en_i[s] is high when stage s takes data.
//
// (a0 + 64 a1 + 4096 a2) (b2 + 64 b1 + 4096 b0) has a0 b0 + a1 b1 + a2 b2, -27 .. 27, at 4096. What lies below is less than half of that, so
// that its sign, the bit below the field, says whether it borrowed from the field. The factors come as digits, see pack_triple.
module packed_dot #(
  parameter int unsigned Lanes = 3,      // a multiple of three
  parameter int unsigned SumWidth = 13,
  localparam int unsigned Multipliers = Lanes / 3,
  localparam int unsigned Terms = (Multipliers + 15) / 16
) (
  input  logic                      clk_i,
  input  logic [2:0]                en_i,
  input  logic [9*Multipliers-1:0]  act_i,     // digits of b2, b1, b0 from below, of each triple
  input  logic [9*Multipliers-1:0]  weight_i,  // digits of a0, a1, a2
  output logic [Terms*SumWidth-1:0] terms_o    // two's complement
);

  localparam int unsigned Fours    = (Multipliers + 3) / 4;
  localparam int unsigned SumLsb   = 12;
  localparam int unsigned DotWidth = 6;
  localparam int unsigned FourWidth = DotWidth + 2;

  // Stage 0: the field, and the bit that says whether it lacks one.
  logic [Multipliers*(DotWidth+1)-1:0] fields_d, fields_q;
  logic [17:0] act, weight, product;
  always_comb begin
    {fields_d, act, weight, product} = 'x;
    if (en_i[0]) begin
      for (int m = 0; m < Multipliers; m++) begin
        act     = {{3{act_i[9*m + 8]}}, act_i[9*m+6 +: 3], {3{act_i[9*m + 5]}}, act_i[9*m+3 +: 3], {3{act_i[9*m + 2]}}, act_i[9*m +: 3]};
        weight  = {{3{weight_i[9*m + 8]}}, weight_i[9*m+6 +: 3], {3{weight_i[9*m + 5]}}, weight_i[9*m+3 +: 3],
                   {3{weight_i[9*m + 2]}}, weight_i[9*m +: 3]};
        product = act * weight;
        fields_d[m*(DotWidth+1) +: DotWidth+1] = (DotWidth + 1)'(product >> (SumLsb - 1));
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (en_i[0]) fields_q <= fields_d;
  end

  // Stages 1 and 2: sums of four.
  logic [Fours*FourWidth-1:0] fours_d, fours_q;
  logic [Terms*SumWidth-1:0] terms_d, terms_q;
  always_comb begin
    {fours_d, terms_d} = 'x;
    if (en_i[1]) begin
      fours_d = '0;
      for (int m = 0; m < Multipliers; m++) begin
        fours_d[(m/4)*FourWidth +: FourWidth] = fours_d[(m/4)*FourWidth +: FourWidth] +
            {{2{fields_q[m*(DotWidth+1) + DotWidth]}}, fields_q[m*(DotWidth+1)+1 +: DotWidth]} + FourWidth'(fields_q[m*(DotWidth+1)]);
      end
    end
    if (en_i[2]) begin
      terms_d = '0;
      for (int f = 0; f < Fours; f++) begin
        terms_d[(f/4)*SumWidth +: SumWidth] = terms_d[(f/4)*SumWidth +: SumWidth] +
            {{(SumWidth - FourWidth) {fours_q[f*FourWidth + FourWidth - 1]}}, fours_q[f*FourWidth +: FourWidth]};
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (en_i[1]) fours_q <= fours_d;
    if (en_i[2]) terms_q <= terms_d;
  end
  assign terms_o = terms_q;

endmodule
