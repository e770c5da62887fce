// Quantises a float16 vector to block floating point: exponent of the largest magnitude in each box, mantissas rounded to nearest even
// and saturated at 2^mantissa_i - 1. Latency: ConvertLatency, fully pipelined.
module converter #(
  localparam int unsigned TagWidth = 1 + dpu_pkg::ColumnIdxWidth
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              valid_i,
  input  logic [dpu_pkg::VectorWidth-1:0]   vector_i,    // element 0 in the low bits
  input  logic [dpu_pkg::MantissaWidth-1:0] mantissa_i,  // magnitude bits, at most MantissaBits
  input  logic [TagWidth-1:0]               tag_i,
  output logic                              valid_o,
  output logic [dpu_pkg::ColumnWidth-1:0]   column_o,
  output logic [TagWidth-1:0]               tag_o
);

  localparam int unsigned N             = dpu_arch_pkg::NativeDim;
  localparam int unsigned Box           = dpu_arch_pkg::Box;
  localparam int unsigned M             = dpu_arch_pkg::MantissaBits;
  localparam int unsigned Boxes         = dpu_pkg::BoxesPerVector;
  localparam int unsigned HalfWidth     = dpu_pkg::HalfWidth;
  localparam int unsigned ExponentWidth = dpu_pkg::ExponentWidth;
  localparam int unsigned ElementWidth  = dpu_pkg::ElementWidth;
  localparam int unsigned MantissaWidth = dpu_pkg::MantissaWidth;
  localparam int unsigned ShiftWidth    = 6;
  localparam int unsigned ShiftedWidth  = 13;  // significand, round and sticky bit

  logic [dpu_arch_pkg::ConvertLatency:1] valid;
  valid_pipe #(
    .Depth(dpu_arch_pkg::ConvertLatency)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i),
    .valid_o(valid)
  );
  assign valid_o = valid[dpu_arch_pkg::ConvertLatency];

  delay_line #(
    .Width(TagWidth),
    .Depth(dpu_arch_pkg::ConvertLatency)
  ) u_tag (
    .clk_i,
    .data_i(tag_i),
    .data_o(tag_o)
  );

  // Stage 1: largest exponent of each box. The significand of an exponent 0 is 0.
  logic [N*HalfWidth-1:0] vector_q;
  logic [MantissaWidth-1:0] mantissa1_q, mantissa2_q;
  logic [Boxes*ExponentWidth-1:0] exponents1_d, exponents1_q, exponents2_q, exponents3_q;
  always_comb begin
    exponents1_d = '0;
    for (int b = 0; b < Boxes; b++) begin
      for (int i = 0; i < Box; i++) begin
        if (vector_i[(b*Box+i)*HalfWidth + 10 +: ExponentWidth] > exponents1_d[b*ExponentWidth +: ExponentWidth]) begin
          exponents1_d[b*ExponentWidth +: ExponentWidth] = vector_i[(b*Box+i)*HalfWidth + 10 +: ExponentWidth];
        end
      end
    end
  end

  // Stage 2: shift to the units of the box; one bit below them, and whether anything is lost below that.
  logic [N*ShiftedWidth-1:0] shifted_d, shifted_q;
  logic [N-1:0] sign_d, sign_q;
  logic [ShiftWidth-1:0] shift;
  logic [10:0] significand;
  logic [21:0] window;  // significand, 11 bits below it
  always_comb begin
    shifted_d   = '0;
    sign_d      = '0;
    shift       = '0;
    significand = '0;
    window      = '0;
    for (int i = 0; i < N; i++) begin
      sign_d[i]   = vector_q[i*HalfWidth + 15];
      significand = {1'b1, vector_q[i*HalfWidth +: 10]};
      if (vector_q[i*HalfWidth + 10 +: ExponentWidth] == '0) significand = '0;
      // Down by (box exponent - exponent) + 11 - m; 11 - m is at least 1.
      shift = {1'b0, exponents1_q[(i/Box)*ExponentWidth +: ExponentWidth]} -
              {1'b0, vector_q[i*HalfWidth + 10 +: ExponentWidth]} + 6'd11 - {2'b00, mantissa1_q};
      window = {significand, 11'b0} >> (shift > 6'd12 ? 5'd12 : shift[4:0]);
      shifted_d[i*ShiftedWidth +: ShiftedWidth] = {window[21:10], window[9:0] != '0 || (shift > 6'd11 && significand != '0)};
    end
  end

  // Stage 3: round to nearest even, saturate.
  logic [N*ElementWidth-1:0] mantissas_d, mantissas_q;
  logic [ShiftedWidth-1:0] part;
  logic [11:0] rounded, largest;
  always_comb begin
    mantissas_d = '0;
    part        = '0;
    rounded     = '0;
    largest     = (12'd1 << mantissa2_q) - 12'd1;
    for (int i = 0; i < N; i++) begin
      part    = shifted_q[i*ShiftedWidth +: ShiftedWidth];
      rounded = {1'b0, part[12:2]} + {11'b0, part[1] && (part[0] || part[2])};
      if (rounded > largest) rounded = largest;
      mantissas_d[i*ElementWidth +: ElementWidth] = {sign_q[i], rounded[M-1:0]};
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      vector_q     <= vector_i;
      mantissa1_q  <= mantissa_i;
      exponents1_q <= exponents1_d;
    end
    if (valid[1]) begin
      shifted_q    <= shifted_d;
      sign_q       <= sign_d;
      mantissa2_q  <= mantissa1_q;
      exponents2_q <= exponents1_q;
    end
    if (valid[2]) begin
      mantissas_q  <= mantissas_d;
      exponents3_q <= exponents2_q;
    end
  end

  assign column_o = {exponents3_q, mantissas_q};

endmodule
