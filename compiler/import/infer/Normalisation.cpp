//===- Normalisation.cpp - Inference: batch, instance and layer normalisation --------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

namespace softdpu::onnx_import {

Expected<void> inferChannelNormalisation(Inference &in, Node &node) {
  if (node.get<int64_t>("training_mode", 0) != 0 || node.outputs.size() > 1)
    return fail("{}: has training_mode or more than one output; only inference (training_mode 0, one output) is supported", node.text());
  node.attributes.erase("spatial"); // opset < 9, where it may only be 1
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  const Shape x = in.info(node.inputs[0]).shape;
  if (x.size() < 2)
    return fail("{}: X has shape {}; rank 2 or more is expected", node.text(), shapeText(x));
  constexpr std::string_view names[] = {"X", "scale", "B", "the mean", "the variance"};
  for (unsigned i = 1; i < node.inputs.size(); ++i)
    if (auto checked = in.requireShape(node, i, names[i], {x[1]}); !checked)
      return checked;
  in.keep(node, ElementType::Float32, x);
  return {};
}

Expected<void> inferLayerNormalisation(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  const Shape x = in.info(node.inputs[0]).shape;
  const auto axis = axisOf(node, node.get<int64_t>("axis", -1), x.size());
  if (!axis)
    return tl::unexpected(axis.error());
  node.attributes["axis"] = *axis;
  const Shape inner(x.begin() + *axis, x.end());
  for (const unsigned i : {1u, 2u})
    if (const std::string &input = node.input(i); !input.empty())
      if (auto both = in.broadcast(node, inner, in.info(input).shape); !both || both->size() != inner.size())
        return fail("{}: {} has shape {}, which cannot be broadcast to {}", node.text(), i == 1 ? "the scale" : "the bias",
                    shapeText(in.info(input).shape), shapeText(inner));
  Shape moments = x;
  std::fill(moments.begin() + *axis, moments.end(), sizeOf(1));
  const TensorInfo moment{.type = ElementType::Float32, .shape = std::move(moments), .dims = {}, .zeros = false};
  in.keep(node, {{.type = ElementType::Float32, .shape = x, .dims = {}, .zeros = false}, moment, moment});
  return {};
}

} // namespace softdpu::onnx_import
