// First-in first-out buffer of Depth words. A push in cycle c is at the head from c+1; `full_o` and `empty_o` come from registered
// state, so a pop makes room from the next cycle on. The pusher must not push when full, nor the popper pop when empty.
module fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4,
  localparam int unsigned PointerWidth = Depth > 1 ? $clog2(Depth) : 1,
  localparam int unsigned CountWidth = $clog2(Depth + 1)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             push_i,
  input  logic [Width-1:0] data_i,
  output logic             full_o,
  output logic             almost_full_o,  // one more, and it is full
  input  logic             pop_i,
  output logic [Width-1:0] data_o,
  output logic             empty_o,
  output logic [CountWidth-1:0] count_o
);

  logic [Width-1:0] mem [Depth];
  logic [PointerWidth-1:0] write_d, write_q, read_d, read_q;
  logic [CountWidth-1:0] count_d, count_q;

  assign full_o        = count_q == CountWidth'(Depth);
  assign almost_full_o = count_q == CountWidth'(Depth - 1);
  assign empty_o       = count_q == '0;
  assign count_o       = count_q;
  assign data_o        = mem[read_q];

  always_comb begin
    write_d = write_q;
    read_d  = read_q;
    count_d = count_q;
    if (push_i) write_d = write_q == PointerWidth'(Depth - 1) ? '0 : write_q + 1'b1;
    if (pop_i) read_d = read_q == PointerWidth'(Depth - 1) ? '0 : read_q + 1'b1;
    if (push_i && !pop_i) count_d = count_q + 1'b1;
    if (pop_i && !push_i) count_d = count_q - 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (push_i) mem[write_q] <= data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      count_q <= '0;
    end else begin
      write_q <= write_d;
      read_q  <= read_d;
      count_q <= count_d;
    end
  end

endmodule
