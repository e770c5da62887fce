// Types that travel between the modules of the DPU, for the architecture of dpu_arch_pkg.
//
// An entry is an instruction sequence as the decoder hands it to the sequencer; addresses still name address registers. Heads, mvm
// commands, tails and beats are what the sequencer and the issue points make of it; their addresses are resolved.
package dpu_pkg;

  localparam int unsigned HalfWidth      = 16;
  localparam int unsigned PcWidth        = 16;
  localparam int unsigned CountWidth     = 16;
  localparam int unsigned AddrWidth      = 16;
  localparam int unsigned AddrRegCount   = 32;
  localparam int unsigned ScalarCount    = 16;
  localparam int unsigned OperandWidth   = AddrWidth + 6;  // {register used, register, immediate}
  localparam int unsigned AddOpWidth     = 3;
  localparam int unsigned ActOpWidth     = 3;
  localparam int unsigned SequenceWidth  = 5;              // of tails, modulo: no more than 10 are on their way

  localparam int unsigned VectorWidth    = dpu_arch_pkg::NativeDim * HalfWidth;
  localparam int unsigned ElementWidth   = dpu_arch_pkg::MantissaBits + 1;  // sign and magnitude
  localparam int unsigned ExponentWidth  = 5;
  localparam int unsigned BoxesPerVector = dpu_arch_pkg::NativeDim / dpu_arch_pkg::Box;
  // A quantised native vector: mantissas, lane 0 in the low bits, then the exponents of its boxes.
  localparam int unsigned ColumnWidth    = dpu_arch_pkg::NativeDim * ElementWidth + BoxesPerVector * ExponentWidth;
  // What one row multiplies in a cycle, activations or weights: mantissas of the lanes, then the exponents of their boxes.
  localparam int unsigned ChunkWidth     = dpu_arch_pkg::Lanes * ElementWidth + dpu_arch_pkg::BoxesPerChunk * ExponentWidth;
  // Whether tile engines hold the mantissas of a box as bit planes: bit 0 of its lanes, bit 1, ..., signs. See box_dot.
  localparam int unsigned BitPlanes      = dpu_arch_pkg::MantissaBits <= 2 && dpu_arch_pkg::LanesPerBox >= 8 ? 1 : 0;
  localparam int unsigned WeightWidth    = (ChunkWidth + 7) / 8 * 8;  // a chunk padded to whole bytes
  localparam int unsigned MrfAddrWidth   = $clog2(dpu_arch_pkg::MrfTiles * dpu_arch_pkg::ChunksPerTile);
  localparam int unsigned ChunkIdxWidth  = dpu_arch_pkg::ChunksPerTile > 1 ? $clog2(dpu_arch_pkg::ChunksPerTile) : 1;
  localparam int unsigned RowIdxWidth    = $clog2(dpu_arch_pkg::NativeDim);
  localparam int unsigned SlotWidth      = $clog2(dpu_arch_pkg::Accumulators);
  localparam int unsigned ColumnIdxWidth = dpu_arch_pkg::MaxColumns > 1 ? $clog2(dpu_arch_pkg::MaxColumns) : 1;
  localparam int unsigned GroupWidth     = 8;
  localparam int unsigned ScaleWidth     = 8;
  localparam int unsigned TripWidth      = 32;
  localparam int unsigned TurnWidth      = AddrWidth + 1;  // a ring may end at 2^AddrWidth
  localparam int unsigned MantissaWidth  = 4;  // of the number of magnitude bits

  typedef struct packed {
    // What it is; one of them is set. The next entry's address depends on it.
    logic                                            is_tail;
    logic                                            is_matrix;
    logic                                            is_loop;
    logic                                            is_end_loop;
    logic                                            is_address;
    logic                                            is_halt;
    logic [PcWidth-1:0]                              pc;
    // The instruction word of loops and address registers.
    logic [dpu_isa_pkg::InstructionWidth-1:0]        word;
    // Of a loop: scalar + immediate, and what the sequencer needs to know of it.
    logic [TripWidth:0]                              trip_sum;
    logic                                            never;       // the sum is negative, or the word allows no trips
    logic                                            low_zero;    // the low half of the sum
    logic                                            high_zero;   // the rest
    logic                                            limited;     // the word sets a limit,
    logic                                            low_above;   // and the low half is above it
    logic [AddrWidth-1:0]                            ring_back;   // of an address register: length - stride
    logic [TurnWidth-1:0]                            ring_turn;   // base + length - stride
    // Head and matrix.
    logic                                            has_head;
    logic                                            from_net_in;
    logic [OperandWidth-1:0]                         source;
    logic [CountWidth-1:0]                           rows;        // result vectors of this tail
    logic [CountWidth-1:0]                           total_rows;  // of all tails
    logic [CountWidth-1:0]                           cols;
    logic [MantissaWidth-1:0]                        mantissa;
    logic                                            matrix_result;
    logic [AddrWidth-1:0]                            matrix;
    logic [GroupWidth-1:0]                           group;
    logic [GroupWidth-1:0]                           groups;
    logic [ScaleWidth-1:0]                           scale;
    logic                                            column_order;
    // Tail.
    logic                                            last_of_chain;
    logic [dpu_arch_pkg::Mfus*AddOpWidth-1:0]        add_op;
    logic [dpu_arch_pkg::Mfus*OperandWidth-1:0]      add_operand;
    logic [dpu_arch_pkg::Mfus*ActOpWidth-1:0]        act_op;
    logic [dpu_arch_pkg::Mfus-1:0]                   mul_en;
    logic [dpu_arch_pkg::Mfus*OperandWidth-1:0]      mul_operand;
    logic                                            net_out_wr;
    logic                                            net_out_tap;
    logic                                            initial_wr;
    logic                                            initial_tap;
    logic [OperandWidth-1:0]                         initial_target;
    logic [dpu_arch_pkg::Mfus-1:0]                   add_wr;
    logic [dpu_arch_pkg::Mfus-1:0]                   add_tap;
    logic [dpu_arch_pkg::Mfus*OperandWidth-1:0]      add_target;
    logic [dpu_arch_pkg::Mfus-1:0]                   mul_wr;
    logic [dpu_arch_pkg::Mfus-1:0]                   mul_tap;
    logic [dpu_arch_pkg::Mfus*OperandWidth-1:0]      mul_target;
  } entry_t;

  // To the loader: `count` vectors from NetIn, or from InitialVrf at `address`.
  typedef struct packed {
    logic [PcWidth-1:0]       pc;
    logic                     from_net_in;
    logic [AddrWidth-1:0]     address;
    logic [CountWidth-1:0]    count;
    logic                     to_mvm;    // else to the bypass
    logic [MantissaWidth-1:0] mantissa;
    logic [SequenceWidth-1:0] tag;       // tails dispatched before this chain
  } head_t;

  // One vector of a head, on its way to the loader's issue point.
  typedef struct packed {
    logic [PcWidth-1:0]       pc;
    logic                     from_net_in;
    logic [AddrWidth-1:0]     address;
    logic [CountWidth-1:0]    index;
    logic                     first;
    logic                     last;
    logic                     to_mvm;
    logic [MantissaWidth-1:0] mantissa;
    logic [SequenceWidth-1:0] tag;
  } load_t;

  // To mvm issue and the matrix loader.
  typedef struct packed {
    logic [PcWidth-1:0]    pc;
    logic [AddrWidth-1:0]  matrix;
    logic [GroupWidth-1:0] group;   // engines per row tile
    logic [GroupWidth-1:0] groups;  // row tiles at once
    logic [CountWidth-1:0] rows;
    logic [CountWidth-1:0] cols;
    logic                  column_order;
    // Of the first pass, so that mvm issue need not compare before it compares.
    logic                  one_row_pass;  // rows <= groups
    logic                  one_col_pass;  // cols <= group
    logic [CountWidth-1:0] first_needed;  // columns that it multiplies
  } matrix_t;

  // To beat issue; also, with addresses and `rows` replaced by those of one row, the beat that goes down the pipe.
  typedef struct packed {
    logic [PcWidth-1:0]                       pc;
    logic [SequenceWidth-1:0]                 tag;   // tails dispatched before this one
    logic [CountWidth-1:0]                    rows;  // beat: the row
    logic                                     matrix_result;
    logic [GroupWidth-1:0]                    group;
    logic [GroupWidth-1:0]                    groups;
    logic [ScaleWidth-1:0]                    scale;
    logic                                     last_of_chain;  // beat: and the last row
    logic [dpu_arch_pkg::Mfus*AddOpWidth-1:0] add_op;
    logic [dpu_arch_pkg::Mfus*AddrWidth-1:0]  add_operand;
    logic [dpu_arch_pkg::Mfus*ActOpWidth-1:0] act_op;
    logic [dpu_arch_pkg::Mfus-1:0]            mul_en;
    logic [dpu_arch_pkg::Mfus*AddrWidth-1:0]  mul_operand;
    logic                                     net_out_wr;
    logic                                     net_out_tap;
    logic                                     initial_wr;
    logic                                     initial_tap;
    logic [AddrWidth-1:0]                     initial_target;
    logic [dpu_arch_pkg::Mfus-1:0]            add_wr;
    logic [dpu_arch_pkg::Mfus-1:0]            add_tap;
    logic [dpu_arch_pkg::Mfus*AddrWidth-1:0]  add_target;
    logic [dpu_arch_pkg::Mfus-1:0]            mul_wr;
    logic [dpu_arch_pkg::Mfus-1:0]            mul_tap;
    logic [dpu_arch_pkg::Mfus*AddrWidth-1:0]  mul_target;
  } tail_t;

  // What address registers add to the addresses of a head and a tail.
  typedef struct packed {
    logic [AddrWidth-1:0]                    source;
    logic [AddrWidth-1:0]                    initial_target;
    logic [dpu_arch_pkg::Mfus*AddrWidth-1:0] add_operand;
    logic [dpu_arch_pkg::Mfus*AddrWidth-1:0] mul_operand;
    logic [dpu_arch_pkg::Mfus*AddrWidth-1:0] add_target;
    logic [dpu_arch_pkg::Mfus*AddrWidth-1:0] mul_target;
  } offsets_t;

  // One chunk of a pass, to all tile engines.
  typedef struct packed {
    logic [MrfAddrWidth-1:0]   mrf_addr;
    logic [ChunkIdxWidth-1:0]  chunk;
    logic                      half;        // of the activation buffer
    logic [CountWidth-1:0]     col_base;    // column of member 0
    logic [CountWidth-1:0]     cols;
    logic [GroupWidth-1:0]     group;
    logic [GroupWidth-1:0]     groups;
    logic [SlotWidth-1:0]      slot;        // accumulator
    logic                      first;       // overwrites the accumulator
  } chunk_cmd_t;

endpackage
