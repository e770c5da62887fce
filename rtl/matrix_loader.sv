// Fills the MRF from the weight stream: for each pass in issue order, for each engine whose tile lies inside the matrix, for each row of
// the tile, for each chunk, one beat. Takes one beat per cycle when there is one; done_o comes in the cycle after the last.
module matrix_loader #(
  localparam int unsigned EngineWidth = dpu_arch_pkg::TileEngines > 1 ? $clog2(dpu_arch_pkg::TileEngines) : 1
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             start_i,    // the load begins in the next cycle
  input  dpu_pkg::matrix_t                 matrix_i,
  output logic                             done_o,
  // Weight stream.
  input  logic                             valid_i,
  output logic                             ready_o,
  // MRF write: the beat of this cycle goes to this engine, row and chunk.
  output logic                             write_o,
  output logic [EngineWidth-1:0]           engine_o,
  output logic [dpu_pkg::RowIdxWidth-1:0]  row_o,
  output logic [dpu_pkg::MrfAddrWidth-1:0] mrf_addr_o
);

  localparam int unsigned CountWidth = dpu_pkg::CountWidth;
  localparam int unsigned GroupWidth = dpu_pkg::GroupWidth;

  logic active_d, active_q, done_d, done_q;
  dpu_pkg::matrix_t matrix_q;
  logic [dpu_pkg::AddrWidth-1:0] slot_d, slot_q;
  logic [CountWidth-1:0] row_base_d, row_base_q, col_base_d, col_base_q;       // native tiles
  logic [GroupWidth-1:0] member_d, member_q, group_row_d, group_row_q;         // p and q of the engine
  logic [GroupWidth-1:0] group_base_d, group_base_q;                           // q * group
  logic [dpu_pkg::RowIdxWidth-1:0] row_d, row_q;
  logic [dpu_pkg::ChunkIdxWidth-1:0] chunk_d, chunk_q;

  logic take, last_chunk, last_row, tile_end;
  // What comes after the tile at hand. A tile has many beats, so there is time to register it: it counts with the last of them.
  logic last_member_q, last_group_row_q, last_row_pass_q, last_col_pass_q;
  logic [CountWidth-1:0] next_member_col, next_group_row, next_row_base, next_row_base_q, next_col_base, next_col_base_q;

  assign next_member_col = col_base_q + CountWidth'(member_q) + 1'b1;
  assign next_group_row  = row_base_q + CountWidth'(group_row_q) + 1'b1;
  assign next_row_base   = row_base_q + CountWidth'(matrix_q.groups);
  assign next_col_base   = col_base_q + CountWidth'(matrix_q.group);

  always_ff @(posedge clk_i) begin
    last_member_q    <= member_q + 1'b1 == matrix_q.group || next_member_col == matrix_q.cols;
    last_group_row_q <= group_row_q + 1'b1 == matrix_q.groups || next_group_row == matrix_q.rows;
    last_row_pass_q  <= next_row_base >= matrix_q.rows;
    last_col_pass_q  <= next_col_base >= matrix_q.cols;
    next_row_base_q  <= next_row_base;
    next_col_base_q  <= next_col_base;
  end

  assign last_chunk = chunk_q == dpu_pkg::ChunkIdxWidth'(dpu_arch_pkg::ChunksPerTile - 1);
  assign last_row   = row_q == dpu_pkg::RowIdxWidth'(dpu_arch_pkg::NativeDim - 1);

  assign ready_o  = active_q;
  assign take     = active_q && valid_i;
  assign tile_end = take && last_chunk && last_row;
  assign done_d   = tile_end && last_member_q && last_group_row_q && last_row_pass_q && last_col_pass_q;
  assign done_o   = done_q;
  assign write_o  = take;

  assign engine_o   = EngineWidth'(group_base_q + member_q);
  assign row_o      = row_q;
  assign mrf_addr_o = dpu_pkg::MrfAddrWidth'(32'(slot_q) * dpu_arch_pkg::ChunksPerTile + 32'(chunk_q));

  always_comb begin
    active_d     = active_q;
    slot_d       = slot_q;
    row_base_d   = row_base_q;
    col_base_d   = col_base_q;
    member_d     = member_q;
    group_row_d  = group_row_q;
    group_base_d = group_base_q;
    row_d        = row_q;
    chunk_d      = chunk_q;
    if (take) begin
      chunk_d = last_chunk ? '0 : chunk_q + 1'b1;
      if (last_chunk) row_d = last_row ? '0 : row_q + 1'b1;
    end
    if (tile_end) begin
      member_d = last_member_q ? '0 : member_q + 1'b1;
      if (last_member_q) begin
        group_row_d  = last_group_row_q ? '0 : group_row_q + 1'b1;
        group_base_d = last_group_row_q ? '0 : group_base_q + matrix_q.group;
        if (last_group_row_q) begin
          slot_d = slot_q + 1'b1;
          if (matrix_q.column_order) begin
            row_base_d = last_row_pass_q ? '0 : next_row_base_q;
            if (last_row_pass_q) col_base_d = next_col_base_q;
          end else begin
            col_base_d = last_col_pass_q ? '0 : next_col_base_q;
            if (last_col_pass_q) row_base_d = next_row_base_q;
          end
        end
      end
    end
    if (done_d) active_d = 1'b0;
    if (start_i) begin
      active_d     = 1'b1;
      slot_d       = matrix_i.matrix;
      row_base_d   = '0;
      col_base_d   = '0;
      member_d     = '0;
      group_row_d  = '0;
      group_base_d = '0;
      row_d        = '0;
      chunk_d      = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      done_q   <= 1'b0;
    end else begin
      active_q <= active_d;
      done_q   <= done_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) matrix_q <= matrix_i;
    slot_q       <= slot_d;
    row_base_q   <= row_base_d;
    col_base_q   <= col_base_d;
    member_q     <= member_d;
    group_row_q  <= group_row_d;
    group_base_q <= group_base_d;
    row_q        <= row_d;
    chunk_q      <= chunk_d;
  end

endmodule
