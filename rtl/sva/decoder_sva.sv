// The decoder never runs more than a chain buffer ahead of what may be executed again.
module decoder_sva #(
  parameter int unsigned CountWidth = 8
) (
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic                  running_i,
  input logic [CountWidth-1:0] count_q,
  input logic [CountWidth-1:0] base_i
);

  logic [CountWidth-1:0] held;
  assign held = count_q - base_i;

  assert property (@(posedge clk_i) disable iff (!rst_ni) running_i |-> 32'(held) <= dpu_arch_pkg::ChainBuffer)
    else $error("an entry that is still needed was overwritten");

endmodule

bind decoder decoder_sva #(.CountWidth(EntryCountWidth)) u_sva (.*);
