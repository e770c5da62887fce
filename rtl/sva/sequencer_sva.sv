// Loops nest at most LoopDepth deep.
module sequencer_sva (
  input logic            clk_i,
  input logic            rst_ni,
  input int              depth,
  input logic            execute,
  input dpu_pkg::entry_t entry_i
);

  assert property (@(posedge clk_i) disable iff (!rst_ni) execute && entry_i.is_loop |-> depth < dpu_arch_pkg::LoopDepth)
    else $error("too many nested loops");
  assert property (@(posedge clk_i) disable iff (!rst_ni) execute && entry_i.is_end_loop |-> depth > 0)
    else $error("end_loop without a loop");

endmodule

bind sequencer sequencer_sva u_sva (.depth(32'(depth_q)), .*);
