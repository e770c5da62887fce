//===- WrittenLayer.cpp - A recurrent layer in arithmetic ----------------------------------===//

#include "WrittenLayer.h"

#include "ModelTensors.h"

#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace softdpu::oracle {
namespace {

using Names = std::vector<std::string>;

/// One direction of a layer.
class WrittenDirection {
public:
  WrittenDirection(const ModelDescription &model, size_t i, int64_t direction, const std::string &x, test::ModelBuilder &graph)
      : model(model), layer(model.layers[i]), form(*layer.written), tensors(tensorsOf(model, i)), around(aroundOf(model, i)), outer(graph),
        body(model.opset), at(&outer), index(i), direction(direction), hidden(layer.hidden), gates(gatesOf(layer.cell)),
        features(model.featuresOf(i)), timeAxis(model.layout == 1 ? 1 : 0), x(x),
        prefix(nameOf("layer", i) + (direction == 0 ? ".a" : ".b")) {
    const auto all = layer.resolvedActivations();
    const size_t each = activationsOf(layer.cell);
    for (size_t k = 0; k < each; ++k)
      functions.push_back(all[size_t(direction) * each + k].name);
    order.resize(size_t(gates));
    std::iota(order.begin(), order.end(), 0);
    for (unsigned k = 0; k < form.gateOrder; ++k)
      std::ranges::next_permutation(order);
  }

  void write() {
    lastH = state("h", tensors.initialH);
    lastC = isLstm() ? state("c", tensors.initialC) : "";
    if (around == Around::Nothing)
      unroll();
    else
      writeLoop();
  }

  Names states;         ///< Unrolled: [B, H] of each step, in the order of the sequence.
  std::string sequence; ///< Of a loop: [T, B, H].
  std::string lastH, lastC;

private:
  const ModelDescription &model;
  const LayerDescription &layer;
  const WrittenOut &form;
  const LayerTensors tensors;
  const Around around; ///< Scan, Loop or nothing.
  test::ModelBuilder &outer;
  test::ModelBuilder body; ///< Of the loop.
  test::ModelBuilder *at;  ///< Where nodes go.
  size_t index;
  int64_t direction, hidden, gates, features, timeAxis;
  std::string x, prefix;
  Names functions;
  std::vector<int64_t> order; ///< Of gates in one matrix.
  Names steps;                ///< Of x.
  Names scanned;              ///< Sequences that Scan takes.
  std::map<std::string, Names> hoistedSteps;
  std::map<std::string, std::string> cached; ///< Values of the present step, by what they are.
  std::map<std::string, Names> splits;       ///< By what is split.
  std::set<std::string> known;               ///< Constants.
  int64_t step = -1, count = 0;

  std::string node(const std::string &op, const Names &inputs, const std::string &what) {
    const std::string name = fmt::format("{}.{}{}", prefix, what, ++count);
    at->node(op, inputs, {name});
    nameLast(name);
    return name;
  }
  /// Names the last node.
  void nameLast(const std::string &name) { at->proto().mutable_graph()->mutable_node(at->graph().node_size() - 1)->set_name(name); }
  std::string binary(const std::string &op, const std::string &a, const std::string &b) {
    return form.mirrored && op != "Sub" ? node(op, {b, a}, op) : node(op, {a, b}, op);
  }
  std::string integers(const std::vector<int64_t> &values) {
    const std::string name = fmt::format("{}.i{}", prefix, ++count);
    at->integers(name, {int64_t(values.size())}, values);
    return name;
  }
  std::string constant(const std::string &name, std::vector<int64_t> shape, std::span<const float> numbers) {
    if (known.insert(name).second) {
      Tensor tensor = *makeTensor(ElementType::Float32, std::move(shape));
      std::ranges::copy(numbers, values<float>(tensor).begin());
      addInitializer(layer.weightsInside ? *at : outer, name, tensor);
    }
    return name;
  }

  //===--------------------------------------------------------------------===//
  // Movement
  //===--------------------------------------------------------------------===//

  std::string squeeze(const std::string &from, int64_t axis, const std::string &op = "Squeeze") {
    if (model.opset >= 13)
      return node(op, {from, integers({axis})}, op);
    const std::string to = node(op, {from}, op);
    at->set("axes", std::vector<int64_t>{axis});
    return to;
  }

