// Vector register file: one read and one write port. Data is there one cycle after its address; a read in the cycle of a write to the
// same entry gets the new data.
module vrf #(
  parameter int unsigned Width = 16,
  parameter int unsigned Depth = 16,
  localparam int unsigned IndexWidth = $clog2(Depth)
) (
  input  logic                  clk_i,
  input  logic                  read_i,
  input  logic [IndexWidth-1:0] read_index_i,
  output logic [Width-1:0]      read_data_o,   // holds its value while read_i is 0
  input  logic                  write_i,
  input  logic [IndexWidth-1:0] write_index_i,
  input  logic [Width-1:0]      write_data_i
);

  logic [Width-1:0] mem [Depth];
  logic [Width-1:0] read_data_q;
  logic forward;

  assign forward     = write_i && write_index_i == read_index_i;
  assign read_data_o = read_data_q;

  always_ff @(posedge clk_i) begin
    if (write_i) mem[write_index_i] <= write_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (read_i) read_data_q <= forward ? write_data_i : mem[read_index_i];
  end

endmodule
