// Multiplies the lanes of one box: the exact sum of Lanes products of sign-magnitude mantissas.
// Latency: DotLatency. en_i[s] is high when stage s takes data; the others rest.
//
// Wide mantissas are multiplied lane by lane, then two levels of adders per stage. With few bits (dpu_pkg::BitPlanes) a multiplier is mostly
// adder, so there is none: the AND of one bit of each factor, for all pairs of bits, is counted over the lanes, and the counts are added
// at the weight of their pair. A negative product enters inverted, and its complement is corrected by the count of the signs:
// -p = ~p - (2^n - 1) for a pattern of n bits. In the planar form mantissas come as planes: bit 0 of all lanes, bit 1, ..., signs; and below
// the planes the digits of PackedLanes more lanes, which packed_dot multiplies.
module box_dot #(
  parameter int unsigned Lanes = dpu_arch_pkg::LanesPerBox,
  parameter int unsigned MantissaBits = dpu_arch_pkg::MantissaBits,
  parameter int unsigned PackedLanes = dpu_arch_pkg::PackedLanes,  // of the lanes; none without bit planes
  localparam int unsigned Stages = 1 + ($clog2(Lanes) + 1) / 2,
  localparam int unsigned SumWidth = 2 * MantissaBits + 1 + $clog2(Lanes)
) (
  input  logic                                clk_i,
  input  logic [Stages-1:0]                   en_i,
  input  logic [Lanes*(MantissaBits+1)-1:0]   act_i,     // lane 0 in the low bits
  input  logic [Lanes*(MantissaBits+1)-1:0]   weight_i,
  output logic [SumWidth-1:0]                 sum_o      // two's complement
);

  // What stages 0 .. TermStages-1 make: numbers to be added up.
  localparam int unsigned GroupLanes  = 32;
  localparam int unsigned PlaneLanes  = Lanes - PackedLanes;
  localparam int unsigned PlanesLsb   = PackedLanes * (MantissaBits + 1);
  localparam int unsigned Groups      = (PlaneLanes + GroupLanes - 1) / GroupLanes;
  localparam int unsigned PackedTerms = (PackedLanes / 3 + 15) / 16;
  localparam int unsigned Terms       = dpu_pkg::BitPlanes != 0 ? Groups + PackedTerms : Lanes;
  localparam int unsigned TermStages  = dpu_pkg::BitPlanes != 0 ? 3 : 1;
  logic [Terms*SumWidth-1:0] terms;

  if (dpu_pkg::BitPlanes != 0) begin : gen_planes
    localparam int unsigned Pairs      = MantissaBits * MantissaBits;
    localparam int unsigned MaxProduct = (2 ** MantissaBits - 1) * (2 ** MantissaBits - 1);
    localparam int unsigned CountWidth = $clog2(GroupLanes + 1);
    localparam int unsigned ExcessWidth = $clog2(GroupLanes * MaxProduct + 1);

    logic [PlaneLanes*(MantissaBits+1)-1:0] act_planes, weight_planes;
    assign act_planes    = act_i[PlanesLsb +: PlaneLanes*(MantissaBits+1)];
    assign weight_planes = weight_i[PlanesLsb +: PlaneLanes*(MantissaBits+1)];

    // One term per group of lanes, which is counted in one stage.
    for (genvar g = 0; g < Groups; g++) begin : gen_group
      localparam int unsigned Lsb   = g * GroupLanes;
      localparam int unsigned Width = PlaneLanes - Lsb < GroupLanes ? PlaneLanes - Lsb : GroupLanes;

      logic [Width-1:0] negative_d, negative_q;
      logic [CountWidth-1:0] negatives;
      logic [ExcessWidth-1:0] excess_d, excess_q;  // MaxProduct for each negative product
      always_comb begin
        {negative_d, negatives, excess_d} = 'x;
        if (en_i[0]) negative_d = act_planes[MantissaBits*PlaneLanes+Lsb +: Width] ^ weight_planes[MantissaBits*PlaneLanes+Lsb +: Width];
        if (en_i[1]) begin
          excess_d  = '0;
          negatives = CountWidth'($countones(negative_q));
          for (int i = 0; i < 2 * MantissaBits; i++) begin
            if (MaxProduct[i]) excess_d = excess_d + (ExcessWidth'(negatives) << i);
          end
        end
      end
      always_ff @(posedge clk_i) begin
        if (en_i[0]) negative_q <= negative_d;
        if (en_i[1]) excess_q <= excess_d;
      end

      // Stages 0 and 1, for each pair of bits.
      logic [Pairs*CountWidth-1:0] counts;
      for (genvar p = 0; p < Pairs; p++) begin : gen_pair
        logic [Width-1:0] product_d, product_q;
        logic [CountWidth-1:0] count_d, count_q;
        always_comb begin
          {product_d, count_d} = 'x;
          if (en_i[0]) begin
            product_d = (act_planes[(p/MantissaBits)*PlaneLanes+Lsb +: Width] & weight_planes[(p%MantissaBits)*PlaneLanes+Lsb +: Width]) ^ negative_d;
          end
          if (en_i[1]) count_d = CountWidth'($countones(product_q));
        end
        always_ff @(posedge clk_i) begin
          if (en_i[0]) product_q <= product_d;
          if (en_i[1]) count_q <= count_d;
        end
        assign counts[p*CountWidth +: CountWidth] = count_q;
      end

      // Stage 2: the counts at their weights.
      logic [SumWidth-1:0] sum_d, sum_q;
      always_comb begin
        sum_d = 'x;
        if (en_i[2]) begin
          sum_d = -(SumWidth'(excess_q));
          for (int p = 0; p < Pairs; p++) begin
            sum_d = sum_d + (SumWidth'(counts[p*CountWidth +: CountWidth]) << (p / MantissaBits + p % MantissaBits));
          end
        end
      end
      always_ff @(posedge clk_i) begin
        if (en_i[2]) sum_q <= sum_d;
      end
      assign terms[g*SumWidth +: SumWidth] = sum_q;
    end

    if (PackedLanes > 0) begin : gen_packed
      packed_dot #(
        .Lanes   (PackedLanes),
        .SumWidth(SumWidth)
      ) u_packed (
        .clk_i,
        .en_i    (en_i[2:0]),
        .act_i   (act_i[0 +: PlanesLsb]),
        .weight_i(weight_i[0 +: PlanesLsb]),
        .terms_o (terms[Groups*SumWidth +: PackedTerms*SumWidth])
      );
    end
  end else begin : gen_lanes
    localparam int unsigned ElementWidth = MantissaBits + 1;
    localparam int unsigned ProductWidth = 2 * MantissaBits + 1;

    logic [Terms*SumWidth-1:0] products_d, products_q;
    logic [2*MantissaBits-1:0] product;
    always_comb begin
      {products_d, product} = 'x;
      if (en_i[0]) begin
        for (int i = 0; i < Lanes; i++) begin
          product = {{MantissaBits{1'b0}}, act_i[i*ElementWidth +: MantissaBits]} *
                    {{MantissaBits{1'b0}}, weight_i[i*ElementWidth +: MantissaBits]};
          if (act_i[i*ElementWidth + MantissaBits] ^ weight_i[i*ElementWidth + MantissaBits]) begin
            products_d[i*SumWidth +: SumWidth] = -{{(SumWidth - ProductWidth + 1) {1'b0}}, product};
          end else begin
            products_d[i*SumWidth +: SumWidth] = {{(SumWidth - ProductWidth + 1) {1'b0}}, product};
          end
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (en_i[0]) products_q <= products_d;
    end
    assign terms = products_q;
  end

  // The stages that remain: sums of four at most, as even as can be.
  localparam int unsigned Levels = Stages - TermStages + 1;
  logic [Levels*Terms*SumWidth-1:0] levels;
  assign levels[0 +: Terms*SumWidth] = terms;
  for (genvar l = 1; l < Levels; l++) begin : gen_level
    localparam int unsigned Stage   = TermStages + l - 1;
    localparam int unsigned Inputs  = (Terms + 4 ** (l - 1) - 1) / 4 ** (l - 1);
    localparam int unsigned Outputs = (Terms + 4 ** l - 1) / 4 ** l;
    logic [Outputs*SumWidth-1:0] sums_d, sums_q;
    always_comb begin
      sums_d = 'x;
      if (en_i[Stage]) begin
        sums_d = '0;
        for (int i = 0; i < Inputs; i++) begin
          sums_d[(i%Outputs)*SumWidth +: SumWidth] = sums_d[(i%Outputs)*SumWidth +: SumWidth] + levels[((l-1)*Terms+i)*SumWidth +: SumWidth];
        end
      end
    end
    always_ff @(posedge clk_i) begin
      if (en_i[Stage]) sums_q <= sums_d;
    end
    assign levels[l*Terms*SumWidth +: Terms*SumWidth] = (Terms*SumWidth)'(sums_q);
  end

  assign sum_o = levels[(Levels-1)*Terms*SumWidth +: SumWidth];

endmodule
