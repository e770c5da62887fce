// Exact sum of Inputs two's complement numbers, one wide adder per stage. Latency: Stages, at least ceil(log2 Inputs);
// stages that are not needed to add only delay. en_i[s] is high when stage s takes data.
module adder_tree #(
  parameter int unsigned Inputs = 4,
  parameter int unsigned Width  = 88,
  parameter int unsigned Stages = 2
) (
  input  logic                    clk_i,
  input  logic [Stages-1:0]       en_i,
  input  logic [Inputs*Width-1:0] data_i,
  output logic [Width-1:0]        sum_o
);
  // Many instances: Verilator compiles one of them.
  /* verilator no_inline_module */

  logic [(Stages+1)*Inputs*Width-1:0] levels;
  assign levels[0 +: Inputs*Width] = data_i;

  for (genvar s = 0; s < Stages; s++) begin : gen_level
    localparam int unsigned LevelInputs  = (Inputs + 2 ** s - 1) / 2 ** s;
    localparam int unsigned LevelOutputs = (Inputs + 2 ** (s + 1) - 1) / 2 ** (s + 1);
    logic [LevelOutputs*Width-1:0] sums_d, sums_q;
    always_comb begin
      sums_d = 'x;
      if (en_i[s]) begin
        for (int i = 0; i < LevelOutputs; i++) begin
          sums_d[i*Width +: Width] = levels[(s*Inputs+2*i)*Width +: Width];
          if (2 * i + 1 < LevelInputs) begin
            sums_d[i*Width +: Width] = levels[(s*Inputs+2*i)*Width +: Width] + levels[(s*Inputs+2*i+1)*Width +: Width];
          end
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (en_i[s]) sums_q <= sums_d;
    end
    assign levels[(s+1)*Inputs*Width +: Inputs*Width] = (Inputs*Width)'(sums_q);
  end

  assign sum_o = levels[Stages*Inputs*Width +: Width];

endmodule
