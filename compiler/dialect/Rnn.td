//===- Rnn.td - The dialect `rnn`: recurrent graphs --------------------------------------===//
//
// Outside rnn.region values are tensors as ONNX knows them. Inside, time is implicit: a value is the vector of one time step of one
// sequence, and a recurrent operation remembers its own state.
//
//===-------------------------------------------------------------------------------------===//

#ifndef SOFTDPU_RNN_TD
#define SOFTDPU_RNN_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Rnn_Dialect : Dialect {
  let name = "rnn";
  let cppNamespace = "::softdpu::rnn";
  let summary = "Recurrent graphs, time implicit inside regions";
}

class Rnn_Op<string mnemonic, list<Trait> traits = []> : Op<Rnn_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// What ONNX gives
//===----------------------------------------------------------------------===//

def Rnn_ConstantOp : Rnn_Op<"constant", [Pure]> {
  let summary = "A tensor known at compile time, by its ONNX name";
  let arguments = (ins StrAttr:$name, ElementsAttr:$value);
  let results = (outs AnyTensor:$result);
  let assemblyFormat = "$name attr-dict `=` $value `:` type($result)";
}

def Rnn_AbsentOp : Rnn_Op<"absent", [Pure]> {
  let summary = "An optional input that the model leaves out";
  let results = (outs NoneType:$result);
  let assemblyFormat = "attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, $_builder.getNoneType()); }]>];
}

def Rnn_NodeOp : Rnn_Op<"node", [Pure]> {
  let summary = "An ONNX operator with ONNX's own inputs and attributes (in the meaning of opset 17); becomes a host step";
  let description = [{
    If, Loop and Scan have bodies: `then_branch` and `else_branch`, or `body`. The arguments of a body are what ONNX calls its inputs (Loop:
    iteration, condition, carried values; Scan: states, then one element of each sequence), rnn.give names what it computes (Loop:
    condition, carried values, elements; Scan: states, elements). A body uses values from outside of it directly. What is in a body has not
    been raised: it runs on the CPU.

        %h, %ys = rnn.node "Scan" "cell"(%h0, %xs) {num_scan_inputs = 1 : i64} -> ["h", "ys"]
            : (tensor<1x4xf32>, tensor<?x1x4xf32>) -> (tensor<1x4xf32>, tensor<?x1x4xf32>) {
        ^bb0(%state: tensor<1x4xf32>, %x: tensor<1x4xf32>):
          %next = rnn.node "Add" "sum"(%state, %x) {} -> ["next"] : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
          rnn.give %next, %next : tensor<1x4xf32>, tensor<1x4xf32>
        }
  }];
  let arguments = (ins StrAttr:$op, StrAttr:$node, StrArrayAttr:$names, DictionaryAttr:$settings, Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyTensor>:$outputs);
  let regions = (region VariadicRegion<SizedRegion<1>>:$bodies);
  let assemblyFormat = "$op $node `(` $inputs `)` $settings `->` $names attr-dict `:` functional-type($inputs, $outputs) $bodies";
  let builders = [OpBuilder<(ins "::mlir::TypeRange":$outputs, "::mlir::StringAttr":$op, "::mlir::StringAttr":$node,
                                 "::mlir::ArrayAttr":$names, "::mlir::DictionaryAttr":$settings, "::mlir::ValueRange":$inputs), [{
    build($_builder, $_state, outputs, op, node, names, settings, inputs, 0);
  }]>];
  let hasVerifier = 1; // Of bodies: as many arguments and results as the operator gives and takes, of fitting types and ranks.
}