  std::string slice(const std::string &from, int64_t axis, int64_t begin, int64_t end) {
    if (model.opset >= 10)
      return node("Slice", {from, integers({begin}), integers({end}), integers({axis})}, "slice");
    const std::string to = node("Slice", {from}, "slice");
    at->set("starts", std::vector<int64_t>{begin});
    at->set("ends", std::vector<int64_t>{end});
    at->set("axes", std::vector<int64_t>{axis});
    return to;
  }

  Names split(const std::string &from, int64_t axis, const std::vector<int64_t> &sizes) {
    Names parts;
    for (size_t k = 0; k < sizes.size(); ++k)
      parts.push_back(fmt::format("{}.part{}", prefix, ++count));
    const bool asInput = model.opset >= 13;
    at->node("Split", asInput ? Names{from, integers(sizes)} : Names{from}, parts).set("axis", axis);
    if (!asInput)
      at->set("split", sizes);
    nameLast(parts[0]);
    return parts;
  }

  std::string concat(const Names &parts, int64_t axis) {
    const std::string to = node("Concat", parts, "concat");
    at->set("axis", axis);
    return to;
  }

  /// One index of a dimension, which is gone then.
  std::string gather(const std::string &from, int64_t axis, int64_t index) {
    const std::string number = fmt::format("{}.at{}", prefix, ++count);
    at->integers(number, {}, {index});
    return gatherAt(from, axis, number);
  }
  std::string gatherAt(const std::string &from, int64_t axis, const std::string &index) {
    const std::string to = node("Gather", {from, index}, "gather");
    at->set("axis", axis);
    return to;
  }

  /// The steps of a sequence of the model's layout, as [B, ...].
  Names stepsOf(const std::string &sequence, int64_t size) {
    if (around != Around::Nothing)
      return {elementOf(sequence, size)};
    Names all;
    if (form.pick == WrittenOut::Pick::Split)
      for (const std::string &part : split(sequence, timeAxis, std::vector<int64_t>(size_t(model.steps), 1)))
        all.push_back(squeeze(part, timeAxis));
    else
      for (int64_t t = 0; t < model.steps; ++t)
        all.push_back(form.pick == WrittenOut::Pick::Gather ? gather(sequence, timeAxis, t)
                                                            : squeeze(slice(sequence, timeAxis, t, t + 1), timeAxis));
    return all;
  }

  /// As the model declares it: its batch may be a symbol in a loop.
  std::vector<int64_t> shapeOf(const Tensor &state) const {
    std::vector<int64_t> shape = state.shape;
    if (!model.hasUnrolled())
      shape[model.layout == 1 ? 0 : 1] = batch();
    return shape;
  }

  /// The present step of a sequence, in the body of a loop.
  std::string elementOf(const std::string &sequence, int64_t size) {
    if (around == Around::Loop)
      return gatherAt(sequence, 0, prefix + ".t");
    const std::string name = fmt::format("{}.element{}", prefix, ++count);
    body.input(name, {batch(), size});
    scanned.push_back(sequence);
    return name;
  }
  int64_t batch() const { return model.symbolicBatch ? -2 : model.batch; }

  /// [B, H] of this direction: an input of the model, a constant, or zeros.
  std::string state(std::string_view what, const std::optional<Tensor> &given) {
    if (!given)
      return constant(fmt::format("{}.{}.zero", prefix, what), {model.batch, hidden}, std::vector<float>(size_t(model.batch * hidden)));
    const std::string name = nameOf(what, index);
    if (direction == 0) {
      if (layer.constantStates)
        addInitializer(outer, name, *given);
      else
        outer.input(name, shapeOf(*given));
    }
    return gather(name, model.layout == 1 ? 1 : 0, direction);
  }

  //===--------------------------------------------------------------------===//
  // Sums of products
  //===--------------------------------------------------------------------===//

  /// Gates of one matrix, in order. The candidate of a GRU whose state is reset in front of its matrix has one of its own.
  std::vector<int64_t> company(int64_t gate) const {
    if (!form.together || !layer.constantWeights)
      return {gate};
    std::vector<int64_t> others;
    const bool alone = layer.cell == CellKind::Gru && (!layer.linearBeforeReset || form.concatenated);
    for (const int64_t other : order)
      if (!alone || (other == 2) == (gate == 2))
        others.push_back(other);
    return others;
  }

