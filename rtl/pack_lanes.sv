// Recodes the first PackedLanes elements of every BoxLanes elements as the digits that packed_dot multiplies, see pack_triple; the others pass.
// Digits of activations are in the opposite order of those of weights.
module pack_lanes #(
  parameter int unsigned Elements = dpu_arch_pkg::NativeDim,
  parameter bit Activations = 1'b0,
  localparam int unsigned ElementWidth = dpu_pkg::ElementWidth
) (
  input  logic [Elements*ElementWidth-1:0] elements_i,  // sign and magnitude, element 0 in the low bits
  output logic [Elements*ElementWidth-1:0] elements_o
);

  localparam int unsigned BoxLanes    = dpu_arch_pkg::LanesPerBox;
  localparam int unsigned PackedLanes = dpu_arch_pkg::PackedLanes;

  for (genvar b = 0; b < Elements / BoxLanes; b++) begin : gen_box
    for (genvar m = 0; m < PackedLanes / 3; m++) begin : gen_triple
      localparam int unsigned Lsb = (b*BoxLanes + 3*m) * ElementWidth;
      logic [8:0] numbers;
      assign numbers = Activations ? {elements_i[Lsb +: 3], elements_i[Lsb+3 +: 3], elements_i[Lsb+6 +: 3]} : elements_i[Lsb +: 9];
      pack_triple u_pack (
        .numbers_i(numbers),
        .digits_o (elements_o[Lsb +: 9])
      );
    end
    localparam int unsigned RestLsb   = (b*BoxLanes + PackedLanes) * ElementWidth;
    localparam int unsigned RestWidth = (BoxLanes - PackedLanes) * ElementWidth;
    assign elements_o[RestLsb +: RestWidth] = elements_i[RestLsb +: RestWidth];
  end

endmodule
