//===- Raise.cpp - rnn-raise: what the DPU can compute -------------------------------===//

#include "passes/HostSteps.h"
#include "passes/Passes.h"
#include "passes/Sequences.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/StringSet.h"

#include <limits>

using namespace mlir;

namespace softdpu {
namespace {

class RaisePass : public PassWrapper<RaisePass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(RaisePass)
  StringRef getArgument() const override { return "rnn-raise"; }
  StringRef getDescription() const override {
    return "Finds what the DPU can compute: cells, time-distributed matrices, pointwise operators";
  }

  void runOnOperation() override {
    placement = getOperation()->getAttrOfType<DictionaryAttr>("rnn.placement");
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      Block &block = function.getBody().front();
      const auto each = [&](auto raise) {
        bool changed = false;
        for (auto node : llvm::make_early_inc_range(block.getOps<rnn::NodeOp>()))
          if (placementOf(node, node.getNode()) != "cpu" && succeeded(raise(node)))
            changed = true;
        return changed;
      };
      each([&](rnn::NodeOp node) { return raiseIdentity(node); });
      each([&](rnn::NodeOp node) { return raiseCell(node); });
      each([&](rnn::NodeOp node) { return raiseLinear(node); });
      for (bool changed = true; changed;) {
        changed = each([&](rnn::NodeOp node) { return raiseView(node); });
        changed |= each([&](rnn::NodeOp node) { return raiseBias(node); });
        changed |= each([&](rnn::NodeOp node) { return raisePointwise(node); });
      }
      eraseDead(block);
      if (failed(checkPlacement(block)))
        signalPassFailure();
    }
  }

private:
  DictionaryAttr placement;

  /// The node stays on the CPU, and remembers why.
  static LogicalResult stays(rnn::NodeOp node, const Twine &why) {
    node->setAttr(whyAttr, StringAttr::get(node->getContext(), why));
    return failure();
  }

  /// An error if the user wants a node on the DPU that stays on the CPU.
  LogicalResult checkPlacement(Block &block) {
    if (!placement)
      return success();
    llvm::StringSet<> raised;
    for (Operation &op : block)
      if (isRaised(&op)) {
        raised.insert(op.getAttrOfType<StringAttr>("node").getValue());
        if (const auto merged = op.getAttrOfType<ArrayAttr>(mergedAttr))
          for (StringRef name : merged.getAsValueRange<StringAttr>())
            raised.insert(name);
      }
    const auto misplaced = [&](rnn::NodeOp node) {
      const auto wanted = placement.getAs<StringAttr>(node.getNode());
      if (!wanted || wanted.getValue() != "dpu" || raised.contains(node.getNode()))
        return WalkResult::advance();
      node.emitError() << "node \"" << node.getNode() << "\" (" << node.getOp() << "): is placed on the DPU, but " << whyOnHost(node);
      return WalkResult::interrupt();
    };
    return failure(block.walk<WalkOrder::PreOrder>(misplaced).wasInterrupted());
  }

  static Value input(rnn::NodeOp node, unsigned index) {
    if (index >= node.getInputs().size() || isa<NoneType>(node.getInputs()[index].getType()))
      return {};
    return node.getInputs()[index];
  }
  static int64_t integer(rnn::NodeOp node, StringRef name, int64_t otherwise) {
    auto attr = node.getSettings().getAs<IntegerAttr>(name);
    return attr ? attr.getInt() : otherwise;
  }
  static float number(rnn::NodeOp node, StringRef name, float otherwise) {
    auto attr = node.getSettings().getAs<FloatAttr>(name);
    return attr ? attr.getValue().convertToFloat() : otherwise;
  }

  void replace(rnn::NodeOp node, Operation *op) {
    node->replaceAllUsesWith(op->getResults().take_front(node->getNumResults()));
    node->erase();
  }

  LogicalResult raiseIdentity(rnn::NodeOp node) {
    // Keep it if it gives a model output its name.
    if (node.getOp() != "Identity" || llvm::any_of(node->getUsers(), [](Operation *user) { return isa<func::ReturnOp>(user); }))
      return failure();
    node->getResult(0).replaceAllUsesWith(node.getInputs()[0]);
    node->erase();
    return success();
  }

