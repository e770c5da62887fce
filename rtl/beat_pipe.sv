// The beats in flight: what each does at each age.
//
// A beat that fired in cycle v has age a in cycle v + a. Its operands are there at the ages AddRead(k) and MultiplyRead(k), with what is
// written then; they are addressed one cycle before and used from one cycle after on. Its result is written at age WriteBack.
module beat_pipe #(
  localparam int unsigned Mfus = dpu_arch_pkg::Mfus,
  localparam int unsigned AddrWidth = dpu_pkg::AddrWidth
) (
  input  logic                               clk_i,
  input  logic                               rst_ni,
  input  logic                               fire_i,
  input  dpu_pkg::tail_t                     beat_i,
  output logic                               busy_o,           // a beat of age 1 .. WriteBack
  output logic [dpu_arch_pkg::WriteBack:1]   valid_o,          // by age
  output logic [dpu_arch_pkg::WriteBack*$bits(beat_i)-1:0] beats_o,  // age 1 in the low bits
  // Rounder and the entry of MFU0.
  output logic [dpu_pkg::ScaleWidth-1:0]     scale_o,
  output logic                               bypass_pop_o,     // the vector is needed in the next cycle
  output logic                               from_bypass_o,
  output logic                               bypass_return_o,
  // MFUs.
  output logic [Mfus-1:0]                    add_read_o,
  output logic [Mfus*AddrWidth-1:0]          add_address_o,
  output logic [Mfus-1:0]                    add_take_o,
  output logic [Mfus*dpu_pkg::AddOpWidth-1:0] add_op_o,
  output logic [Mfus*dpu_pkg::ActOpWidth-1:0] act_op_o,
  output logic [Mfus-1:0]                    mul_read_o,
  output logic [Mfus*AddrWidth-1:0]          mul_address_o,
  output logic [Mfus-1:0]                    mul_take_o,
  output logic [Mfus-1:0]                    mul_en_o,
  // Write-back.
  output logic                               write_valid_o,
  output dpu_pkg::tail_t                     write_o
);

  localparam int unsigned WriteBack  = dpu_arch_pkg::WriteBack;
  localparam int unsigned MfuEntry   = dpu_arch_pkg::MfuEntry;
  localparam int unsigned MfuLatency = dpu_arch_pkg::MfuLatency;
  localparam int unsigned RoundAge   = 1 + dpu_arch_pkg::ReduceLatency;
  localparam int unsigned ActAge     = dpu_arch_pkg::AddLatency;
  localparam int unsigned BeatWidth  = $bits(beat_i);
  localparam int unsigned AddRead0   = dpu_arch_pkg::AddRead0;
  localparam int unsigned MulRead0   = dpu_arch_pkg::MultiplyRead0;

  logic [WriteBack*BeatWidth-1:0] beats;  // age 1 in the low bits

  valid_pipe #(
    .Depth(WriteBack)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i(fire_i),
    .valid_o(valid_o)
  );

  for (genvar a = 1; a <= WriteBack; a++) begin : gen_age
    logic [BeatWidth-1:0] beat_q;
    if (a == 1) begin : gen_youngest
      always_ff @(posedge clk_i) begin
        if (fire_i) beat_q <= beat_i;
      end
    end else begin : gen_older
      always_ff @(posedge clk_i) begin
        if (valid_o[a-1]) beat_q <= beats[(a-2)*BeatWidth +: BeatWidth];
      end
    end
    assign beats[(a-1)*BeatWidth +: BeatWidth] = beat_q;
  end

  // What the beats do at their ages.
  dpu_pkg::tail_t rounding, coming, entering, reader;
  assign rounding        = beats[(RoundAge-1)*BeatWidth +: BeatWidth];
  assign scale_o         = rounding.scale;
  assign coming          = beats[(MfuEntry-2)*BeatWidth +: BeatWidth];
  assign bypass_pop_o    = valid_o[MfuEntry-1] && !coming.matrix_result;
  assign entering        = beats[(MfuEntry-1)*BeatWidth +: BeatWidth];
  assign from_bypass_o   = !entering.matrix_result;
  assign bypass_return_o = valid_o[MfuEntry] && !entering.matrix_result;
  assign write_o         = beats[(WriteBack-1)*BeatWidth +: BeatWidth];
  assign write_valid_o   = valid_o[WriteBack];
  always_comb begin
    add_read_o    = '0;
    add_address_o = '0;
    add_take_o    = '0;
    add_op_o      = '0;
    act_op_o      = '0;
    mul_read_o    = '0;
    mul_address_o = '0;
    mul_take_o    = '0;
    mul_en_o      = '0;
    reader        = '0;
    for (int k = 0; k < Mfus; k++) begin
      reader = beats[(AddRead0+k*MfuLatency-2)*BeatWidth +: BeatWidth];
      add_read_o[k] = valid_o[AddRead0+k*MfuLatency-1] && reader.add_op[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth] != '0;
      add_address_o[k*AddrWidth +: AddrWidth] = reader.add_operand[k*AddrWidth +: AddrWidth];
      reader = beats[(AddRead0+k*MfuLatency-1)*BeatWidth +: BeatWidth];
      add_take_o[k] = valid_o[AddRead0+k*MfuLatency] && reader.add_op[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth] != '0;
      reader = beats[(AddRead0+k*MfuLatency)*BeatWidth +: BeatWidth];
      add_op_o[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth] = reader.add_op[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth];
      reader = beats[(AddRead0+k*MfuLatency+ActAge)*BeatWidth +: BeatWidth];
      act_op_o[k*dpu_pkg::ActOpWidth +: dpu_pkg::ActOpWidth] = reader.act_op[k*dpu_pkg::ActOpWidth +: dpu_pkg::ActOpWidth];
      reader = beats[(MulRead0+k*MfuLatency-2)*BeatWidth +: BeatWidth];
      mul_read_o[k] = valid_o[MulRead0+k*MfuLatency-1] && reader.mul_en[k];
      mul_address_o[k*AddrWidth +: AddrWidth] = reader.mul_operand[k*AddrWidth +: AddrWidth];
      reader = beats[(MulRead0+k*MfuLatency-1)*BeatWidth +: BeatWidth];
      mul_take_o[k] = valid_o[MulRead0+k*MfuLatency] && reader.mul_en[k];
      reader = beats[(MulRead0+k*MfuLatency)*BeatWidth +: BeatWidth];
      mul_en_o[k] = reader.mul_en[k];
    end
  end

  assign busy_o  = valid_o != '0;
  assign beats_o = beats;

endmodule
