//===- ModelWriter.cpp - The ONNX file of a description ----------------------------------===//

#include "ModelTensors.h"

#include "Models.h"
#include "Random.h"
#include "WrittenLayer.h"

#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>

namespace softdpu::oracle {
namespace {

using test::ModelBuilder;

/// Writes the graph of a description.
class Writer {
public:
  Writer(const ModelDescription &model, Form form)
      : model(model), forOnnxRuntime(form == Form::ForOnnxRuntime), layoutOne(model.layout == 1), turned(layoutOne && forOnnxRuntime),
        builder(model.opset) {
    builder.proto().set_ir_version(model.irVersion);
  }

  std::vector<std::byte> write() {
    builder.input("X", placed({steps, batch, model.features}));
    if (model.lengths == Lengths::Input)
      builder.input(std::string(lengthsName), {batch}, onnx::TensorProto::INT32);
    if (model.lengths == Lengths::Constant)
      addInitializer(builder, std::string(lengthsName), tensorOf<int32_t>({model.batch}, lengthsOf(model)));

    std::string x = "X";
    for (size_t i = 0; i < model.layers.size(); ++i) {
      const LayerDescription &layer = model.layers[i];
      writeLayer(x, i);
      const int64_t d = layer.directions(), h = layer.hidden;
      if (layer.y)
        builder.output(nameOf("Y", i), layoutOne ? std::vector{batch, steps, d, h} : std::vector{steps, d, batch, h});
      for (const auto &[wanted, name] : {std::pair(layer.yh, "Yh"), std::pair(layer.yc, "Yc")})
        if (wanted)
          builder.output(nameOf(name, i), placed({d, batch, h}));
      if (i + 1 < model.layers.size())
        x = joined(i);
    }
    return builder.bytes();
  }

private:
  /// Inputs of a recurrent node, as ONNX numbers them.
  enum Input : size_t { X, W, R, B, SequenceLens, InitialH, InitialC, P, Inputs };
  using Names = std::vector<std::string>;

  const ModelDescription &model;
  const bool forOnnxRuntime;
  const bool layoutOne; ///< Of the description.
  const bool turned;    ///< Transpositions stand in for layout 1.
  ModelBuilder builder;
  const bool open = !model.hasUnrolled();
  const int64_t steps = model.symbolicSteps && open ? -1 : model.steps, batch = model.symbolicBatch && open ? -2 : model.batch;

  std::vector<int64_t> placed(std::vector<int64_t> shape) const {
    if (layoutOne)
      std::swap(shape[0], shape[1]);
    return shape;
  }

  std::string transposed(const std::string &from, const std::string &to, const std::vector<int64_t> &order) {
    builder.node("Transpose", {from}, {to}).set("perm", order);
    return to;
  }

  /// Squeeze or Unsqueeze: `axes` are an input from opset 13 on.
  void resized(ModelBuilder &graph, const std::string &op, const std::string &from, const std::string &to, int64_t axis) const {
    if (model.opset < 13)
      graph.node(op, {from}, {to}).set("axes", std::vector<int64_t>{axis});
    else
      graph.integers(to + ".axes", {1}, {axis}).node(op, {from, to + ".axes"}, {to});
  }

  //===--------------------------------------------------------------------===//
  // Weights
  //===--------------------------------------------------------------------===//

  /// Rows begin .. begin + count of each matrix of `tensor` [d, rows, columns].
  static Tensor rowsOf(const Tensor &tensor, int64_t begin, int64_t count) {
    const int64_t d = tensor.shape[0], rows = tensor.shape[1], columns = tensor.shape[2];
    Tensor part = *makeTensor(ElementType::Float32, {d, count, columns});
    for (int64_t i = 0; i < d; ++i)
      std::copy_n(values<float>(tensor).begin() + (i * rows + begin) * columns, count * columns,
                  values<float>(part).begin() + i * count * columns);
    return part;
  }

  static Tensor columnsFirst(const Tensor &tensor) {
    const int64_t d = tensor.shape[0], rows = tensor.shape[1], columns = tensor.shape[2];
    Tensor result = *makeTensor(ElementType::Float32, {d, columns, rows});
    for (int64_t i = 0; i < d; ++i)
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c)
          values<float>(result)[size_t((i * columns + c) * rows + r)] = values<float>(tensor)[size_t((i * rows + r) * columns + c)];
    return result;
  }

