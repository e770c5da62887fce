// Issues source vectors, one per cycle: columns of a `mv_mul` chain into an activation buffer half, or vectors of another chain into the
// bypass FIFO. What it reads in cycle c is on vector_o in c+1, together with the command that went with it.
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
  // InitialVrf and the scoreboard: is a write to `address_o` still to come?
  output logic [dpu_pkg::AddrWidth-1:0]   address_o,
  output logic                            read_o,
  input  logic [dpu_pkg::VectorWidth-1:0] read_data_i,
  input  logic                            pending_i,
  // Credits that come back: a buffer half, a place in the bypass FIFO.
  input  logic                            half_return_i,
  input  logic                            bypass_return_i,
  // Fires, and one cycle later the vector.
  output logic                            fire_o,
  output logic                            bypass_fire_o,
  output logic [dpu_pkg::CountWidth-1:0]  index_o,         // of the vector in its chain
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

  logic [dpu_pkg::CountWidth-1:0] index_d, index_q;
  logic [1:0] halves_d, halves_q;  // free
  logic half_d, half_q;            // that the current chain fills
  logic [CreditWidth-1:0] credits_d, credits_q;

  logic first, last, room, source_ready, fire;

  assign first        = index_q == '0;
  assign last         = index_q + 1'b1 == head_i.count;
  assign room         = head_i.to_mvm ? !first || halves_q != '0 : credits_q != '0;
  assign source_ready = head_i.from_net_in ? !net_in_empty_i : !pending_i;
  assign fire         = head_valid_i && room && source_ready;

  assign head_pop_o     = fire && last;
  assign net_in_pop_o   = fire && head_i.from_net_in;
  assign read_o         = fire && !head_i.from_net_in;
  assign address_o      = head_i.address + index_q;
  assign fire_o         = fire;
  assign bypass_fire_o  = fire && !head_i.to_mvm;
  assign index_o        = index_q;
  assign stall_buffer_o = head_valid_i && !room;
  assign stall_net_in_o = head_valid_i && room && head_i.from_net_in && net_in_empty_i;
  assign stall_raw_o    = head_valid_i && room && !head_i.from_net_in && pending_i;

  always_comb begin
    index_d   = index_q;
    halves_d  = halves_q;
    half_d    = half_q;
    credits_d = credits_q;
    if (fire) begin
      index_d = last ? '0 : index_q + 1'b1;
      if (head_i.to_mvm && first) halves_d = halves_d - 1'b1;
      if (head_i.to_mvm && last) half_d = !half_q;
      if (!head_i.to_mvm) credits_d = credits_d - 1'b1;
    end
    if (half_return_i) halves_d = halves_d + 1'b1;
    if (bypass_return_i) credits_d = credits_d + 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      index_q   <= '0;
      halves_q  <= 2'd2;
      half_q    <= 1'b0;
      credits_q <= CreditWidth'(dpu_arch_pkg::BypassDepth);
    end else begin
      index_q   <= index_d;
      halves_q  <= halves_d;
      half_q    <= half_d;
      credits_q <= credits_d;
    end
  end

  // The cycle after the fire.
  logic column_valid_q, bypass_valid_q, from_net_in_q, column_half_q;
  logic [dpu_pkg::VectorWidth-1:0] net_in_data_q;
  logic [dpu_pkg::ColumnIdxWidth-1:0] column_q;
  logic [dpu_pkg::MantissaWidth-1:0] mantissa_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      column_valid_q <= 1'b0;
      bypass_valid_q <= 1'b0;
    end else begin
      column_valid_q <= fire && head_i.to_mvm;
      bypass_valid_q <= fire && !head_i.to_mvm;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fire) begin
      from_net_in_q <= head_i.from_net_in;
      column_half_q <= half_q;
      column_q      <= index_q[dpu_pkg::ColumnIdxWidth-1:0];
      mantissa_q    <= head_i.mantissa;
    end
    if (net_in_pop_o) net_in_data_q <= net_in_data_i;
  end

  assign column_valid_o = column_valid_q;
  assign bypass_valid_o = bypass_valid_q;
  assign vector_o       = from_net_in_q ? net_in_data_q : read_data_i;
  assign column_half_o  = column_half_q;
  assign column_o       = column_q;
  assign mantissa_o     = mantissa_q;

endmodule
