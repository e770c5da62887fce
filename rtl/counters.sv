// One 64-bit counter per event; cleared when a run starts. An event counts from two cycles later on.
module counters #(
  localparam int unsigned Count = dpu_isa_pkg::NumCounters
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_i,
  input  logic [Count-1:0]    event_i,
  output logic [Count*64-1:0] values_o  // counter 0 in the low bits
);

  logic [Count-1:0] event_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) event_q <= '0;
    else event_q <= event_i;
  end

  for (genvar i = 0; i < Count; i++) begin : gen_counter
    logic [63:0] value_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) value_q <= '0;
      else if (clear_i) value_q <= '0;
      else if (event_q[i]) value_q <= value_q + 64'd1;
    end
    assign values_o[i*64 +: 64] = value_q;
  end

endmodule