  /// `tensor` as a constant of `graph`, in one of several ways.
  void constantMatrix(ModelBuilder &graph, const std::string &name, const Tensor &tensor, Storage storage) const {
    const int64_t rows = tensor.shape[1];
    const std::string stored = name + ".stored";
    if (storage == Storage::Plain)
      return addInitializer(graph, name, tensor);
    const uint64_t way = Random(model.seed, stored).below(5);
    if (way == 0 && rows > 1) {
      addInitializer(graph, stored + "0", rowsOf(tensor, 0, rows / 2));
      addInitializer(graph, stored + "1", rowsOf(tensor, rows / 2, rows - rows / 2));
      graph.node("Concat", {stored + "0", stored + "1"}, {name}).set("axis", int64_t(1));
    } else if (way == 1 && tensor.shape[0] == 1) {
      addInitializer(graph, stored, {tensor.type, {rows, tensor.shape[2]}, tensor.data});
      resized(graph, "Unsqueeze", stored, name, 0);
    } else if (way == 2) {
      addInitializer(graph, stored, {tensor.type, {int64_t(elements(tensor))}, tensor.data});
      graph.integers(name + ".shape", {3}, {tensor.shape[0], -1, tensor.shape[2]}).node("Reshape", {stored, name + ".shape"}, {name});
    } else if (way == 3 && model.opset >= 10 && tensor.shape[0] == 1) { // Padded by a row at each side.
      Tensor padded = *makeTensor(ElementType::Float32, {1, rows + 2, tensor.shape[2]});
      std::ranges::copy(values<float>(tensor), values<float>(padded).begin() + tensor.shape[2]);
      addInitializer(graph, stored, padded);
      graph.integers(name + ".begin", {1}, {1}).integers(name + ".end", {1}, {-1}).integers(name + ".axis", {1}, {1});
      graph.node("Slice", {stored, name + ".begin", name + ".end", name + ".axis"}, {name});
    } else {
      addInitializer(graph, stored, columnsFirst(tensor));
      graph.node("Transpose", {stored}, {name}).set("perm", std::vector<int64_t>{0, 2, 1});
    }
  }

  /// Adds the constant weights of layer `i` to `graph`, and their names to `inputs`.
  void writeWeights(ModelBuilder &graph, size_t i, Names &inputs) const {
    const LayerDescription &layer = model.layers[i];
    const LayerTensors tensors = tensorsOf(model, i);
    inputs[W] = nameOf("W", i);
    inputs[R] = nameOf("R", i);
    constantMatrix(graph, inputs[W], tensors.w, layer.storage);
    if (layer.constantWeights)
      constantMatrix(graph, inputs[R], tensors.r, layer.storage);
    for (const auto &[index, what, tensor] : {std::tuple(B, "B", &tensors.b), {P, "P", &tensors.p}})
      if (*tensor) {
        inputs[index] = nameOf(what, i);
        addInitializer(graph, inputs[index], **tensor);
      }
  }

  /// Everything that the node takes from the graph of the model, whatever is around it.
  Names outerInputs(const std::string &x, size_t i) {
    const LayerDescription &layer = model.layers[i];
    const LayerTensors tensors = tensorsOf(model, i);
    Names inputs(Inputs);
    inputs[X] = turned ? transposed(x, x + ".turned", {1, 0, 2}) : x;
    if (!layer.constantWeights)
      builder.input(nameOf("R", i), tensors.r.shape);
    if (model.lengths != Lengths::None)
      inputs[SequenceLens] = lengthsName;
    for (const auto &[index, what, tensor] : {std::tuple(InitialH, "h", &tensors.initialH), {InitialC, "c", &tensors.initialC}}) {
      if (!*tensor)
        continue;
      const std::string name = nameOf(what, i);
      if (layer.constantStates)
        addInitializer(builder, name, **tensor);
      else
        builder.input(name, placed({layer.directions(), batch, layer.hidden}));
      inputs[index] = turned ? transposed(name, name + ".turned", {1, 0, 2}) : name;
    }
    return inputs;
  }

  //===--------------------------------------------------------------------===//
  // Layers
  //===--------------------------------------------------------------------===//

  /// The recurrent node of layer `i` in `graph`.
  void cell(ModelBuilder &graph, size_t i, Names inputs, Names outputs, Direction direction) const {
    for (Names *names : {&inputs, &outputs})
      while (names->back().empty())
        names->pop_back();
    graph.node(std::string(operatorName(model.layers[i].cell)), inputs, outputs);
    graph.proto().mutable_graph()->mutable_node(graph.graph().node_size() - 1)->set_name(nameOf("layer", i));
    attributes(graph, model.layers[i], direction);
  }

