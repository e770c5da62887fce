// No more buffer halves and bypass places come back than there are, and none is taken twice.
module loader_sva (
  input logic       clk_i,
  input logic       rst_ni,
  input logic [1:0] halves_q,
  input int         credits,
  input logic       fire_o,
  input logic       current_valid_q
);

  assert property (@(posedge clk_i) disable iff (!rst_ni) halves_q <= 2'd2) else $error("more than two free buffer halves");
  assert property (@(posedge clk_i) disable iff (!rst_ni) credits <= dpu_arch_pkg::BypassDepth) else $error("too many bypass credits");
  assert property (@(posedge clk_i) disable iff (!rst_ni) fire_o |-> current_valid_q) else $error("the loader fires without a vector");

endmodule

bind loader loader_sva u_sva (.credits(32'(credits_q)), .*);
