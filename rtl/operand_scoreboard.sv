// Will a write to an operand of `beat_i` still be to come in the next cycle, when the beat reads it?
//
// An operand that is read o cycles after its beat fires is pending while a beat of age 1 .. WriteBack-o-1 will write it. Ages are those of
// the next cycle: a beat in flight is one older then, and the one that fires now has age 1.
module operand_scoreboard #(
  localparam int unsigned WriteBack = dpu_arch_pkg::WriteBack
) (
  input  dpu_pkg::tail_t                 beat_i,
  // Fires now, perhaps; not valid if it is the beat itself.
  input  logic                           current_valid_i,
  input  dpu_pkg::tail_t                 current_i,
  // Beats in flight, by age.
  input  logic [WriteBack:1]             beat_valids_i,
  input  logic [WriteBack*$bits(beat_i)-1:0] beats_i,
  output logic                           pending_o
);

  localparam int unsigned TailWidth  = $bits(beat_i);
  localparam int unsigned Mfus       = dpu_arch_pkg::Mfus;
  localparam int unsigned AddrWidth  = dpu_pkg::AddrWidth;
  localparam int unsigned MfuLatency = dpu_arch_pkg::MfuLatency;
  localparam int unsigned AddRead0   = dpu_arch_pkg::AddRead0;
  localparam int unsigned MulRead0   = dpu_arch_pkg::MultiplyRead0;

  logic [WriteBack:1] pending;
  logic [WriteBack-1:0] valids;              // by age now: 0 for the one that fires
  logic [WriteBack*TailWidth-1:0] writers;
  dpu_pkg::tail_t writer;

  assign valids  = {beat_valids_i[WriteBack-1:1], current_valid_i};
  assign writers = {beats_i[0 +: (WriteBack-1)*TailWidth], current_i};

  always_comb begin
    pending = '0;
    writer  = '0;
    for (int a = 1; a <= WriteBack; a++) begin
      writer = writers[(a-1)*TailWidth +: TailWidth];
      for (int k = 0; k < Mfus; k++) begin
        if (a + AddRead0 + k * MfuLatency < WriteBack && valids[a-1] && writer.add_wr[k] &&
            beat_i.add_op[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth] != '0 &&
            beat_i.add_operand[k*AddrWidth +: AddrWidth] == writer.add_target[k*AddrWidth +: AddrWidth]) begin
          pending[a] = 1'b1;
        end
        if (a + MulRead0 + k * MfuLatency < WriteBack && valids[a-1] && writer.mul_wr[k] && beat_i.mul_en[k] &&
            beat_i.mul_operand[k*AddrWidth +: AddrWidth] == writer.mul_target[k*AddrWidth +: AddrWidth]) begin
          pending[a] = 1'b1;
        end
      end
    end
  end

  assign pending_o = pending != '0;

endmodule
