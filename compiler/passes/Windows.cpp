//===- Windows.cpp - rnn-windows: 1D convolutions as matrices ------------------------------===//
//
// A convolution along time applies one matrix to a window of `k` steps, at every step. The host puts the steps of each window side by side,
// the DPU multiplies:
//
//   x [N, C, T] --Transpose--> [T, N, C] --Pad, k Slices, Concat--> [T', N, k*C] --rnn.linear--> [T', N, M] --Transpose--> [N, M, T']
//
// Models turn x from steps first to channels first in front of a convolution, and back behind it, with activations in between: pairs of
// transpositions vanish, so that the layers around end up in the same region.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/HostSteps.h"
#include "passes/Passes.h"
#include "passes/Sequences.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <limits>

using namespace mlir;

namespace softdpu {
namespace {

constexpr int64_t stepsFirst[] = {2, 0, 1}, channelsFirst[] = {1, 2, 0};

/// The permutation of a Transpose; empty for anything else.
ArrayRef<int64_t> permutationOf(Value value) {
  auto node = value.getDefiningOp<rnn::NodeOp>();
  if (!node || node.getOp() != "Transpose")
    return {};
  auto perm = node.getSettings().getAs<DenseI64ArrayAttr>("perm");
  return perm ? perm.asArrayRef() : ArrayRef<int64_t>();
}

class WindowsPass : public PassWrapper<WindowsPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(WindowsPass)
  StringRef getArgument() const override { return "rnn-windows"; }
  StringRef getDescription() const override { return "1D convolutions as matrices on windows of time steps"; }

  void runOnOperation() override {
    const FailureOr<Arch> arch = archOf(getOperation());
    if (failed(arch))
      return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      Block &block = function.getBody().front();
      SmallVector<rnn::NodeOp> found;
      for (auto node : block.getOps<rnn::NodeOp>()) {
        const auto placement = placementOf(node, node.getNode());
        if (node.getOp() != "Conv" || placement == "cpu")
          continue;
        std::string why = obstacle(node, *arch);
        if (why.empty() && placement != "dpu") {
          if (getOperation()->hasAttr(noFreeWindowsAttr))
            why = "with its weights, those of the DPU would not fit architecture " + arch->name;
          else
            getOperation()->setAttr(freeWindowsAttr, UnitAttr::get(&getContext()));
        }
        if (why.empty())
          found.push_back(node);
        else
          node->setAttr(whyAttr, StringAttr::get(node.getContext(), why));
      }
      for (rnn::NodeOp node : found)
        replace(node, parametersOf(node));
      eraseDead(block);
    }
  }

private:
  struct Convolution {
    DenseElementsAttr weights, bias; ///< [M, C, k]; [M] or null.
    int64_t stride, dilation, before, after;
  };

  static SmallVector<int64_t> integers(rnn::NodeOp node, StringRef name, ArrayRef<int64_t> otherwise) {
    auto attr = node.getSettings().getAs<DenseI64ArrayAttr>(name);
    return SmallVector<int64_t>(attr ? attr.asArrayRef() : otherwise);
  }

  static bool hasBias(rnn::NodeOp node) { return node.getInputs().size() > 2 && !isa<NoneType>(node.getInputs()[2].getType()); }

  /// Why the DPU cannot compute this convolution; empty if it can.
  static std::string obstacle(rnn::NodeOp node, const Arch &arch) {
    const DenseElementsAttr weights = constantOf(node.getInputs()[1]);
    if (cast<RankedTensorType>(node.getInputs()[0].getType()).getRank() != 3)
      return "it has more than one spatial dimension";
    if (!weights || (hasBias(node) && !constantOf(node.getInputs()[2])))
      return "W or B is not constant; freeze the inputs that it depends on with --bind INPUT=FILE";
    auto group = node.getSettings().getAs<IntegerAttr>("group");
    if (group && group.getInt() != 1)
      return "the DPU has no groups of channels (attribute group)";
    auto autoPad = node.getSettings().getAs<StringAttr>("auto_pad");
    if (autoPad && autoPad.getValue() != "NOTSET")
      return "auto_pad is " + autoPad.getValue().str() + "; the DPU takes NOTSET, with pads";
    const ArrayRef<int64_t> kernel = weights.getType().getShape(); // M, C, k
    if (weights.getNumElements() == 0)
      return "W has no elements";
    if (cast<RankedTensorType>(node.getInputs()[0].getType()).getShape()[1] != kernel[1])
      return "the number of channels of X is not known";
    const uint64_t columns = llvm::divideCeil(uint64_t(kernel[1] * kernel[2]), arch.nativeDim),
                   rows = llvm::divideCeil(uint64_t(kernel[0]), arch.nativeDim);
    if (columns > arch.maxColumns || rows * columns > uint64_t(arch.mrfTiles) * arch.tileEngines)
      return "a matrix of " + std::to_string(kernel[0]) + " x " + std::to_string(kernel[1] * kernel[2]) + " does not fit architecture " +
             arch.name;
    return "";
  }

  static Convolution parametersOf(rnn::NodeOp node) {
    const SmallVector<int64_t> pads = integers(node, "pads", {0, 0});
    return {.weights = constantOf(node.getInputs()[1]),
            .bias = hasBias(node) ? constantOf(node.getInputs()[2]) : DenseElementsAttr(),
            .stride = integers(node, "strides", {1})[0],
            .dilation = integers(node, "dilations", {1})[0],
            .before = pads[0],
            .after = pads[1]};
  }

