//===- Dpu.td - The dialect `dpu`: dataflow, chains, memories, sequences -----------------===//
//
// Three levels, one after another: dataflow of one time step (dpu.flow with dpu.matvec and dpu.pointwise), chains of instructions on named
// buffers, and instruction sequences with addresses. The instructions are generated from isa/dpu.td.
//
//===-------------------------------------------------------------------------------------===//

#ifndef SOFTDPU_DPU_TD
#define SOFTDPU_DPU_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Dpu_Dialect : Dialect {
  let name = "dpu";
  let cppNamespace = "::softdpu::dpu";
  let summary = "Chains, loops and memories of the DPU";
  let useDefaultAttributePrinterParser = 1;
}

class Dpu_Op<string mnemonic, list<Trait> traits = []> : Op<Dpu_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

class Dpu_Attr<string name, string attrMnemonic> : AttrDef<Dpu_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Dpu_PlaceAttr : Dpu_Attr<"Place", "place"> {
  let summary = "A queue or an entry of a vector memory: `#dpu.place<initial[a2+4]>`";
  let parameters = (ins StringRefParameter<"as in assembly: initial, addsub0, netin, ...">:$memory, "int64_t":$immediate,
                    "int64_t":$reg); // reg: -1 for none
  let hasCustomAssemblyFormat = 1;
}

def Dpu_BufferRefAttr : Dpu_Attr<"BufferRef", "buffer"> {
  let summary = "What a buffer held `delay` time steps ago: `#dpu.buffer<@h, 1>`";
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$buffer, "int64_t":$delay);
  let assemblyFormat = "`<` $buffer `,` $delay `>`";
}

def Dpu_Place : AnyAttrOf<[Dpu_PlaceAttr, Dpu_BufferRefAttr]>;
def Dpu_MatrixSlot : AnyAttrOf<[FlatSymbolRefAttr, I64Attr]>;

//===----------------------------------------------------------------------===//
// Dataflow of one time step
//===----------------------------------------------------------------------===//

def Dpu_FlowOp : Dpu_Op<"flow", [Symbol, SymbolTable, NoTerminator, SingleBlock, NoRegionArguments,
                                 DeclareOpInterfaceMethods<RegionKindInterface>]> {
  let summary = "What one region computes at each time step: first as dataflow, later as chains";
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<I64Attr>:$stages);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let extraClassDefinition = [{
    ::mlir::RegionKind $cppClass::getRegionKind(unsigned) { return ::mlir::RegionKind::Graph; }
  }];
}

def Dpu_RunOp : Dpu_Op<"run"> {
  let summary = "Runs a flow over whole sequences; operands and results by tensor name";
  let description = [{
    `names` are the tensors of the results. Where the flow belongs to another region as well, `ports` are its own names for them, and `region` is
    the name of this one.
  }];
  let arguments = (ins FlatSymbolRefAttr:$flow, StrArrayAttr:$inputNames, StrArrayAttr:$names, OptionalAttr<StrAttr>:$region,
                   OptionalAttr<StrArrayAttr>:$ports, Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$outputs);
  let assemblyFormat = "$flow `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)";
}

def Dpu_MatrixOp : Dpu_Op<"matrix", [Symbol]> {
  let summary = "A matrix in block floating point; every tail's rows are padded to whole native vectors";
  let description = [{
    `values` holds float32 weights, blocks of `rows` x `cols`, until quantisation; tail t takes block `blocks[t]`. Then `mantissas`
    [tails*paddedRows, boxes*box] (i8 if they fit, else i16), `exponents` and `scale`. `mantissaBits` are those of the node's own format, if it
    has one. Tiling adds `tileRows` (of all tails), `tileCols`, `group`, `order`; allocation adds `slot`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$node, I64Attr:$tails, I64Attr:$rows, I64Attr:$cols,
                   DefaultValuedAttr<BoolAttr, "false">:$recurrent, OptionalAttr<I64Attr>:$mantissaBits,
                   OptionalAttr<ElementsAttr>:$values,
                   OptionalAttr<DenseI64ArrayAttr>:$blocks, OptionalAttr<ElementsAttr>:$mantissas, OptionalAttr<ElementsAttr>:$exponents, OptionalAttr<I64Attr>:$scale,
                   OptionalAttr<I64Attr>:$tileRows, OptionalAttr<I64Attr>:$tileCols, OptionalAttr<I64Attr>:$group,
                   OptionalAttr<StrAttr>:$order, OptionalAttr<I64Attr>:$slot);
  let assemblyFormat = "$sym_name attr-dict";
}

def Dpu_InputOp : Dpu_Op<"input"> {
  let summary = "This step's vector of a sequence";
  let arguments = (ins StrAttr:$tensor);
  let results = (outs AnyVectorOfAnyRank:$result);
  let assemblyFormat = "$tensor attr-dict `:` type($result)";
}

def Dpu_ConstantOp : Dpu_Op<"constant", [Pure]> {
  let summary = "A float16 vector; `pad` fills the rest of the last native vector";
  let arguments = (ins StrAttr:$name, ElementsAttr:$value, DefaultValuedAttr<F32Attr, "0.0f">:$pad);
  let results = (outs AnyVectorOfAnyRank:$result);
  let assemblyFormat = "$name attr-dict `=` $value `:` type($result)";
}

def Dpu_DelayOp : Dpu_Op<"delay", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "The value of the step before; at the first step that of tensor `initial`, or zeros";
  let arguments = (ins AnyVectorOfAnyRank:$value, OptionalAttr<StrAttr>:$initial);
  let results = (outs AnyVectorOfAnyRank:$result);
  let assemblyFormat = "$value (`initial` $initial^)? attr-dict `:` type($result)";
}