  bool concatenates(int64_t gate) const {
    return form.concatenated && layer.constantWeights && !(layer.cell == CellKind::Gru && layer.linearBeforeReset && gate == 2);
  }

  /// Rows of `gates` of W, R or both: [outputs, inputs].
  std::vector<float> rowsOf(const std::vector<int64_t> &which, bool ofX, bool ofH) const {
    std::vector<float> rows;
    const auto append = [&](const Tensor &tensor, int64_t columns, int64_t row, float sign) {
      const auto from = values<float>(tensor).subspan(size_t((direction * gates * hidden + row) * columns), size_t(columns));
      std::ranges::transform(from, std::back_inserter(rows), [&](float w) { return sign * w; });
    };
    for (const int64_t gate : which)
      for (int64_t k = 0; k < hidden; ++k)
        for (const bool h : {form.mirrored, !form.mirrored}) // h in front, or behind.
          if (h ? ofH : ofX)
            append(h ? tensors.r : tensors.w, h ? hidden : features, gate * hidden + k, sign(gate));
    return rows;
  }
  /// u = sigmoid(-a) stands for 1 - z.
  float sign(int64_t gate) const { return layer.cell == CellKind::Gru && form.update >= 2 && gate == 0 ? -1.0f : 1.0f; }

  std::vector<float> biasOf(const std::vector<int64_t> &which, bool ofX, bool ofH) const {
    std::vector<float> bias;
    if (!tensors.b || (!ofX && !ofH))
      return bias;
    for (const int64_t gate : which)
      for (int64_t k = 0; k < hidden; ++k) {
        const auto own = values<float>(*tensors.b).subspan(size_t(direction * 2 * gates * hidden), size_t(2 * gates * hidden));
        const float wb = own[size_t(gate * hidden + k)], rb = own[size_t((gates + gate) * hidden + k)];
        bias.push_back(sign(gate) * (ofX && ofH ? wb + rb : ofX ? wb : rb));
      }
    return bias;
  }

  /// The constant matrix, as MatMul or Gemm takes it.
  std::string matrix(const std::string &what, const std::vector<float> &rows, int64_t outputs, bool asGemm) {
    const int64_t columns = int64_t(rows.size()) / outputs;
    const bool stored = asGemm && form.transposed;
    std::vector<float> numbers(rows.size());
    for (int64_t r = 0; r < outputs; ++r)
      for (int64_t c = 0; c < columns; ++c)
        numbers[size_t(stored ? r * columns + c : c * outputs + r)] = rows[size_t(r * columns + c)] * (asGemm && form.scaled ? 2.0f : 1.0f);
    return constant(prefix + "." + what, stored ? std::vector{outputs, columns} : std::vector{columns, outputs}, numbers);
  }

  /// matrix * v + bias. \param what names the constants. \param inSteps v is [B, ...]; else a sequence, and MatMul it is.
  std::string product(const std::string &what, const std::string &v, const std::vector<float> &rows, int64_t outputs,
                      std::vector<float> bias, bool inSteps) {
    const bool asGemm = form.gemm && inSteps;
    const std::string weights = matrix(what, rows, outputs, asGemm);
    if (!asGemm) {
      const std::string result = node("MatMul", {v, weights}, "matmul");
      return bias.empty() ? result : binary("Add", result, constant(prefix + "." + what + ".b", {outputs}, bias));
    }
    if (bias.empty() && model.opset < 11) // C is not optional there.
      bias.resize(size_t(outputs));
    Names inputs{v, weights};
    if (!bias.empty()) {
      for (float &value : bias)
        value *= form.scaled ? 2.0f : 1.0f;
      inputs.push_back(constant(prefix + "." + what + ".b", {1, outputs}, bias));
    }
    const std::string result = node("Gemm", inputs, "gemm");
    if (form.transposed)
      at->set("transB", int64_t(1));
    if (form.scaled) {
      at->set("alpha", 0.5f);
      at->set("beta", 0.5f);
    }
    return result;
  }
  /// Whether the bias of R goes with that of W.
  bool joinsBias(int64_t gate) const { return form.oneBias && !(layer.cell == CellKind::Gru && layer.linearBeforeReset && gate == 2); }

  /// "W012": names the matrix of some gates.
  static std::string nameFor(const char *kind, const std::vector<int64_t> &which) {
    std::string name = kind;
    for (const int64_t gate : which)
      name += std::to_string(gate);
    return name;
  }

