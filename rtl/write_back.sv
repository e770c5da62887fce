// The write-back network: hands the result of a beat, or its tap, to every memory that it writes. Combinational; the VRFs and the NetOut
// FIFO take the vector at the end of the cycle.
module write_back #(
  localparam int unsigned Mfus = dpu_arch_pkg::Mfus,
  localparam int unsigned VectorWidth = dpu_pkg::VectorWidth
) (
  input  logic                        valid_i,
  input  dpu_pkg::tail_t              beat_i,
  input  logic [VectorWidth-1:0]      result_i,
  input  logic [VectorWidth-1:0]      tap_i,
  output logic                        tap_valid_o,    // some memory takes the tap
  output logic                        net_out_write_o,
  output logic [VectorWidth-1:0]      net_out_data_o,
  output logic                        initial_write_o,
  output logic [VectorWidth-1:0]      initial_data_o,
  output logic [Mfus-1:0]             add_write_o,
  output logic [Mfus*VectorWidth-1:0] add_data_o,
  output logic [Mfus-1:0]             mul_write_o,
  output logic [Mfus*VectorWidth-1:0] mul_data_o
);

  assign tap_valid_o = valid_i && (beat_i.net_out_tap || beat_i.initial_tap || beat_i.add_tap != '0 || beat_i.mul_tap != '0);

  assign net_out_write_o = valid_i && beat_i.net_out_wr;
  assign net_out_data_o  = beat_i.net_out_tap ? tap_i : result_i;
  assign initial_write_o = valid_i && beat_i.initial_wr;
  assign initial_data_o  = beat_i.initial_tap ? tap_i : result_i;
  for (genvar k = 0; k < Mfus; k++) begin : gen_mfu
    assign add_write_o[k]                            = valid_i && beat_i.add_wr[k];
    assign add_data_o[k*VectorWidth +: VectorWidth]  = beat_i.add_tap[k] ? tap_i : result_i;
    assign mul_write_o[k]                            = valid_i && beat_i.mul_wr[k];
    assign mul_data_o[k*VectorWidth +: VectorWidth]  = beat_i.mul_tap[k] ? tap_i : result_i;
  end

endmodule
