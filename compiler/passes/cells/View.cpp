//===- View.cpp - Which elements of which tensor a value is --------------------------------===//

#include "passes/cells/View.h"

#include "passes/Sequences.h"

#include "llvm/ADT/StringSwitch.h"

#include <optional>

using namespace mlir;

namespace softdpu::cells {
namespace {

std::optional<SmallVector<int64_t>> integersOf(rnn::NodeOp node, unsigned input) {
  if (input >= node.getInputs().size())
    return {};
  const DenseElementsAttr attr = constantOf(node.getInputs()[input]);
  if (!attr || !attr.getElementType().isSignlessInteger(64))
    return {};
  return SmallVector<int64_t>(attr.getValues<int64_t>());
}

int64_t axisOf(rnn::NodeOp node, int64_t rank, int64_t otherwise) {
  const auto attr = node.getSettings().getAs<IntegerAttr>("axis");
  const int64_t axis = attr ? attr.getInt() : otherwise;
  return axis < 0 ? axis + rank : axis;
}

/// A contiguous part of one dimension.
struct Range {
  int64_t axis, begin, size;
};

/// Slices along one dimension, in steps of one.
std::optional<Range> rangeOfSlice(rnn::NodeOp node) {
  const ArrayRef<int64_t> shape = shapeOf(node.getInputs()[0]);
  const auto starts = integersOf(node, 1), ends = integersOf(node, 2), axes = integersOf(node, 3), steps = integersOf(node, 4);
  if (!starts || !ends || starts->size() != 1 || (node.getInputs().size() > 3 && (!axes || axes->size() != 1)) ||
      (node.getInputs().size() > 4 && (!steps || (*steps)[0] != 1)))
    return {};
  int64_t axis = axes ? (*axes)[0] : 0;
  axis += axis < 0 ? int64_t(shape.size()) : 0;
  const int64_t size = shape[size_t(axis)];
  int64_t begin = (*starts)[0], end = (*ends)[0];
  if (ShapedType::isDynamic(size))
    return begin >= 0 && end == begin + 1 ? std::optional<Range>({axis, begin, 1}) : std::nullopt;
  begin = std::clamp<int64_t>(begin < 0 ? begin + size : begin, 0, size);
  end = std::clamp<int64_t>(end < 0 ? end + size : end, 0, size);
  return end > begin ? std::optional<Range>({axis, begin, end - begin}) : std::nullopt;
}

std::optional<Range> rangeOfSplit(rnn::NodeOp node, Value result) {
  const int64_t axis = axisOf(node, int64_t(shapeOf(result).size()), 0);
  int64_t begin = 0;
  for (Value part : node->getResults()) {
    const int64_t size = shapeOf(part)[size_t(axis)];
    if (ShapedType::isDynamic(size))
      return {};
    if (part == result)
      return Range{axis, begin, size};
    begin += size;
  }
  return {};
}

/// Whether a Gather in the body of a Loop takes the element that the iteration counts.
bool followsIteration(rnn::NodeOp gather) {
  auto loop = gather->getParentOfType<rnn::NodeOp>();
  Value index = gather.getInputs()[1];
  while (auto node = index.getDefiningOp<rnn::NodeOp>()) {
    if (!movesElements(node) || node.getOp() == "Concat" || node.getOp() == "Gather" || node.getOp() == "Slice")
      return false;
    index = node.getInputs()[0];
  }
  const auto argument = dyn_cast<BlockArgument>(index);
  return loop && loop.getOp() == "Loop" && argument && argument.getOwner() == gather->getBlock() && argument.getArgNumber() == 0 &&
         shapeOf(gather.getInputs()[1]).size() <= 1;
}

std::optional<Range> rangeOfGather(rnn::NodeOp node) {
  const ArrayRef<int64_t> shape = shapeOf(node.getInputs()[0]);
  const auto index = integersOf(node, 1);
  const int64_t axis = axisOf(node, int64_t(shape.size()), 0), size = shape[size_t(axis)];
  if (followsIteration(node))
    return Range{axis, eachStep, 1};
  if (!index || index->size() != 1 || shapeOf(node.getInputs()[1]).size() > 1)
    return {};
  const int64_t at = (*index)[0];
  if (at < 0 && ShapedType::isDynamic(size))
    return {};
  return Range{axis, at < 0 ? at + size : at, 1};
}

bool isRecurrent(Value value) {
  auto node = value.getDefiningOp<rnn::NodeOp>();
  return node && (node.getOp() == "LSTM" || node.getOp() == "GRU" || node.getOp() == "RNN");
}

std::optional<int64_t> elementOf(rnn::NodeOp node, StringRef attribute, size_t index) {
  const auto numbers = node.getSettings().getAs<DenseI64ArrayAttr>(attribute);
  return numbers && index < size_t(numbers.size()) ? std::optional(numbers[int64_t(index)]) : std::nullopt;
}

/// One step back along one view.
class Resolver {
public:
  Resolver(View view, bool outOfLoops) : view(view), outOfLoops(outOfLoops) {}