  /// Layer `i`, what it is inside of, and the transpositions around all.
  void writeLayer(const std::string &x, size_t i) {
    const LayerDescription &layer = model.layers[i];
    if (layer.written)
      return writeOut(model, i, x, builder);
    Names inputs = outerInputs(x, i), outputs;
    for (const auto &[wanted, name] :
         {std::pair(layer.y || i + 1 < model.layers.size(), "Y"), std::pair(layer.yh, "Yh"), std::pair(layer.yc, "Yc")})
      outputs.push_back(wanted ? nameOf(name, i) + (turned ? ".turned" : "") : "");
    const Around around = aroundOf(model, i);
    if (around == Around::Nothing || !layer.weightsInside)
      writeWeights(builder, i, inputs);
    switch (around) {
    case Around::Nothing:
      cell(builder, i, inputs, outputs, layer.direction);
      break;
    case Around::KnownIf:
    case Around::If:
      writeIf(i, inputs, outputs, around == Around::If ? choice(i) : rankIs(inputs[X], layer.secondBranch ? 4 : 3));
      break;
    case Around::Scan:
    case Around::Loop:
      writeSteps(i, inputs, outputs, around);
      break;
    }
    if (turned)
      for (size_t k = 0; k < outputs.size(); ++k)
        if (!outputs[k].empty())
          transposed(outputs[k], outputs[k].substr(0, outputs[k].find('.')),
                     k == 0 ? std::vector<int64_t>{2, 0, 1, 3} : std::vector<int64_t>{1, 0, 2});
  }

  /// A truth value that comes at run time.
  std::string choice(size_t i) {
    const std::string name = nameOf(choiceName, i);
    builder.input(name, {1}, onnx::TensorProto::INT64);
    builder.node("Cast", {name}, {name + ".bool"}).set("to", int64_t(onnx::TensorProto::BOOL));
    return name + ".bool";
  }

  /// A truth value that the compiler can know.
  std::string rankIs(const std::string &x, int64_t rank) {
    const std::string name = x + ".is" + std::to_string(rank);
    builder.integers(name + ".rank", {}, {rank}).node("Shape", {x}, {name + ".shape"}).node("Size", {name + ".shape"}, {name + ".size"});
    builder.node("Equal", {name + ".size", name + ".rank"}, {name});
    return name;
  }

  void writeIf(size_t i, const Names &inputs, const Names &outputs, const std::string &condition) {
    const LayerDescription &layer = model.layers[i];
    const int64_t d = layer.directions(), h = layer.hidden;
    const bool batchFirst = layoutOne && !turned;
    const auto branch = [&](bool other) {
      ModelBuilder body(model.opset);
      Names own = inputs, results = outputs;
      if (layer.weightsInside)
        writeWeights(body, i, own);
      if (other) {
        own[X] = nameOf("negative", i);
        body.node("Neg", {inputs[X]}, {own[X]});
      }
      for (size_t k = 0; k < results.size(); ++k) {
        if (results[k].empty())
          continue;
        results[k] += ".inside"; // The same in both branches.
        if (k == 0)
          body.output(results[k], batchFirst ? std::vector{batch, steps, d, h} : std::vector{steps, d, batch, h});
        else
          body.output(results[k], batchFirst ? std::vector{batch, d, h} : std::vector{d, batch, h});
      }
      cell(body, i, own, results, layer.direction);
      return body.graph();
    };
    Names given = outputs;
    std::erase(given, "");
    builder.node("If", {condition}, given).set("then_branch", branch(layer.secondBranch)).set("else_branch", branch(!layer.secondBranch));
  }

