// What block RAMs and multipliers cost the mapper, in ps; it takes the place of what Yosys 0.23 has for them, so that abc9 weighs paths as
// levels.v does, where a level is about 700 ps in abc9's figures (600 ps of wire and a table). A block RAM has no delay there, and a multiplier is
// twice as slow.
(* blackbox *)
module altsyncram #(
  parameter operation_mode = "", parameter ram_block_type = "", parameter widthad_a = 1, parameter width_a = 1, parameter widthad_b = 1,
  parameter width_b = 1
) (
  input [widthad_a-1:0] address_a, input [width_a-1:0] data_a, input wren_a, input [widthad_b-1:0] address_b, output [width_b-1:0] q_b,
  input clock0, input clock1
);
  specify
    (posedge clock1 => (q_b : data_a)) = 1050;
    $setup(address_a, posedge clock0, 125);
    $setup(data_a, posedge clock0, 97);
    $setup(wren_a, posedge clock0, 140);
    $setup(address_b, posedge clock1, 125);
  endspecify
endmodule

(* abc9_box *)
module MISTRAL_MUL18X18 #(parameter A_SIGNED = 1, parameter B_SIGNED = 1) (input [17:0] A, input [17:0] B, output [35:0] Y);
  specify
    (A *> Y) = 2100;
    (B *> Y) = 2100;
  endspecify
endmodule