def Dpu_MatvecOp : Dpu_Op<"matvec", [Pure]> {
  let summary = "Exact products of a quantised vector with the row blocks of a matrix, each rounded once to float16";
  let arguments = (ins FlatSymbolRefAttr:$matrix, AnyVectorOfAnyRank:$x, StrAttr:$node);
  let results = (outs Variadic<AnyVectorOfAnyRank>:$results);
  let assemblyFormat = "$matrix `*` $x attr-dict `:` type($x) `->` type($results)";
}

def Dpu_PointwiseKind : StringBasedAttr<CPred<"::llvm::is_contained({\"add\", \"sub\", \"mul\", \"relu\", \"sigmoid\", "
    "\"tanh\", \"one_minus_sigmoid\"}, ::llvm::cast<::mlir::StringAttr>($_self).getValue())">, "a pointwise operation">;

def Dpu_PointwiseOp : Dpu_Op<"pointwise", [Pure]> {
  let summary = "One float16 operation on every element";
  let arguments = (ins Dpu_PointwiseKind:$kind, Variadic<AnyVectorOfAnyRank>:$inputs, StrAttr:$node);
  let results = (outs AnyVectorOfAnyRank:$result);
  let assemblyFormat = "$kind `(` $inputs `)` attr-dict `:` functional-type($inputs, $result)";
}

def Dpu_OutputOp : Dpu_Op<"output"> {
  let summary = "A value that leaves at every step";
  let arguments = (ins AnyVectorOfAnyRank:$value, StrAttr:$tensor);
  let assemblyFormat = "$value `to` $tensor attr-dict `:` type($value)";
}

def Dpu_FinalOp : Dpu_Op<"final"> {
  let summary = "A value that leaves after the last step (or its initial value, if there is no step)";
  let arguments = (ins Optional<AnyVectorOfAnyRank>:$value, StrAttr:$tensor, OptionalAttr<FlatSymbolRefAttr>:$buffer);
  let assemblyFormat = "($value^ `:` type($value))? ($buffer^)? `to` $tensor attr-dict";
}

//===----------------------------------------------------------------------===//
// Chains on buffers
//===----------------------------------------------------------------------===//

def Dpu_BufferOp : Dpu_Op<"buffer", [Symbol]> {
  let summary = "A value's place in one vector memory";
  let description = [{
    Holds the value of the last `depth` steps, `vectors` native vectors each. `constant` (with `pad`) never changes; `initial` names the
    state tensor that step -1 takes, or is empty for zeros. Allocation gives `base`; step t lives at base + (t mod depth) * stride.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$memory, I64Attr:$features, I64Attr:$vectors,
                   DefaultValuedAttr<I64Attr, "1">:$depth, OptionalAttr<ElementsAttr>:$constant,
                   DefaultValuedAttr<F32Attr, "0.0f">:$pad, OptionalAttr<StrAttr>:$initial, OptionalAttr<I64Attr>:$base,
                   OptionalAttr<I64Attr>:$stride);
  let assemblyFormat = "$sym_name $memory attr-dict";
}

def Dpu_ChainOp : Dpu_Op<"chain", [NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "v_rd ... end_chain, or m_rd ... end_chain";
  let description = [{
    `rows`, `cols` and `mantissa` become s_wr where they change. Iteration i executes a chain of `stage` s for step i - s. `input` names the
    tensor that a v_rd from netin takes; a v_wr to netout carries the attribute `port`.
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$node, I64Attr:$rows, DefaultValuedAttr<I64Attr, "1">:$cols,
                   OptionalAttr<I64Attr>:$mantissa, OptionalAttr<I64Attr>:$stage, OptionalAttr<StrAttr>:$input);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$name $node attr-dict-with-keyword $body";
}

//===----------------------------------------------------------------------===//
// Sequences
//===----------------------------------------------------------------------===//

def Dpu_SequenceOp : Dpu_Op<"sequence", [Symbol, NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "Instructions from an entry point to dpu.halt";
  let description = [{
    A port is { tensor, features, lag }. In the load sequence a chain's attribute `matrix` or `constant` says what it takes from the weight port
    or from netin.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<DictArrayAttr>:$stateInputs, OptionalAttr<DictArrayAttr>:$sequenceInputs,
                   OptionalAttr<DictArrayAttr>:$sequenceOutputs, OptionalAttr<DictArrayAttr>:$finalOutputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
}

def Dpu_LoopOp : Dpu_Op<"loop", [NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "loop ... end_loop";
  let description = "Runs clamp(`scalar` + `count`, 0, `max`) times; the address registers in `advance` move on at the end of each.";
  let arguments = (ins OptionalAttr<I64Attr>:$scalar, I64Attr:$count, DefaultValuedAttr<I64Attr, "65535">:$max,
                   DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$advance);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "(`s` $scalar^ `plus`)? $count attr-dict-with-keyword $body";
}

class Dpu_Instruction<string mnemonic, list<Trait> traits = []> : Dpu_Op<mnemonic, traits>;

include "DpuInstructions.td"

#endif
