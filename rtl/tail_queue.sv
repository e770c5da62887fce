// The tail queue of beat issue, as a shift register, so that the loader's scoreboard sees every tail that waits.
module tail_queue #(
  localparam int unsigned Depth = dpu_arch_pkg::TailQueueDepth
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       push_i,
  input  dpu_pkg::tail_t             tail_i,
  output logic                       full_o,
  output logic                       almost_full_o,  // one more, and it is full
  input  logic                       pop_i,
  output logic                       valid_o,
  output dpu_pkg::tail_t             tail_o,
  // Every tail that waits, the head in the low bits.
  output logic [Depth-1:0]           valids_o,
  output logic [Depth*$bits(tail_i)-1:0] tails_o
);

  localparam int unsigned TailWidth = $bits(tail_i);

  logic [Depth:0] valid_d, valid_q;                // one more than there are slots, which is never set
  logic [(Depth+1)*TailWidth-1:0] slots;           // the word above the last is never read

  assign full_o        = valid_q[Depth-1];
  assign almost_full_o = valid_q[Depth-2] && !valid_q[Depth-1];
  assign valid_o       = valid_q[0];
  assign tail_o        = slots[0 +: TailWidth];
  assign valids_o      = valid_q[Depth-1:0];
  assign tails_o       = slots[0 +: Depth*TailWidth];

  // A push lands behind the last tail, one place further down if the head leaves in the same cycle.
  always_comb begin
    valid_d = valid_q;
    if (push_i && !pop_i) valid_d = {valid_q[Depth-1:0], 1'b1};
    if (pop_i && !push_i) valid_d = {1'b0, valid_q[Depth:1]};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= valid_d;
  end

  for (genvar i = 0; i < Depth; i++) begin : gen_slot
    logic [TailWidth-1:0] tail_q;
    logic load;

    // This slot is the first without a tail that stays.
    assign load = push_i && (pop_i ? valid_q[i] && !valid_q[i+1] : !valid_q[i]);
    always_ff @(posedge clk_i) begin
      if (load) tail_q <= tail_i;
      else if (pop_i) tail_q <= slots[(i+1)*TailWidth +: TailWidth];
    end
    assign slots[i*TailWidth +: TailWidth] = tail_q;
  end
  assign slots[Depth*TailWidth +: TailWidth] = tail_i;

endmodule
