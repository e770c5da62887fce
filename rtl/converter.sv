// Quantises a float16 vector to block floating point: exponent of the largest magnitude in each box, mantissas rounded to nearest even
// and saturated at 2^mantissa_i - 1. Latency: ConvertLatency, fully pipelined: two stages per box, then two per element.
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
  localparam int unsigned TopWidth      = ExponentWidth + 1;
  localparam int unsigned ElementWidth  = dpu_pkg::ElementWidth;
  localparam int unsigned MantissaWidth = dpu_pkg::MantissaWidth;
  localparam int unsigned Latency       = dpu_arch_pkg::ConvertLatency;

  logic [Latency:1] valid;
  valid_pipe #(
    .Depth(Latency)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i),
    .valid_o(valid)
  );
  assign valid_o = valid[Latency];

  delay_line #(
    .Width(TagWidth),
    .Depth(Latency)
  ) u_tag (
    .clk_i,
    .data_i(tag_i),
    .data_o(tag_o)
  );

  // Each box.
  logic [MantissaWidth-1:0] spare;
  assign spare = MantissaWidth'(M) - mantissa_i;
  logic [Boxes*ExponentWidth-1:0] exponents, exponents3_q, exponents4_q;
  logic [Boxes*TopWidth-1:0] tops;
  for (genvar b = 0; b < Boxes; b++) begin : gen_box
    logic [Box*ExponentWidth-1:0] box;
    for (genvar i = 0; i < Box; i++) begin : gen_element
      assign box[i*ExponentWidth +: ExponentWidth] = vector_i[(b*Box+i)*HalfWidth + 10 +: ExponentWidth];
    end
    box_exponent u_box_exponent (
      .clk_i,
      .en_i       ({valid[1], valid_i}),
      .exponents_i(box),
      .spare_i    (spare),
      .exponent_o (exponents[b*ExponentWidth +: ExponentWidth]),
      .top_o      (tops[b*TopWidth +: TopWidth])
    );
  end

  // Each element, when its box is done.
  logic [N*HalfWidth-1:0] vector1_q, vector2_q;
  logic [MantissaWidth-1:0] mantissa1_q, mantissa2_q;
  logic [M-1:0] largest_d, largest_q;
  assign largest_d = M'((13'd1 << mantissa2_q) - 13'd1);
  for (genvar i = 0; i < N; i++) begin : gen_element
    quantizer u_quantizer (
      .clk_i,
      .en_i     (valid[3:2]),
      .half_i   (vector2_q[i*HalfWidth +: HalfWidth]),
      .top_i    (tops[(i/Box)*TopWidth +: TopWidth]),
      .largest_i(largest_q),
      .element_o(column_o[i*ElementWidth +: ElementWidth])
    );
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      vector1_q   <= vector_i;
      mantissa1_q <= mantissa_i;
    end
    if (valid[1]) begin
      vector2_q   <= vector1_q;
      mantissa2_q <= mantissa1_q;
    end
    if (valid[2]) begin
      largest_q    <= largest_d;
      exponents3_q <= exponents;
    end
    if (valid[3]) exponents4_q <= exponents3_q;
  end

  assign column_o[N*ElementWidth +: Boxes*ExponentWidth] = exponents4_q;

endmodule
