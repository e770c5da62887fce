// The add-type operation of an MFU on one element: a + b, a - b, b - a, max, min, or a unchanged. Rounds to nearest even, saturates,
// and gives +0 for results below the normal numbers.
// Latency: AddLatency (4): order, align and add, normalise, round. en_i[s] is high when stage s takes data.
module half_add (
  input  logic                                clk_i,
  input  logic [dpu_arch_pkg::AddLatency-1:0] en_i,
  input  logic [dpu_pkg::AddOpWidth-1:0]      op_i,    // comes with a_i and b_i
  input  logic [15:0]                         a_i,
  input  logic [15:0]                         b_i,
  output logic [15:0]                         half_o
);
  // Many instances: Verilator compiles one of them.
  /* verilator no_inline_module */

  // Stage 1: order by magnitude. Subnormal numbers do not occur, so the bits of a number without its sign are ordered as it is.
  logic pick_d, pick1_q, pick2_q, pick3_q;  // the result is one of the operands
  logic [15:0] picked_d, picked1_q, picked2_q, picked3_q;
  logic a_below, b_below, a_less, b_less, sign_a, sign_b, sign_d, sign1_q, sign2_q, sign3_q, subtract_q;
  logic [4:0] difference, exponent_d, exponent1_q, exponent2_q;
  logic [3:0] distance_d, distance_q;
  logic [10:0] significand_a, significand_b, larger_q, smaller_q;
  always_comb begin
    {a_below, b_below, a_less, b_less, sign_a, sign_b, sign_d, pick_d, picked_d, exponent_d, difference, distance_d, significand_a, significand_b} = 'x;
    if (en_i[0]) begin
      a_below = a_i[14:0] < b_i[14:0];
      b_below = b_i[14:0] < a_i[14:0];
      if (a_i[15] == b_i[15]) begin
        a_less = a_i[15] ? b_below : a_below;
        b_less = a_i[15] ? a_below : b_below;
      end else begin
        a_less = a_i[15] && (a_i[14:0] | b_i[14:0]) != '0;
        b_less = b_i[15] && (a_i[14:0] | b_i[14:0]) != '0;
      end
      sign_a   = a_i[15];
      sign_b   = b_i[15];
      pick_d   = 1'b0;
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
      sign_d        = a_below ? sign_b : sign_a;
      exponent_d    = a_below ? b_i[14:10] : a_i[14:10];
      difference    = a_below ? b_i[14:10] - a_i[14:10] : a_i[14:10] - b_i[14:10];
      distance_d    = difference > 5'd14 ? 4'd14 : difference[3:0];  // at 14, nothing but a sticky bit is left
      significand_a = a_i[14:10] == '0 ? '0 : {1'b1, a_i[9:0]};
      significand_b = b_i[14:10] == '0 ? '0 : {1'b1, b_i[9:0]};
    end
  end

  // Stage 2: align the smaller one, 11 bits and three below them, the last one sticky; add.
  logic [12:0] aligned;
  logic sticky;
  logic [14:0] sum_d, sum_q;
  always_comb begin
    {aligned, sticky, sum_d} = 'x;
    if (en_i[1]) begin
      aligned = {smaller_q, 2'b00} >> distance_q;
      sticky  = 1'b0;
      for (int i = 0; i < 11; i++) sticky |= smaller_q[i] && distance_q >= 4'(i + 3);
      sum_d = subtract_q ? {1'b0, larger_q, 3'b000} - {1'b0, aligned, sticky} : {1'b0, larger_q, 3'b000} + {1'b0, aligned, sticky};
    end
  end

  // Stage 3: normalise.
  logic [3:0] zeros;
  logic [13:0] normal_d, normal_q;  // below the leading one
  logic zero_q;
  logic [6:0] exponent3_d, exponent3_q;  // of a significand that rounding does not carry to 2, in two's complement
  always_comb begin
    {zeros, normal_d, exponent3_d} = 'x;
    if (en_i[2]) begin
      zeros = '0;
      for (int i = 0; i < 15; i++) begin
        if (sum_q[i]) zeros = 4'd14 - i[3:0];
      end
      normal_d    = 14'(sum_q << zeros);
      exponent3_d = {2'b00, exponent2_q} + 7'd1 - {3'b000, zeros};
    end
  end

  // Stage 4: round and pack. A fraction that overflows carries into the exponent.
  logic [6:0] exponent;
  logic [9:0] fraction;
  logic [16:0] exponent_fraction;
  logic [15:0] half_d, half_q;
  always_comb begin
    {exponent, fraction, exponent_fraction, half_d} = 'x;
    if (en_i[3]) begin
      exponent_fraction = {exponent3_q, normal_q[13:4]} + {16'b0, normal_q[3] && (normal_q[4] || normal_q[2:0] != '0)};
      exponent = exponent_fraction[16:10];
      fraction = exponent_fraction[9:0];
      if (pick3_q) half_d = picked3_q;
      else if (zero_q || exponent[6] || exponent == '0) half_d = 16'h0000;
      else if (exponent > 7'd30) half_d = {sign3_q, 15'h7BFF};
      else half_d = {sign3_q, exponent[4:0], fraction};
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      pick1_q     <= pick_d;
      picked1_q   <= picked_d;
      sign1_q     <= sign_d;
      exponent1_q <= exponent_d;
      distance_q  <= distance_d;
      larger_q    <= a_below ? significand_b : significand_a;
      smaller_q   <= a_below ? significand_a : significand_b;
      subtract_q  <= sign_a != sign_b;
    end
    if (en_i[1]) begin
      pick2_q     <= pick1_q;
      picked2_q   <= picked1_q;
      sign2_q     <= sign1_q;
      exponent2_q <= exponent1_q;
      sum_q       <= sum_d;
    end
    if (en_i[2]) begin
      pick3_q     <= pick2_q;
      picked3_q   <= picked2_q;
      sign3_q     <= sign2_q;
      exponent3_q <= exponent3_d;
      normal_q    <= normal_d;
      zero_q      <= sum_q == '0;
    end
    if (en_i[3]) half_q <= half_d;
  end

  assign half_o = half_q;

endmodule
