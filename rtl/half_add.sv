// The add-type operation of an MFU on one element: a + b, a - b, b - a, max, min, or a unchanged. Rounds to nearest even, saturates,
// and gives +0 for results below the normal numbers.
// Latency: AddLatency (3): align, add, normalise and round. en_i[s] is high when stage s takes data.
module half_add (
  input  logic                           clk_i,
  input  logic [2:0]                     en_i,
  input  logic [dpu_pkg::AddOpWidth-1:0] op_i,    // comes with a_i and b_i
  input  logic [15:0]                    a_i,
  input  logic [15:0]                    b_i,
  output logic [15:0]                    half_o
);
  // Many instances: Verilator compiles one of them.
  /* verilator no_inline_module */

  // Stage 1: order by magnitude, align the smaller one: 11 bits and three below them, the last one sticky.
  logic pick_d, pick1_q, pick2_q;  // the result is one of the operands
  logic [15:0] picked_d, picked1_q, picked2_q;
  logic a_less, b_less, sign_a, sign_b, a_larger, sign_d, sign1_q, sign2_q, subtract_d, subtract_q;
  logic [4:0] exponent_a, exponent_b, exponent_d, exponent1_q, exponent2_q, difference;
  logic [10:0] significand_a, significand_b, larger_d, larger_q, smaller;
  logic [13:0] aligned_d, aligned_q;
  logic [27:0] window;
  always_comb begin
    if (a_i[15] == b_i[15]) begin
      a_less = a_i[15] ? a_i[14:0] > b_i[14:0] : a_i[14:0] < b_i[14:0];
      b_less = a_i[15] ? b_i[14:0] > a_i[14:0] : b_i[14:0] < a_i[14:0];
    end else begin
      a_less = a_i[15] && (a_i[14:0] | b_i[14:0]) != '0;
      b_less = b_i[15] && (a_i[14:0] | b_i[14:0]) != '0;
    end
    sign_a = a_i[15];
    sign_b = b_i[15];
    pick_d = 1'b0;
    picked_d = a_i;
    unique case (op_i)
      dpu_isa_pkg::AddOpAdd:   ;
      dpu_isa_pkg::AddOpASubB: sign_b = !b_i[15];
      dpu_isa_pkg::AddOpBSubA: sign_a = !a_i[15];
      dpu_isa_pkg::AddOpMax: begin
        pick_d   = 1'b1;
        picked_d = a_less ? b_i : a_i;
      end
      dpu_isa_pkg::AddOpMin: begin
        pick_d   = 1'b1;
        picked_d = b_less ? b_i : a_i;
      end
      default: pick_d = 1'b1;
    endcase
    exponent_a    = a_i[14:10];
    exponent_b    = b_i[14:10];
    significand_a = exponent_a == '0 ? '0 : {1'b1, a_i[9:0]};
    significand_b = exponent_b == '0 ? '0 : {1'b1, b_i[9:0]};
    a_larger      = {exponent_a, significand_a} >= {exponent_b, significand_b};
    sign_d        = a_larger ? sign_a : sign_b;
    exponent_d    = a_larger ? exponent_a : exponent_b;
    larger_d      = a_larger ? significand_a : significand_b;
    smaller       = a_larger ? significand_b : significand_a;
    difference    = a_larger ? exponent_a - exponent_b : exponent_b - exponent_a;
    subtract_d    = sign_a != sign_b;
    window        = {smaller, 17'b0} >> (difference > 5'd14 ? 5'd14 : difference);
    aligned_d     = {window[27:15], window[14:0] != '0};
  end

  // Stage 2: add.
  logic [14:0] sum_d, sum_q;
  assign sum_d = subtract_q ? {1'b0, larger_q, 3'b000} - {1'b0, aligned_q} : {1'b0, larger_q, 3'b000} + {1'b0, aligned_q};

  // Stage 3: normalise, round and pack.
  logic [14:0] normal;
  logic [3:0] zeros;
  logic [11:0] rounded;
  logic [6:0] exponent;
  logic [15:0] half_d, half_q;
  always_comb begin
    normal = sum_q;
    zeros  = '0;
    for (int i = 3; i >= 0; i--) begin
      if ((normal >> (15 - (1 << i))) == '0) begin
        normal   = normal << (1 << i);
        zeros[i] = 1'b1;
      end
    end
    rounded  = {1'b0, normal[14:4]} + {11'b0, normal[3] && (normal[4] || normal[2:0] != '0)};
    exponent = {2'b00, exponent2_q} + 7'd1 - {3'b000, zeros} + {6'b0, rounded[11]};
    if (pick2_q) half_d = picked2_q;
    else if (sum_q == '0 || exponent[6] || exponent == '0) half_d = 16'h0000;
    else if (exponent > 7'd30) half_d = {sign2_q, 15'h7BFF};
    else half_d = {sign2_q, exponent[4:0], rounded[9:0]};
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      pick1_q     <= pick_d;
      picked1_q   <= picked_d;
      sign1_q     <= sign_d;
      exponent1_q <= exponent_d;
      larger_q    <= larger_d;
      aligned_q   <= aligned_d;
      subtract_q  <= subtract_d;
    end
    if (en_i[1]) begin
      pick2_q     <= pick1_q;
      picked2_q   <= picked1_q;
      sign2_q     <= sign1_q;
      exponent2_q <= exponent1_q;
      sum_q       <= sum_d;
    end
    if (en_i[2]) half_q <= half_d;
  end

  assign half_o = half_q;

endmodule
