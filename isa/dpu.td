//===- dpu.td - The instruction set of the DPU, defined once -----------------------------===//
//
// softdpu-tblgen turns this file into the C++ tables (encoder, decoder, assembler, disassembler, constraints of the random program
// generator), into rtl/generated/dpu_isa_pkg.sv and into docs/isa.md. Nothing else in the repository repeats an encoding.
//
//===-------------------------------------------------------------------------------------===//

include "IsaClasses.td"

def Isa : IsaVersion<1, 0>;

//===----------------------------------------------------------------------===//
// Fields of the 64-bit instruction word
//===----------------------------------------------------------------------===//

def FieldOpcode : Field<"Opcode", 0, 8>;
def FieldUnit   : Field<"Unit", 8, 4>;    // memory, MFU or register name
def FieldUseReg : Field<"UseReg", 12, 1>; // the register named by Reg takes part
def FieldReg    : Field<"Reg", 13, 5>;
def FieldImm14  : Field<"Imm14", 18, 14>;
def FieldImmA   : Field<"ImmA", 32, 16>;
def FieldImmB   : Field<"ImmB", 48, 16>;

// Parts of the immediates that have a meaning of their own.
def FieldOrder  : Field<"Order", 18, 1>;
def FieldTails  : Field<"Tails", 19, 8>;
def FieldGroup  : Field<"Group", 48, 8>;
def FieldScale  : Field<"Scale", 56, 8>;
def FieldMask   : Field<"Mask", 32, 32>;

//===----------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------===//

def NetIn       : Memory<"NetIn", "netin", Queue, "vectors from the host, an AXI4-Stream FIFO of `net_in_depth`">;
def NetOut      : Memory<"NetOut", "netout", Queue, "vectors to the host, an AXI4-Stream FIFO of `net_out_depth`">;
def InitialVrf  : Memory<"InitialVrf", "initial", VectorRegisters, "sources of chains: hidden states, constants; `initial_vrf` entries">;
def AddSubVrf   : Memory<"AddSubVrf", "addsub", MfuRegisters, "second operands of the adder of MFU k; `addsub_vrf` entries in each">;
def MultiplyVrf : Memory<"MultiplyVrf", "multiply", MfuRegisters, "second operands of the multiplier of MFU k; `multiply_vrf` entries in each">;
def MatrixRf    : Memory<"MatrixRf", "mrf", MatrixRegisters, "native tiles, `mrf_tiles` in every tile engine">;
def WeightPort  : Memory<"WeightPort", "weights", Queue, "weight beats, an AXI4-Stream">;

//===----------------------------------------------------------------------===//
// Units, timing classes, chain roles
//===----------------------------------------------------------------------===//

def Loader       : Unit<"Loader", "loader">;
def MatrixLoader : Unit<"MatrixLoader", "matrix loader">;
def Mvm          : Unit<"Mvm", "matrix-vector multiplier">;
def MfuAdd       : Unit<"MfuAdd", "adder of an MFU">;
def MfuActivate  : Unit<"MfuActivate", "activation unit of an MFU">;
def MfuMultiply  : Unit<"MfuMultiply", "multiplier of an MFU">;
def WriteBackNet : Unit<"WriteBackNet", "write-back network">;
def Decoder      : Unit<"Decoder", "decoder">;
def Sequencer    : Unit<"Sequencer", "sequencer">;

def TimeColumn : TimingClass<"Column",
    "One source vector per cycle at the loader; with `mv_mul` it may be used `ColumnLatency` cycles later, else from the next cycle on.">;
def TimePass : TimingClass<"Pass",
    "`ChunksPerTile` cycles per pass, ceil(rows * tails / groups) * ceil(cols / group) passes; results follow `EngineLatency` after "
    "the last chunk of a row pass.">;
def TimeAdd : TimingClass<"Add", "`AddLatency` cycles, used or not; one vector per cycle.">;
def TimeActivation : TimingClass<"Activation", "`ActivationLatency` cycles, used or not; one vector per cycle.">;
def TimeMultiply : TimingClass<"Multiply", "`MultiplyLatency` cycles, used or not; one vector per cycle.">;
def TimeWrite : TimingClass<"WriteBack", "The vector lands `WriteBack` cycles after its beat was issued, and is forwarded in that cycle.">;
def TimeDecode : TimingClass<"Decode", "One cycle in the decoder; nothing reaches the sequencer.">;
def TimeEntry : TimingClass<"Entry", "One entry: one cycle in the decoder, one in the sequencer each time it is executed.">;
def TimeTail : TimingClass<"Tail", "Completes an entry; the sequencer dispatches one tail per cycle while the queues have room.">;
def TimeMatrixLoad : TimingClass<"MatrixLoad",
    "Waits until the machine is idle, then takes one beat per cycle in which the weight port is valid.">;
