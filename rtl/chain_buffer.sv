// The loop buffer: a ring of decoded entries. The entry is there one cycle after its index; an entry written in the cycle of its read is
// forwarded, so that it can be executed in the cycle after it was decoded.
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

  logic [$bits(entry_o)-1:0] read_data;

  vrf #(
    .Width($bits(entry_o)),
    .Depth(Depth)
  ) u_ring (
    .clk_i,
    .read_i       (1'b1),
    .read_index_i (read_index_i),
    .read_data_o  (read_data),
    .write_i      (write_i),
    .write_index_i(write_index_i),
    .write_data_i (entry_i)
  );

  assign entry_o = read_data;

endmodule
