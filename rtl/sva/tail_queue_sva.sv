// The tail queue is never pushed when full nor popped when empty.
module tail_queue_sva (
  input logic clk_i,
  input logic rst_ni,
  input logic push_i,
  input logic full_o,
  input logic pop_i,
  input logic valid_o
);

  assert property (@(posedge clk_i) disable iff (!rst_ni) push_i |-> !full_o) else $error("push into a full tail queue");
  assert property (@(posedge clk_i) disable iff (!rst_ni) pop_i |-> valid_o) else $error("pop from an empty tail queue");

endmodule

bind tail_queue tail_queue_sva u_sva (.*);
