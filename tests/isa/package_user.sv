// Uses constants of both packages; `ok_o` is 1 if they have the values that dpu.td and configs/odd.toml say.
module package_user (
  output logic ok_o
);
  dpu_isa_pkg::opcode_e opcode;

  assign opcode = dpu_isa_pkg::OpMvMul;
  assign ok_o = (opcode == 8'h10) && (dpu_isa_pkg::ScaleLsb + dpu_isa_pkg::ScaleWidth == 64) && (dpu_isa_pkg::AddOpMin == 3'd5) &&
                (dpu_isa_pkg::RegInstructions == 32'h20000) && (dpu_arch_pkg::NativeDim == 48) && (dpu_arch_pkg::TileEngines == 3) &&
                (dpu_arch_pkg::Fingerprint == 64'hD1A75B6BA72F58A3);
endmodule
