// A tile engine: NativeDim rows of Lanes multipliers, the MRF beside them, and two halves of an activation buffer that hold the columns
// of two chains. In a group of `group` engines this one is member p = Index mod group of group q = Index div group, and multiplies column
// col_base + p. A chunk issued in cycle u is in the accumulators from u + EngineLatency on.
module tile_engine #(
  parameter int unsigned Index = 0,
  localparam int unsigned N = dpu_arch_pkg::NativeDim,
  localparam int unsigned AccWidth = dpu_arch_pkg::AccWidth,
  localparam int unsigned BufferIndexWidth = 1 + dpu_pkg::ColumnIdxWidth
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  // Matrix loader.
  input  logic                             write_i,
  input  logic [dpu_pkg::RowIdxWidth-1:0]  write_row_i,
  input  logic [dpu_pkg::MrfAddrWidth-1:0] write_addr_i,
  input  logic [dpu_pkg::ChunkWidth-1:0]   write_data_i,
  // Columns.
  input  logic                             column_valid_i,
  input  logic [dpu_pkg::ColumnWidth-1:0]  column_i,
  input  logic [BufferIndexWidth-1:0]      column_index_i,  // {half, column}
  // Chunks.
  input  logic                             chunk_valid_i,
  input  dpu_pkg::chunk_cmd_t              chunk_i,
  // Beats.
  input  logic                             beat_i,
  input  logic                             beat_masked_i,
  input  logic [dpu_pkg::SlotWidth-1:0]    beat_slot_i,
  output logic [N*AccWidth-1:0]            sums_o
);

  localparam int unsigned Stages        = dpu_arch_pkg::EngineLatency - 1;
  localparam int unsigned ElementWidth  = dpu_pkg::ElementWidth;
  localparam int unsigned ExponentWidth = dpu_pkg::ExponentWidth;
  localparam int unsigned Lanes         = dpu_arch_pkg::Lanes;
  localparam int unsigned Box           = dpu_arch_pkg::Box;
  localparam int unsigned Boxes         = dpu_arch_pkg::BoxesPerChunk;
  localparam int unsigned BoxLanes      = dpu_arch_pkg::LanesPerBox;
  localparam int unsigned PackedLanes   = dpu_arch_pkg::PackedLanes;
  localparam int unsigned PlaneLanes    = BoxLanes - PackedLanes;
  localparam int unsigned BoxWidth      = BoxLanes * ElementWidth;
  localparam int unsigned PlanesLsb     = PackedLanes * ElementWidth;
  localparam int unsigned CtrlWidth     = dpu_pkg::SlotWidth + 1;

  // Place in the group, and the number of whole groups below this engine.
  logic [dpu_pkg::GroupWidth-1:0] member, group_index;
  always_comb begin
    member      = '0;
    group_index = '0;
    for (int unsigned g = 1; g <= dpu_arch_pkg::TileEngines; g++) begin
      if (chunk_i.group == g[dpu_pkg::GroupWidth-1:0]) begin
        member      = dpu_pkg::GroupWidth'(Index % g);
        group_index = dpu_pkg::GroupWidth'(Index / g);
      end
    end
  end

  logic [dpu_pkg::CountWidth-1:0] column;
  assign column = chunk_i.col_base + dpu_pkg::CountWidth'(member);

  // Whether the chunk lies outside of the matrix is asked a cycle later: there is time until it is aligned.
  logic [dpu_pkg::CountWidth-1:0] column_number_q, cols_q;
  logic [dpu_pkg::GroupWidth-1:0] group_index_q, groups_q;
  logic masked;
  always_ff @(posedge clk_i) begin
    if (chunk_valid_i) begin
      column_number_q <= column;
      cols_q          <= chunk_i.cols;
      group_index_q   <= group_index;
      groups_q        <= chunk_i.groups;
    end
  end
  assign masked = column_number_q >= cols_q || group_index_q >= groups_q;

  // Elements of packed lanes as digits: of activations before they are kept, of weights on their way to the MRF.
  logic [dpu_pkg::ColumnWidth-1:0] packed_column;
  logic [dpu_pkg::ChunkWidth-1:0] packed_weights;
  pack_lanes #(
    .Elements   (N),
    .Activations(1'b1)
  ) u_pack_column (
    .elements_i(column_i[N*ElementWidth-1:0]),
    .elements_o(packed_column[N*ElementWidth-1:0])
  );
  pack_lanes #(
    .Elements(Lanes)
  ) u_pack_weights (
    .elements_i(write_data_i[Lanes*ElementWidth-1:0]),
    .elements_o(packed_weights[Lanes*ElementWidth-1:0])
  );
  assign packed_column[dpu_pkg::ColumnWidth-1:N*ElementWidth]     = column_i[dpu_pkg::ColumnWidth-1:N*ElementWidth];
  assign packed_weights[dpu_pkg::ChunkWidth-1:Lanes*ElementWidth] = write_data_i[dpu_pkg::ChunkWidth-1:Lanes*ElementWidth];

  // Activation buffer: whole columns, from which the chunk is selected a cycle later.
  logic [dpu_pkg::ColumnWidth-1:0] columns [2*(2**dpu_pkg::ColumnIdxWidth)];
  logic [dpu_pkg::ColumnWidth-1:0] column_q;
  logic [dpu_pkg::ChunkIdxWidth-1:0] chunk_q;
  always_ff @(posedge clk_i) begin
    if (column_valid_i) columns[column_index_i] <= packed_column;
  end
  always_ff @(posedge clk_i) begin
    if (chunk_valid_i) begin
      column_q <= columns[{chunk_i.half, column[dpu_pkg::ColumnIdxWidth-1:0]}];
      chunk_q  <= chunk_i.chunk;
    end
  end

  logic [dpu_pkg::ChunkWidth-1:0] act;
  always_comb begin
    act = '0;
    for (int k = 0; k < dpu_arch_pkg::ChunksPerTile; k++) begin
      if (chunk_q == k[dpu_pkg::ChunkIdxWidth-1:0]) begin
        act = {column_q[N*ElementWidth + (k*Lanes/Box)*ExponentWidth +: Boxes*ExponentWidth],
               column_q[k*Lanes*ElementWidth +: Lanes*ElementWidth]};
      end
    end
  end

  // The rest as bit planes, if the multipliers want them so: wires only.
  logic [dpu_pkg::ChunkWidth-1:0] row_act, row_write_data;
  always_comb begin
    row_act        = act;
    row_write_data = packed_weights;
    if (dpu_pkg::BitPlanes != 0) begin
      for (int b = 0; b < Boxes; b++) begin
        for (int i = 0; i < PlaneLanes; i++) begin
          for (int p = 0; p < ElementWidth; p++) begin
            row_act[b*BoxWidth + PlanesLsb + p*PlaneLanes + i]        = act[b*BoxWidth + PlanesLsb + i*ElementWidth + p];
            row_write_data[b*BoxWidth + PlanesLsb + p*PlaneLanes + i] = packed_weights[b*BoxWidth + PlanesLsb + i*ElementWidth + p];
          end
        end
      end
    end
  end

  // What travels with a chunk, to its alignment and to the accumulators.
  logic [Stages:1] chunk_valid;
  logic [CtrlWidth-1:0] acc_ctrl;
  logic masked_aligned;
  valid_pipe #(
    .Depth(Stages)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i(chunk_valid_i),
    .valid_o(chunk_valid)
  );
  delay_line #(
    .Width(CtrlWidth),
    .Depth(Stages)
  ) u_ctrl (
    .clk_i,
    .data_i({chunk_i.slot, chunk_i.first}),
    .data_o(acc_ctrl)
  );
  delay_line #(
    .Width(1),
    .Depth(dpu_arch_pkg::DotLatency + 1)
  ) u_masked (
    .clk_i,
    .data_i(masked),
    .data_o(masked_aligned)
  );

  for (genvar r = 0; r < N; r++) begin : gen_row
    tile_row u_row (
      .clk_i,
      .write_i      (write_i && write_row_i == dpu_pkg::RowIdxWidth'(r)),
      .write_addr_i (write_addr_i),
      .write_data_i (row_write_data),
      .read_i       (chunk_valid_i),
      .read_addr_i  (chunk_i.mrf_addr),
      .chunk_en_i   (chunk_valid),
      .act_i        (row_act),
      .masked_i     (masked_aligned),
      .acc_slot_i   (acc_ctrl[1 +: dpu_pkg::SlotWidth]),
      .acc_first_i  (acc_ctrl[0]),
      .beat_i       (beat_i),
      .beat_masked_i(beat_masked_i),
      .beat_slot_i  (beat_slot_i),
      .sum_o        (sums_o[r*AccWidth +: AccWidth])
    );
  end

endmodule
