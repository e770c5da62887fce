// Between decoder and chain buffer, one cycle: what takes arithmetic on loops and address registers, and where entries are written.
//
// What the decoder hands over in cycle c is written in c+1, can be read from the chain buffer in c+2, and is readable in c+3.
module entry_writer #(
  localparam int unsigned CountWidth = $clog2(dpu_arch_pkg::ChainBuffer) + 1,
  localparam int unsigned TripWidth = dpu_pkg::TripWidth
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  start_i,        // the cycle before the first running one
  // Decoder.
  input  logic                  write_i,
  input  dpu_pkg::entry_t       entry_i,
  input  logic [TripWidth-1:0]  scalar_i,       // of a loop
  // Chain buffer.
  output logic                  write_o,
  output logic [CountWidth-2:0] write_index_o,
  output dpu_pkg::entry_t       entry_o,
  output logic [CountWidth-1:0] readable_o      // entries that can be executed, modulo twice the depth
);

  localparam int unsigned SumWidth = TripWidth + 2;  // of a scalar and an immediate, with sign
  localparam int unsigned ImmAWidth = dpu_isa_pkg::ImmAWidth;
  localparam int unsigned ImmBWidth = dpu_isa_pkg::ImmBWidth;

  logic write_q;
  dpu_pkg::entry_t entry_q;
  logic [TripWidth-1:0] scalar_q;
  logic [CountWidth-1:0] written_d, written_q, readable_d, readable_q;
  logic [ImmAWidth-1:0] imm_a;
  logic [ImmBWidth-1:0] imm_b;

  assign imm_a = entry_q.word[dpu_isa_pkg::ImmALsb +: ImmAWidth];
  assign imm_b = entry_q.word[dpu_isa_pkg::ImmBLsb +: ImmBWidth];

  // Loop count: clamp(scalar + immediate, 0, max); a max of all ones means no limit. The sequencer takes the sum or the limit.
  logic [SumWidth-1:0] trip_sum;
  logic limited;
  assign trip_sum = {{(SumWidth - ImmAWidth) {imm_a[ImmAWidth-1]}}, imm_a} + {2'b00, scalar_q};
  assign limited  = imm_b != '1;

  // A ring: from `turn` on the next stride leaves it, and the value goes `back`.
  logic [dpu_pkg::AddrWidth-1:0] ring_back;
  logic [dpu_pkg::TurnWidth-1:0] ring_turn;
  assign ring_back = imm_b - dpu_pkg::AddrWidth'(entry_q.word[dpu_isa_pkg::Imm14Lsb +: dpu_isa_pkg::Imm14Width]);
  assign ring_turn = {1'b0, imm_a} + {1'b0, ring_back};

  assign write_o       = write_q;
  assign write_index_o = written_q[CountWidth-2:0];
  assign readable_o    = readable_q;
  always_comb begin
    entry_o           = entry_q;
    entry_o.trip_sum  = trip_sum[TripWidth:0];
    entry_o.never     = trip_sum[SumWidth-1] || imm_b == '0;
    entry_o.low_zero  = trip_sum[ImmBWidth-1:0] == '0;
    entry_o.high_zero = trip_sum[SumWidth-1:ImmBWidth] == '0;
    entry_o.limited   = limited;
    entry_o.low_above = limited && trip_sum[ImmBWidth-1:0] > imm_b;
    entry_o.ring_back = ring_back;
    entry_o.ring_turn = ring_turn;
  end

  always_comb begin
    written_d  = write_q ? written_q + 1'b1 : written_q;
    readable_d = written_q;
    if (start_i) begin
      written_d  = '0;
      readable_d = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q    <= 1'b0;
      written_q  <= '0;
      readable_q <= '0;
    end else begin
      write_q    <= write_i;
      written_q  <= written_d;
      readable_q <= readable_d;
    end
  end

  always_ff @(posedge clk_i) begin
    entry_q  <= entry_i;
    scalar_q <= scalar_i;
  end

endmodule
