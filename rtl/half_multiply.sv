// The multiplication of an MFU on one element: a * b, or a unchanged. Rounds to nearest even, saturates, and gives +0 for results below
// the normal numbers. Latency: MultiplyLatency (2): multiply, round. en_i[s] is high when stage s takes data.
module half_multiply (
  input  logic        clk_i,
  input  logic [1:0]  en_i,
  input  logic        multiply_i,  // comes with a_i and b_i
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic [15:0] half_o
);
  // Many instances: Verilator compiles one of them.
  /* verilator no_inline_module */

  // Stage 1: the exact product.
  logic pass_q, sign_q, zero_q;
  logic [15:0] passed_q;
  logic [21:0] product_d, product_q;
  logic [6:0] exponent_d, exponent_q;  // of a product below 2, in two's complement
  assign product_d  = {11'b0, 1'b1, a_i[9:0]} * {11'b0, 1'b1, b_i[9:0]};
  assign exponent_d = {2'b00, a_i[14:10]} + {2'b00, b_i[14:10]} - 7'd15;

  // Stage 2: round and pack.
  logic [21:0] normal;
  logic [11:0] rounded;
  logic [6:0] exponent;
  logic [15:0] half_d, half_q;
  always_comb begin
    normal   = product_q[21] ? product_q : product_q << 1;
    rounded  = {1'b0, normal[21:11]} + {11'b0, normal[10] && (normal[11] || normal[9:0] != '0)};
    exponent = exponent_q + {6'b0, product_q[21]} + {6'b0, rounded[11]};
    if (pass_q) half_d = passed_q;
    else if (zero_q || exponent[6] || exponent == '0) half_d = 16'h0000;
    else if (exponent > 7'd30) half_d = {sign_q, 15'h7BFF};
    else half_d = {sign_q, exponent[4:0], rounded[9:0]};
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      pass_q     <= !multiply_i;
      passed_q   <= a_i;
      sign_q     <= a_i[15] ^ b_i[15];
      zero_q     <= a_i[14:10] == '0 || b_i[14:10] == '0;
      product_q  <= product_d;
      exponent_q <= exponent_d;
    end
    if (en_i[1]) half_q <= half_d;
  end

  assign half_o = half_q;

endmodule
