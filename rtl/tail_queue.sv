// The tail queue of beat issue, as a shift register, so that the loader's scoreboard sees every tail that waits.
//
// pending_o: a row that was not issued yet writes InitialVrf at address_i, a row of one of the first `tag_i` - (tails popped) tails or, for
// a chain without mv_mul, a row of its own tail that comes before vector index_i.
module tail_queue #(
  localparam int unsigned Depth = dpu_arch_pkg::TailQueueDepth,
  localparam int unsigned CountWidth = $clog2(Depth + 1)
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic                              start_i,    // sequence numbers restart; the queue is empty then
  input  logic                              push_i,
  input  dpu_pkg::tail_t                    tail_i,
  output logic                              full_o,
  input  logic                              pop_i,
  output logic                              valid_o,
  output dpu_pkg::tail_t                    tail_o,
  input  logic [dpu_pkg::CountWidth-1:0]    row_i,      // next row of the head that beat issue will issue
  // Loader.
  input  logic [dpu_pkg::SequenceWidth-1:0] tag_i,
  input  logic [dpu_pkg::AddrWidth-1:0]     address_i,
  input  logic                              own_i,      // a chain without mv_mul
  input  logic [dpu_pkg::CountWidth-1:0]    index_i,
  output logic                              pending_o
);

  localparam int unsigned SequenceWidth = dpu_pkg::SequenceWidth;
  localparam int unsigned TailWidth     = $bits(tail_i);
  localparam int unsigned AddrWidth     = dpu_pkg::AddrWidth;

  logic [CountWidth-1:0] count_d, count_q;
  logic [SequenceWidth-1:0] popped_d, popped_q;
  logic [SequenceWidth-1:0] older;
  logic [Depth-1:0] hit;
  logic [AddrWidth-1:0] offset;
  logic [AddrWidth:0] past_rows, past_index;  // negative, by their top bit, for a row among the rows or below the index
  logic all_rows, rows_above;  // the rows that count: all of a tail, those of this chain before vector index_i
  dpu_pkg::tail_t tail;
  logic [(Depth+1)*TailWidth-1:0] slots;  // the word above the last is never read

  assign full_o  = count_q == CountWidth'(Depth);
  assign valid_o = count_q != '0;
  assign tail_o  = slots[0 +: TailWidth];

  always_comb begin
    count_d  = count_q;
    popped_d = popped_q;
    if (push_i && !pop_i) count_d = count_q + 1'b1;
    if (pop_i && !push_i) count_d = count_q - 1'b1;
    if (pop_i) popped_d = popped_q + 1'b1;
    if (start_i) popped_d = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q  <= '0;
      popped_q <= '0;
    end else begin
      count_q  <= count_d;
      popped_q <= popped_d;
    end
  end

  for (genvar i = 0; i < Depth; i++) begin : gen_slot
    logic [TailWidth-1:0] tail_q;
    logic load;

    // A push lands behind the last tail, one place further down if the head leaves in the same cycle.
    assign load = push_i && count_q == (pop_i ? CountWidth'(i + 1) : CountWidth'(i));
    always_ff @(posedge clk_i) begin
      if (load) tail_q <= tail_i;
      else if (pop_i) tail_q <= slots[(i+1)*TailWidth +: TailWidth];
    end
    assign slots[i*TailWidth +: TailWidth] = tail_q;
  end
  assign slots[Depth*TailWidth +: TailWidth] = tail_i;

  // What matters of each slot follows from sequence numbers; the addresses, which take a subtraction and a comparison, come last.
  assign older = tag_i - popped_q;
  always_comb begin
    hit        = '0;
    tail       = '0;
    offset     = '0;
    past_rows  = '0;
    past_index = '0;
    all_rows   = 1'b0;
    rows_above = 1'b0;
    for (int i = 0; i < Depth; i++) begin
      tail       = slots[i*TailWidth +: TailWidth];
      offset     = address_i - tail.initial_target;
      past_rows  = {1'b0, offset} - {1'b0, tail.rows};
      past_index = {1'b0, offset} - {1'b0, index_i};
      all_rows   = i[CountWidth-1:0] < count_q && tail.initial_wr && i[SequenceWidth-1:0] < older;
      rows_above = i[CountWidth-1:0] < count_q && tail.initial_wr && i[SequenceWidth-1:0] == older && own_i;
      hit[i]     = (all_rows && past_rows[AddrWidth] || rows_above && past_index[AddrWidth]) && (i != 0 || offset >= row_i);
    end
  end
  assign pending_o = hit != '0;

endmodule