  /// \returns false if `view` stays what it is.
  bool back() {
    auto node = view.base.getDefiningOp<rnn::NodeOp>();
    if (!node)
      return outOfScan();
    const StringRef op = node.getOp();
    if (op == "Identity")
      return to(node);
    if (op == "Transpose")
      return throughTranspose(node);
    if (view.turned)
      return false;
    if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze")
      return throughShape(node);
    if (op == "Slice")
      return into(node, rangeOfSlice(node), false);
    if (op == "Split")
      return into(node, rangeOfSplit(node, view.base), false);
    if (op == "Gather" && (outOfLoops || !followsIteration(node)))
      return into(node, rangeOfGather(node), shapeOf(view.base).size() < shapeOf(node.getInputs()[0]).size());
    if (op == "Concat")
      return intoPart(node);
    return false;
  }

  View view;

private:
  const bool outOfLoops;

  bool to(rnn::NodeOp node) {
    view.base = node.getInputs()[0];
    return true;
  }

  /// An element of a sequence of Scan is a step of the sequence.
  bool outOfScan() {
    const auto argument = dyn_cast<BlockArgument>(view.base);
    auto scan = argument ? dyn_cast<rnn::NodeOp>(argument.getOwner()->getParentOp()) : rnn::NodeOp();
    if (!outOfLoops || !scan || scan.getOp() != "Scan" || view.axis >= 0 || view.turned)
      return false;
    const size_t states = scan.getInputs().size() - size_t(scan.getSettings().getAs<IntegerAttr>("num_scan_inputs").getInt());
    if (argument.getArgNumber() < states)
      return false;
    const size_t index = argument.getArgNumber() - states;
    const Value sequence = scan.getInputs()[argument.getArgNumber()];
    int64_t axis = elementOf(scan, "scan_input_axes", index).value_or(0);
    axis += axis < 0 ? int64_t(shapeOf(sequence).size()) : 0;
    if (axis + 1 >= int64_t(shapeOf(sequence).size()))
      return false;
    view.axis = axis;
    view.step = elementOf(scan, "scan_input_directions", index).value_or(0) == 0 ? eachStep : eachStepBackwards;
    view.base = sequence;
    return true;
  }

  /// A step of a dimension of one is everything.
  void dropTrivialStep() {
    if (view.axis >= 0 && !view.isEachStep() && shapeOf(view.base)[size_t(view.axis)] == 1)
      view.axis = -1, view.step = 0;
  }

  /// Transposed matrices; and transpositions that keep the vectors, and the order of all rows of the view.
  bool throughTranspose(rnn::NodeOp node) {
    const auto perm = node.getSettings().getAs<DenseI64ArrayAttr>("perm");
    const ArrayRef<int64_t> shape = shapeOf(node.getInputs()[0]);
    const auto rank = int64_t(shape.size());
    const bool turns = !perm || perm.asArrayRef() == ArrayRef<int64_t>{1, 0};
    if (rank == 2 && turns) {
      if (view.axis >= 0 || ShapedType::isDynamic(view.turned ? shape[1] : shape[0]))
        return false;
      view.turned = !view.turned;
      return to(node);
    }
    if (view.turned || !perm || perm.asArrayRef().back() != rank - 1)
      return false;
    const int64_t axis = view.axis < 0 ? -1 : perm.asArrayRef()[size_t(view.axis)];
    int64_t last = -1;
    for (int64_t from : perm.asArrayRef())
      if (from != axis && shape[size_t(from)] != 1) {
        if (from < last)
          return false;
        last = from;
      }
    view.axis = axis;
    return to(node);
  }

