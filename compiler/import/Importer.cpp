//===- Importer.cpp - A checked ONNX graph as a module of the dialect rnn ----------------===//

#include "import/Importer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace softdpu::onnx_import {

mlir::Type elementType(Builder &builder, ElementType type) {
  switch (type) {
  case ElementType::Float32:
    return builder.getF32Type();
  case ElementType::Float16:
    return builder.getF16Type();
  case ElementType::Int64:
    return builder.getI64Type();
  case ElementType::Int32:
    return builder.getI32Type();
  case ElementType::Bool:
    return builder.getI8Type(); // i1 would pack eight into a byte.
  case ElementType::Int8:
    return builder.getIntegerType(8, true);
  case ElementType::UInt8:
    return builder.getIntegerType(8, false);
  }
  return {};
}

ElementType elementTypeOf(mlir::Type type) {
  for (const auto each : {ElementType::Float32, ElementType::Float16, ElementType::Int64, ElementType::Int32, ElementType::Bool,
                          ElementType::Int8, ElementType::UInt8})
    if (Builder builder(type.getContext()); elementType(builder, each) == type)
      return each;
  llvm_unreachable("a tensor of the dialect rnn has an element type of ONNX");
}

namespace {

RankedTensorType tensorType(Builder &builder, ElementType type, ArrayRef<Dimension> shape) {
  SmallVector<int64_t> dims;
  for (const Dimension &dim : shape)
    dims.push_back(dim.size >= 0 ? dim.size : ShapedType::kDynamic);
  return RankedTensorType::get(dims, elementType(builder, type));
}

/// Attributes that a host step can carry; lists of names are joined by commas.
mlir::Attribute attributeOf(Builder &builder, const Value &value) {
  struct Convert {
    Builder &builder;
    mlir::Attribute operator()(int64_t v) const { return builder.getI64IntegerAttr(v); }
    mlir::Attribute operator()(float v) const { return builder.getF32FloatAttr(v); }
    mlir::Attribute operator()(const std::string &v) const { return builder.getStringAttr(v); }
    mlir::Attribute operator()(const std::vector<int64_t> &v) const { return builder.getDenseI64ArrayAttr(v); }
    mlir::Attribute operator()(const std::vector<float> &v) const { return builder.getDenseF32ArrayAttr(v); }
    mlir::Attribute operator()(const std::vector<std::string> &v) const { return builder.getStringAttr(llvm::join(v, ",")); }
    mlir::Attribute operator()(const Tensor &) const { return {}; } // Constant and ConstantOfShape are gone by now.
  };
  return std::visit(Convert{builder}, value);
}

/// The elements of `tensor`; of equal ones only the first, as DenseElementsAttr keeps them.
ArrayRef<char> distinctBytes(const Tensor &tensor) {
  const auto *data = reinterpret_cast<const char *>(tensor.data.data());
  const size_t size = tensor.data.size(), element = elementSize(tensor.type);
  const bool equal = size > element && std::memcmp(data, data + element, size - element) == 0;
  return {data, equal ? element : size};
}

/// Gives the memory of its data back.
void release(Tensor &tensor) { std::vector<std::byte>().swap(tensor.data); }

/// Makes operations of nodes, from the inside of bodies outwards.
class GraphImporter {
public:
  GraphImporter(OpBuilder &builder, Model &model, const TensorInfos &infos, Block *block)
      : builder(builder), model(model), infos(infos), block(block) {}

  void define(const std::string &name, mlir::Value value) { values[name] = value; }

  mlir::Value valueOf(const std::string &name) {
    if (name.empty())
      return absentValue();
    mlir::Value &value = values[name];
    if (!value) {
      Tensor &tensor = model.constants.at(name);
      const RankedTensorType type = tensorType(builder, tensor.type, infos.at(name).shape);
      OpBuilder::InsertionGuard guard(builder);
      if (outermost) // Bodies share the constants of the function.
        builder.setInsertionPoint(outermost);
      value = builder.create<rnn::ConstantOp>(loc(), type, builder.getStringAttr(name),
                                              DenseElementsAttr::getFromRawBuffer(type, distinctBytes(tensor)));
      release(tensor);
    }
    return value;
  }

