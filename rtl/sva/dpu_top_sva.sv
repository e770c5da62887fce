// AXI4: what is offered stays until it is taken. The bypass FIFO and the pipe are empty when the device has halted.
module dpu_top_sva (
  input logic                            clk_i,
  input logic                            rst_ni,
  input logic                            net_out_tvalid_o,
  input logic                            net_out_tready_i,
  input logic [dpu_pkg::VectorWidth-1:0] net_out_tdata_o,
  input logic                            bvalid_o,
  input logic                            bready_i,
  input logic                            rvalid_o,
  input logic                            rready_i,
  input logic [31:0]                     rdata_o,
  input logic                            running,
  input logic                            idle
);

  assert property (@(posedge clk_i) disable iff (!rst_ni)
    net_out_tvalid_o && !net_out_tready_i |=> net_out_tvalid_o && $stable(net_out_tdata_o)) else $error("NetOut changes its offer");
  assert property (@(posedge clk_i) disable iff (!rst_ni) bvalid_o && !bready_i |=> bvalid_o) else $error("a write response is withdrawn");
  assert property (@(posedge clk_i) disable iff (!rst_ni) rvalid_o && !rready_i |=> rvalid_o && $stable(rdata_o))
    else $error("a read response changes");
  assert property (@(posedge clk_i) disable iff (!rst_ni) !running |-> idle) else $error("work is left while the device does not run");

endmodule

bind dpu_top dpu_top_sva u_sva (.*);
