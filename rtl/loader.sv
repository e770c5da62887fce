// Issues source vectors, one per cycle: columns of a `mv_mul` chain into an activation buffer half, or vectors of another chain into the
// bypass FIFO. What fires in cycle c is on vector_o in c+1, together with the command that went with it.
//
// A vector passes two registers between the head queue and its issue: in `next` its address stands, in `current` it is also known whether a
// write to its entry is still to come. The scoreboard looks at both one cycle ahead, so that waiting costs no cycle; so does InitialVrf,
// which is read on the way into `current` and again as long as the vector stays there.
//
// The halves are taken in turn, one per chain; mvm issue returns them in the same order.
module loader (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  // Head queue.
  input  logic                            head_valid_i,
  input  dpu_pkg::head_t                  head_i,
  output logic                            head_pop_o,
  // NetIn.
  input  logic                            net_in_empty_i,
  input  logic [dpu_pkg::VectorWidth-1:0] net_in_data_i,
  output logic                            net_in_pop_o,
  // Scoreboard: will a write to the source be to come in the next cycle?
  output dpu_pkg::load_t                  next_o,
  input  logic [4:0]                      next_pending_i,  // any bit
  output dpu_pkg::load_t                  current_o,       // also the vector that fires
  input  logic [4:0]                      current_pending_i,
  // InitialVrf.
  output logic                            read_o,
  output logic [dpu_pkg::AddrWidth-1:0]   read_address_o,
  input  logic [dpu_pkg::VectorWidth-1:0] read_data_i,     // one cycle after its address
  // Credits that come back: a buffer half, a place in the bypass FIFO.
  input  logic                            half_return_i,
  input  logic                            bypass_return_i,
  // Fires, and one cycle later the vector.
  output logic                            fire_o,
  output logic                            bypass_fire_o,
  output logic                            column_valid_o,
  output logic                            bypass_valid_o,
  output logic [dpu_pkg::VectorWidth-1:0] vector_o,
  output logic                            column_half_o,
  output logic [dpu_pkg::ColumnIdxWidth-1:0] column_o,
  output logic [dpu_pkg::MantissaWidth-1:0] mantissa_o,
  // Counters.
  output logic                            stall_buffer_o,
  output logic                            stall_net_in_o,
  output logic                            stall_raw_o
);

  localparam int unsigned CreditWidth = $clog2(dpu_arch_pkg::BypassDepth + 1);

  dpu_pkg::load_t next_d, next_q, current_q;
  logic next_valid_d, next_valid_q, current_valid_d, current_valid_q, pending;
  logic [4:0] next_pending_q, current_pending_q;  // as seen one cycle ago, when the vector was in `next` or stayed in `current`
  logic advanced_q;
  logic [dpu_pkg::CountWidth-1:0] index_d, index_q;  // of the next vector that leaves the queue
  logic [dpu_pkg::CountWidth-1:0] following_d, following_q;  // index_q + 1
  logic [1:0] halves_d, halves_q;  // free
  logic half_d, half_q;            // that the current chain fills
  logic [CreditWidth-1:0] credits_d, credits_q;

  logic room, source_ready, fire, advance, take, takes_half;

  assign pending      = (advanced_q ? next_pending_q : current_pending_q) != '0;
  assign room         = current_q.to_mvm ? !current_q.first || halves_q != '0 : credits_q != '0;
  assign source_ready = current_q.from_net_in ? !net_in_empty_i : !pending;
  assign fire         = current_valid_q && room && source_ready;
  assign advance      = !current_valid_q || fire;
  assign takes_half   = fire && current_q.to_mvm && current_q.first;
  assign take         = head_valid_i && (!next_valid_q || advance);

  assign head_pop_o     = take && next_d.last;
  assign next_o         = next_q;
  assign current_o      = current_q;
  assign net_in_pop_o   = fire && current_q.from_net_in;
  assign read_o         = advance ? next_valid_q && !next_q.from_net_in : !current_q.from_net_in;
  assign read_address_o = advance ? next_q.address : current_q.address;
  assign fire_o         = fire;
  assign bypass_fire_o  = fire && !current_q.to_mvm;
  assign stall_buffer_o = current_valid_q && !room;
  assign stall_net_in_o = current_valid_q && room && current_q.from_net_in && net_in_empty_i;
  assign stall_raw_o    = current_valid_q && room && !current_q.from_net_in && pending;

  always_comb begin
    next_d             = '0;
    next_d.pc          = head_i.pc;
    next_d.from_net_in = head_i.from_net_in;
    next_d.address     = head_i.address + index_q;
    next_d.index       = index_q;
    next_d.first       = index_q == '0;
    next_d.last        = following_q == head_i.count;
    next_d.to_mvm      = head_i.to_mvm;
    next_d.mantissa    = head_i.mantissa;
    next_d.tag         = head_i.tag;
  end

  always_comb begin
    index_d         = index_q;
    following_d     = following_q;
    next_valid_d    = take || (next_valid_q && !advance);
    current_valid_d = advance ? next_valid_q : current_valid_q;
    halves_d        = halves_q;
    half_d          = half_q;
    credits_d       = credits_q;
    if (take) index_d = next_d.last ? '0 : following_q;
    if (take) following_d = next_d.last ? dpu_pkg::CountWidth'(1) : following_q + 1'b1;
    if (fire && current_q.to_mvm && current_q.last) half_d = !half_q;
    // Both sums stand before it is known which one counts.
    if (half_return_i && !takes_half) halves_d = halves_q + 1'b1;
    if (!half_return_i && takes_half) halves_d = halves_q - 1'b1;
    if (bypass_return_i && !bypass_fire_o) credits_d = credits_q + 1'b1;
    if (!bypass_return_i && bypass_fire_o) credits_d = credits_q - 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      next_valid_q    <= 1'b0;
      current_valid_q <= 1'b0;
      index_q         <= '0;
      following_q     <= dpu_pkg::CountWidth'(1);
      halves_q        <= 2'd2;
      half_q          <= 1'b0;
      credits_q       <= CreditWidth'(dpu_arch_pkg::BypassDepth);
    end else begin
      next_valid_q    <= next_valid_d;
      current_valid_q <= current_valid_d;
      index_q         <= index_d;
      following_q     <= following_d;
      halves_q        <= halves_d;
      half_q          <= half_d;
      credits_q       <= credits_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) next_q <= next_d;
    if (advance) current_q <= next_q;
    next_pending_q    <= next_pending_i;
    current_pending_q <= current_pending_i;
    advanced_q        <= advance;
  end

  // The cycle after the fire.
  logic column_valid_q, bypass_valid_q, column_half_q;
  logic [dpu_pkg::VectorWidth-1:0] vector_q;
  logic [dpu_pkg::ColumnIdxWidth-1:0] column_q;
  logic [dpu_pkg::MantissaWidth-1:0] mantissa_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      column_valid_q <= 1'b0;
      bypass_valid_q <= 1'b0;
    end else begin
      column_valid_q <= fire && current_q.to_mvm;
      bypass_valid_q <= fire && !current_q.to_mvm;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fire) begin
      vector_q      <= current_q.from_net_in ? net_in_data_i : read_data_i;
      column_half_q <= half_q;
      column_q      <= current_q.index[dpu_pkg::ColumnIdxWidth-1:0];
      mantissa_q    <= current_q.mantissa;
    end
  end

  assign column_valid_o = column_valid_q;
  assign bypass_valid_o = bypass_valid_q;
  assign vector_o       = vector_q;
  assign column_half_o  = column_half_q;
  assign column_o       = column_q;
  assign mantissa_o     = mantissa_q;

endmodule
