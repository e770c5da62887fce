// Accumulator slots are neither lost nor invented, a half holds at most the longest row, and column order fits the accumulators.
module mvm_issue_sva #(
  parameter int unsigned ColumnsWidth = 8
) (
  input logic                             clk_i,
  input logic                             rst_ni,
  input int                               free_slots,
  input logic [2*ColumnsWidth-1:0] arrived_q,
  input logic                             fire_o,
  input logic                             valid_q
);

  assert property (@(posedge clk_i) disable iff (!rst_ni) free_slots <= dpu_arch_pkg::Accumulators) else $error("too many free accumulators");
  assert property (@(posedge clk_i) disable iff (!rst_ni) 32'(arrived_q[ColumnsWidth-1:0]) <= dpu_arch_pkg::MaxColumns)
    else $error("too many columns in half 0");
  assert property (@(posedge clk_i) disable iff (!rst_ni) 32'(arrived_q[ColumnsWidth +: ColumnsWidth]) <= dpu_arch_pkg::MaxColumns)
    else $error("too many columns in half 1");
  assert property (@(posedge clk_i) disable iff (!rst_ni) fire_o |-> valid_q) else $error("a pass fires without a command");

endmodule

bind mvm_issue mvm_issue_sva #(.ColumnsWidth(ColumnsWidth)) u_sva (.free_slots(32'(free_q)), .*);
