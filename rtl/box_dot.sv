// Multiplies the lanes of one box: the exact sum of Lanes products of sign-magnitude mantissas.
// Latency: DotLatency, one stage to multiply, then two levels of adders per stage. en_i[s] is high when stage s takes data; the others
// rest.
module box_dot #(
  parameter int unsigned Lanes = dpu_arch_pkg::LanesPerBox,
  parameter int unsigned MantissaBits = dpu_arch_pkg::MantissaBits,
  localparam int unsigned Stages = 1 + ($clog2(Lanes) + 1) / 2,
  localparam int unsigned SumWidth = 2 * MantissaBits + 1 + $clog2(Lanes)
) (
  input  logic                                clk_i,
  input  logic [Stages-1:0]                   en_i,
  input  logic [Lanes*(MantissaBits+1)-1:0]   act_i,     // lane 0 in the low bits
  input  logic [Lanes*(MantissaBits+1)-1:0]   weight_i,
  output logic [SumWidth-1:0]                 sum_o      // two's complement
);

  localparam int unsigned ElementWidth = MantissaBits + 1;
  localparam int unsigned ProductWidth = 2 * MantissaBits + 1;

  // Stage 0: signed products.
  logic [Lanes*SumWidth-1:0] products_d, products_q;
  logic [2*MantissaBits-1:0] product;
  always_comb begin
    products_d = '0;
    product    = '0;
    if (en_i[0]) begin
      for (int i = 0; i < Lanes; i++) begin
        product = {{MantissaBits{1'b0}}, act_i[i*ElementWidth +: MantissaBits]} *
                  {{MantissaBits{1'b0}}, weight_i[i*ElementWidth +: MantissaBits]};
        if (act_i[i*ElementWidth + MantissaBits] ^ weight_i[i*ElementWidth + MantissaBits]) begin
          products_d[i*SumWidth +: SumWidth] = -{{(SumWidth - ProductWidth + 1) {1'b0}}, product};
        end else begin
          products_d[i*SumWidth +: SumWidth] = {{(SumWidth - ProductWidth + 1) {1'b0}}, product};
        end
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (en_i[0]) products_q <= products_d;
  end

  // Stages 1 ..: sums of four.
  logic [Stages*Lanes*SumWidth-1:0] levels;
  assign levels[0 +: Lanes*SumWidth] = products_q;
  for (genvar s = 1; s < Stages; s++) begin : gen_level
    localparam int unsigned Inputs  = (Lanes + 4 ** (s - 1) - 1) / 4 ** (s - 1);
    localparam int unsigned Outputs = (Lanes + 4 ** s - 1) / 4 ** s;
    logic [Outputs*SumWidth-1:0] sums_d, sums_q;
    always_comb begin
      sums_d = '0;
      if (en_i[s]) begin
        for (int i = 0; i < Inputs; i++) begin
          sums_d[(i/4)*SumWidth +: SumWidth] = sums_d[(i/4)*SumWidth +: SumWidth] + levels[((s-1)*Lanes+i)*SumWidth +: SumWidth];
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (en_i[s]) sums_q <= sums_d;
    end
    assign levels[s*Lanes*SumWidth +: Lanes*SumWidth] = (Lanes*SumWidth)'(sums_q);
  end

  assign sum_o = levels[(Stages-1)*Lanes*SumWidth +: SumWidth];

endmodule
