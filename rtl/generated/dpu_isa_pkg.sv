// Generated from isa/dpu.td by softdpu-tblgen --gen-isa-sv. Do not edit; `ninja update-isa` regenerates it.
//
// The instruction set of the DPU: fields of the instruction word, opcodes, unit numbers, operations, control registers.
/* verilator lint_off UNUSEDPARAM */ // a design need not use all of them
package dpu_isa_pkg;

  localparam int unsigned IsaVersionMajor              = 1;
  localparam int unsigned IsaVersionMinor              = 0;
  localparam int unsigned InstructionWidth             = 64;

  // Bits [Lsb +: Width] of the instruction word.
  localparam int unsigned OpcodeLsb                    = 0;
  localparam int unsigned OpcodeWidth                  = 8;
  localparam int unsigned UnitLsb                      = 8;
  localparam int unsigned UnitWidth                    = 4;
  localparam int unsigned UseRegLsb                    = 12;
  localparam int unsigned UseRegWidth                  = 1;
  localparam int unsigned RegLsb                       = 13;
  localparam int unsigned RegWidth                     = 5;
  localparam int unsigned Imm14Lsb                     = 18;
  localparam int unsigned Imm14Width                   = 14;
  localparam int unsigned ImmALsb                      = 32;
  localparam int unsigned ImmAWidth                    = 16;
  localparam int unsigned ImmBLsb                      = 48;
  localparam int unsigned ImmBWidth                    = 16;
  localparam int unsigned OrderLsb                     = 18;
  localparam int unsigned OrderWidth                   = 1;
  localparam int unsigned TailsLsb                     = 19;
  localparam int unsigned TailsWidth                   = 8;
  localparam int unsigned GroupLsb                     = 48;
  localparam int unsigned GroupWidth                   = 8;
  localparam int unsigned ScaleLsb                     = 56;
  localparam int unsigned ScaleWidth                   = 8;
  localparam int unsigned MaskLsb                      = 32;
  localparam int unsigned MaskWidth                    = 32;

  typedef enum logic [7:0] {
    OpVRd                        = 8'h01,
    OpVWr                        = 8'h02,
    OpMRd                        = 8'h03,
    OpMWr                        = 8'h04,
    OpMvMul                      = 8'h10,
    OpVvAdd                      = 8'h20,
    OpVvASubB                    = 8'h21,
    OpVvBSubA                    = 8'h22,
    OpVvMax                      = 8'h23,
    OpVvMin                      = 8'h24,
    OpVvMul                      = 8'h28,
    OpVRelu                      = 8'h30,
    OpVSigm                      = 8'h31,
    OpVTanh                      = 8'h32,
    OpVOneMinusSigm              = 8'h33,
    OpNextTail                   = 8'h40,
    OpEndChain                   = 8'h41,
    OpSWr                        = 8'h50,
    OpLoop                       = 8'h51,
    OpEndLoop                    = 8'h52,
    OpAWr                        = 8'h53,
    OpHalt                       = 8'h54
  } opcode_e;

  typedef enum logic [2:0] {
    ActivationOpNone             = 3'h0,
    ActivationOpRelu             = 3'h1,
    ActivationOpSigmoid          = 3'h2,
    ActivationOpTanh             = 3'h3,
    ActivationOpOneMinusSigmoid  = 3'h4
  } activation_op_e;

  typedef enum logic [2:0] {
    AddOpNone                    = 3'h0,
    AddOpAdd                     = 3'h1,
    AddOpASubB                   = 3'h2,
    AddOpBSubA                   = 3'h3,
    AddOpMax                     = 3'h4,
    AddOpMin                     = 3'h5
  } add_op_e;

  // Values of the unit field that select a memory; those of MFU k are k higher.
  localparam int unsigned VectorSourceNetIn            = 0;
  localparam int unsigned VectorSourceInitialVrf       = 1;
  localparam int unsigned AddOperandAddSubVrf          = 0;
  localparam int unsigned MultiplyOperandMultiplyVrf   = 0;
  localparam int unsigned VectorTargetNetOut           = 0;
  localparam int unsigned VectorTargetInitialVrf       = 1;
  localparam int unsigned VectorTargetAddSubVrf        = 4;
  localparam int unsigned VectorTargetMultiplyVrf      = 8;

  // Values of operands that have names.
  localparam int unsigned OrderRow                     = 0;
  localparam int unsigned OrderColumn                  = 1;
  localparam int unsigned ChainScalarRows              = 0;
  localparam int unsigned ChainScalarCols              = 1;
  localparam int unsigned ChainScalarMantissa          = 2;

  // AXI4-Lite registers: byte addresses; element i of an array is at <name> + i * <name>Step.
  localparam logic [31:0] RegCtrl                      = 32'h00000;
  localparam logic [31:0] RegStatus                    = 32'h00004;
  localparam logic [31:0] RegEntry                     = 32'h00008;
  localparam logic [31:0] RegNetInCount                = 32'h0000C;
  localparam logic [31:0] RegId                        = 32'h00010;
  localparam logic [31:0] RegIsaVersion                = 32'h00014;
  localparam logic [31:0] RegFingerprint               = 32'h00018;
  localparam int unsigned RegFingerprintStep           = 4;
  localparam int unsigned RegFingerprintCount          = 2;
  localparam logic [31:0] RegScalar                    = 32'h00040;
  localparam int unsigned RegScalarStep                = 4;
  localparam int unsigned RegScalarCount               = 16;
  localparam logic [31:0] RegCounters                  = 32'h00100;
  localparam int unsigned RegCountersStep              = 8;
  localparam int unsigned RegCountersCount             = 17;
  localparam logic [31:0] RegInstructions              = 32'h20000;
  localparam int unsigned RegInstructionsStep          = 8;
  localparam int unsigned RegInstructionsCount         = 65536;
  localparam logic [31:0] IdMagic                      = 32'h53445055;

  // Indices of the counters.
  localparam int unsigned NumCounters                  = 17;
  localparam int unsigned CounterCycles                = 0;
  localparam int unsigned CounterLoaderBusy            = 1;
  localparam int unsigned CounterLoaderStallBuffer     = 2;
  localparam int unsigned CounterLoaderStallNetIn      = 3;
  localparam int unsigned CounterLoaderStallRaw        = 4;
  localparam int unsigned CounterMvmBusy               = 5;
  localparam int unsigned CounterMvmStallColumns       = 6;
  localparam int unsigned CounterMvmStallAccumulator   = 7;
  localparam int unsigned CounterBeatBusy              = 8;
  localparam int unsigned CounterBeatStallMvm          = 9;
  localparam int unsigned CounterBeatStallBypass       = 10;
  localparam int unsigned CounterBeatStallRaw          = 11;
  localparam int unsigned CounterBeatStallNetOut       = 12;
  localparam int unsigned CounterSequencerEntries      = 13;
  localparam int unsigned CounterSequencerStallDecode  = 14;
  localparam int unsigned CounterSequencerStallQueue   = 15;
  localparam int unsigned CounterSequencerStallIdle    = 16;

endpackage
/* verilator lint_on UNUSEDPARAM */
