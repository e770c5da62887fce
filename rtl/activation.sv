// The activation of an MFU on one element: relu, sigmoid, 1 - sigmoid, tanh, or x unchanged; docs/numerics.md defines them.
// Latency: ActivationLatency (6): look up a segment, select, multiply and add, sigmoid's grid, normalise, round. en_i[s] is high when stage s takes data.
//
// tanh(y) is interpolated in units of 2^-22; sigmoid(x) = 1/2 + tanh(x/2)/2 in units of 2^-23, rounded to a multiple of 2^-11.
module activation (
  input  logic                                       clk_i,
  input  logic [dpu_arch_pkg::ActivationLatency-1:0] en_i,
  input  logic [dpu_pkg::ActOpWidth-1:0]             op_i,  // comes with x_i
  input  logic [15:0]                                x_i,
  output logic [15:0]                                half_o
);
  // Many instances: Verilator compiles one of them.
  /* verilator no_inline_module */

  localparam int unsigned LowBits         = activation_pkg::TanhLowBits;
  localparam int unsigned BaseWidth       = activation_pkg::TanhBaseWidth;
  localparam int unsigned DifferenceWidth = activation_pkg::TanhDifferenceWidth;
  localparam int unsigned FixedBits       = activation_pkg::TanhFractionBits + LowBits;  // tanh in units of 2^-FixedBits
  localparam int unsigned GridBits        = 11;                                          // sigmoid is a multiple of 2^-GridBits
  localparam int unsigned Drop            = FixedBits + 1 - GridBits;
  localparam int unsigned UnitExponent    = 25 - FixedBits;  // at which an 11-bit significand counts units of 2^-FixedBits
  localparam int unsigned First           = activation_pkg::TanhFirstExponent;
  localparam int unsigned Last            = activation_pkg::TanhLastExponent;

  // The table, a read-only block RAM.
  localparam int unsigned SegmentWidth = activation_pkg::TanhSegmentWidth;
  localparam int unsigned IndexWidth   = activation_pkg::TanhIndexWidth;
  logic [SegmentWidth-1:0] segments [2**IndexWidth];
  initial begin
    for (int i = 0; i < 2 ** IndexWidth; i++) segments[i] = activation_pkg::tanh_segment(i[IndexWidth-1:0]);
  end

  // Stage 1: look up the segment; classify the argument of tanh, y, which is x or x/2.
  logic is_sigmoid, negative_d, direct_d, small_d, small_q, large_q;
  logic [5:0] exponent;  // of y, two's complement
  logic [2:0] binade, shift_q;
  logic [IndexWidth-1:0] index;
  logic [15:0] result_d;
  logic [SegmentWidth-1:0] segment_q;
  logic [9:0] fraction_q;
  logic shifted_q;  // y is small, but not below a unit
  // Sigmoid or tanh, sign, and a result that needs no arithmetic, on their way through the stages.
  logic [5:1] sigmoid_q, negative_q, direct_q;
  logic [5*16-1:0] results_q;
  always_comb begin
    {is_sigmoid, negative_d, exponent, binade, index, small_d, direct_d, result_d} = 'x;
    if (en_i[0]) begin
      is_sigmoid = op_i == dpu_isa_pkg::ActivationOpSigmoid || op_i == dpu_isa_pkg::ActivationOpOneMinusSigmoid;
      negative_d = x_i[15] ^ (op_i == dpu_isa_pkg::ActivationOpOneMinusSigmoid);
      exponent   = {1'b0, x_i[14:10]} - {5'b0, is_sigmoid};
      binade     = exponent[2:0] - First[2:0];
      index      = {binade, x_i[9:LowBits]};
      small_d    = exponent[5] || exponent < First[5:0];  // tanh(y) is y
      direct_d   = small_d && !is_sigmoid;
      result_d   = x_i[14:10] == '0 ? 16'h0000 : x_i;
      if (op_i == dpu_isa_pkg::ActivationOpRelu) begin
        direct_d = 1'b1;
        result_d = x_i[15] ? 16'h0000 : x_i;
      end
      if (op_i == dpu_isa_pkg::ActivationOpNone) begin
        direct_d = 1'b1;
        result_d = x_i;
      end
    end
  end

  // Stage 2: select the linear piece base + difference * low.
  logic [FixedBits:0] base_d, base_q;
  logic [DifferenceWidth-1:0] difference_d, difference_q;
  logic [LowBits-1:0] low_q;
  always_comb begin
    {base_d, difference_d} = 'x;
    if (en_i[1]) begin
      base_d       = {segment_q[DifferenceWidth +: BaseWidth], {LowBits{1'b0}}};
      difference_d = segment_q[DifferenceWidth-1:0];
      if (small_q) begin
        base_d       = shifted_q ? {{(FixedBits - 10) {1'b0}}, 1'b1, fraction_q} << shift_q : '0;
        difference_d = '0;
      end else if (large_q) begin
        base_d            = '0;
        base_d[FixedBits] = 1'b1;
        difference_d      = '0;
      end
    end
  end

  // Stage 3: interpolate.
  logic [FixedBits:0] magnitude_d, magnitude_q;
  always_comb begin
    magnitude_d = 'x;
    if (en_i[2]) begin
      magnitude_d = base_q + {{(FixedBits + 1 - DifferenceWidth - LowBits) {1'b0}},
                              {{LowBits{1'b0}}, difference_q} * {{DifferenceWidth{1'b0}}, low_q}};
    end
  end

  // Stage 4: sigmoid from tanh, on its grid. Rounding to nearest even is symmetric about 1/2, so the magnitude is rounded.
  logic [GridBits:0] half, steps, grid;
  logic round_magnitude_up;
  logic [FixedBits:0] value_d, value_q;
  always_comb begin
    {round_magnitude_up, half, steps, grid, value_d} = 'x;
    if (en_i[3]) begin
      round_magnitude_up = magnitude_q[Drop-1] && (magnitude_q[Drop] || magnitude_q[Drop-2:0] != '0);
      half             = '0;
      half[GridBits-1] = 1'b1;
      steps   = {1'b0, magnitude_q[FixedBits:Drop]};
      grid    = half + (negative_q[3] ? ~steps : steps) + {{GridBits{1'b0}}, round_magnitude_up ^ negative_q[3]};
      value_d = sigmoid_q[3] ? {grid, {(FixedBits - GridBits) {1'b0}}} : magnitude_q;
    end
  end

  // Stage 5: normalise.
  logic [4:0] zeros, exponent_q;
  logic [FixedBits:0] normal;
  logic [9:0] significand_q;  // without the leading one
  logic zero_q, round_up_d, round_up_q;
  always_comb begin
    {zeros, normal, round_up_d} = 'x;
    if (en_i[4]) begin
      zeros = '0;
      for (int i = 0; i <= FixedBits; i++) begin
        if (value_q[i]) zeros = 5'(FixedBits) - i[4:0];
      end
      normal     = value_q << zeros;
      round_up_d = normal[FixedBits-11] && (normal[FixedBits-10] || normal[FixedBits-12:0] != '0);
    end
  end

  // Stage 6: round and pack. A fraction that overflows carries into the exponent.
  logic [4:0] half_exponent;
  logic [9:0] half_fraction;
  logic [15:0] half_d, half_q;
  always_comb begin
    {half_exponent, half_fraction, half_d} = 'x;
    if (en_i[5]) begin
      {half_exponent, half_fraction} = {exponent_q, significand_q} + {14'b0, round_up_q};
      if (direct_q[5]) half_d = results_q[4*16 +: 16];
      else if (zero_q) half_d = 16'h0000;
      else half_d = {negative_q[5] && !sigmoid_q[5], half_exponent, half_fraction};
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      segment_q        <= segments[index];
      small_q          <= small_d;
      large_q          <= exponent > Last[5:0];
      shifted_q        <= !exponent[5] && exponent > UnitExponent[5:0];
      shift_q          <= exponent[2:0] - UnitExponent[2:0];
      fraction_q       <= x_i[9:0];
      sigmoid_q[1]     <= is_sigmoid;
      negative_q[1]    <= negative_d;
      direct_q[1]      <= direct_d;
      results_q[0 +: 16] <= result_d;
    end
    for (int s = 1; s < 5; s++) begin
      if (en_i[s]) begin
        sigmoid_q[s+1]         <= sigmoid_q[s];
        negative_q[s+1]        <= negative_q[s];
        direct_q[s+1]          <= direct_q[s];
        results_q[s*16 +: 16]  <= results_q[(s-1)*16 +: 16];
      end
    end
    if (en_i[1]) begin
      base_q       <= base_d;
      difference_q <= difference_d;
      low_q        <= fraction_q[LowBits-1:0];
    end
    if (en_i[2]) magnitude_q <= magnitude_d;
    if (en_i[3]) value_q <= value_d;
    if (en_i[4]) begin
      significand_q <= normal[FixedBits-1 -: 10];
      round_up_q    <= round_up_d;
      zero_q        <= value_q == '0;
      exponent_q    <= 5'd15 - zeros;
    end
    if (en_i[5]) half_q <= half_d;
  end

  assign half_o = half_q;

endmodule
