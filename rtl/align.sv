// Puts the dot product of a box at its place in the exact accumulator: sum_i * 2^exponent_i. Latency: AlignLatency (2), first the low
// three bits of the shift, then whole bytes. clear_i, beside en_i[1], makes it 0.
module align #(
  parameter int unsigned SumWidth = 18,
  parameter int unsigned AccWidth = dpu_arch_pkg::AccWidth
) (
  input  logic                clk_i,
  input  logic [1:0]          en_i,
  input  logic                clear_i,
  input  logic [SumWidth-1:0] sum_i,       // two's complement
  input  logic [5:0]          exponent_i,  // 0 .. 62
  output logic [AccWidth-1:0] aligned_o
);

  localparam int unsigned FineWidth = SumWidth + 7;

  logic [FineWidth-1:0] fine_d, fine_q;
  logic [2:0] bytes_q;
  logic [AccWidth-1:0] coarse_d, coarse_q;

  always_comb begin
    {fine_d, coarse_d} = 'x;
    if (en_i[0]) fine_d = {{7{sum_i[SumWidth-1]}}, sum_i} << exponent_i[2:0];
    if (en_i[1]) coarse_d = {{(AccWidth - FineWidth) {fine_q[FineWidth-1]}}, fine_q} << {bytes_q, 3'b000};
  end

  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      fine_q  <= fine_d;
      bytes_q <= exponent_i[5:3];
    end
    if (en_i[1]) coarse_q <= clear_i ? '0 : coarse_d;  // a synchronous clear: the register's own
  end

  assign aligned_o = coarse_q;

endmodule
