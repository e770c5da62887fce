// Recodes three sign-magnitude numbers a0, a1, a2 of -3 .. 3 as the digits of a0 + 64 a1 + 4096 a2, for packed_dot: each lends one to the digit
// above it if what is below is negative, so that their sign extensions, side by side, are the sum. A digit of -4 .. 3 has as many bits as the
// number had.
module pack_triple (
  input  logic [8:0] numbers_i,  // {a2, a1, a0}
  output logic [8:0] digits_o    // {d2, d1, d0}, two's complement
);

  logic [2:0] digit, number;
  logic negative;
  always_comb begin
    digits_o = '0;
    digit    = '0;
    negative = 1'b0;
    for (int i = 0; i < 3; i++) begin
      number                = {1'b0, numbers_i[3*i +: 2]};
      digit                 = (numbers_i[3*i + 2] ? -number : number) - {2'b00, negative};
      negative              = digit[2];
      digits_o[3*i +: 3]    = digit;
    end
  end

endmodule
