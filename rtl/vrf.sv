// Vector register file: one read and one write port. The memory is read in the cycle of the address, the entry is there in the cycle after it,
// with what is written in either of the two: whoever takes it registers it.
module vrf #(
  parameter int unsigned Width = 16,
  parameter int unsigned Depth = 16,
  localparam int unsigned IndexWidth = $clog2(Depth)
) (
  input  logic                  clk_i,
  input  logic                  read_i,
  input  logic [IndexWidth-1:0] read_index_i,
  output logic [Width-1:0]      read_data_o,   // one cycle after its address
  input  logic                  write_i,
  input  logic [IndexWidth-1:0] write_index_i,
  input  logic [Width-1:0]      write_data_i
);

  logic [Width-1:0] mem [Depth];
  logic [Width-1:0] mem_q, written_q;
  logic [IndexWidth-1:0] read_index_q;
  logic was_written_q, is_written;  // the entry, in the cycle of the address; in the one after it

  assign is_written = write_i && write_index_i == read_index_q;

  always_comb begin
    read_data_o = was_written_q ? written_q : mem_q;
    if (is_written) read_data_o = write_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (write_i) mem[write_index_i] <= write_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (read_i) begin
      mem_q         <= mem[read_index_i];
      read_index_q  <= read_index_i;
      was_written_q <= write_i && write_index_i == read_index_i;
    end
    if (write_i) written_q <= write_data_i;
  end

endmodule
