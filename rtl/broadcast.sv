// Carries quantised columns to the tile engines: one register level per fan-out of 4. Latency: BroadcastLatency.
module broadcast #(
  localparam int unsigned TagWidth = 1 + dpu_pkg::ColumnIdxWidth
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  input  logic                            valid_i,
  input  logic [dpu_pkg::ColumnWidth-1:0] column_i,
  input  logic [TagWidth-1:0]             tag_i,
  output logic                            valid_o,
  output logic [dpu_pkg::ColumnWidth-1:0] column_o,
  output logic [TagWidth-1:0]             tag_o
);

  localparam int unsigned Depth = dpu_arch_pkg::BroadcastLatency;

  logic [Depth:1] valid;
  valid_pipe #(
    .Depth(Depth)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i),
    .valid_o(valid)
  );
  assign valid_o = valid[Depth];

  delay_line #(
    .Width(dpu_pkg::ColumnWidth + TagWidth),
    .Depth(Depth)
  ) u_levels (
    .clk_i,
    .data_i({tag_i, column_i}),
    .data_o({tag_o, column_o})
  );

endmodule