  /// Why the DPU cannot compute this recurrent node; empty if it can.
  static std::string cellObstacle(rnn::NodeOp node) {
    for (auto [index, name] : {std::pair(1u, "W"), std::pair(2u, "R"), std::pair(3u, "B")})
      if (const Value value = input(node, index); value && !constantOf(value))
        return std::string(name) + " is not constant; freeze the inputs that it depends on with --bind INPUT=FILE";
    if (input(node, 4))
      return "the sequences of its batch may differ in length (sequence_lens)";
    if (input(node, 7))
      return "the DPU has no peepholes (input P)";
    if (node.getSettings().contains("clip"))
      return "the DPU does not clip (attribute clip)";
    if (integer(node, "input_forget", 0) != 0)
      return "the DPU does not couple input and forget gate (attribute input_forget)";
    for (StringRef activation : activationsOf(node))
      if (activation != "Relu" && activation != "Sigmoid" && activation != "Tanh")
        return "the DPU has no activation " + activation.str() + "; it has Relu, Sigmoid and Tanh";
    return "";
  }

  /// Of all directions, one after another.
  static SmallVector<StringRef> activationsOf(rnn::NodeOp node) {
    SmallVector<StringRef> names;
    if (auto given = node.getSettings().getAs<StringAttr>("activations")) {
      given.getValue().split(names, ',');
      return names;
    }
    for (int64_t d = 0; d < directionsOf(node); ++d)
      if (node.getOp() == "LSTM")
        names.append({"Sigmoid", "Tanh", "Tanh"});
      else if (node.getOp() == "GRU")
        names.append({"Sigmoid", "Tanh"});
      else
        names.push_back("Tanh");
    return names;
  }

  static StringRef directionOf(rnn::NodeOp node) {
    auto direction = node.getSettings().getAs<StringAttr>("direction");
    return direction ? direction.getValue() : "forward";
  }
  static int64_t directionsOf(rnn::NodeOp node) { return directionOf(node) == "bidirectional" ? 2 : 1; }

  /// Part `index` of `count` equal parts along the first dimension, as a tensor whose first dimension is 1.
  static DenseElementsAttr part(DenseElementsAttr attr, int64_t index, int64_t count) {
    SmallVector<int64_t> shape(attr.getType().getShape());
    shape[0] /= count;
    const auto type = RankedTensorType::get(shape, attr.getElementType());
    if (count == 1 || attr.isSplat())
      return count == 1 ? attr : attr.resizeSplat(type);
    const ArrayRef<char> bytes = attr.getRawData();
    return DenseElementsAttr::getFromRawBuffer(type,
                                               bytes.slice(bytes.size() / size_t(count) * size_t(index), bytes.size() / size_t(count)));
  }

  /// The same sequence, last time step first.
  static Value reversed(OpBuilder &builder, rnn::NodeOp node, const std::string &name, Value x) {
    const Value turned = hostSlice(builder, node, name, x.getType(), x, -1, std::numeric_limits<int64_t>::min(), -1);
    turned.getDefiningOp()->setAttr(reversedAttr, builder.getUnitAttr());
    return turned;
  }

