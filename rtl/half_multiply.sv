// The multiplication of an MFU on one element: a * b, or a unchanged. Rounds to nearest even, saturates, and gives +0 for results below
// the normal numbers. Latency: MultiplyLatency (3): multiply, normalise, round. en_i[s] is high when stage s takes data.
module half_multiply (
  input  logic                                     clk_i,
  input  logic [dpu_arch_pkg::MultiplyLatency-1:0] en_i,
  input  logic                                     multiply_i,  // comes with a_i and b_i
  input  logic [15:0]                              a_i,
  input  logic [15:0]                              b_i,
  output logic [15:0]                              half_o
);
  // Many instances: Verilator compiles one of them.
  /* verilator no_inline_module */

  // Stage 1: the exact product.
  logic pass1_q, pass2_q, sign1_q, sign2_q, zero1_q, zero2_q;
  logic [15:0] passed1_q, passed2_q;
  logic [21:0] product_d, product_q;
  logic [6:0] exponent1_d, exponent1_q;  // of a product below 2, in two's complement
  always_comb begin
    {product_d, exponent1_d} = 'x;
    if (en_i[0]) begin
      product_d   = {11'b0, 1'b1, a_i[9:0]} * {11'b0, 1'b1, b_i[9:0]};
      exponent1_d = {2'b00, a_i[14:10]} + {2'b00, b_i[14:10]} - 7'd15;
    end
  end

  // Stage 2: normalise.
  logic [20:0] normal;  // below the leading one
  logic [9:0] fraction_q;
  logic round_up_d, round_up_q;
  logic [6:0] exponent2_q;
  always_comb begin
    {normal, round_up_d} = 'x;
    if (en_i[1]) begin
      normal     = product_q[21] ? product_q[20:0] : {product_q[19:0], 1'b0};
      round_up_d = normal[10] && (normal[11] || normal[9:0] != '0);
    end
  end

  // Stage 3: round and pack. A fraction that overflows carries into the exponent.
  logic [6:0] exponent;
  logic [9:0] fraction;
  logic [15:0] half_d, half_q;
  always_comb begin
    {exponent, fraction, half_d} = 'x;
    if (en_i[2]) begin
      {exponent, fraction} = {exponent2_q, fraction_q} + {16'b0, round_up_q};
      if (pass2_q) half_d = passed2_q;
      else if (zero2_q || exponent[6] || exponent == '0) half_d = 16'h0000;
      else if (exponent > 7'd30) half_d = {sign2_q, 15'h7BFF};
      else half_d = {sign2_q, exponent[4:0], fraction};
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      pass1_q     <= !multiply_i;
      passed1_q   <= a_i;
      sign1_q     <= a_i[15] ^ b_i[15];
      zero1_q     <= a_i[14:10] == '0 || b_i[14:10] == '0;
      product_q   <= product_d;
      exponent1_q <= exponent1_d;
    end
    if (en_i[1]) begin
      pass2_q     <= pass1_q;
      passed2_q   <= passed1_q;
      sign2_q     <= sign1_q;
      zero2_q     <= zero1_q;
      fraction_q  <= normal[20:11];
      round_up_q  <= round_up_d;
      exponent2_q <= exponent1_q + {6'b0, product_q[21]};
    end
    if (en_i[2]) half_q <= half_d;
  end

  assign half_o = half_q;

endmodule