  /// A Scan or a Loop whose body has the layer with one time step. Without layout 1, and of one direction.
  void writeSteps(size_t i, const Names &inputs, const Names &outputs, Around around) {
    const LayerDescription &layer = model.layers[i];
    const bool scan = around == Around::Scan, lstm = layer.cell == CellKind::Lstm;
    const std::vector<int64_t> state{1, batch, layer.hidden};
    const auto inner = [&](const std::string &what) { return nameOf("step.", i) + "." + what; };
    ModelBuilder body(model.opset);
    Names own = inputs, carried;
    if (layer.weightsInside)
      writeWeights(body, i, own);
    if (!scan) {
      body.input(inner("t"), {}, onnx::TensorProto::INT64).input(inner("on"), {}, onnx::TensorProto::BOOL);
      body.node("Identity", {inner("on")}, {inner("on.next")}).output(inner("on.next"), {}, onnx::TensorProto::BOOL);
      body.node("Gather", {inputs[X], inner("t")}, {inner("x")}).set("axis", int64_t(0));
    }
    for (const auto &[index, what, present] : {std::tuple(InitialH, "h", true), {InitialC, "c", lstm}}) {
      if (!present)
        continue;
      carried.push_back(inputs[index]);
      if (inputs[index].empty()) {
        carried.back() = nameOf(what, i) + ".zero";
        addInitializer(builder, carried.back(), *makeTensor(ElementType::Float32, {1, model.batch, layer.hidden}));
      }
      own[index] = inner(what);
      body.input(own[index], state).output(own[index] + ".next", state);
    }
    if (scan)
      body.input(inner("x"), {batch, model.featuresOf(i)});
    const auto maybeTwiceNegated = [&](const std::string &name) {
      if (!layer.busyBody)
        return name;
      body.node("Neg", {name}, {name + ".negative"}).node("Neg", {name + ".negative"}, {name + ".again"});
      return name + ".again";
    };
    own[X] = inner("x.step");
    resized(body, "Unsqueeze", maybeTwiceNegated(inner("x")), own[X], 0);
    cell(body, i, own, {inner("y.step"), inner("h.next"), lstm ? inner("c.next") : ""}, Direction::Forward);
    resized(body, "Squeeze", inner("y.step"), inner("y"), 0);
    body.output(maybeTwiceNegated(inner("y")), state);

    Names given;
    for (size_t k : {1, 2, 0})
      if (k != 2 || lstm)
        given.push_back(outputs[k].empty() ? inner("unused" + std::to_string(k)) : outputs[k]);
    if (scan) {
      carried.push_back(inputs[X]);
      builder.node("Scan", carried, given).set("body", body.graph()).set("num_scan_inputs", int64_t(1));
      if (layer.direction == Direction::Reverse)
        builder.set("scan_input_directions", std::vector<int64_t>{1}).set("scan_output_directions", std::vector<int64_t>{1});
    } else {
      carried.insert(carried.begin(), {stepsOf(inputs[X]), ""});
      builder.node("Loop", carried, given).set("body", body.graph());
    }
  }

  /// The number of time steps of `x`, as a tensor.
  std::string stepsOf(const std::string &x) {
    const std::string name = x + ".steps";
    if (steps >= 0) {
      builder.integers(name, {}, {model.steps});
    } else {
      builder.integers(name + ".first", {}, {0}).node("Shape", {x}, {name + ".shape"});
      builder.node("Gather", {name + ".shape", name + ".first"}, {name}).set("axis", int64_t(0));
    }
    return name;
  }

  void attributes(ModelBuilder &graph, const LayerDescription &layer, Direction direction) const {
    graph.set("hidden_size", layer.hidden);
    if (direction != Direction::Forward)
      graph.set("direction", std::string(directionName(direction)));
    if (layoutOne && !turned)
      graph.set("layout", int64_t(1));
    if (layer.linearBeforeReset)
      graph.set("linear_before_reset", int64_t(1));
    if (layer.inputForget)
      graph.set("input_forget", int64_t(1));
    if (layer.clip)
      graph.set("clip", *layer.clip);
    if (layer.activations.empty())
      return;
    std::vector<std::string> names;
    std::vector<float> alphas, betas;
    for (const ActivationDescription &f : layer.activations) {
      names.push_back(f.name);
      const auto rule = std::ranges::find(activationRules(), f.name, &ActivationRule::name);
      if (rule->takesAlpha)
        alphas.push_back(f.alpha);
      if (rule->takesBeta)
        betas.push_back(f.beta);
    }
    graph.set("activations", names);
    // ONNX Runtime has 0 for the alpha of ThresholdedRelu, ONNX 1.
    const bool written = layer.parametersWritten || (forOnnxRuntime && std::ranges::find(names, "ThresholdedRelu") != names.end());
    if (written && !alphas.empty())
      graph.set("activation_alpha", alphas);
    if (written && !betas.empty())
      graph.set("activation_beta", betas);
  }

  /// Y of a layer as the X of the next: [T, B, D * H], or [B, T, D * H] in layout 1.
  std::string joined(size_t i) {
    std::string from = nameOf("Y", i), to = from + ".joined";
    const bool two = model.layers[i].directions() == 2;
    if (!layoutOne && !two) {
      resized(builder, "Squeeze", from, to, 1);
      return to;
    }
    if (!layoutOne)
      from = transposed(from, from + ".together", {0, 2, 1, 3});
    builder.integers(to + ".shape", {3}, {0, 0, -1}).node("Reshape", {from, to + ".shape"}, {to});
    return to;
  }
};

} // namespace

std::vector<std::string> nodesOf(const ModelDescription &model, size_t layer) {
  onnx::ModelProto proto;
  const std::vector<std::byte> bytes = onnxOf(model, Form::AsDescribed);
  proto.ParseFromArray(bytes.data(), int(bytes.size()));
  std::vector<std::string> names;
  for (const onnx::NodeProto &node : proto.graph().node())
    if (node.name().starts_with(nameOf("layer", layer) + "."))
      names.push_back(node.name());
  return names;
}

std::vector<std::byte> onnxOf(const ModelDescription &model, Form form) { return Writer(model, form).write(); }

} // namespace softdpu::oracle