  int64_t outputsOf(const std::vector<int64_t> &which) const { return hidden * int64_t(which.size()); }

  std::vector<float> inputBias(const std::vector<int64_t> &which) const {
    std::vector<float> bias;
    for (const int64_t gate : which) {
      const auto own = biasOf({gate}, true, joinsBias(gate));
      bias.insert(bias.end(), own.begin(), own.end());
    }
    return bias;
  }
  std::vector<float> recurrentBias(const std::vector<int64_t> &which) const {
    std::vector<float> bias;
    bool any = false;
    for (const int64_t gate : which) {
      auto own = biasOf({gate}, false, true);
      if (joinsBias(gate))
        std::ranges::fill(own, 0.0f);
      else
        any = true;
      bias.insert(bias.end(), own.begin(), own.end());
    }
    return any ? bias : std::vector<float>();
  }

  std::string hoistedProduct(const std::string &what, const std::vector<int64_t> &which) {
    test::ModelBuilder *inside = std::exchange(at, &outer);
    const std::string result = product(what, x, rowsOf(which, true, false), outputsOf(which), inputBias(which), false);
    at = inside;
    return result;
  }

  void hoist() {
    for (int64_t gate = 0; gate < gates; ++gate) {
      const auto which = company(gate);
      const std::string what = nameFor("W", which);
      if (!hoistedSteps.contains(what) && !concatenates(gate))
        hoistedSteps[what] = stepsOf(hoistedProduct(what, which), outputsOf(which));
    }
  }

  /// What `make` computes for several gates, once in this step.
  template <typename Make> std::string once(const std::string &what, const std::string &of, Make make) {
    std::string &value = cached[fmt::format("{} {} {}", step, what, of)];
    return value.empty() ? value = make() : value;
  }

  std::string ofInput(const std::vector<int64_t> &which) {
    const std::string what = nameFor("W", which);
    if (const auto hoisted = hoistedSteps.find(what); hoisted != hoistedSteps.end())
      return hoisted->second[size_t(step)];
    return once(what, "x",
                [&] { return product(what, steps[size_t(step)], rowsOf(which, true, false), outputsOf(which), inputBias(which), true); });
  }
  std::string ofState(const std::vector<int64_t> &which, const std::string &h) {
    const std::string what = nameFor("R", which);
    return once(what, h, [&] {
      if (!layer.constantWeights)
        return ofGivenState(which[0], h);
      return product(what, h, rowsOf(which, false, true), outputsOf(which), recurrentBias(which), true);
    });
  }
  /// R is an input of the model.
  std::string ofGivenState(int64_t gate, const std::string &h) {
    const std::string all = gather(nameOf("R", index), 0, direction);
    std::string weights = node("Transpose", {slice(all, 0, gate * hidden, (gate + 1) * hidden)}, "transpose");
    if (sign(gate) < 0)
      weights = node("Neg", {weights}, "neg");
    const std::string result = node("MatMul", {h, weights}, "matmul");
    const std::vector<float> bias = recurrentBias({gate});
    return bias.empty() ? result : binary("Add", result, constant(fmt::format("{}.R{}.b", prefix, gate), {hidden}, bias));
  }
  /// W and R side by side, on x and h one behind the other.
  std::string ofBoth(const std::vector<int64_t> &which, const std::string &h) {
    const std::string what = nameFor("C", which), &own = steps[size_t(step)];
    return once(what, h, [&] {
      const std::string both = once("both", h, [&] { return concat(form.mirrored ? Names{h, own} : Names{own, h}, 1); });
      return product(what, both, rowsOf(which, true, true), outputsOf(which), biasOf(which, true, true), true);
    });
  }

  /// The part of `gate` of a value of several.
  std::string cut(const std::string &from, const std::vector<int64_t> &which, int64_t gate) {
    if (which.size() == 1)
      return from;
    const auto at = std::ranges::find(which, gate) - which.begin();
    if (form.split) {
      Names &parts = splits[from];
      if (parts.empty())
        parts = split(from, 1, std::vector<int64_t>(which.size(), hidden));
      return parts[size_t(at)];
    }
    return once("cut" + std::to_string(gate), from, [&] { return slice(from, 1, at * hidden, (at + 1) * hidden); });
  }

