// Instruction words: written by the host, read by the decoder. The word is there one cycle after its address.
module instruction_memory #(
  localparam int unsigned Depth = dpu_arch_pkg::InstructionMemory,
  localparam int unsigned IndexWidth = $clog2(Depth)
) (
  input  logic                                     clk_i,
  input  logic                                     write_i,
  input  logic [IndexWidth-1:0]                    write_index_i,
  input  logic [dpu_isa_pkg::InstructionWidth-1:0] write_data_i,
  input  logic [IndexWidth-1:0]                    read_index_i,
  output logic [dpu_isa_pkg::InstructionWidth-1:0] read_data_o
);

  logic [dpu_isa_pkg::InstructionWidth-1:0] mem [Depth];
  logic [dpu_isa_pkg::InstructionWidth-1:0] read_data_q;

  assign read_data_o = read_data_q;

  always_ff @(posedge clk_i) begin
    if (write_i) mem[write_index_i] <= write_data_i;
    read_data_q <= mem[read_index_i];
  end

endmodule