  /// [M, k*C], the steps of a window one after another.
  static DenseElementsAttr matrixOf(DenseElementsAttr weights) {
    const ArrayRef<int64_t> kernel = weights.getType().getShape();
    const int64_t channels = kernel[1], width = kernel[2];
    const auto type = RankedTensorType::get({kernel[0], width * channels}, weights.getElementType());
    if (weights.isSplat())
      return weights.resizeSplat(type);
    const SmallVector<float> in(weights.getValues<float>());
    SmallVector<float> out(in.size());
    for (int64_t m = 0; m < kernel[0]; ++m)
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t i = 0; i < width; ++i)
          out[size_t((m * width + i) * channels + c)] = in[size_t((m * channels + c) * width + i)];
    return DenseElementsAttr::get(type, ArrayRef<float>(out));
  }

  static RankedTensorType permuted(Type type, ArrayRef<int64_t> perm) {
    const auto from = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape;
    for (const int64_t axis : perm)
      shape.push_back(from.getShape()[size_t(axis)]);
    return RankedTensorType::get(shape, from.getElementType());
  }

  static Value transpose(OpBuilder &builder, rnn::NodeOp node, const std::string &name, Value x, ArrayRef<int64_t> perm) {
    return hostStep(builder, node, "Transpose", name, permuted(x.getType(), perm), x,
                    builder.getNamedAttr("perm", builder.getDenseI64ArrayAttr(perm)));
  }

  static std::string nameOf(rnn::NodeOp node) { return cast<StringAttr>(node.getNames()[0]).getValue().str(); }

  static void replace(rnn::NodeOp node, const Convolution &conv) {
    OpBuilder builder(node);
    const std::string name = nameOf(node);
    const ArrayRef<int64_t> kernel = conv.weights.getType().getShape();
    Value x = node.getInputs()[0];
    x = permutationOf(x) == ArrayRef(channelsFirst) ? cast<rnn::NodeOp>(x.getDefiningOp()).getInputs()[0]
                                                    : transpose(builder, node, name + ".x", x, stepsFirst);
    const auto type = cast<RankedTensorType>(x.getType());
    const auto resized = [&](int64_t steps, int64_t features) {
      return RankedTensorType::get({steps, type.getShape()[1], features}, type.getElementType());
    };
    const int64_t steps = type.getShape()[0];
    const bool dynamic = ShapedType::isDynamic(steps);
    if (conv.before != 0 || conv.after != 0)
      x = hostStep(builder, node, "Pad", name + ".padded", resized(dynamic ? steps : steps + conv.before + conv.after, type.getShape()[2]),
                   {x, hostIntegers(builder, node, name + ".pads", {conv.before, 0, 0, conv.after, 0, 0})});

    const auto result = permuted(node.getResult(0).getType(), stepsFirst); // [T', N, M]
    SmallVector<Value> taps;
    for (int64_t i = 0; i < kernel[2]; ++i) {
      const int64_t left = conv.dilation * (kernel[2] - 1 - i);
      taps.push_back(kernel[2] == 1 && conv.stride == 1
                         ? x
                         : hostSlice(builder, node, name + ".step" + std::to_string(i), resized(result.getShape()[0], type.getShape()[2]),
                                     x, conv.dilation * i, left == 0 ? std::numeric_limits<int64_t>::max() : -left, conv.stride));
    }
    if (taps.size() > 1)
      x = hostConcat(builder, node, name + ".windows", resized(result.getShape()[0], kernel[1] * kernel[2]), taps, 2);
    else
      x = taps.front();
    Value y = builder.create<rnn::LinearOp>(node.getLoc(), result, x, node.getNodeAttr(), builder.getStrArrayAttr({name + ".steps"}),
                                            matrixOf(conv.weights), conv.bias);
    y = transpose(builder, node, name, y, channelsFirst);
    node->getResult(0).replaceAllUsesWith(y);
    node.erase();
    sink(cast<rnn::NodeOp>(y.getDefiningOp()));
  }

  /// Moves a transposition behind the activations that follow, and drops what turns back.
  static void sink(rnn::NodeOp turned) {
    while (turned->hasOneUse()) {
      auto user = dyn_cast<rnn::NodeOp>(*turned->getUsers().begin());
      if (!user || (user.getOp() != "Relu" && user.getOp() != "Sigmoid" && user.getOp() != "Tanh"))
        break;
      OpBuilder builder(user);
      const Value x = turned.getInputs()[0];
      const Value active = hostStep(builder, user, user.getOp(), nameOf(user) + ".steps", x.getType(), x);
      auto behind = cast<rnn::NodeOp>(transpose(builder, user, nameOf(user), active, channelsFirst).getDefiningOp());
      user->getResult(0).replaceAllUsesWith(behind->getResult(0));
      user.erase();
      turned.erase();
      turned = behind;
    }
    for (Operation *user : llvm::make_early_inc_range(turned->getUsers()))
      if (user->getNumResults() == 1 && permutationOf(user->getResult(0)) == ArrayRef(stepsFirst) &&
          llvm::none_of(user->getUsers(), [](Operation *next) { return isa<func::ReturnOp>(next); }))
        user->getResult(0).replaceAllUsesWith(turned.getInputs()[0]);
  }
};

} // namespace

std::unique_ptr<Pass> createWindowsPass() { return std::make_unique<WindowsPass>(); }

} // namespace softdpu
