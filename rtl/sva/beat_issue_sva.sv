// What beat issue waits for is counted exactly: complete row passes, bypass vectors, NetOut credits.
module beat_issue_sva (
  input logic                                 clk_i,
  input logic                                 rst_ni,
  input int                                   row_passes,
  input int                                   bypass_vectors,
  input int                                   credits,
  input logic                                 fire_o,
  input logic                                 current_valid_q,
  input dpu_pkg::tail_t                       current_q,
  input logic [dpu_arch_pkg::TileEngines-1:0] engines_o
);

  assert property (@(posedge clk_i) disable iff (!rst_ni) row_passes <= dpu_arch_pkg::Accumulators) else $error("too many complete row passes");
  assert property (@(posedge clk_i) disable iff (!rst_ni) bypass_vectors <= dpu_arch_pkg::BypassDepth) else $error("too many bypass vectors");
  assert property (@(posedge clk_i) disable iff (!rst_ni) credits <= dpu_arch_pkg::NetOutDepth) else $error("too many NetOut credits");
  assert property (@(posedge clk_i) disable iff (!rst_ni) fire_o |-> current_valid_q) else $error("a beat fires that is not there");
  assert property (@(posedge clk_i) disable iff (!rst_ni) fire_o && current_q.matrix_result |-> $countones(engines_o) == 32'(current_q.group))
    else $error("a beat does not read one whole group of engines");

endmodule

bind beat_issue beat_issue_sva u_sva (.row_passes(32'(row_passes_q)), .bypass_vectors(32'(bypass_q)), .credits(32'(credits_q)), .*);
