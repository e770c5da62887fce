// The beats in flight: what each does at each age, and which writes are still to come.
//
// A beat that fired in cycle v has age a in cycle v + a. Its operands are addressed at the ages AddRead(k) and MultiplyRead(k), the
// operations act from one cycle later on, its result is written at age WriteBack. An operand read o cycles after its own beat fires is
// pending while a beat of age 1 .. WriteBack-o-1 will write it; the loader reads with o = 0.
module beat_pipe #(
  localparam int unsigned Mfus = dpu_arch_pkg::Mfus,
  localparam int unsigned AddrWidth = dpu_pkg::AddrWidth
) (
  input  logic                               clk_i,
  input  logic                               rst_ni,
  input  logic                               fire_i,
  input  dpu_pkg::tail_t                     beat_i,
  output logic                               raw_o,            // an operand of beat_i is pending
  input  logic [AddrWidth-1:0]               load_address_i,
  output logic                               load_pending_o,
  output logic                               busy_o,           // a beat of age 1 .. WriteBack
  output logic [dpu_arch_pkg::WriteBack:1]   valid_o,          // by age
  // Rounder and the entry of MFU0.
  output logic [dpu_pkg::ScaleWidth-1:0]     scale_o,
  output logic                               from_bypass_o,
  output logic                               bypass_pop_o,
  // MFUs.
  output logic [Mfus-1:0]                    add_read_o,
  output logic [Mfus*AddrWidth-1:0]          add_address_o,
  output logic [Mfus*dpu_pkg::AddOpWidth-1:0] add_op_o,
  output logic [Mfus*dpu_pkg::ActOpWidth-1:0] act_op_o,
  output logic [Mfus-1:0]                    mul_read_o,
  output logic [Mfus*AddrWidth-1:0]          mul_address_o,
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
  localparam int unsigned MulAge     = dpu_arch_pkg::AddLatency + dpu_arch_pkg::ActivationLatency;

  logic [(WriteBack+1)*$bits(beat_i)-1:0] beats;
  logic [WriteBack:1] raw, load_pending;

  valid_pipe #(
    .Depth(WriteBack)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i(fire_i),
    .valid_o(valid_o)
  );

  assign beats[0 +: $bits(beat_i)] = beat_i;

  for (genvar a = 1; a <= WriteBack; a++) begin : gen_age
    dpu_pkg::tail_t beat_q;
    logic younger_valid;
    logic [Mfus-1:0] add_hit, mul_hit;

    assign younger_valid = a == 1 ? fire_i : valid_o[a > 1 ? a-1 : 1];
    always_ff @(posedge clk_i) begin
      if (younger_valid) beat_q <= beats[(a-1)*$bits(beat_i) +: $bits(beat_i)];
    end
    assign beats[a*$bits(beat_i) +: $bits(beat_i)] = beat_q;

    for (genvar k = 0; k < Mfus; k++) begin : gen_mfu
      localparam int unsigned AddRead = MfuEntry + k * MfuLatency - 1;
      localparam int unsigned MulRead = AddRead + MulAge;
      if (a + AddRead < WriteBack) begin : gen_add_window
        assign add_hit[k] = beat_i.add_op[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth] != '0 && beat_q.add_wr[k] &&
                            beat_i.add_operand[k*AddrWidth +: AddrWidth] == beat_q.add_target[k*AddrWidth +: AddrWidth];
      end else begin : gen_add_landed
        assign add_hit[k] = 1'b0;
      end
      if (a + MulRead < WriteBack) begin : gen_mul_window
        assign mul_hit[k] = beat_i.mul_en[k] && beat_q.mul_wr[k] &&
                            beat_i.mul_operand[k*AddrWidth +: AddrWidth] == beat_q.mul_target[k*AddrWidth +: AddrWidth];
      end else begin : gen_mul_landed
        assign mul_hit[k] = 1'b0;
      end

      if (a == AddRead) begin : gen_add_read
        assign add_read_o[k] = valid_o[a] && beat_q.add_op[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth] != '0;
        assign add_address_o[k*AddrWidth +: AddrWidth] = beat_q.add_operand[k*AddrWidth +: AddrWidth];
      end
      if (a == AddRead + 1) begin : gen_add
        assign add_op_o[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth] = beat_q.add_op[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth];
      end
      if (a == AddRead + 1 + ActAge) begin : gen_activation
        assign act_op_o[k*dpu_pkg::ActOpWidth +: dpu_pkg::ActOpWidth] = beat_q.act_op[k*dpu_pkg::ActOpWidth +: dpu_pkg::ActOpWidth];
      end
      if (a == MulRead) begin : gen_mul_read
        assign mul_read_o[k] = valid_o[a] && beat_q.mul_en[k];
        assign mul_address_o[k*AddrWidth +: AddrWidth] = beat_q.mul_operand[k*AddrWidth +: AddrWidth];
      end
      if (a == MulRead + 1) begin : gen_mul
        assign mul_en_o[k] = beat_q.mul_en[k];
      end
    end

    assign raw[a] = valid_o[a] && (add_hit != '0 || mul_hit != '0);

    if (a < WriteBack) begin : gen_load_window
      assign load_pending[a] = valid_o[a] && beat_q.initial_wr && beat_q.initial_target == load_address_i;
    end else begin : gen_load_landed
      assign load_pending[a] = 1'b0;
    end
    if (a == RoundAge) begin : gen_round
      assign scale_o = beat_q.scale;
    end
    if (a == MfuEntry) begin : gen_entry
      assign from_bypass_o = !beat_q.matrix_result;
      assign bypass_pop_o  = valid_o[a] && !beat_q.matrix_result;
    end
    if (a == WriteBack) begin : gen_write
      assign write_o       = beat_q;
      assign write_valid_o = valid_o[a];
    end
  end

  assign raw_o          = raw != '0;
  assign load_pending_o = load_pending != '0;
  assign busy_o         = valid_o != '0;

endmodule