  /// W x + R h + b of one gate.
  std::string sum(int64_t gate, const std::string &h) {
    const auto which = company(gate);
    if (concatenates(gate))
      return cut(ofBoth(which, h), which, gate);
    const std::string a = ofInput(which), b = ofState(which, h);
    if (form.cutLate && layer.cell != CellKind::Gru)
      return cut(once("sum", a + b, [&] { return binary("Add", a, b); }), which, gate);
    return binary("Add", cut(a, which, gate), cut(b, which, gate));
  }

  //===--------------------------------------------------------------------===//
  // Cells
  //===--------------------------------------------------------------------===//

  bool isLstm() const { return layer.cell == CellKind::Lstm; }

  /// The next states, from the present ones.
  void advance() {
    if (layer.cell == CellKind::Rnn)
      lastH = node(functions[0], {sum(0, lastH)}, "h");
    else if (layer.cell == CellKind::Gru)
      lastH = gru(lastH);
    else
      std::tie(lastH, lastC) = lstm(lastH, lastC);
  }

  void unroll() {
    const bool backward = direction == 1 || layer.direction == Direction::Reverse;
    takeSteps();
    states.resize(size_t(model.steps));
    for (int64_t t = 0; t < model.steps; ++t) {
      step = backward ? model.steps - 1 - t : t;
      advance();
      states[size_t(step)] = lastH;
    }
  }

  void takeSteps() {
    steps = stepsOf(x, features);
    if (form.hoisted && !concatenates(0) && !isBusy())
      hoist();
    else if (isBusy())
      steps[0] = twiceNegated(steps[0]);
  }

  /// The body computes more than the cell.
  bool isBusy() const { return around != Around::Nothing && layer.busyBody; }
  std::string twiceNegated(const std::string &x) { return node("Neg", {node("Neg", {x}, "negative")}, "again"); }

  void writeLoop() {
    const Names initial = isLstm() ? Names{lastH, lastC} : Names{lastH};
    at = &body;
    if (around == Around::Loop) {
      body.input(prefix + ".t", {}, onnx::TensorProto::INT64).input(prefix + ".on", {}, onnx::TensorProto::BOOL);
      body.output(node("Identity", {prefix + ".on"}, "on"), {}, onnx::TensorProto::BOOL);
    }
    for (std::string *state : {&lastH, &lastC})
      if (!state->empty()) {
        *state = prefix + (state == &lastH ? ".h" : ".c");
        body.input(*state, {batch(), hidden});
      }
    step = 0;
    takeSteps();
    advance();
    const Names next = isLstm() ? Names{lastH, lastC} : Names{lastH};
    for (const std::string &each : next)
      body.output(each, {batch(), hidden});
    body.output(isBusy() ? twiceNegated(lastH) : node("Identity", {lastH}, "y"), {batch(), hidden});

    at = &outer;
    Names inputs = initial, outputs{prefix + ".last_h"};
    if (isLstm())
      outputs.push_back(prefix + ".last_c");
    lastH = outputs.front();
    lastC = isLstm() ? outputs.back() : "";
    sequence = outputs.emplace_back(prefix + ".sequence");
    if (around == Around::Loop)
      inputs.insert(inputs.begin(), {trips(), ""});
    else
      inputs.insert(inputs.end(), scanned.begin(), scanned.end());
    outer.node(around == Around::Loop ? "Loop" : "Scan", inputs, outputs).set("body", body.graph());
    nameLast(prefix + ".loop");
    if (around == Around::Scan) {
      outer.set("num_scan_inputs", int64_t(scanned.size()));
      if (layer.direction == Direction::Reverse)
        outer.set("scan_input_directions", std::vector<int64_t>(scanned.size(), 1)).set("scan_output_directions", std::vector<int64_t>{1});
    }
  }

  /// The number of steps of x, as a tensor.
  std::string trips() {
    if (!model.symbolicSteps || model.hasUnrolled()) {
      const std::string name = prefix + ".trips";
      outer.integers(name, {}, {model.steps});
      return name;
    }
    return gather(node("Shape", {x}, "shape"), 0, 0);
  }

