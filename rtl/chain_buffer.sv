// The loop buffer: a ring of decoded entries. The entry is there one cycle after its index, from two cycles after its write on.
module chain_buffer #(
  localparam int unsigned Depth = dpu_arch_pkg::ChainBuffer,
  localparam int unsigned IndexWidth = $clog2(Depth)
) (
  input  logic                  clk_i,
  input  logic                  write_i,
  input  logic [IndexWidth-1:0] write_index_i,
  input  dpu_pkg::entry_t       entry_i,
  input  logic [IndexWidth-1:0] read_index_i,
  output dpu_pkg::entry_t       entry_o
);

  logic [$bits(entry_o)-1:0] mem [Depth];
  logic [$bits(entry_o)-1:0] entry_q;

  always_ff @(posedge clk_i) begin
    if (write_i) mem[write_index_i] <= entry_i;
    entry_q <= mem[read_index_i];
  end

  assign entry_o = entry_q;

endmodule
