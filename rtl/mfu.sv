// A multifunction unit: add-type operation, activation, multiplication, in this order, on every element of a vector. Unused operations
// pass the vector on. Latency: MfuLatency. en_i[s] is high when stage s takes data.
//
// add_op_i comes with vector_i, act_op_i AddLatency cycles later, mul_en_i with the multiplication. Operands come, and are taken, in the cycle
// before they are used.
module mfu #(
  localparam int unsigned N = dpu_arch_pkg::NativeDim,
  localparam int unsigned HalfWidth = dpu_pkg::HalfWidth,
  localparam int unsigned ActStage = dpu_arch_pkg::AddLatency,
  localparam int unsigned MulStage = dpu_arch_pkg::AddLatency + dpu_arch_pkg::ActivationLatency
) (
  input  logic                                clk_i,
  input  logic [dpu_arch_pkg::MfuLatency-1:0] en_i,
  input  logic [dpu_pkg::VectorWidth-1:0]     vector_i,
  input  logic [dpu_pkg::AddOpWidth-1:0]      add_op_i,
  input  logic                                add_take_i,
  input  logic [dpu_pkg::VectorWidth-1:0]     add_operand_i,
  input  logic [dpu_pkg::ActOpWidth-1:0]      act_op_i,
  input  logic                                mul_en_i,
  input  logic                                mul_take_i,
  input  logic [dpu_pkg::VectorWidth-1:0]     mul_operand_i,
  output logic [dpu_pkg::VectorWidth-1:0]     vector_o
);

  logic [dpu_pkg::VectorWidth-1:0] add_operand_q, mul_operand_q;
  always_ff @(posedge clk_i) begin
    if (add_take_i) add_operand_q <= add_operand_i;
    if (mul_take_i) mul_operand_q <= mul_operand_i;
  end

  for (genvar i = 0; i < N; i++) begin : gen_lane
    logic [HalfWidth-1:0] added, activated;

    half_add u_add (
      .clk_i,
      .en_i  (en_i[0 +: dpu_arch_pkg::AddLatency]),
      .op_i  (add_op_i),
      .a_i   (vector_i[i*HalfWidth +: HalfWidth]),
      .b_i   (add_operand_q[i*HalfWidth +: HalfWidth]),
      .half_o(added)
    );

    activation u_activation (
      .clk_i,
      .en_i  (en_i[ActStage +: dpu_arch_pkg::ActivationLatency]),
      .op_i  (act_op_i),
      .x_i   (added),
      .half_o(activated)
    );

    half_multiply u_multiply (
      .clk_i,
      .en_i      (en_i[MulStage +: dpu_arch_pkg::MultiplyLatency]),
      .multiply_i(mul_en_i),
      .a_i       (activated),
      .b_i       (mul_operand_q[i*HalfWidth +: HalfWidth]),
      .half_o    (vector_o[i*HalfWidth +: HalfWidth])
    );
  end

endmodule