  std::pair<std::string, std::string> lstm(const std::string &h, const std::string &c) {
    const auto gate = [&](int64_t which, size_t function) { return node(functions[function], {sum(which, h)}, "gate"); };
    const std::string kept = binary("Mul", gate(2, 0), c), added = binary("Mul", gate(0, 0), gate(3, 1));
    const std::string next = binary("Add", kept, added);
    return {binary("Mul", gate(1, 0), node(functions[2], {next}, "memory")), next};
  }

  std::string gru(const std::string &h) {
    const std::string z = node(functions[0], {sum(0, h)}, "z"), r = node(functions[0], {sum(1, h)}, "r");
    std::string candidate;
    if (layer.linearBeforeReset) {
      const auto which = company(2);
      const std::string a = cut(ofInput(which), which, 2), b = cut(ofState(which, h), which, 2);
      candidate = binary("Add", a, binary("Mul", r, b));
    } else {
      candidate = sum(2, binary("Mul", r, h));
    }
    const std::string n = node(functions[1], {candidate}, "n");
    const std::string &from = form.update < 2 ? n : h, &to = form.update < 2 ? h : n;
    if (form.update % 2 == 1)
      return binary("Add", from, binary("Mul", z, binary("Sub", to, from)));
    const bool wide = form.split && around == Around::Nothing; // As many ones as there are elements.
    const std::vector<int64_t> shape = wide ? std::vector{model.batch, hidden} : std::vector<int64_t>{1};
    const std::string one = constant(prefix + ".one", shape, std::vector<float>(size_t(wide ? model.batch * hidden : 1), 1.0f));
    return binary("Add", binary("Mul", node("Sub", {one, z}, "complement"), from), binary("Mul", z, to));
  }
};

} // namespace

void writeOut(const ModelDescription &model, size_t i, const std::string &x, test::ModelBuilder &builder) {
  const LayerDescription &layer = model.layers[i];
  std::vector<WrittenDirection> all;
  if (!layer.constantWeights)
    builder.input(nameOf("R", i), tensorsOf(model, i).r.shape);
  all.reserve(size_t(layer.directions())); // They stay where they are.
  for (int64_t d = 0; d < layer.directions(); ++d)
    all.emplace_back(model, i, d, x, builder).write();

  const auto named = [&](const std::string &op, const Names &inputs, const std::string &output) {
    builder.node(op, inputs, {output});
    builder.proto().mutable_graph()->mutable_node(builder.graph().node_size() - 1)->set_name(nameOf("layer", i) + ".end." + output);
  };
  const auto unsqueezed = [&](const std::string &from, std::vector<int64_t> axes, const std::string &to) {
    if (model.opset >= 13) {
      builder.integers(to + ".axes", {int64_t(axes.size())}, axes);
      named("Unsqueeze", {from, to + ".axes"}, to);
    } else {
      named("Unsqueeze", {from}, to);
      builder.set("axes", axes);
    }
    return to;
  };
  // Y [T, D, B, H] or [B, T, D, H]; states [D, B, H] or [B, D, H].
  const bool batchFirst = model.layout == 1;
  const int64_t time = batchFirst ? 1 : 0, ofDirection = batchFirst ? 2 : 1;
  const auto joined = [&](const Names &parts, int64_t axis, const std::string &to) {
    named("Concat", parts, to);
    builder.set("axis", axis);
    return to;
  };
  const bool needsY = layer.y || i + 1 < model.layers.size();
  if (needsY && !all[0].sequence.empty())
    unsqueezed(all[0].sequence, {ofDirection}, nameOf("Y", i));
  else if (needsY) {
    Names directions;
    for (const auto &each : all) {
      Names steps;
      for (const std::string &h : each.states)
        steps.push_back(unsqueezed(h, {time, ofDirection}, h + ".step"));
      directions.push_back(joined(steps, time, all.size() == 1 ? nameOf("Y", i) : steps[0] + "s"));
    }
    if (all.size() > 1)
      joined(directions, ofDirection, nameOf("Y", i));
  }
  for (const auto &[wanted, what, last] :
       {std::tuple(layer.yh, "Yh", &WrittenDirection::lastH), std::tuple(layer.yc, "Yc", &WrittenDirection::lastC)}) {
    if (!wanted)
      continue;
    Names states;
    for (const auto &each : all)
      states.push_back(unsqueezed(each.*last, {batchFirst ? 1 : 0}, each.*last + "." + what));
    joined(states, batchFirst ? 1 : 0, nameOf(what, i));
  }
}

} // namespace softdpu::oracle