def TimeHalt : TimingClass<"Halt", "Waits until the machine is idle; that cycle is the last one counted.">;

// What may stand where. A role names the roles that may follow it; MFU order and taps are said in the descriptions.
def RoleControl     : ChainRole<"Control", "between chains", ["Control", "Head", "MatrixHead", "Halt"]>;
def RoleHalt        : ChainRole<"Halt", "ends a sequence", []>;
def RoleHead        : ChainRole<"Head", "begins a chain", ["MatrixMultiply", "Add", "Activation", "Multiply", "Write"]>;
def RoleMvMul       : ChainRole<"MatrixMultiply", "second in a chain", ["Add", "Activation", "Multiply", "Write"]>;
def RoleAdd         : ChainRole<"Add", "in a tail, first operation of its MFU", ["Add", "Activation", "Multiply", "Write"]>;
def RoleActivation  : ChainRole<"Activation", "in a tail, after the add of its MFU", ["Add", "Activation", "Multiply", "Write"]>;
def RoleMultiply    : ChainRole<"Multiply", "in a tail, last operation of its MFU", ["Add", "Activation", "Multiply", "Write"]>;
def RoleWrite       : ChainRole<"Write", "ends a tail, or taps it",
                                ["Add", "Activation", "Multiply", "Write", "NextTail", "EndChain"]>;
def RoleNextTail    : ChainRole<"NextTail", "between the tails of a chain", ["Add", "Activation", "Multiply", "Write"]>;
def RoleEndChain    : ChainRole<"EndChain", "ends a chain", ["Control", "Head", "MatrixHead", "Halt"]>;
def RoleMatrixHead  : ChainRole<"MatrixHead", "begins a matrix load", ["MatrixWrite"]>;
def RoleMatrixWrite : ChainRole<"MatrixWrite", "second in a matrix load", ["EndChain"]>;

//===----------------------------------------------------------------------===//
// Kinds of operands: the fields they take and how they are written
//===----------------------------------------------------------------------===//

/// A vector memory: `initial[a0+4]`, `netin`. Unit selects it; ImmA, UseReg and Reg hold the address.
class Place<list<Choice> placeChoices, string text> : Operand<"Place", FieldUnit, text> {
  let choices = placeChoices;
  let max = 15;
}
/// `mrf[12]`
class Matrix<string text> : Operand<"Matrix", FieldImmA, text> {
  let max = 65535;
}
/// `mfu1`
class Mfu<string text> : Operand<"Mfu", FieldUnit, text> {
  let max = 2;
}
/// A plain number.
class Integer<Field wordField, int least, int most, string text> : Operand<"Integer", wordField, text> {
  let min = least;
  let max = most;
}
/// `name=number`, or the default.
class Keyword<Field wordField, int least, int most, int defaultValue, string text> : Integer<wordField, least, most, text> {
  let keyword = 1;
  let default = defaultValue;
}
class SignedKeyword<Field wordField, int least, int most, int defaultValue, string text> : Keyword<wordField, least, most, defaultValue, text> {
  let isSigned = 1;
}
/// One of a list of words.
class Name<Field wordField, list<string> words, string text> : Operand<"Name", wordField, text> {
  let names = words;
  let max = !add(!size(words), -1);
}
/// `name=word`, or the default.
class NamedKeyword<Field wordField, list<string> words, int defaultValue, string text> : Name<wordField, words, text> {
  let keyword = 1;
  let default = defaultValue;
}
/// `5`, `s0`, `s0-1`: ImmA holds the signed number, UseReg and Reg the scalar register.
class TripCount<string text> : Operand<"TripCount", FieldImmA, text> {
  let isSigned = 1;
  let min = -32768;
  let max = 32767;
}
/// `a3`, in Reg.
class AddressRegister<string text> : Operand<"AddressRegister", FieldReg, text> {
  let max = 31;
}
/// `a0, a3`: bit i stands for register i.
class RegisterMask<string text> : Operand<"RegisterMask", FieldMask, text>;

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

def VectorSource : Place<[Choice<NetIn, 0>, Choice<InitialVrf, 1>], "where the vectors come from">;
def VectorTarget : Place<[Choice<NetOut, 0>, Choice<InitialVrf, 1>, Choice<AddSubVrf, 4>, Choice<MultiplyVrf, 8>],
                         "where the vector goes">;