def Rnn_GiveOp : Rnn_Op<"give", [Pure, Terminator, HasParent<"NodeOp">]> {
  let summary = "What a body computes";
  let arguments = (ins Variadic<AnyTensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

//===----------------------------------------------------------------------===//
// What the DPU can do
//===----------------------------------------------------------------------===//

class Rnn_Recurrent<string mnemonic, string gates> : Rnn_Op<mnemonic, [Pure, AttrSizedOperandSegments]> {
  let description = "Weights stack the gates " # gates # " in ONNX's order: `input` has gates*H rows of I, `recurrent` of H, "
      "`bias` [2*gates*H] (input biases, then recurrent biases). Results are the sequence, the last hidden state and (LSTM) the last cell state.";
  let arguments = (ins AnyType:$x, Optional<AnyType>:$initialH, Optional<AnyType>:$initialC, StrAttr:$node, StrArrayAttr:$names,
                   ElementsAttr:$input, ElementsAttr:$recurrent, OptionalAttr<ElementsAttr>:$bias, StrArrayAttr:$activations,
                   DefaultValuedAttr<BoolAttr, "false">:$linearBeforeReset);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = [{
    $node `(` $x (`,` `h` $initialH^)? (`,` `c` $initialC^)? `)` attr-dict `:` type($x) (`,` type($initialH)^)? (`,` type($initialC)^)?
    `->` type($results)
  }];
}
def Rnn_SimpleOp : Rnn_Recurrent<"simple", "h">;
def Rnn_GruOp    : Rnn_Recurrent<"gru", "z, r, h">;
def Rnn_LstmOp   : Rnn_Recurrent<"lstm", "i, o, f, c">;

def Rnn_LinearOp : Rnn_Op<"linear", [Pure]> {
  let summary = "weights * x + bias at every time step; weights are [outputs, inputs]";
  let arguments = (ins AnyType:$x, StrAttr:$node, StrArrayAttr:$names, ElementsAttr:$weights, OptionalAttr<ElementsAttr>:$bias);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$node `(` $x `)` attr-dict `:` type($x) `->` type($result)";
}

def Rnn_BinaryKind : StringBasedAttr<CPred<"::llvm::is_contained({\"add\", \"sub\", \"mul\"}, "
    "::llvm::cast<::mlir::StringAttr>($_self).getValue())">, "add, sub or mul">;

def Rnn_BinaryOp : Rnn_Op<"binary", [Pure]> {
  let summary = "Elementwise; `constant` takes the place of a missing right operand";
  let arguments = (ins Rnn_BinaryKind:$kind, AnyType:$lhs, Optional<AnyType>:$rhs, StrAttr:$node, StrArrayAttr:$names,
                   OptionalAttr<ElementsAttr>:$constant, DefaultValuedAttr<BoolAttr, "false">:$swapped);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$kind $node `(` $lhs (`,` $rhs^)? `)` attr-dict `:` type($lhs) (`,` type($rhs)^)? `->` type($result)";
}

def Rnn_ActivationKind : StringBasedAttr<CPred<"::llvm::is_contained({\"Relu\", \"Sigmoid\", \"Tanh\"}, "
    "::llvm::cast<::mlir::StringAttr>($_self).getValue())">, "Relu, Sigmoid or Tanh">;

def Rnn_ActivationOp : Rnn_Op<"activation", [Pure]> {
  let arguments = (ins Rnn_ActivationKind:$kind, AnyType:$x, StrAttr:$node, StrArrayAttr:$names);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$kind $node `(` $x `)` attr-dict `:` type($x) `->` type($result)";
}

def Rnn_ViewOp : Rnn_Op<"view", [Pure]> {
  let summary = "Another shape, the same elements in the same order, the last dimension unchanged";
  let arguments = (ins AnyType:$x, StrAttr:$node, StrArrayAttr:$names);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$node `(` $x `)` attr-dict `:` type($x) `->` type($result)";
}

//===----------------------------------------------------------------------===//
// The part that runs on the DPU
//===----------------------------------------------------------------------===//

def Rnn_RegionOp : Rnn_Op<"region", [IsolatedFromAbove, SingleBlock]> {
  let summary = "A subgraph that runs on the DPU, sequence by sequence";
  let description = [{
    Operands are `sequences` sequences ([T, ..., F]) and then states ([..., F]); block arguments are their vectors of one time step. Results
    are what rnn.yield names: sequences ([T, B, F]), then final states ([B, F]).
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$sequences, StrArrayAttr:$inputNames, StrArrayAttr:$names, Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$name `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs) $body";
}

def Rnn_YieldOp : Rnn_Op<"yield", [Pure, Terminator, HasParent<"RegionOp">]> {
  let summary = "`sequences` of the values leave at every time step, the rest after the last";
  let arguments = (ins I64Attr:$sequences, Variadic<AnyType>:$values);
  let assemblyFormat = "$sequences (`of` $values^ `:` type($values))? attr-dict";
}

#endif