  bool throughShape(rnn::NodeOp node) {
    const Value x = node.getInputs()[0];
    const ArrayRef<int64_t> in = shapeOf(x), out = shapeOf(view.base);
    if (in.empty() || out.empty() || in.back() != out.back() || ShapedType::isDynamic(in.back()) ||
        isRecurrent(x)) // What a layer gives stays in sight.
      return false;
    if (view.axis >= 0) {
      if (node.getOp() == "Reshape" || node.getOp() == "Flatten")
        return false;
      const auto given = integersOf(node, 1);
      if (!given)
        return false;
      const bool squeezes = node.getOp() == "Squeeze";
      SmallVector<bool> ones((squeezes ? in : out).size());
      for (int64_t axis : *given)
        ones[size_t(axis < 0 ? axis + int64_t(ones.size()) : axis)] = true;
      SmallVector<int64_t> kept; // dimensions of the longer shape that the shorter one has
      for (auto [i, one] : llvm::enumerate(ones))
        if (!one)
          kept.push_back(int64_t(i));
      if (squeezes) {
        view.axis = kept[size_t(view.axis)];
      } else {
        const auto *found = llvm::find(kept, view.axis);
        if (found == kept.end())
          return false;
        view.axis = found - kept.begin();
      }
    }
    return to(node);
  }

  /// \param gone the dimension of the range is none of the result.
  bool into(rnn::NodeOp node, std::optional<Range> range, bool gone) {
    if (!range)
      return false;
    const auto rank = int64_t(shapeOf(node.getInputs()[0]).size());
    if (range->axis == rank - 1) {
      if (gone || range->begin == eachStep)
        return false;
      view.begin += range->begin;
      return to(node);
    }
    if (range->axis == view.axis && !gone) {
      if (view.isEachStep() || range->begin == eachStep)
        return false;
      view.step += range->begin;
    } else {
      if (view.axis >= 0 || range->size != 1)
        return false;
      view.axis = range->axis;
      view.step = range->begin;
    }
    to(node);
    dropTrivialStep();
    return true;
  }

  bool intoPart(rnn::NodeOp node) {
    const auto rank = int64_t(shapeOf(view.base).size()), axis = axisOf(node, rank, 0);
    const bool features = axis == rank - 1;
    if (!features && (axis != view.axis || view.isEachStep()))
      return false;
    int64_t &at = features ? view.begin : view.step;
    const int64_t size = features ? view.size : 1;
    int64_t begin = 0;
    for (Value part : node.getInputs()) {
      const int64_t own = shapeOf(part)[size_t(axis)];
      if (ShapedType::isDynamic(own))
        return false;
      if (at >= begin && at + size <= begin + own) {
        at -= begin;
        view.base = part;
        dropTrivialStep();
        return true;
      }
      begin += own;
    }
    return false;
  }
};

} // namespace

bool View::operator==(const View &other) const {
  const auto places = [](const View &view) { return std::tie(view.begin, view.size, view.axis, view.step, view.turned); };
  if (places(*this) != places(other))
    return false;
  if (base == other.base)
    return true;
  if (base.getType() != other.base.getType())
    return false;
  const DenseElementsAttr constant = constantOf(base);
  return (constant && constant == constantOf(other.base)) || (isZero(base) && isZero(other.base));
}

bool View::isWhole() const { return begin == 0 && axis < 0 && !turned && size == shapeOf(base).back(); }

View resolve(View part, SmallVectorImpl<Operation *> &seen, bool outOfLoops) {
  Resolver resolver(part, outOfLoops);
  for (Operation *op = part.base.getDefiningOp(); resolver.back(); op = resolver.view.base.getDefiningOp())
    seen.push_back(op);
  return resolver.view;
}

View viewOf(Value value, SmallVectorImpl<Operation *> &seen) {
  return resolve({.base = value, .begin = 0, .size = shapeOf(value).back()}, seen);
}

bool sameRows(Value operand, Value result) {
  ArrayRef<int64_t> rows = shapeOf(operand), all = shapeOf(result);
  if (rows.empty() || all.empty())
    return false;
  rows = rows.drop_back();
  all = all.drop_back();
  if (rows.size() > all.size())
    return false;
  const auto isOne = [](int64_t size) { return size == 1; };
  return all.take_back(rows.size()) == rows && llvm::all_of(all.drop_back(rows.size()), isOne);
}

bool movesElements(Operation *op) {
  auto node = dyn_cast<rnn::NodeOp>(op);
  return node && llvm::StringSwitch<bool>(node.getOp())
                     .Cases("Identity", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", true)
                     .Cases("Slice", "Split", "Gather", "Concat", true)
                     .Default(false);
}

} // namespace softdpu::cells