  /// One direction of a recurrent node: a cell that runs through `x` from its first time step.
  /// \param names of its results; a direction that runs alone has those of the node.
  Operation *createCell(OpBuilder &builder, rnn::NodeOp node, int64_t direction, Value x, ArrayRef<std::string> names) {
    const bool lstm = node.getOp() == "LSTM", gru = node.getOp() == "GRU";
    const int64_t gates = lstm ? 4 : gru ? 3 : 1, directions = directionsOf(node);
    const DenseElementsAttr w = part(constantOf(node.getInputs()[1]), direction, directions),
                            r = part(constantOf(node.getInputs()[2]), direction, directions);
    const int64_t hidden = r.getType().getShape().back();

    // Results: the sequence, the last h and (LSTM) the last c, whether the node has them or not.
    const auto shape = cast<RankedTensorType>(x.getType()).getShape();
    const auto state = RankedTensorType::get({1, shape[1], hidden}, builder.getF32Type());
    SmallVector<Type> types{RankedTensorType::get({shape[0], 1, shape[1], hidden}, builder.getF32Type()), state};
    if (lstm)
      types.push_back(state);
    SmallVector<Value> operands{x};
    SmallVector<int32_t> segments{1, 0, 0};
    for (unsigned i : {5u, 6u})
      if (Value initial = input(node, i); initial && !isZero(initial) && (i == 5 || lstm)) {
        if (directions == 2)
          initial = hostSlice(builder, node, names[i - 4] + ".initial", state, initial, direction, direction + 1, 1);
        operands.push_back(initial);
        segments[i - 4] = 1;
      }
    OperationState op(node.getLoc(), lstm ? "rnn.lstm" : gru ? "rnn.gru" : "rnn.simple");
    op.addOperands(operands);
    op.addTypes(types);
    op.addAttribute("operandSegmentSizes", builder.getDenseI32ArrayAttr(segments));
    op.addAttribute("node", node.getNodeAttr());
    op.addAttribute("names", builder.getStrArrayAttr(SmallVector<StringRef>(names.take_front(types.size()))));
    op.addAttribute("input", w);
    op.addAttribute("recurrent", r);
    if (const Value bias = input(node, 3))
      op.addAttribute("bias", reshaped(part(constantOf(bias), direction, directions), {2 * gates * hidden}));
    const SmallVector<StringRef> activations = activationsOf(node);
    const size_t each = activations.size() / size_t(directions);
    op.addAttribute("activations", builder.getStrArrayAttr(ArrayRef(activations).slice(size_t(direction) * each, each)));
    if (gru && integer(node, "linear_before_reset", 0) == 1)
      op.addAttribute("linearBeforeReset", builder.getBoolAttr(true));
    if (const auto merged = node->getAttr(mergedAttr))
      op.addAttribute(mergedAttr, merged);
    return builder.create(op);
  }

  /// A recurrent node: one cell for each direction. Time runs forward on the DPU; the host turns the sequences of the reverse direction.
  LogicalResult raiseCell(rnn::NodeOp node) {
    if (node.getOp() != "LSTM" && node.getOp() != "GRU" && node.getOp() != "RNN")
      return failure();
    if (const std::string obstacle = cellObstacle(node); !obstacle.empty())
      return stays(node, obstacle);
    const StringRef direction = directionOf(node);
    OpBuilder builder(node);
    std::string base, own[3]; // of names
    for (size_t i = 0; i < 3; ++i) {
      own[i] = i < node.getNames().size() ? cast<StringAttr>(node.getNames()[i]).getValue().str() : "";
      if (base.empty())
        base = own[i];
    }
    if (direction == "forward") {
      replace(node, createCell(builder, node, 0, node.getInputs()[0], own));
      return success();
    }
    const auto namesFor = [&](const char *which) {
      SmallVector<std::string> names;
      for (const char *result : {".y", ".h", ".c"})
        names.push_back(base + which + result);
      return names;
    };
    const Value x = node.getInputs()[0];
    Operation *backward =
        createCell(builder, node, direction == "reverse" ? 0 : 1, reversed(builder, node, base + ".reverse.x", x), namesFor(".reverse"));
    SmallVector<Value> results;
    if (direction == "reverse") {
      results.push_back(reversed(builder, node, own[0], backward->getResult(0)));
      results.append(backward->result_begin() + 1, backward->result_end());
      // The states have the names of the node, not of a part of it.
      const std::string sequence = base + ".reverse.y";
      const std::array<StringRef, 3> names{sequence, own[1], own[2]};
      backward->setAttr("names", builder.getStrArrayAttr(ArrayRef(names).take_front(backward->getNumResults())));
    } else {
      Operation *forward = createCell(builder, node, 0, x, namesFor(".forward"));
      const Value turned = reversed(builder, node, base + ".reverse.turned", backward->getResult(0));
      for (unsigned i = 0; i < node->getNumResults(); ++i)
        results.push_back(hostConcat(builder, node, own[i], node->getResult(i).getType(),
                                     {forward->getResult(i), i == 0 ? turned : backward->getResult(i)}, i == 0 ? 1 : 0));
    }
    for (auto [result, by] : llvm::zip(node->getResults(), results))
      result.replaceAllUsesWith(by);
    node->erase();
    return success();
  }

