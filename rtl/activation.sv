// The activation of an MFU on one element: relu, sigmoid, 1 - sigmoid, tanh, or x unchanged; docs/numerics.md defines them.
// Latency: ActivationLatency (3): look up a segment, multiply and add, round. en_i[s] is high when stage s takes data.
//
// tanh(y) is interpolated in units of 2^-22; sigmoid(x) = 1/2 + tanh(x/2)/2 in units of 2^-23, rounded to a multiple of 2^-11.
module activation (
  input  logic                           clk_i,
  input  logic [2:0]                     en_i,
  input  logic [dpu_pkg::ActOpWidth-1:0] op_i,  // comes with x_i
  input  logic [15:0]                    x_i,
  output logic [15:0]                    half_o
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

  // The table as one constant: a function call per instance would keep Verilator from sharing the code of the instances.
  localparam int unsigned SegmentWidth = activation_pkg::TanhSegmentWidth;
  localparam int unsigned IndexWidth   = activation_pkg::TanhIndexWidth;
  logic [2**IndexWidth*SegmentWidth-1:0] segments;
  for (genvar i = 0; i < 2 ** IndexWidth; i++) begin : gen_segment
    localparam logic [SegmentWidth-1:0] Segment = activation_pkg::tanh_segment(i);
    assign segments[i*SegmentWidth +: SegmentWidth] = Segment;
  end

  // Stage 1: segment of the table, or a direct result.
  logic is_sigmoid, direct_d, direct1_q, direct2_q, negative_d, negative1_q, negative2_q, sigmoid1_q, sigmoid2_q;
  logic [15:0] result_d, result1_q, result2_q;
  logic [5:0] exponent;  // of the argument of tanh, two's complement
  logic [2:0] binade;
  logic [SegmentWidth-1:0] segment;
  logic [FixedBits:0] base_d, base_q;
  logic [DifferenceWidth-1:0] difference_d, difference_q;
  logic [LowBits-1:0] low_q;
  always_comb begin
    is_sigmoid   = op_i == dpu_isa_pkg::ActivationOpSigmoid || op_i == dpu_isa_pkg::ActivationOpOneMinusSigmoid;
    negative_d   = x_i[15] ^ (op_i == dpu_isa_pkg::ActivationOpOneMinusSigmoid);
    exponent     = {1'b0, x_i[14:10]} - {5'b0, is_sigmoid};
    binade       = exponent[2:0] - First[2:0];
    segment      = segments[{25'b0, binade, x_i[9:LowBits]} * SegmentWidth +: SegmentWidth];
    base_d       = {segment[DifferenceWidth +: BaseWidth], {LowBits{1'b0}}};
    difference_d = segment[DifferenceWidth-1:0];
    direct_d     = 1'b0;
    result_d     = x_i;
    if (exponent[5] || exponent < First[5:0]) begin
      // tanh(y) is y.
      difference_d = '0;
      base_d       = '0;
      if (!exponent[5] && exponent > UnitExponent[5:0]) begin
        base_d = {{(FixedBits - 10) {1'b0}}, 1'b1, x_i[9:0]} << (exponent - UnitExponent[5:0]);
      end
      direct_d     = !is_sigmoid;
      if (x_i[14:10] == '0) result_d = 16'h0000;
    end else if (exponent > Last[5:0]) begin
      difference_d      = '0;
      base_d            = '0;
      base_d[FixedBits] = 1'b1;
    end
    if (op_i == dpu_isa_pkg::ActivationOpRelu) begin
      direct_d = 1'b1;
      result_d = x_i[15] ? 16'h0000 : x_i;
    end
    if (op_i == dpu_isa_pkg::ActivationOpNone) begin
      direct_d = 1'b1;
      result_d = x_i;
    end
  end

  // Stage 2: interpolate.
  logic [FixedBits:0] magnitude;
  logic [FixedBits+1:0] fixed_d, fixed_q;
  always_comb begin
    magnitude = base_q + {{(FixedBits + 1 - DifferenceWidth - LowBits) {1'b0}},
                          {{LowBits{1'b0}}, difference_q} * {{DifferenceWidth{1'b0}}, low_q}};
    fixed_d = {1'b0, magnitude};
    if (sigmoid1_q) begin
      fixed_d            = '0;
      fixed_d[FixedBits] = 1'b1;
      fixed_d            = negative1_q ? fixed_d - {1'b0, magnitude} : fixed_d + {1'b0, magnitude};
    end
  end

  // Stage 3: round and pack.
  logic [GridBits:0] grid;
  logic [FixedBits:0] value, normal;
  logic [4:0] zeros;
  logic [11:0] rounded;
  logic [4:0] half_exponent;
  logic [15:0] half_d, half_q;
  always_comb begin
    grid  = fixed_q[FixedBits+1:Drop] + {{GridBits{1'b0}}, fixed_q[Drop-1] && (fixed_q[Drop] || fixed_q[Drop-2:0] != '0)};
    value = sigmoid2_q ? {grid, {(FixedBits - GridBits) {1'b0}}} : fixed_q[FixedBits:0];
    normal = value;
    zeros  = '0;
    for (int i = 4; i >= 0; i--) begin
      if ((normal >> (FixedBits + 1 - (1 << i))) == '0) begin
        normal   = normal << (1 << i);
        zeros[i] = 1'b1;
      end
    end
    rounded       = {1'b0, normal[FixedBits -: 11]} +
                    {11'b0, normal[FixedBits-11] && (normal[FixedBits-10] || normal[FixedBits-12:0] != '0)};
    half_exponent = 5'd15 - zeros + {4'b0, rounded[11]};
    if (direct2_q) half_d = result2_q;
    else if (value == '0) half_d = 16'h0000;
    else half_d = {negative2_q && !sigmoid2_q, half_exponent, rounded[9:0]};
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      direct1_q    <= direct_d;
      result1_q    <= result_d;
      sigmoid1_q   <= is_sigmoid;
      negative1_q  <= negative_d;
      base_q       <= base_d;
      difference_q <= difference_d;
      low_q        <= x_i[LowBits-1:0];
    end
    if (en_i[1]) begin
      direct2_q    <= direct1_q;
      result2_q    <= result1_q;
      sigmoid2_q   <= sigmoid1_q;
      negative2_q  <= negative1_q;
      fixed_q      <= fixed_d;
    end
    if (en_i[2]) half_q <= half_d;
  end

  assign half_o = half_q;

endmodule
