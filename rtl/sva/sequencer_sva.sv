// Loops nest at most LoopDepth deep, and the decoder never runs more than a chain buffer ahead of what may be executed again.
module sequencer_sva #(
  parameter int unsigned CountWidth = 8
) (
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic                  running_i,
  input int                    depth,
  input logic                  execute,
  input dpu_pkg::entry_t       entry_i,
  input logic [CountWidth-1:0] count_i,
  input logic [CountWidth-1:0] base_o
);

  logic [CountWidth-1:0] held;
  assign held = count_i - base_o;

  assert property (@(posedge clk_i) disable iff (!rst_ni) execute && entry_i.kind == dpu_pkg::EntryLoop |-> depth < dpu_arch_pkg::LoopDepth)
    else $error("too many nested loops");
  assert property (@(posedge clk_i) disable iff (!rst_ni) execute && entry_i.kind == dpu_pkg::EntryEndLoop |-> depth > 0)
    else $error("end_loop without a loop");
  assert property (@(posedge clk_i) disable iff (!rst_ni) running_i |-> 32'(held) <= dpu_arch_pkg::ChainBuffer)
    else $error("an entry that is still needed was overwritten");

endmodule

bind sequencer sequencer_sva #(.CountWidth(CountWidth)) u_sva (.depth(32'(depth_q)), .*);