def AddOperand      : Place<[Choice<AddSubVrf, 0>], "the second operand b; the vector of the chain is a">;
def MultiplyOperand : Place<[Choice<MultiplyVrf, 0>], "the second operand">;
def MatrixSlot      : Matrix<"first MRF slot, the same in every engine">;
def MfuIndex        : Mfu<"the MFU">;
def Group           : Keyword<FieldGroup, 1, 255, 1, "engines that share a row tile">;
def Tails           : Keyword<FieldTails, 1, 255, 1, "tails of this chain">;
def Scale           : SignedKeyword<FieldScale, -128, 127, 0, "power of two that the exact sum is multiplied by before rounding">;
def Order           : NamedKeyword<FieldOrder, ["row", "column"], 0, "order of the passes">;
def LoopCount       : TripCount<"a count, or a scalar register plus a signed offset">;
def LoopMax         : Keyword<FieldImmB, 0, 65535, 65535, "upper bound of the count; 65535 means none">;
def AddressReg      : AddressRegister<"the address register">;
def Base            : Keyword<FieldImmA, 0, 65535, 0, "first value">;
def Stride          : Keyword<FieldImm14, 0, 16383, 1, "added by every end_loop that names the register; at most length">;
def Length          : Keyword<FieldImmB, 1, 65535, 65535, "size of the ring: values stay below base + length">;
def AdvanceMask     : RegisterMask<"address registers that advance; may be empty">;
def ChainScalar     : Name<FieldUnit, ["rows", "cols", "mantissa"], "what to set">;
def ScalarValue     : Integer<FieldImmA, 1, 65535, "its new value">;

//===----------------------------------------------------------------------===//
// Heads
//===----------------------------------------------------------------------===//

def VRd : Instruction<"v_rd", Opcode<0x01>, Loader, RoleHead, TimeColumn> {
  let summary = "Read vectors: begins a chain";
  let description = [{
    Followed by `mv_mul`, reads `cols` native vectors, quantises them to block floating point with `mantissa` magnitude bits, and
    broadcasts them to the tile engines. Otherwise reads `rows` native vectors, which pass through the tail in float16.

    Vector i comes from entry `address + i` of `initial`, or is the next one of `netin`.
  }];
  let operands = (ins VectorSource:$source);
  let example = "v_rd initial[a0+4]";
}

def MvMul : Instruction<"mv_mul", Opcode<0x10>, Mvm, RoleMvMul, TimePass> {
  let summary = "Matrix-vector multiply";
  let description = [{
    Multiplies the `cols` native vectors of the head by a matrix of (`rows` * `tails`) x `cols` native tiles and passes
    `rows` * `tails` native vectors on: the first `rows` to the first tail, the next `rows` to the second, and so on. Each element is the
    exact dot product of the quantised operands times 2^`scale`, rounded once to float16 (round to nearest even, saturating).

    `group` engines share the columns of a row tile, so floor(tile_engines / `group`) row tiles are worked on at once. The matrix must have
    been loaded with the same `group` and `order`. `order=row` finishes a row pass before it starts the next; `order=column` uses every column
    as soon as it is there, and needs ceil(`rows` * `tails` / groups) <= `accumulators`. None of this changes a bit of the result.
  }];
  let operands = (ins MatrixSlot:$matrix, Group:$group, Tails:$tails, Scale:$scale, Order:$order);
  let example = "mv_mul mrf[12], group=2, tails=4, scale=-20, order=column";
}

//===----------------------------------------------------------------------===//
// Pointwise operations: at most one of each kind per MFU, MFUs in order, add before activation before multiply
//===----------------------------------------------------------------------===//

class AddInstruction<string mnemonic, Opcode opcode, MfuOp mfuOp, string expression>
    : Instruction<mnemonic, opcode, MfuAdd, RoleAdd, TimeAdd, mfuOp> {
  let summary = "Elementwise " # expression;
  let description = "Computes " # expression # " in float16, a being the vector of the chain and b entry `address + r` of `addsub<k>` "
      "for beat r of the tail. The result is rounded to nearest even, subnormals become +0, and magnitudes above 65504 saturate.";
  let operands = (ins AddOperand:$operand);
  let example = mnemonic # " addsub0[a1+3]";
}
def VvAdd   : AddInstruction<"vv_add", Opcode<0x20>, MfuOp<"AddOp", "Add", 1>, "a + b">;
def VvASubB : AddInstruction<"vv_a_sub_b", Opcode<0x21>, MfuOp<"AddOp", "ASubB", 2>, "a - b">;
def VvBSubA : AddInstruction<"vv_b_sub_a", Opcode<0x22>, MfuOp<"AddOp", "BSubA", 3>, "b - a">;
def VvMax   : AddInstruction<"vv_max", Opcode<0x23>, MfuOp<"AddOp", "Max", 4>, "max(a, b)">;
def VvMin   : AddInstruction<"vv_min", Opcode<0x24>, MfuOp<"AddOp", "Min", 5>, "min(a, b)">;

