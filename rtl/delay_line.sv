// Delays a word by Depth cycles. Data is not reset; what travels with it says whether it is valid.
module delay_line #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 2
) (
  input  logic             clk_i,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

  if (Depth == 0) begin : gen_wire
    assign data_o = data_i;
    logic unused_clk;
    assign unused_clk = clk_i;
  end else begin : gen_registers
    logic [(Depth+1)*Width-1:0] taps;
    assign taps[0 +: Width] = data_i;
    for (genvar i = 0; i < Depth; i++) begin : gen_stage
      logic [Width-1:0] stage_q;
      always_ff @(posedge clk_i) stage_q <= taps[i*Width +: Width];
      assign taps[(i+1)*Width +: Width] = stage_q;
    end
    assign data_o = taps[Depth*Width +: Width];
  end

endmodule