  void add(const Node &node) {
    SmallVector<mlir::Value> inputs;
    for (const std::string &input : node.inputs)
      inputs.push_back(valueOf(input));
    while (!inputs.empty() && isa<NoneType>(inputs.back().getType()))
      inputs.pop_back();
    SmallVector<Type> types;
    SmallVector<StringRef> names;
    bool zeros = !node.outputs.empty();
    for (const std::string &output : node.outputs) {
      const TensorInfo info = output.empty() ? TensorInfo{} : infos.at(output);
      types.push_back(tensorType(builder, info.type, info.shape));
      names.push_back(output);
      zeros &= info.zeros;
    }
    NamedAttrList attributes;
    for (const auto &[name, value] : node.attributes)
      attributes.append(name, attributeOf(builder, value));
    auto op = builder.create<rnn::NodeOp>(loc(), types, builder.getStringAttr(node.op), builder.getStringAttr(node.name),
                                          builder.getStrArrayAttr(names), attributes.getDictionary(builder.getContext()), inputs,
                                          unsigned(node.bodies.size()));
    if (zeros)
      op->setAttr("rnn.zeros", builder.getUnitAttr());
    for (auto [body, region] : llvm::zip(node.bodies, op.getBodies()))
      addBody(body, region, op);
    for (auto [output, result] : llvm::zip(node.outputs, op.getOutputs()))
      if (!output.empty())
        values[output] = result;
  }

private:
  OpBuilder &builder;
  Model &model;
  const TensorInfos &infos;
  Block *block; ///< Of the function.
  llvm::StringMap<mlir::Value> values;
  mlir::Value absent;
  Operation *outermost = nullptr; ///< The operation of the function whose bodies are being made.

  Location loc() const { return builder.getUnknownLoc(); }

  mlir::Value absentValue() {
    if (!absent) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(block);
      absent = builder.create<rnn::AbsentOp>(loc());
    }
    return absent;
  }

  void addBody(const Body &body, Region &region, Operation *op) {
    OpBuilder::InsertionGuard guard(builder);
    Operation *around = outermost;
    if (!outermost)
      outermost = op;
    Block *inner = builder.createBlock(&region);
    for (const BodyPort &input : body.inputs)
      define(input.name, inner->addArgument(tensorType(builder, infos.at(input.name).type, infos.at(input.name).shape), loc()));
    for (const Node &node : body.nodes)
      add(node);
    SmallVector<mlir::Value> results;
    for (const BodyPort &output : body.outputs)
      results.push_back(valueOf(output.name));
    builder.create<rnn::GiveOp>(loc(), results);
    outermost = around;
  }
};

} // namespace

OwningOpRef<ModuleOp> importGraph(MLIRContext &context, Model &model, const TensorInfos &infos,
                                  const std::map<std::string, std::string> &placement) {
  OpBuilder builder(&context);
  const Location loc = builder.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  NamedAttrList places;
  for (const auto &[node, place] : placement)
    places.append(node, builder.getStringAttr(place));
  (*module)->setAttr("rnn.placement", places.getDictionary(&context));

  SmallVector<Type> inputTypes, outputTypes;
  for (const Port &port : model.inputs)
    inputTypes.push_back(tensorType(builder, port.type, port.shape));
  for (const Port &port : model.outputs)
    outputTypes.push_back(tensorType(builder, infos.at(port.name).type, infos.at(port.name).shape));
  builder.setInsertionPointToEnd(module->getBody());
  auto function = builder.create<func::FuncOp>(loc, "model", builder.getFunctionType(inputTypes, outputTypes));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);

  GraphImporter graph(builder, model, infos, block);
  for (auto [i, port] : llvm::enumerate(model.inputs)) {
    function.setArgAttr(unsigned(i), "rnn.name", builder.getStringAttr(port.name));
    graph.define(port.name, block->getArgument(unsigned(i)));
  }
  for (const Node &node : model.nodes)
    graph.add(node);
  SmallVector<mlir::Value> results;
  SmallVector<StringRef> names;
  for (const Port &port : model.outputs) {
    results.push_back(graph.valueOf(port.name));
    names.push_back(port.name);
  }
  builder.create<func::ReturnOp>(loc, results)->setAttr("rnn.names", builder.getStrArrayAttr(names));
  for (auto &[name, tensor] : model.constants)
    release(tensor);
  return module;
}

} // namespace softdpu::onnx_import
