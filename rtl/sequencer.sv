// Executes entries of the chain buffer, at most one per cycle: loops, address registers, dispatch of heads, mvm commands and tails. Matrix
// loads and halt wait until the machine is idle. A jump costs nothing: the next entry is addressed combinationally.
module sequencer #(
  localparam int unsigned CountWidth = $clog2(dpu_arch_pkg::ChainBuffer) + 1
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              start_i,
  input  logic                              running_i,
  // Chain buffer.
  input  logic [CountWidth-1:0]             readable_i,    // entries that are there
  output logic [CountWidth-1:0]             base_o,        // oldest entry that may be executed again
  output logic [CountWidth-2:0]             read_index_o,  // of the next cycle's entry
  input  dpu_pkg::entry_t                   entry_i,
  // Dispatch: a tail, perhaps with a head and an mvm command, and what is to be added to their addresses.
  input  logic                              head_full_i,
  input  logic                              mvm_full_i,
  input  logic                              tail_full_i,
  output logic                              dispatch_o,
  output logic                              has_head_o,
  output logic                              has_mvm_o,
  output dpu_pkg::head_t                    head_o,
  output dpu_pkg::matrix_t                  matrix_o,      // also the matrix loader's
  output dpu_pkg::tail_t                    tail_o,
  output dpu_pkg::offsets_t                 offsets_o,
  // Matrix loader: starts in the cycle after load_start_o, raises load_done_i in the cycle after its last beat.
  input  logic                              idle_i,        // nothing was on its way one cycle ago
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
  localparam int unsigned TurnWidth     = dpu_pkg::TurnWidth;

  logic [CountWidth-1:0] next_position, position_q;
  logic [DepthWidth-1:0] depth_d, depth_q;                // active loops
  logic [LoopDepth*CountWidth-1:0] starts_d, starts_q;    // entry after `loop`, outermost in the low bits
  logic [LoopDepth*TripWidth-1:0] trips_d, trips_q;       // iterations that are left, this one included
  logic [SkipWidth-1:0] skip_d, skip_q;                   // nesting inside a loop that runs 0 times
  logic loading_d, loading_q;
  logic [dpu_pkg::SequenceWidth-1:0] sequence_d, sequence_q;
  logic [Registers*AddrWidth-1:0] value_d, value_q, back_d, back_q;
  logic [Registers*TurnWidth-1:0] turn_d, turn_q;
  logic [Registers*StrideWidth-1:0] stride_d, stride_q;

  logic available, has_head, has_mvm, room, execute, hold, advance;

  // What the operand's address register adds to it.
  function automatic logic [AddrWidth-1:0] offset(input logic [OperandWidth-1:0] operand, input logic [Registers*AddrWidth-1:0] values);
    offset = '0;
    if (operand[OperandWidth-1]) offset = values[{27'b0, operand[AddrWidth +: RegIndexWidth]} * AddrWidth +: AddrWidth];
  endfunction

  // Loop count: the sum, at most the limit, saturating.
  logic [TripWidth-1:0] trip_count;
  logic no_trips;
  assign no_trips = entry_i.never || (entry_i.low_zero && entry_i.high_zero);
  always_comb begin
    trip_count = entry_i.trip_sum[TripWidth-1:0];
    if (entry_i.low_above || (entry_i.limited && !entry_i.high_zero)) trip_count = TripWidth'(entry_i.word[dpu_isa_pkg::ImmBLsb +: dpu_isa_pkg::ImmBWidth]);
    else if (entry_i.trip_sum[TripWidth]) trip_count = '1;
  end

  // Dispatch.
  assign has_head = entry_i.has_head;
  assign has_mvm  = entry_i.has_head && entry_i.matrix_result;
  assign room     = !tail_full_i && !(has_head && head_full_i) && !(has_mvm && mvm_full_i);

  always_comb begin
    head_o             = '0;
    head_o.pc          = entry_i.pc;
    head_o.from_net_in = entry_i.from_net_in;
    head_o.address     = entry_i.source[AddrWidth-1:0];
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
    tail_o.initial_target = entry_i.initial_target[AddrWidth-1:0];
    tail_o.add_wr         = entry_i.add_wr;
    tail_o.add_tap        = entry_i.add_tap;
    tail_o.mul_wr         = entry_i.mul_wr;
    tail_o.mul_tap        = entry_i.mul_tap;

    offsets_o                = '0;
    offsets_o.source         = offset(entry_i.source, value_q);
    offsets_o.initial_target = offset(entry_i.initial_target, value_q);
    for (int k = 0; k < Mfus; k++) begin
      tail_o.add_operand[k*AddrWidth +: AddrWidth]    = entry_i.add_operand[k*OperandWidth +: AddrWidth];
      tail_o.mul_operand[k*AddrWidth +: AddrWidth]    = entry_i.mul_operand[k*OperandWidth +: AddrWidth];
      tail_o.add_target[k*AddrWidth +: AddrWidth]     = entry_i.add_target[k*OperandWidth +: AddrWidth];
      tail_o.mul_target[k*AddrWidth +: AddrWidth]     = entry_i.mul_target[k*OperandWidth +: AddrWidth];
      offsets_o.add_operand[k*AddrWidth +: AddrWidth] = offset(entry_i.add_operand[k*OperandWidth +: OperandWidth], value_q);
      offsets_o.mul_operand[k*AddrWidth +: AddrWidth] = offset(entry_i.mul_operand[k*OperandWidth +: OperandWidth], value_q);
      offsets_o.add_target[k*AddrWidth +: AddrWidth]  = offset(entry_i.add_target[k*OperandWidth +: OperandWidth], value_q);
      offsets_o.mul_target[k*AddrWidth +: AddrWidth]  = offset(entry_i.mul_target[k*OperandWidth +: OperandWidth], value_q);
    end
  end

  // What happens in this cycle. The memory's read address waits for `hold`, which comes late, with the entry.
  assign available = running_i && position_q != readable_i;
  assign execute   = available && skip_q == '0;
  assign hold      = (entry_i.is_tail && !room) || (entry_i.is_matrix && !(loading_q && load_done_i)) || (entry_i.is_halt && !idle_i);
  assign advance   = available && (skip_q != '0 || !hold);

  assign dispatch_o     = execute && entry_i.is_tail && room;
  assign load_start_o   = execute && entry_i.is_matrix && !loading_q && idle_i;
  assign halt_o         = execute && entry_i.is_halt && idle_i;
  assign executed_o     = execute && !hold;
  assign stall_decode_o = running_i && !available;
  assign stall_queue_o  = execute && hold && entry_i.is_tail;
  assign stall_idle_o   = execute && hold && !entry_i.is_tail;

  assign has_head_o = has_head;
  assign has_mvm_o  = has_mvm;

  // Position and loops.
  logic [CountWidth-1:0] following, top_start;  // of the innermost loop
  logic [DepthWidth-1:0] top;
  logic more_trips;
  assign following = position_q + 1'b1;
  assign top       = depth_q - 1'b1;
  always_comb begin
    top_start  = '0;
    more_trips = 1'b0;
    for (int i = 0; i < LoopDepth; i++) begin
      if (top == i[DepthWidth-1:0]) begin
        top_start  = starts_q[i*CountWidth +: CountWidth];
        more_trips = trips_q[i*TripWidth +: TripWidth] != TripWidth'(1);
      end
    end
  end
  assign next_position = execute && entry_i.is_end_loop && more_trips ? top_start : advance ? following : position_q;

  always_comb begin
    depth_d    = depth_q;
    starts_d   = starts_q;
    trips_d    = trips_q;
    skip_d     = skip_q;
    loading_d  = (loading_q || load_start_o) && !(loading_q && load_done_i);
    sequence_d = sequence_q;
    if (dispatch_o) sequence_d = sequence_q + 1'b1;
    if (available && skip_q != '0) begin
      if (entry_i.is_loop) skip_d = skip_q + 1'b1;
      if (entry_i.is_end_loop) skip_d = skip_q - 1'b1;
    end
    if (execute && entry_i.is_loop) begin
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
    if (execute && entry_i.is_end_loop) begin
      if (!more_trips) depth_d = top;
      for (int i = 0; i < LoopDepth; i++) begin
        if (top == i[DepthWidth-1:0]) trips_d[i*TripWidth +: TripWidth] = trips_q[i*TripWidth +: TripWidth] - 1'b1;
      end
    end
    if (start_i) begin
      depth_d    = '0;
      skip_d     = '0;
      loading_d  = 1'b0;
      sequence_d = '0;
    end
  end

  assign base_o       = depth_q == '0 ? position_q : starts_q[0 +: CountWidth];
  assign read_index_o = next_position[CountWidth-2:0];

  // Address registers: rings that advance at end_loop. From `turn` on, the next stride leaves the ring, and the value goes `back`.
  logic [RegIndexWidth-1:0] written;
  logic [AddrWidth-1:0] new_base, value;
  logic [StrideWidth-1:0] new_stride;
  assign written    = entry_i.word[dpu_isa_pkg::RegLsb +: dpu_isa_pkg::RegWidth];
  assign new_base   = entry_i.word[dpu_isa_pkg::ImmALsb +: dpu_isa_pkg::ImmAWidth];
  assign new_stride = entry_i.word[dpu_isa_pkg::Imm14Lsb +: dpu_isa_pkg::Imm14Width];

  always_comb begin
    value_d  = value_q;
    stride_d = stride_q;
    back_d   = back_q;
    turn_d   = turn_q;
    value    = '0;
    for (int i = 0; i < Registers; i++) begin
      if (execute && entry_i.is_end_loop && entry_i.word[dpu_isa_pkg::MaskLsb + i]) begin
        value = value_q[i*AddrWidth +: AddrWidth];
        if ({1'b0, value} >= turn_q[i*TurnWidth +: TurnWidth]) value_d[i*AddrWidth +: AddrWidth] = value - back_q[i*AddrWidth +: AddrWidth];
        else value_d[i*AddrWidth +: AddrWidth] = value + AddrWidth'(stride_q[i*StrideWidth +: StrideWidth]);
      end
      if (execute && entry_i.is_address && written == i[RegIndexWidth-1:0]) begin
        value_d[i*AddrWidth +: AddrWidth]      = new_base;
        stride_d[i*StrideWidth +: StrideWidth] = new_stride;
        back_d[i*AddrWidth +: AddrWidth]       = entry_i.ring_back;
        turn_d[i*TurnWidth +: TurnWidth]       = entry_i.ring_turn;
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
      position_q <= start_i ? '0 : next_position;
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
