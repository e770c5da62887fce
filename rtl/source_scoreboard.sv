// Will a write to the InitialVrf entry of `load_i` still be to come in the next cycle?
//
// A row that waits for beat issue counts if it belongs to an earlier chain or, in a chain without mv_mul, comes before the vector of the
// load. Beats in flight, of age a now and a + 1 then, count until they are written: a read in the cycle of the write is forwarded.
module source_scoreboard #(
  localparam int unsigned Depth = dpu_arch_pkg::TailQueueDepth,
  localparam int unsigned WriteBack = dpu_arch_pkg::WriteBack
) (
  input  dpu_pkg::load_t                   load_i,
  // Beats that are about to fire.
  input  logic                             next_valid_i,
  input  dpu_pkg::tail_t                   next_i,
  input  logic                             current_valid_i,
  input  dpu_pkg::tail_t                   current_i,
  // Tails in the queue, the head in the low bits; of that one the rows from row_i on.
  input  logic [Depth-1:0]                 tail_valids_i,
  input  logic [Depth*$bits(next_i)-1:0]   tails_i,
  input  logic [dpu_pkg::CountWidth-1:0]   row_i,
  // Beats in flight, by age.
  input  logic [WriteBack:1]               beat_valids_i,
  input  logic [WriteBack*$bits(next_i)-1:0] beats_i,
  // By a tail in the younger half of the queue, in the older half, by the head, by a beat that waits, by one in flight: any of them holds
  // the load back.
  output logic [4:0]                       pending_o
);

  localparam int unsigned AddrWidth = dpu_pkg::AddrWidth;
  localparam int unsigned TailWidth = $bits(next_i);

  // Is a tail that was dispatched `distance` tails before the load's chain one of an earlier chain?
  function automatic logic is_older(input logic [dpu_pkg::SequenceWidth-1:0] distance);
    is_older = distance != '0 && !distance[dpu_pkg::SequenceWidth-1];
  endfunction

  logic [Depth-1:0] queued;
  logic [WriteBack:1] in_flight;
  logic [1:0] waiting;
  dpu_pkg::tail_t tail, candidate, beat;
  logic [dpu_pkg::SequenceWidth-1:0] distance, candidate_distance;
  logic [AddrWidth-1:0] offset;
  logic [AddrWidth:0] past_rows, past_index;  // negative, by their top bit, for a row among the rows or below the index
  logic older, own;

  // What matters of each tail follows from sequence numbers; the addresses, which take a subtraction and a comparison, come last.
  always_comb begin
    queued     = '0;
    tail       = '0;
    distance   = '0;
    offset     = '0;
    past_rows  = '0;
    past_index = '0;
    older      = 1'b0;
    own        = 1'b0;
    for (int i = 0; i < Depth; i++) begin
      tail       = tails_i[i*TailWidth +: TailWidth];
      distance   = load_i.tag - tail.tag;
      offset     = load_i.address - tail.initial_target;
      past_rows  = {1'b0, offset} - {1'b0, tail.rows};
      past_index = {1'b0, offset} - {1'b0, load_i.index};
      older      = tail_valids_i[i] && tail.initial_wr && is_older(distance);
      own        = tail_valids_i[i] && tail.initial_wr && distance == '0 && !load_i.to_mvm;
      queued[i]  = (older && past_rows[AddrWidth] || own && past_index[AddrWidth]) && (i != 0 || offset >= row_i);
    end
  end

  always_comb begin
    waiting            = '0;
    candidate          = '0;
    candidate_distance = '0;
    for (int i = 0; i < 2; i++) begin
      candidate          = i == 0 ? next_i : current_i;
      candidate_distance = load_i.tag - candidate.tag;
      waiting[i]         = (i == 0 ? next_valid_i : current_valid_i) && candidate.initial_wr && candidate.initial_target == load_i.address &&
                           (is_older(candidate_distance) || candidate_distance == '0 && !load_i.to_mvm && candidate.rows < load_i.index);
    end
  end

  always_comb begin
    in_flight = '0;
    beat      = '0;
    for (int a = 1; a + 1 < WriteBack; a++) begin
      beat         = beats_i[(a-1)*TailWidth +: TailWidth];
      in_flight[a] = beat_valids_i[a] && beat.initial_wr && beat.initial_target == load_i.address;
    end
  end

  assign pending_o = {queued[Depth-1:Depth/2] != '0, queued[Depth/2-1:1] != '0, queued[0], waiting != '0, in_flight != '0};

endmodule
