// A FIFO is never pushed when full nor popped when empty: credits and handshakes around it must see to that.
module fifo_sva (
  input logic clk_i,
  input logic rst_ni,
  input logic push_i,
  input logic full_o,
  input logic pop_i,
  input logic empty_o
);

  assert property (@(posedge clk_i) disable iff (!rst_ni) push_i |-> !full_o) else $error("push into a full FIFO");
  assert property (@(posedge clk_i) disable iff (!rst_ni) pop_i |-> !empty_o) else $error("pop from an empty FIFO");

endmodule

bind fifo fifo_sva u_sva (.*);
