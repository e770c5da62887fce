// The Depth delayed copies of a valid bit: valid_o[i] is valid_i of i cycles ago.
module valid_pipe #(
  parameter int unsigned Depth = 2
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           valid_i,
  output logic [Depth:1] valid_o
);

  logic [Depth:1] valid_d, valid_q;

  assign valid_d = Depth'({valid_q, valid_i});
  assign valid_o = valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= valid_d;
  end

endmodule
