// Turns instruction words into entries of the chain buffer: one word per cycle from the second running cycle on.
//
// `s_wr` is lexical, so it is resolved here. A tap is a write that is followed by an operation of the last MFU.
// An entry-writing instruction stalls while the chain buffer holds `Depth` entries from `base_i` on.
module decoder #(
  localparam int unsigned PcIndexWidth = $clog2(dpu_arch_pkg::InstructionMemory),
  localparam int unsigned EntryCountWidth = $clog2(dpu_arch_pkg::ChainBuffer) + 1
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic                                     start_i,      // the cycle before the first running one
  input  logic [PcIndexWidth-1:0]                  entry_point_i,
  input  logic                                     running_i,
  input  logic [dpu_pkg::ScalarCount*32-1:0]       scalars_i,    // do not change while running
  output logic [PcIndexWidth-1:0]                  fetch_index_o,
  input  logic [dpu_isa_pkg::InstructionWidth-1:0] word_i,
  input  logic [EntryCountWidth-1:0]               base_i,       // oldest entry that must be kept
  // To the entry writer.
  output logic                                     write_o,
  output dpu_pkg::entry_t                          entry_o,
  output logic [31:0]                              scalar_o      // that a loop names, or 0
);

  localparam int unsigned Mfus = dpu_arch_pkg::Mfus;

  logic [PcIndexWidth-1:0] pc_d, pc_q;
  logic valid_d, valid_q;  // word_i is the word at pc_q
  logic done_d, done_q;    // halt was decoded
  logic [EntryCountWidth-1:0] count_d, count_q;  // entries so far, modulo twice the depth
  logic [dpu_pkg::CountWidth-1:0] rows_d, rows_q, cols_d, cols_q;
  logic [dpu_pkg::MantissaWidth-1:0] mantissa_d, mantissa_q;
  logic last_mfu_used_d, last_mfu_used_q;
  dpu_pkg::entry_t draft_d, draft_q;
  dpu_pkg::entry_t entry;

  // Fields of the word.
  logic [dpu_isa_pkg::OpcodeWidth-1:0] opcode;
  logic [dpu_isa_pkg::UnitWidth-1:0] unit;
  logic [dpu_pkg::OperandWidth-1:0] operand;
  logic [dpu_isa_pkg::ImmAWidth-1:0] imm_a;
  logic [dpu_isa_pkg::TailsWidth-1:0] tails;
  logic [dpu_isa_pkg::GroupWidth-1:0] group;
  logic [dpu_pkg::GroupWidth-1:0] groups;
  logic column_order;

  logic is_add, is_act, is_mul, writes_entry, full, take;
  logic [dpu_pkg::AddOpWidth-1:0] add_op;
  logic [dpu_pkg::ActOpWidth-1:0] act_op;
  logic [dpu_pkg::CountWidth+dpu_isa_pkg::TailsWidth-1:0] total_rows;

  assign opcode       = word_i[dpu_isa_pkg::OpcodeLsb +: dpu_isa_pkg::OpcodeWidth];
  assign unit         = word_i[dpu_isa_pkg::UnitLsb +: dpu_isa_pkg::UnitWidth];
  assign imm_a        = word_i[dpu_isa_pkg::ImmALsb +: dpu_isa_pkg::ImmAWidth];
  assign operand      = {word_i[dpu_isa_pkg::UseRegLsb +: dpu_isa_pkg::UseRegWidth],
                         word_i[dpu_isa_pkg::RegLsb +: dpu_isa_pkg::RegWidth], imm_a};
  assign tails        = word_i[dpu_isa_pkg::TailsLsb +: dpu_isa_pkg::TailsWidth];
  assign group        = word_i[dpu_isa_pkg::GroupLsb +: dpu_isa_pkg::GroupWidth];
  assign column_order = word_i[dpu_isa_pkg::OrderLsb];
  assign total_rows   = rows_q * tails;

  // Row tiles at once: floor(TileEngines / group).
  always_comb begin
    groups = '0;
    for (int i = 1; i <= dpu_arch_pkg::TileEngines; i++) begin
      if (i[15:0] * {8'b0, group} <= 16'(dpu_arch_pkg::TileEngines)) groups = i[7:0];
    end
  end

  always_comb begin
    is_add = 1'b1;
    unique case (opcode)
      dpu_isa_pkg::OpVvAdd:   add_op = dpu_isa_pkg::AddOpAdd;
      dpu_isa_pkg::OpVvASubB: add_op = dpu_isa_pkg::AddOpASubB;
      dpu_isa_pkg::OpVvBSubA: add_op = dpu_isa_pkg::AddOpBSubA;
      dpu_isa_pkg::OpVvMax:   add_op = dpu_isa_pkg::AddOpMax;
      dpu_isa_pkg::OpVvMin:   add_op = dpu_isa_pkg::AddOpMin;
      default: begin
        add_op = dpu_isa_pkg::AddOpNone;
        is_add = 1'b0;
      end
    endcase
    is_act = 1'b1;
    unique case (opcode)
      dpu_isa_pkg::OpVRelu:         act_op = dpu_isa_pkg::ActivationOpRelu;
      dpu_isa_pkg::OpVSigm:         act_op = dpu_isa_pkg::ActivationOpSigmoid;
      dpu_isa_pkg::OpVTanh:         act_op = dpu_isa_pkg::ActivationOpTanh;
      dpu_isa_pkg::OpVOneMinusSigm: act_op = dpu_isa_pkg::ActivationOpOneMinusSigmoid;
      default: begin
        act_op = dpu_isa_pkg::ActivationOpNone;
        is_act = 1'b0;
      end
    endcase
    is_mul = opcode == dpu_isa_pkg::OpVvMul;
  end

  // What the word writes to the chain buffer, without what takes arithmetic.
  logic [3:0] trip_scalar;
  assign trip_scalar = word_i[dpu_isa_pkg::RegLsb +: 4];
  assign scalar_o    = word_i[dpu_isa_pkg::UseRegLsb] ? scalars_i[{28'b0, trip_scalar} * 32 +: 32] : '0;
  always_comb begin
    writes_entry        = 1'b1;
    entry               = draft_q;
    entry.last_of_chain = opcode == dpu_isa_pkg::OpEndChain;
    entry.word          = word_i;
    entry.is_loop       = opcode == dpu_isa_pkg::OpLoop;
    entry.is_end_loop   = opcode == dpu_isa_pkg::OpEndLoop;
    entry.is_address    = opcode == dpu_isa_pkg::OpAWr;
    entry.is_halt       = opcode == dpu_isa_pkg::OpHalt;
    unique case (opcode)
      dpu_isa_pkg::OpNextTail, dpu_isa_pkg::OpEndChain: ;  // a tail or a matrix, as the draft says
      dpu_isa_pkg::OpLoop, dpu_isa_pkg::OpEndLoop, dpu_isa_pkg::OpAWr, dpu_isa_pkg::OpHalt: begin
        entry.is_tail   = 1'b0;
        entry.is_matrix = 1'b0;
      end
      default: writes_entry = 1'b0;
    endcase
  end

  // `take` must stay clear of word_i's arithmetic: it gates the fetch address.
  assign full    = base_i == {!count_q[EntryCountWidth-1], count_q[EntryCountWidth-2:0]};  // a whole buffer apart
  assign take    = running_i && valid_q && !done_q && !(writes_entry && full);
  assign write_o = take && writes_entry;
  assign entry_o = entry;

  // The first word is fetched in the first running cycle.
  assign fetch_index_o = take ? pc_q + 1'b1 : pc_q;

  always_comb begin
    pc_d    = fetch_index_o;
    valid_d = running_i;
    done_d  = done_q;
    count_d = count_q;
    if (take) done_d = opcode == dpu_isa_pkg::OpHalt;
    if (write_o) count_d = count_q + 1'b1;
    if (start_i) begin
      pc_d    = entry_point_i;
      valid_d = 1'b0;
      done_d  = 1'b0;
      count_d = '0;
    end
  end

  // The entry that is being collected, and what s_wr set.
  always_comb begin
    rows_d          = rows_q;
    cols_d          = cols_q;
    mantissa_d      = mantissa_q;
    last_mfu_used_d = last_mfu_used_q;
    draft_d         = draft_q;
    if (take) begin
      // An operation of the last MFU: all writes before the first one are taps.
      if ((is_add || is_act || is_mul) && unit == dpu_isa_pkg::UnitWidth'(Mfus - 1) && !last_mfu_used_q) begin
        last_mfu_used_d     = 1'b1;
        draft_d.net_out_tap = draft_q.net_out_wr;
        draft_d.initial_tap = draft_q.initial_wr;
        draft_d.add_tap     = draft_q.add_wr;
        draft_d.mul_tap     = draft_q.mul_wr;
      end
      for (int k = 0; k < Mfus; k++) begin
        if (unit == k[dpu_isa_pkg::UnitWidth-1:0]) begin
          if (is_add) begin
            draft_d.add_op[k*dpu_pkg::AddOpWidth +: dpu_pkg::AddOpWidth]             = add_op;
            draft_d.add_operand[k*dpu_pkg::OperandWidth +: dpu_pkg::OperandWidth]    = operand;
          end
          if (is_act) draft_d.act_op[k*dpu_pkg::ActOpWidth +: dpu_pkg::ActOpWidth]   = act_op;
          if (is_mul) begin
            draft_d.mul_en[k]                                                        = 1'b1;
            draft_d.mul_operand[k*dpu_pkg::OperandWidth +: dpu_pkg::OperandWidth]    = operand;
          end
        end
      end
      unique case (opcode)
        dpu_isa_pkg::OpVRd, dpu_isa_pkg::OpMRd: begin
          last_mfu_used_d       = 1'b0;
          draft_d               = '0;
          draft_d.is_tail       = opcode == dpu_isa_pkg::OpVRd;
          draft_d.is_matrix     = opcode == dpu_isa_pkg::OpMRd;
          draft_d.pc            = dpu_pkg::PcWidth'(pc_q);
          draft_d.has_head      = 1'b1;
          draft_d.from_net_in   = unit == dpu_isa_pkg::UnitWidth'(dpu_isa_pkg::VectorSourceNetIn);
          draft_d.source        = operand;
          draft_d.rows          = rows_q;
          draft_d.total_rows    = rows_q;
          draft_d.cols          = cols_q;
          draft_d.mantissa      = mantissa_q;
        end
        dpu_isa_pkg::OpMvMul, dpu_isa_pkg::OpMWr: begin
          draft_d.matrix_result = opcode == dpu_isa_pkg::OpMvMul;
          if (opcode == dpu_isa_pkg::OpMvMul) begin
            draft_d.total_rows  = total_rows[dpu_pkg::CountWidth-1:0];
            draft_d.scale       = word_i[dpu_isa_pkg::ScaleLsb +: dpu_isa_pkg::ScaleWidth];
          end
          draft_d.matrix        = imm_a;
          draft_d.group         = group;
          draft_d.groups        = groups;
          draft_d.column_order  = column_order;
        end
        dpu_isa_pkg::OpVWr: begin
          if (unit == dpu_isa_pkg::UnitWidth'(dpu_isa_pkg::VectorTargetNetOut)) draft_d.net_out_wr = 1'b1;
          if (unit == dpu_isa_pkg::UnitWidth'(dpu_isa_pkg::VectorTargetInitialVrf)) begin
            draft_d.initial_wr     = 1'b1;
            draft_d.initial_target = operand;
          end
          for (int k = 0; k < Mfus; k++) begin
            if (unit == dpu_isa_pkg::UnitWidth'(dpu_isa_pkg::VectorTargetAddSubVrf + k)) begin
              draft_d.add_wr[k]                                                    = 1'b1;
              draft_d.add_target[k*dpu_pkg::OperandWidth +: dpu_pkg::OperandWidth] = operand;
            end
            if (unit == dpu_isa_pkg::UnitWidth'(dpu_isa_pkg::VectorTargetMultiplyVrf + k)) begin
              draft_d.mul_wr[k]                                                    = 1'b1;
              draft_d.mul_target[k*dpu_pkg::OperandWidth +: dpu_pkg::OperandWidth] = operand;
            end
          end
        end
        dpu_isa_pkg::OpNextTail: begin
          last_mfu_used_d       = 1'b0;
          draft_d.pc            = dpu_pkg::PcWidth'(pc_q) + 1'b1;
          draft_d.has_head      = 1'b0;
          draft_d.add_op        = '0;
          draft_d.act_op        = '0;
          draft_d.mul_en        = '0;
          draft_d.net_out_wr    = 1'b0;
          draft_d.net_out_tap   = 1'b0;
          draft_d.initial_wr    = 1'b0;
          draft_d.initial_tap   = 1'b0;
          draft_d.add_wr        = '0;
          draft_d.add_tap       = '0;
          draft_d.mul_wr        = '0;
          draft_d.mul_tap       = '0;
        end
        dpu_isa_pkg::OpSWr: begin
          if (unit == dpu_isa_pkg::UnitWidth'(dpu_isa_pkg::ChainScalarRows)) rows_d = imm_a;
          if (unit == dpu_isa_pkg::UnitWidth'(dpu_isa_pkg::ChainScalarCols)) cols_d = imm_a;
          if (unit == dpu_isa_pkg::UnitWidth'(dpu_isa_pkg::ChainScalarMantissa)) begin
            mantissa_d = imm_a[dpu_pkg::MantissaWidth-1:0];
          end
        end
        default: ;
      endcase
    end
    if (start_i) begin
      rows_d     = dpu_pkg::CountWidth'(1);
      cols_d     = dpu_pkg::CountWidth'(1);
      mantissa_d = dpu_pkg::MantissaWidth'(dpu_arch_pkg::MantissaBits);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pc_q    <= '0;
      valid_q <= 1'b0;
      done_q  <= 1'b0;
      count_q <= '0;
    end else begin
      pc_q    <= pc_d;
      valid_q <= valid_d;
      done_q  <= done_d;
      count_q <= count_d;
    end
  end

  always_ff @(posedge clk_i) begin
    rows_q          <= rows_d;
    cols_q          <= cols_d;
    mantissa_q      <= mantissa_d;
    last_mfu_used_q <= last_mfu_used_d;
    draft_q         <= draft_d;
  end

endmodule