def VvMul : Instruction<"vv_mul", Opcode<0x28>, MfuMultiply, RoleMultiply, TimeMultiply> {
  let summary = "Elementwise a * b";
  let description = [{
    Multiplies the vector of the chain by entry `address + r` of `multiply<k>` for beat r of the tail, in float16: rounded to nearest even,
    subnormals become +0, magnitudes above 65504 saturate.
  }];
  let operands = (ins MultiplyOperand:$operand);
  let example = "vv_mul multiply2[7]";
}

class ActivationInstruction<string mnemonic, Opcode opcode, MfuOp mfuOp, string what, string text>
    : Instruction<mnemonic, opcode, MfuActivate, RoleActivation, TimeActivation, mfuOp> {
  let summary = what;
  let description = text;
  let operands = (ins MfuIndex:$mfu);
  let example = mnemonic # " mfu1";
}
def VRelu : ActivationInstruction<"v_relu", Opcode<0x30>, MfuOp<"ActivationOp", "Relu", 1>, "Elementwise max(x, 0)",
    "Passes positive elements on and replaces the others by +0.">;
def VSigm : ActivationInstruction<"v_sigm", Opcode<0x31>, MfuOp<"ActivationOp", "Sigmoid", 2>, "Elementwise sigmoid",
    "The table-based function of docs/numerics.md: monotonic, sigm(-x) = 1 - sigm(x), with the error bound proven there.">;
def VTanh : ActivationInstruction<"v_tanh", Opcode<0x32>, MfuOp<"ActivationOp", "Tanh", 3>, "Elementwise hyperbolic tangent",
    "The table-based function of docs/numerics.md: monotonic and odd, with the error bound proven there.">;
def VOneMinusSigm : ActivationInstruction<"v_one_minus_sigm", Opcode<0x33>, MfuOp<"ActivationOp", "OneMinusSigmoid", 4>,
    "Elementwise 1 - sigmoid",
    "Sigmoid of the negated vector. A GRU needs both z and 1 - z; with this neither costs a subtraction.">;

//===----------------------------------------------------------------------===//
// Ends of tails and chains
//===----------------------------------------------------------------------===//

def VWr : Instruction<"v_wr", Opcode<0x02>, WriteBackNet, RoleWrite, TimeWrite> {
  let summary = "Write vectors";
  let description = [{
    Beat r of the tail writes entry `address + r`, or sends the vector to `netout`. A tail ends with one or more of them (multicast), each to
    another memory: every VRF and the NetOut queue take at most one write per beat.

    A `v_wr` that stands before the first operation of the last MFU and is followed by one is a *tap*: it writes the vector as it enters the
    last MFU. It lands together with the final result.
  }];
  let operands = (ins VectorTarget:$target);
  let example = "v_wr initial[a2]";
}

def NextTail : Instruction<"next_tail", Opcode<0x40>, Sequencer, RoleNextTail, TimeTail> {
  let summary = "Begin the next tail of the chain";
  let description = [{
    Ends a tail and begins the next one, which gets the next `rows` result vectors of the chain's `mv_mul`. There are as many tails as
    `mv_mul` says.
  }];
  let example = "next_tail";
}

def EndChain : Instruction<"end_chain", Opcode<0x41>, Sequencer, RoleEndChain, TimeTail> {
  let summary = "End a chain";
  let description = "Ends the last tail of a chain, or a matrix load.";
  let example = "end_chain";
}

//===----------------------------------------------------------------------===//
// Loading matrices
//===----------------------------------------------------------------------===//

def MRd : Instruction<"m_rd", Opcode<0x03>, MatrixLoader, RoleMatrixHead, TimeMatrixLoad> {
  let summary = "Read a matrix from the weight port";
  let description = "Begins a matrix load; `m_wr` and `end_chain` follow.";
  let example = "m_rd";
}