  /// weights [outputs, inputs] from a constant [inputs, outputs].
  static DenseElementsAttr transposed(DenseElementsAttr attr) {
    const int64_t rows = attr.getType().getShape()[0], cols = attr.getType().getShape()[1];
    SmallVector<float> in(attr.getValues<float>()), out(in.size());
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c)
        out[size_t(c * rows + r)] = in[size_t(r * cols + c)];
    return DenseElementsAttr::get(RankedTensorType::get({cols, rows}, attr.getElementType()), ArrayRef<float>(out));
  }

  /// A constant that adds the same vector of `size` elements everywhere (or one number).
  static DenseElementsAttr vectorOf(Value value, int64_t size) {
    const DenseElementsAttr attr = value ? constantOf(value) : DenseElementsAttr();
    if (!attr || !attr.getElementType().isF32())
      return {};
    if (attr.getNumElements() == 1)
      return DenseElementsAttr::get(RankedTensorType::get({size}, attr.getElementType()), *attr.value_begin<float>());
    const auto shape = attr.getType().getShape();
    if (attr.getNumElements() != size || shape.empty() || shape.back() != size)
      return {};
    return reshaped(attr, {size});
  }

  static bool isSequence(Value value) {
    const auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.getElementType().isF32() && (type.getRank() == 2 || type.getRank() == 3) &&
           !type.isDynamicDim(unsigned(type.getRank() - 1)) && type.getShape().back() > 0 && !value.getDefiningOp<rnn::ConstantOp>();
  }

  LogicalResult raiseLinear(rnn::NodeOp node) {
    const bool gemm = node.getOp() == "Gemm";
    if (!gemm && node.getOp() != "MatMul")
      return failure();
    const Value x = node.getInputs()[0];
    DenseElementsAttr weights = constantOf(node.getInputs()[1]);
    if (!weights)
      return stays(node, "its second factor is not constant");
    if (weights.getType().getRank() != 2 || weights.getNumElements() == 0)
      return stays(node, "its second factor is no matrix");
    if (!isSequence(x))
      return stays(node, "its first factor is no sequence of vectors: float32, two or three dimensions, the last one known");
    OpBuilder builder(node);
    DenseElementsAttr bias;
    if (gemm) {
      if (integer(node, "transA", 0) != 0 || number(node, "alpha", 1) != 1 || number(node, "beta", 1) != 1)
        return stays(node, "the DPU has no transA, and no alpha or beta other than 1");
      if (integer(node, "transB", 0) == 0)
        weights = transposed(weights);
      if (Value c = input(node, 2); c && !(bias = vectorOf(c, weights.getType().getShape()[0])))
        return stays(node, "its C is no constant vector");
    } else {
      weights = transposed(weights);
    }
    replace(node, builder.create<rnn::LinearOp>(node.getLoc(), node->getResult(0).getType(), x, node.getNodeAttr(), node.getNames(),
                                                weights, bias));
    return success();
  }

  /// x*W + constant: one operation, of the node that has the matrix.
  LogicalResult raiseBias(rnn::NodeOp node) {
    if (node.getOp() != "Add")
      return failure();
    for (unsigned side : {0u, 1u}) {
      auto linear = node.getInputs()[side].getDefiningOp<rnn::LinearOp>();
      if (!linear || linear.getBias() || !linear->hasOneUse() || linear.getResult().getType() != node->getResult(0).getType())
        continue;
      const DenseElementsAttr bias = vectorOf(node.getInputs()[1 - side], features(linear.getResult()));
      if (!bias)
        continue;
      OpBuilder builder(node);
      auto sum = builder.create<rnn::LinearOp>(node.getLoc(), node->getResult(0).getType(), linear.getX(), linear.getNodeAttr(),
                                               node.getNames(), linear.getWeights(), bias);
      sum->setAttr(mergedAttr, builder.getStrArrayAttr({node.getNode()}));
      replace(node, sum);
      linear.erase();
      return success();
    }
    return failure();
  }

  /// Only next to a raised operation: a lone activation is cheaper on the host than a trip to the DPU.
  static bool touchesDpu(rnn::NodeOp node) {
    return llvm::any_of(node.getInputs(), [](Value value) { return isSequenceResult(value); }) ||
           llvm::any_of(node->getUsers(), [](Operation *user) { return isRaised(user); });
  }

  LogicalResult raisePointwise(rnn::NodeOp node) {
    const StringRef op = node.getOp();
    const bool activation = op == "Relu" || op == "Sigmoid" || op == "Tanh", binary = op == "Add" || op == "Sub" || op == "Mul";
    if (!activation && !binary)
      return failure();
    if (!touchesDpu(node))
      return stays(node, "nothing that it takes or gives is on the DPU, and the way there and back would cost more");
    const Type type = node->getResult(0).getType();
    OpBuilder builder(node);
    const auto takes = [&](Value value) { return value.getType() == type && (isSequenceResult(value) || isSequence(value)); };
    if (activation) {
      if (!takes(node.getInputs()[0]))
        return stays(node, "its operand is no sequence of vectors");
      replace(node, builder.create<rnn::ActivationOp>(node.getLoc(), type, op, node.getInputs()[0], node.getNode(), node.getNames()));
      return success();
    }
    Value lhs = node.getInputs()[0], rhs = node.getInputs()[1];
    const std::string kind = op.lower();
    if (takes(lhs) && takes(rhs) && sequenceRoot(lhs) == sequenceRoot(rhs) && dimensionsOf(lhs) == dimensionsOf(rhs)) {
      replace(node,
              builder.create<rnn::BinaryOp>(node.getLoc(), type, kind, lhs, rhs, node.getNode(), node.getNames(), ElementsAttr(), false));
      return success();
    }
    for (bool swapped : {false, true}) {
      const Value x = swapped ? rhs : lhs;
      const DenseElementsAttr constant = takes(x) ? vectorOf(swapped ? lhs : rhs, features(x)) : DenseElementsAttr();
      if (!constant)
        continue;
      replace(node,
              builder.create<rnn::BinaryOp>(node.getLoc(), type, kind, x, Value(), node.getNode(), node.getNames(), constant, swapped));
      return success();
    }
    return stays(node, "its operands are neither two sequences of the same steps nor a sequence and a constant vector");
  }

  /// The meaning of the dimensions behind a change of shape; empty if it is more than a view of steps, batch and features.
  static std::string dimensionsAfter(rnn::NodeOp node) {
    const Value x = node.getInputs()[0];
    const auto in = cast<RankedTensorType>(x.getType()), out = cast<RankedTensorType>(node->getResult(0).getType());
    std::string dimensions = dimensionsOf(x);
    if (dimensions.size() != size_t(in.getRank()) || out.getRank() < 2 || out.getShape().back() != in.getShape().back())
      return "";
    const DenseElementsAttr second = node.getInputs().size() > 1 ? constantOf(node.getInputs()[1]) : DenseElementsAttr();
    if (node.getOp() != "Reshape") {
      if (!second)
        return "";
      SmallVector<int64_t> axes(second.getValues<int64_t>());
      llvm::sort(axes);
      if (node.getOp() == "Unsqueeze") {
        if (dimensions.find('P') != std::string::npos)
          return "";
        for (int64_t axis : axes)
          dimensions.insert(size_t(axis), 1, '1');
        return dimensions.back() == 'F' ? dimensions : "";
      }
      for (int64_t axis : llvm::reverse(axes)) {
        const char meaning = dimensions[size_t(axis)];
        if (meaning != '1' && !(meaning == 'B' && in.getShape()[size_t(axis)] == 1))
          return "";
        dimensions.erase(size_t(axis), 1);
      }
      return dimensions;
    }
    // Reshape: [T, B, F] and [T*B, F] are understood if the batch is known.
    const size_t batchAt = dimensions.find('B');
    if (dimensions.find('P') != std::string::npos)
      return "";
    const int64_t batch = batchAt == std::string::npos ? 1 : in.getShape()[batchAt];
    if (out.getRank() == 2)
      return batch == 1 ? "TF" : "PF";
    if (out.getRank() == 3 && batch > 0 && out.getShape()[1] == batch)
      return "TBF";
    return "";
  }

  LogicalResult raiseView(rnn::NodeOp node) {
    const StringRef op = node.getOp();
    if ((op != "Squeeze" && op != "Unsqueeze" && op != "Reshape") || !isSequenceResult(node.getInputs()[0]))
      return failure();
    const std::string dimensions = dimensionsAfter(node);
    if (dimensions.empty())
      return stays(node, "it does more than to view steps, batch and features in another shape");
    OpBuilder builder(node);
    auto view =
        builder.create<rnn::ViewOp>(node.getLoc(), node->getResult(0).getType(), node.getInputs()[0], node.getNodeAttr(), node.getNames());
    view->setAttr("dimensions", builder.getStringAttr(dimensions));
    replace(node, view);
    return success();
  }
};

} // namespace

std::unique_ptr<Pass> createRaisePass() { return std::make_unique<RaisePass>(); }

} // namespace softdpu
