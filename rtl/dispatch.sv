// Between the sequencer and the queues: what is dispatched in cycle c stands here in c+1, where address registers are added to its addresses,
// and in its queues from c+2 on. Its places there are taken from c+1 on.
module dispatch (
  input  logic               clk_i,
  input  logic               rst_ni,
  // Sequencer.
  input  logic               dispatch_i,
  input  logic               has_head_i,
  input  logic               has_mvm_i,
  input  dpu_pkg::head_t     head_i,
  input  dpu_pkg::matrix_t   matrix_i,
  input  dpu_pkg::tail_t     tail_i,
  input  dpu_pkg::offsets_t  offsets_i,
  output logic               head_full_o,
  output logic               mvm_full_o,
  output logic               tail_full_o,
  // Queues: full, or full after one more.
  input  logic               head_full_i,
  input  logic               head_almost_full_i,
  output logic               head_push_o,
  output dpu_pkg::head_t     head_o,
  input  logic               mvm_full_i,
  input  logic               mvm_almost_full_i,
  output logic               mvm_push_o,
  output dpu_pkg::matrix_t   matrix_o,
  input  logic               tail_full_i,
  input  logic               tail_almost_full_i,
  output logic               tail_push_o,
  output dpu_pkg::tail_t     tail_o
);

  localparam int unsigned Mfus      = dpu_arch_pkg::Mfus;
  localparam int unsigned AddrWidth = dpu_pkg::AddrWidth;

  logic head_push_q, mvm_push_q, tail_push_q;
  dpu_pkg::head_t head_q;
  dpu_pkg::matrix_t matrix_q;
  dpu_pkg::tail_t tail_q;
  dpu_pkg::offsets_t offsets_q;

  assign head_full_o = head_full_i || (head_almost_full_i && head_push_q);
  assign mvm_full_o  = mvm_full_i || (mvm_almost_full_i && mvm_push_q);
  assign tail_full_o = tail_full_i || (tail_almost_full_i && tail_push_q);
  assign head_push_o = head_push_q;
  assign mvm_push_o  = mvm_push_q;
  assign tail_push_o = tail_push_q;
  assign matrix_o    = matrix_q;

  // Addresses are modulo 2^AddrWidth.
  always_comb begin
    head_o         = head_q;
    head_o.address = head_q.address + offsets_q.source;

    tail_o                = tail_q;
    tail_o.initial_target = tail_q.initial_target + offsets_q.initial_target;
    for (int k = 0; k < Mfus; k++) begin
      tail_o.add_operand[k*AddrWidth +: AddrWidth] =
        tail_q.add_operand[k*AddrWidth +: AddrWidth] + offsets_q.add_operand[k*AddrWidth +: AddrWidth];
      tail_o.mul_operand[k*AddrWidth +: AddrWidth] =
        tail_q.mul_operand[k*AddrWidth +: AddrWidth] + offsets_q.mul_operand[k*AddrWidth +: AddrWidth];
      tail_o.add_target[k*AddrWidth +: AddrWidth] =
        tail_q.add_target[k*AddrWidth +: AddrWidth] + offsets_q.add_target[k*AddrWidth +: AddrWidth];
      tail_o.mul_target[k*AddrWidth +: AddrWidth] =
        tail_q.mul_target[k*AddrWidth +: AddrWidth] + offsets_q.mul_target[k*AddrWidth +: AddrWidth];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_push_q <= 1'b0;
      mvm_push_q  <= 1'b0;
      tail_push_q <= 1'b0;
    end else begin
      head_push_q <= dispatch_i && has_head_i;
      mvm_push_q  <= dispatch_i && has_mvm_i;
      tail_push_q <= dispatch_i;
    end
  end

  always_ff @(posedge clk_i) begin
    head_q    <= head_i;
    matrix_q  <= matrix_i;
    tail_q    <= tail_i;
    offsets_q <= offsets_i;
  end

endmodule