def MWr : Instruction<"m_wr", Opcode<0x04>, MatrixLoader, RoleMatrixWrite, TimeMatrixLoad> {
  let summary = "Write a matrix to the MRF";
  let description = [{
    Stores a matrix of `rows` x `cols` native tiles, `rows` counting those of all tails of the `mv_mul` that will use it. Pass n of that
    `mv_mul` finds its tiles in slot `matrix + n` of every engine. docs/program_format.md describes the stream of weight beats.
  }];
  let operands = (ins MatrixSlot:$matrix, Group:$group, Order:$order);
  let example = "m_wr mrf[12], group=2, order=column";
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

def SWr : Instruction<"s_wr", Opcode<0x50>, Decoder, RoleControl, TimeDecode> {
  let summary = "Set rows, cols or mantissa";
  let description = [{
    Sets what following chains work on: `rows` result vectors per tail, `cols` source vectors, `mantissa` magnitude bits of
    quantised activations (2 .. `mantissa_bits`). It is *lexical*: it holds for what follows in memory, whatever loops do. At the start of
    a sequence rows = cols = 1 and mantissa = `mantissa_bits`.
  }];
  let operands = (ins ChainScalar:$name, ScalarValue:$value);
  let example = "s_wr rows, 4";
}

def Loop : Instruction<"loop", Opcode<0x51>, Sequencer, RoleControl, TimeEntry> {
  let summary = "Begin a loop";
  let description = [{
    Repeats everything up to the matching `end_loop` clamp(scalar + add, 0, max) times; without a scalar register the count is `add`. The host
    writes scalar registers before it starts a sequence. A count of 0 skips the loop, one entry per cycle. Loops nest up to 4 deep, and the
    outermost one, `loop` and `end_loop` included, must fit the chain buffer.
  }];
  let operands = (ins LoopCount:$count, LoopMax:$max);
  let example = "loop s0-1, max=1";
}

def EndLoop : Instruction<"end_loop", Opcode<0x52>, Sequencer, RoleControl, TimeEntry> {
  let summary = "End a loop";
  let description = [{
    Advances the named address registers (value += stride; if it reached base + length, value -= length), then repeats the loop or
    falls out of it. Jumping costs no cycle.
  }];
  let operands = (ins AdvanceMask:$advance);
  let example = "end_loop a0, a3";
}

def AWr : Instruction<"a_wr", Opcode<0x53>, Sequencer, RoleControl, TimeEntry> {
  let summary = "Set an address register";
  let description = [{
    The register becomes a ring of `length` entries from `base` on, standing at `base`. `stride` <= `length`, and
    `base` + `length` <= 65536. An address is its immediate plus the value of the register it names, modulo 2^16.
  }];
  let operands = (ins AddressReg:$reg, Base:$base, Stride:$stride, Length:$length);
  let example = "a_wr a3, base=4, stride=2, length=8";
}

def Halt : Instruction<"halt", Opcode<0x54>, Sequencer, RoleHalt, TimeHalt> {
  let summary = "End the sequence";
  let description = "Waits until everything before it has landed, then stops. Not inside a loop.";
  let example = "halt";
}

//===----------------------------------------------------------------------===//
// AXI4-Lite registers
//===----------------------------------------------------------------------===//

def RegCtrl        : ControlRegister<"Ctrl", 0x000, WriteOnly, "write 1 to bit 0: start at Entry">;
def RegStatus      : ControlRegister<"Status", 0x004, ReadOnly, "bit 0 running, bit 1 done (cleared by start)">;
def RegEntry       : ControlRegister<"Entry", 0x008, ReadWrite, "entry point, an instruction word index">;
def RegNetInCount  : ControlRegister<"NetInCount", 0x00C, ReadOnly, "vectors waiting in the NetIn FIFO">;
def RegId          : ControlRegister<"Id", 0x010, ReadOnly, "0x53445055, \"SDPU\"">;
def RegIsaVersion  : ControlRegister<"IsaVersion", 0x014, ReadOnly, "major << 16 | minor">;
def RegFingerprint : ControlRegisters<"Fingerprint", 0x018, 2, 4, ReadOnly, "of the architecture: low word, high word">;
def RegScalar      : ControlRegisters<"Scalar", 0x040, 16, 4, ReadWrite, "scalar registers s0 .. s15">;
def RegCounters    : ControlRegisters<"Counters", 0x100, 17, 8, ReadOnly, "counters of the last run in the order below: low word, high word">;
def RegInstructions: ControlRegisters<"Instructions", 0x20000, 65536, 8, WriteOnly,
                                      "instruction memory: low word, then high word; the high word commits">;

// The order of struct Counters in simulator/include/softdpu/simulator/Engine.h.
def Counters : CounterList<[
  "Cycles",
  "LoaderBusy", "LoaderStallBuffer", "LoaderStallNetIn", "LoaderStallRaw",
  "MvmBusy", "MvmStallColumns", "MvmStallAccumulator",
  "BeatBusy", "BeatStallMvm", "BeatStallBypass", "BeatStallRaw", "BeatStallNetOut",
  "SequencerEntries", "SequencerStallDecode", "SequencerStallQueue", "SequencerStallIdle"
]>;
