// What a signal costs on its way through the cells of synth_intel_alm, in hundredths of a logic level, for Yosys' `sta`.
//
// A level is one lookup table and the wire that leads to it. A carry chain costs one level to enter and half a level to leave, and a
// twenty-fifth per bit: the ratio of 16 ps a bit to about 400 ps for a table and its wire in alm_sim.v. A multiplier counts as three, a
// block RAM as one and a half from its clock to its output, a small asynchronous RAM as a table.
// Docs: docs/microarchitecture.md, "Logic depth".

(* blackbox *)
module MISTRAL_ALUT2 #(parameter LUT = 0) (input A, input B, output Q);
  specify
    (A => Q) = 100;
    (B => Q) = 100;
  endspecify
endmodule

(* blackbox *)
module MISTRAL_ALUT3 #(parameter LUT = 0) (input A, input B, input C, output Q);
  specify
    (A => Q) = 100;
    (B => Q) = 100;
    (C => Q) = 100;
  endspecify
endmodule

(* blackbox *)
module MISTRAL_ALUT4 #(parameter LUT = 0) (input A, input B, input C, input D, output Q);
  specify
    (A => Q) = 100;
    (B => Q) = 100;
    (C => Q) = 100;
    (D => Q) = 100;
  endspecify
endmodule

(* blackbox *)
module MISTRAL_ALUT5 #(parameter LUT = 0) (input A, input B, input C, input D, input E, output Q);
  specify
    (A => Q) = 100;
    (B => Q) = 100;
    (C => Q) = 100;
    (D => Q) = 100;
    (E => Q) = 100;
  endspecify
endmodule

(* blackbox *)
module MISTRAL_ALUT6 #(parameter LUT = 0) (input A, input B, input C, input D, input E, input F, output Q);
  specify
    (A => Q) = 100;
    (B => Q) = 100;
    (C => Q) = 100;
    (D => Q) = 100;
    (E => Q) = 100;
    (F => Q) = 100;
  endspecify
endmodule

(* blackbox *)
module MISTRAL_NOT (input A, output Q);
  specify
    (A => Q) = 0;
  endspecify
endmodule

(* blackbox *)
module MISTRAL_ALUT_ARITH #(parameter LUT0 = 0, parameter LUT1 = 0) (input A, input B, input C, input D0, input D1, input CI, output SO, output CO);
  specify
    (A => SO) = 150;
    (B => SO) = 150;
    (C => SO) = 150;
    (D0 => SO) = 150;
    (D1 => SO) = 150;
    (CI => SO) = 50;
    (A => CO) = 100;
    (B => CO) = 100;
    (C => CO) = 100;
    (D0 => CO) = 100;
    (D1 => CO) = 100;
    (CI => CO) = 4;
  endspecify
endmodule

(* blackbox *)
module MISTRAL_FF (input DATAIN, input CLK, input ACLR, input ENA, input SCLR, input SLOAD, input SDATA, output Q);
  specify
    (posedge CLK => (Q : DATAIN)) = 0;
    $setup(DATAIN, posedge CLK, 0);
    $setup(ENA, posedge CLK, 0);
    $setup(SCLR, posedge CLK, 0);
    $setup(SLOAD, posedge CLK, 0);
    $setup(SDATA, posedge CLK, 0);
  endspecify
endmodule

// A small RAM: reading is a table.
(* blackbox *)
module MISTRAL_MLAB (input [4:0] A1ADDR, input A1DATA, input A1EN, input CLK1, input [4:0] B1ADDR, output B1DATA);
  specify
    (B1ADDR *> B1DATA) = 100;
    $setup(A1ADDR, posedge CLK1, 0);
    $setup(A1DATA, posedge CLK1, 0);
    $setup(A1EN, posedge CLK1, 0);
  endspecify
endmodule

// A multiplier without its registers.
(* blackbox *)
module MISTRAL_MUL18X18 #(parameter A_SIGNED = 1, parameter B_SIGNED = 1) (input [17:0] A, input [17:0] B, output [35:0] Y);
  specify
    (A *> Y) = 300;
    (B *> Y) = 300;
  endspecify
endmodule

(* blackbox *)
module MISTRAL_MUL9X9 #(parameter A_SIGNED = 1, parameter B_SIGNED = 1) (input [8:0] A, input [8:0] B, output [17:0] Y);
  specify
    (A *> Y) = 300;
    (B *> Y) = 300;
  endspecify
endmodule

(* blackbox *)
module MISTRAL_MUL27X27 #(parameter A_SIGNED = 1, parameter B_SIGNED = 1) (input [26:0] A, input [26:0] B, output [53:0] Y);
  specify
    (A *> Y) = 300;
    (B *> Y) = 300;
  endspecify
endmodule

// A block RAM takes its address at an edge; its output comes a level and a half later. Named altsyncram where synth_intel_alm leaves it to Quartus.
(* blackbox *)
module altsyncram #(
  parameter operation_mode = "", parameter ram_block_type = "", parameter widthad_a = 1, parameter width_a = 1, parameter widthad_b = 1,
  parameter width_b = 1
) (
  input [widthad_a-1:0] address_a, input [width_a-1:0] data_a, input wren_a, input [widthad_b-1:0] address_b, output [width_b-1:0] q_b,
  input clock0, input clock1
);
  specify
    (posedge clock1 => (q_b : data_a)) = 150;
    $setup(address_a, posedge clock0, 0);
    $setup(data_a, posedge clock0, 0);
    $setup(wren_a, posedge clock0, 0);
    $setup(address_b, posedge clock1, 0);
  endspecify
endmodule

(* blackbox *)
module MISTRAL_M20K #(parameter CFG_ABITS = 10, parameter CFG_DBITS = 20) (
  input CLK1, input [CFG_ABITS-1:0] A1ADDR, input [CFG_DBITS-1:0] A1DATA, input A1EN, input [CFG_ABITS-1:0] B1ADDR,
  output [CFG_DBITS-1:0] B1DATA, input B1EN
);
  specify
    (posedge CLK1 => (B1DATA : A1DATA)) = 150;
    $setup(A1ADDR, posedge CLK1, 0);
    $setup(A1DATA, posedge CLK1, 0);
    $setup(A1EN, posedge CLK1, 0);
    $setup(B1ADDR, posedge CLK1, 0);
    $setup(B1EN, posedge CLK1, 0);
  endspecify
endmodule
