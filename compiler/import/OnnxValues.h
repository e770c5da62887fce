//===- OnnxValues.h - Tensors, attributes and ports of ONNX as plain data ----------------===//
//
// `what` begins every message: the file, and what of it is read.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "import/OnnxModel.h"

namespace onnx {
class AttributeProto;
class TensorProto;
class ValueInfoProto;
} // namespace onnx

namespace softdpu::onnx_import {

/// A tensor without its data, of which there is as much as the shape says.
Expected<Tensor> readHeader(const onnx::TensorProto &proto, const std::string &what, const ReadLimits &limits);
/// \param tensor the header of `proto`.
void readData(const onnx::TensorProto &proto, Tensor &tensor);

/// Any attribute but a graph.
Expected<Value> readAttribute(const onnx::AttributeProto &proto, const std::string &what, const ReadLimits &limits);

/// A port of the model, which must have type and shape. \param direction "input" or "output".
Expected<Port> readPort(const onnx::ValueInfoProto &proto, std::string_view direction, const ReadLimits &limits);
/// A port of a graph inside a node, which may leave both out.
Expected<BodyPort> readBodyPort(const onnx::ValueInfoProto &proto, std::string_view direction, const ReadLimits &limits);

} // namespace softdpu::onnx_import
