// Executes entries of the chain buffer, at most one per cycle: loops, address registers, dispatch of heads, mvm commands and tails to the
// queues. Matrix loads and halt wait until the machine is idle. A jump costs nothing: the next entry is addressed combinationally.
module sequencer #(
  localparam int unsigned CountWidth = $clog2(dpu_arch_pkg::ChainBuffer) + 1
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              start_i,
  input  logic                              running_i,
  // Chain buffer.
  input  logic [CountWidth-1:0]             count_i,       // entries written
  output logic [CountWidth-1:0]             base_o,        // oldest entry that may be executed again
  output logic [CountWidth-2:0]             read_index_o,  // of the next cycle's entry
  input  dpu_pkg::entry_t                   entry_i,
  // Queues.
  input  logic                              head_full_i,
  output logic                              head_push_o,
  output dpu_pkg::head_t                    head_o,
  input  logic                              mvm_full_i,
  output logic                              mvm_push_o,
  output dpu_pkg::matrix_t                  matrix_o,      // also the matrix loader's
  input  logic                              tail_full_i,
  output logic                              tail_push_o,
  output dpu_pkg::tail_t                    tail_o,
  // Matrix loader: starts in the cycle after load_start_o, raises load_done_i in its last cycle.
  input  logic                              idle_i,        // queues empty, no beat in flight
  output logic                              load_start_o,
  input  logic                              load_done_i,
  output logic                              halt_o,        // last running cycle
  // Counters.
  output logic                              executed_o,
  output logic                              stall_decode_o,
  output logic                              stall_queue_o,
  output logic                              stall_idle_o
);

  localparam int unsigned LoopDepth     = dpu_arch_pkg::LoopDepth;
  localparam int unsigned DepthWidth    = $clog2(LoopDepth + 1);
  localparam int unsigned TripWidth     = dpu_pkg::TripWidth;
  localparam int unsigned SkipWidth     = CountWidth;
  localparam int unsigned Mfus          = dpu_arch_pkg::Mfus;
  localparam int unsigned Registers     = dpu_pkg::AddrRegCount;
  localparam int unsigned RegIndexWidth = $clog2(Registers);
  localparam int unsigned AddrWidth     = dpu_pkg::AddrWidth;
  localparam int unsigned OperandWidth  = dpu_pkg::OperandWidth;
  localparam int unsigned StrideWidth   = dpu_isa_pkg::Imm14Width;
  localparam int unsigned TurnWidth     = AddrWidth + 1;  // a ring may end at 2^AddrWidth

  logic [CountWidth-1:0] position_d, position_q;
  logic [DepthWidth-1:0] depth_d, depth_q;                // active loops
  logic [LoopDepth*CountWidth-1:0] starts_d, starts_q;    // entry after `loop`, outermost in the low bits
  logic [LoopDepth*TripWidth-1:0] trips_d, trips_q;       // iterations that are left, this one included
  logic [SkipWidth-1:0] skip_d, skip_q;                   // nesting inside a loop that runs 0 times
  logic loading_d, loading_q;
  logic [dpu_pkg::SequenceWidth-1:0] sequence_d, sequence_q;
  logic [Registers*AddrWidth-1:0] value_d, value_q, back_d, back_q;
  logic [Registers*TurnWidth-1:0] turn_d, turn_q;
  logic [Registers*StrideWidth-1:0] stride_d, stride_q;

  logic available, has_head, has_mvm, dispatch, execute, advance;

  // The operand with its address register, modulo 2^AddrWidth.
  function automatic logic [AddrWidth-1:0] resolve(input logic [OperandWidth-1:0] operand,
                                                   input logic [Registers*AddrWidth-1:0] values);
    resolve = operand[AddrWidth-1:0];
    if (operand[OperandWidth-1]) begin
      resolve = operand[AddrWidth-1:0] + values[{27'b0, operand[AddrWidth +: RegIndexWidth]} * AddrWidth +: AddrWidth];
    end
  endfunction

  // Loop count: clamp(scalar + add, 0, max), saturating; a max of all ones means no limit. Zero is told apart without the count.
  logic [dpu_isa_pkg::ImmBWidth-1:0] trip_max;
  logic [TripWidth-1:0] trip_count;
  logic no_trips;
  assign trip_max = entry_i.word[dpu_isa_pkg::ImmBLsb +: dpu_isa_pkg::ImmBWidth];
  assign no_trips = entry_i.trip_sum[TripWidth+1] || entry_i.trip_sum == '0 || trip_max == '0;
  always_comb begin
    trip_count = entry_i.trip_sum[TripWidth-1:0];
    if (trip_max != '1 && entry_i.trip_sum > dpu_pkg::TripSumWidth'(trip_max)) begin
      trip_count = TripWidth'(trip_max);
    end else if (entry_i.trip_sum[TripWidth]) begin
      trip_count = '1;
    end
  end

  // Queues.
  assign has_head = entry_i.has_head;
  assign has_mvm  = entry_i.has_head && entry_i.matrix_result;
  assign dispatch = !tail_full_i && !(has_head && head_full_i) && !(has_mvm && mvm_full_i);

  always_comb begin
    head_o             = '0;
    head_o.pc          = entry_i.pc;
    head_o.from_net_in = entry_i.from_net_in;
    head_o.address     = resolve(entry_i.source, value_q);
    head_o.count       = entry_i.matrix_result ? entry_i.cols : entry_i.rows;
    head_o.to_mvm      = entry_i.matrix_result;
    head_o.mantissa    = entry_i.mantissa;
    head_o.tag         = sequence_q;

    matrix_o              = '0;
    matrix_o.pc           = entry_i.pc;
    matrix_o.matrix       = entry_i.matrix;
    matrix_o.group        = entry_i.group;
    matrix_o.groups       = entry_i.groups;
    matrix_o.rows         = entry_i.total_rows;
    matrix_o.cols         = entry_i.cols;
    matrix_o.column_order = entry_i.column_order;
    matrix_o.one_row_pass = entry_i.total_rows <= dpu_pkg::CountWidth'(entry_i.groups);
    matrix_o.one_col_pass = entry_i.cols <= dpu_pkg::CountWidth'(entry_i.group);
    matrix_o.first_needed = matrix_o.one_col_pass ? entry_i.cols : dpu_pkg::CountWidth'(entry_i.group);

    tail_o                = '0;
    tail_o.pc             = entry_i.pc;
    tail_o.tag            = sequence_q;
    tail_o.rows           = entry_i.rows;
    tail_o.matrix_result  = entry_i.matrix_result;
    tail_o.group          = entry_i.group;
    tail_o.groups         = entry_i.groups;
    tail_o.scale          = entry_i.scale;
    tail_o.last_of_chain  = entry_i.last_of_chain;
    tail_o.add_op         = entry_i.add_op;
    tail_o.act_op         = entry_i.act_op;
    tail_o.mul_en         = entry_i.mul_en;
    tail_o.net_out_wr     = entry_i.net_out_wr;
    tail_o.net_out_tap    = entry_i.net_out_tap;
    tail_o.initial_wr     = entry_i.initial_wr;
    tail_o.initial_tap    = entry_i.initial_tap;
    tail_o.initial_target = resolve(entry_i.initial_target, value_q);
    tail_o.add_wr         = entry_i.add_wr;
    tail_o.add_tap        = entry_i.add_tap;
    tail_o.mul_wr         = entry_i.mul_wr;
    tail_o.mul_tap        = entry_i.mul_tap;
    for (int k = 0; k < Mfus; k++) begin
      tail_o.add_operand[k*AddrWidth +: AddrWidth] = resolve(entry_i.add_operand[k*OperandWidth +: OperandWidth], value_q);
      tail_o.mul_operand[k*AddrWidth +: AddrWidth] = resolve(entry_i.mul_operand[k*OperandWidth +: OperandWidth], value_q);
      tail_o.add_target[k*AddrWidth +: AddrWidth]  = resolve(entry_i.add_target[k*OperandWidth +: OperandWidth], value_q);
      tail_o.mul_target[k*AddrWidth +: AddrWidth]  = resolve(entry_i.mul_target[k*OperandWidth +: OperandWidth], value_q);
    end
  end

  // What happens in this cycle.
  assign available = running_i && position_q != count_i;
  assign execute   = available && skip_q == '0;

  always_comb begin
    advance        = available;
    load_start_o   = 1'b0;
    halt_o         = 1'b0;
    tail_push_o    = 1'b0;
    executed_o     = 1'b0;
    stall_queue_o  = 1'b0;
    stall_idle_o   = 1'b0;
    stall_decode_o = running_i && !available;
    if (execute) begin
      unique case (entry_i.kind)
        dpu_pkg::EntryTail: begin
          advance       = dispatch;
          tail_push_o   = dispatch;
          stall_queue_o = !dispatch;
        end
        dpu_pkg::EntryMatrix: begin
          advance      = loading_q && load_done_i;
          load_start_o = !loading_q && idle_i;
          stall_idle_o = !advance;
        end
        dpu_pkg::EntryHalt: begin
          advance      = idle_i;
          halt_o       = idle_i;
          stall_idle_o = !idle_i;
        end
        default: ;
      endcase
      executed_o = advance;
    end
  end

  assign head_push_o = tail_push_o && has_head;
  assign mvm_push_o  = tail_push_o && has_mvm;

  // Position and loops.
  logic [CountWidth-1:0] following;
  logic [DepthWidth-1:0] top;
  assign following = position_q + 1'b1;
  assign top       = depth_q - 1'b1;

  always_comb begin
    position_d = position_q;
    depth_d    = depth_q;
    starts_d   = starts_q;
    trips_d    = trips_q;
    skip_d     = skip_q;
    loading_d  = (loading_q || load_start_o) && !(loading_q && load_done_i);
    sequence_d = sequence_q;
    if (tail_push_o) sequence_d = sequence_q + 1'b1;
    if (advance) position_d = following;
    if (available && skip_q != '0) begin
      if (entry_i.kind == dpu_pkg::EntryLoop) skip_d = skip_q + 1'b1;
      if (entry_i.kind == dpu_pkg::EntryEndLoop) skip_d = skip_q - 1'b1;
    end
    if (execute && entry_i.kind == dpu_pkg::EntryLoop) begin
      if (no_trips) begin
        skip_d = SkipWidth'(1);
      end else begin
        depth_d = depth_q + 1'b1;
        for (int i = 0; i < LoopDepth; i++) begin
          if (depth_q == i[DepthWidth-1:0]) begin
            starts_d[i*CountWidth +: CountWidth] = following;
            trips_d[i*TripWidth +: TripWidth]    = trip_count;
          end
        end
      end
    end
    if (execute && entry_i.kind == dpu_pkg::EntryEndLoop) begin
      for (int i = 0; i < LoopDepth; i++) begin
        if (top == i[DepthWidth-1:0]) begin
          trips_d[i*TripWidth +: TripWidth] = trips_q[i*TripWidth +: TripWidth] - 1'b1;
          if (trips_q[i*TripWidth +: TripWidth] == TripWidth'(1)) depth_d = top;
          else position_d = starts_q[i*CountWidth +: CountWidth];
        end
      end
    end
    if (start_i) begin
      position_d = '0;
      depth_d    = '0;
      skip_d     = '0;
      loading_d  = 1'b0;
      sequence_d = '0;
    end
  end

  assign base_o       = depth_q == '0 ? position_q : starts_q[0 +: CountWidth];
  assign read_index_o = position_d[CountWidth-2:0];

  // Address registers: rings that advance at end_loop. From `turn` = base + length - stride on, the next stride leaves the ring, and the value
  // goes `back` by length - stride. Both are computed when the register is written.
  logic [RegIndexWidth-1:0] written;
  logic [AddrWidth-1:0] new_base, new_length, value;
  logic [StrideWidth-1:0] new_stride;
  assign written    = entry_i.word[dpu_isa_pkg::RegLsb +: dpu_isa_pkg::RegWidth];
  assign new_base   = entry_i.word[dpu_isa_pkg::ImmALsb +: dpu_isa_pkg::ImmAWidth];
  assign new_length = entry_i.word[dpu_isa_pkg::ImmBLsb +: dpu_isa_pkg::ImmBWidth];
  assign new_stride = entry_i.word[dpu_isa_pkg::Imm14Lsb +: dpu_isa_pkg::Imm14Width];

  always_comb begin
    value_d  = value_q;
    stride_d = stride_q;
    back_d   = back_q;
    turn_d   = turn_q;
    value    = '0;
    for (int i = 0; i < Registers; i++) begin
      if (execute && entry_i.kind == dpu_pkg::EntryEndLoop && entry_i.word[dpu_isa_pkg::MaskLsb + i]) begin
        value = value_q[i*AddrWidth +: AddrWidth];
        if ({1'b0, value} >= turn_q[i*TurnWidth +: TurnWidth]) value_d[i*AddrWidth +: AddrWidth] = value - back_q[i*AddrWidth +: AddrWidth];
        else value_d[i*AddrWidth +: AddrWidth] = value + AddrWidth'(stride_q[i*StrideWidth +: StrideWidth]);
      end
      if (execute && entry_i.kind == dpu_pkg::EntryAddress && written == i[RegIndexWidth-1:0]) begin
        value_d[i*AddrWidth +: AddrWidth]      = new_base;
        stride_d[i*StrideWidth +: StrideWidth] = new_stride;
        back_d[i*AddrWidth +: AddrWidth]       = new_length - AddrWidth'(new_stride);
        turn_d[i*TurnWidth +: TurnWidth]       = {1'b0, new_base} + {1'b0, new_length} - TurnWidth'(new_stride);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      position_q <= '0;
      depth_q    <= '0;
      skip_q     <= '0;
      loading_q  <= 1'b0;
      sequence_q <= '0;
    end else begin
      position_q <= position_d;
      depth_q    <= depth_d;
      skip_q     <= skip_d;
      loading_q  <= loading_d;
      sequence_q <= sequence_d;
    end
  end

  always_ff @(posedge clk_i) begin
    starts_q <= starts_d;
    trips_q  <= trips_d;
    value_q  <= value_d;
    back_q   <= back_d;
    stride_q <= stride_d;
    turn_q   <= turn_d;
  end

endmodule
