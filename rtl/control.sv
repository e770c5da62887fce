// The AXI4-Lite slave: start and status, entry point, scalar registers, counters, instruction memory. docs/isa.md has the register map.
//
// Whole words only. A write is taken when address and data are there, and answered in the next cycle; a read is answered in the one after.
// Responses are OKAY; writes to other addresses are ignored, reads of other addresses give 0.
module control #(
  localparam int unsigned AddrWidth = 20,
  localparam int unsigned PcIndexWidth = $clog2(dpu_arch_pkg::InstructionMemory),
  localparam int unsigned CounterCount = dpu_isa_pkg::NumCounters,
  localparam int unsigned NetInCountWidth = $clog2(dpu_arch_pkg::NetInDepth + 1)
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  // AXI4-Lite.
  input  logic                                     awvalid_i,
  output logic                                     awready_o,
  input  logic [AddrWidth-1:0]                     awaddr_i,
  input  logic                                     wvalid_i,
  output logic                                     wready_o,
  input  logic [31:0]                              wdata_i,
  output logic                                     bvalid_o,
  input  logic                                     bready_i,
  input  logic                                     arvalid_i,
  output logic                                     arready_o,
  input  logic [AddrWidth-1:0]                     araddr_i,
  output logic                                     rvalid_o,
  input  logic                                     rready_i,
  output logic [31:0]                              rdata_o,
  // Run.
  output logic                                     start_o,      // the cycle before the first running one
  output logic                                     running_o,
  input  logic                                     halt_i,       // the last running cycle
  output logic [PcIndexWidth-1:0]                  entry_point_o,
  output logic [dpu_pkg::ScalarCount*32-1:0]       scalars_o,
  input  logic [NetInCountWidth-1:0]               net_in_count_i,
  input  logic [CounterCount*64-1:0]               counters_i,
  // Instruction memory.
  output logic                                     imem_write_o,
  output logic [PcIndexWidth-1:0]                  imem_index_o,
  output logic [dpu_isa_pkg::InstructionWidth-1:0] imem_data_o
);

  localparam int unsigned CounterIndexWidth = $clog2(CounterCount * 2);
  localparam int unsigned ScalarIndexWidth  = $clog2(dpu_pkg::ScalarCount);

  logic running_d, running_q, done_d, done_q, bvalid_d, bvalid_q, reading_q, rvalid_d, rvalid_q;
  logic [AddrWidth-1:0] araddr_q;
  logic from_counters_q, from_scalars_q;
  logic [31:0] entry_d, entry_q, low_d, low_q, rdata_d, rdata_q;
  logic [dpu_pkg::ScalarCount*32-1:0] scalars_d, scalars_q;
  logic write, read, start;

  assign write     = awvalid_i && wvalid_i && (!bvalid_q || bready_i);
  assign read      = arvalid_i && !reading_q && (!rvalid_q || rready_i);
  assign awready_o = write;
  assign wready_o  = write;
  assign arready_o = read;
  assign bvalid_o  = bvalid_q;
  assign rvalid_o  = rvalid_q;
  assign rdata_o   = rdata_q;

  // Writes.
  logic [AddrWidth-1:0] write_offset;
  logic to_instructions;
  assign to_instructions = awaddr_i >= dpu_isa_pkg::RegInstructions[AddrWidth-1:0];
  assign write_offset    = awaddr_i - dpu_isa_pkg::RegInstructions[AddrWidth-1:0];
  assign start           = write && awaddr_i == dpu_isa_pkg::RegCtrl[AddrWidth-1:0] && wdata_i[0] && !running_q;

  always_comb begin
    running_d = (running_q || start) && !halt_i;
    done_d    = (done_q || halt_i) && !start;
    entry_d   = entry_q;
    low_d     = low_q;
    scalars_d = scalars_q;
    bvalid_d  = write || (bvalid_q && !bready_i);
    if (write && awaddr_i == dpu_isa_pkg::RegEntry[AddrWidth-1:0]) entry_d = wdata_i;
    for (int i = 0; i < dpu_pkg::ScalarCount; i++) begin
      if (write && awaddr_i == dpu_isa_pkg::RegScalar[AddrWidth-1:0] + AddrWidth'(4 * i)) scalars_d[i*32 +: 32] = wdata_i;
    end
    if (write && to_instructions && !write_offset[2]) low_d = wdata_i;
  end

  assign imem_write_o = write && to_instructions && write_offset[2] &&
                        write_offset[AddrWidth-1:3] < (AddrWidth - 3)'(dpu_arch_pkg::InstructionMemory);
  assign imem_index_o = write_offset[3 +: PcIndexWidth];
  assign imem_data_o  = {wdata_i, low_q};

  // Reads. An index is a difference of as many low address bits as it has: right wherever the address is in the range.
  logic [ScalarIndexWidth-1:0] scalar;
  logic [CounterIndexWidth-1:0] counter_word;
  logic [31:0] read_value;
  assign scalar       = araddr_q[2 +: ScalarIndexWidth] - dpu_isa_pkg::RegScalar[2 +: ScalarIndexWidth];
  assign counter_word = araddr_q[2 +: CounterIndexWidth] - dpu_isa_pkg::RegCounters[2 +: CounterIndexWidth];
  always_comb begin
    read_value = '0;
    if (from_counters_q) begin
      read_value = counters_i[{{(32 - CounterIndexWidth) {1'b0}}, counter_word} * 32 +: 32];
    end else if (from_scalars_q) begin
      read_value = scalars_q[{28'b0, scalar} * 32 +: 32];
    end else begin
      unique case (araddr_q)
        dpu_isa_pkg::RegStatus[AddrWidth-1:0]:      read_value = {30'b0, done_q, running_q};
        dpu_isa_pkg::RegEntry[AddrWidth-1:0]:       read_value = entry_q;
        dpu_isa_pkg::RegNetInCount[AddrWidth-1:0]:  read_value = 32'(net_in_count_i);
        dpu_isa_pkg::RegId[AddrWidth-1:0]:          read_value = dpu_isa_pkg::IdMagic;
        dpu_isa_pkg::RegIsaVersion[AddrWidth-1:0]:  read_value = {dpu_isa_pkg::IsaVersionMajor[15:0], dpu_isa_pkg::IsaVersionMinor[15:0]};
        dpu_isa_pkg::RegFingerprint[AddrWidth-1:0]: read_value = dpu_arch_pkg::Fingerprint[31:0];
        dpu_isa_pkg::RegFingerprint[AddrWidth-1:0] + AddrWidth'(dpu_isa_pkg::RegFingerprintStep):
                                                    read_value = dpu_arch_pkg::Fingerprint[63:32];
        default: ;
      endcase
    end
    rvalid_d = reading_q || (rvalid_q && !rready_i);
    rdata_d  = reading_q ? read_value : rdata_q;
  end

  assign start_o       = start;
  assign running_o     = running_q;
  assign entry_point_o = entry_q[PcIndexWidth-1:0];
  assign scalars_o     = scalars_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      done_q    <= 1'b0;
      bvalid_q  <= 1'b0;
      reading_q <= 1'b0;
      rvalid_q  <= 1'b0;
      entry_q   <= '0;
      low_q     <= '0;
      rdata_q   <= '0;
      scalars_q <= '0;
    end else begin
      running_q <= running_d;
      done_q    <= done_d;
      bvalid_q  <= bvalid_d;
      reading_q <= read;
      rvalid_q  <= rvalid_d;
      entry_q   <= entry_d;
      low_q     <= low_d;
      rdata_q   <= rdata_d;
      scalars_q <= scalars_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (read) begin
      araddr_q        <= araddr_i;
      from_counters_q <= araddr_i >= dpu_isa_pkg::RegCounters[AddrWidth-1:0] &&
                         araddr_i < dpu_isa_pkg::RegCounters[AddrWidth-1:0] + AddrWidth'(CounterCount * 8);
      from_scalars_q  <= araddr_i >= dpu_isa_pkg::RegScalar[AddrWidth-1:0] &&
                         araddr_i < dpu_isa_pkg::RegScalar[AddrWidth-1:0] + AddrWidth'(dpu_pkg::ScalarCount * 4);
    end
  end

endmodule
