//===- RandomModel.h - Random recurrent models, as plain descriptions --------------------===//
//
// A description says everything about a model and its inputs but the numbers in its tensors; those come from the seed and the name of each
// tensor. So a description can be made smaller field by field, and stays a valid model.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace softdpu::oracle {

enum class CellKind : uint8_t { Rnn, Gru, Lstm };
enum class Direction : uint8_t { Forward, Reverse, Bidirectional };
/// How the lengths of the sequences of a batch are given.
enum class Lengths : uint8_t { None, Constant, Input };

/// What a layer is written inside of: an If whose condition follows from the shape of X, or comes at run time; a Scan or a Loop whose body
/// has the layer for one time step.
enum class Around : uint8_t { Nothing, KnownIf, If, Scan, Loop };
/// Constants as initializers, or computed from others by Transpose, Concat, Unsqueeze, Slice or Reshape.
enum class Storage : uint8_t { Plain, Chain };

/// "RNN", "GRU", "LSTM"
std::string_view operatorName(CellKind kind);
std::string_view directionName(Direction direction);
std::string_view aroundName(Around around);
int64_t gatesOf(CellKind kind);
/// Activation functions of one direction.
size_t activationsOf(CellKind kind);

/// An activation function of ONNX's recurrent operators by its name, with the numbers that it takes.
struct ActivationDescription {
  std::string name;
  float alpha = 0, beta = 0;
};

/// What ONNX defines for a function: whether it takes alpha and beta, and their defaults where it has any.
struct ActivationRule {
  std::string_view name;
  bool takesAlpha, takesBeta;
  std::optional<float> alpha, beta;
};
const std::vector<ActivationRule> &activationRules();

/// How a layer is written out in arithmetic, as exporters do it: one cell for each step, or one in the body of a Scan or Loop. All forms
/// are equal in real numbers, and have the weights of the layer bit by bit.
struct WrittenOut {
  enum class Pick : uint8_t { Gather, Slice, Split }; ///< A step from the sequence.

  bool together = true;      ///< One matrix for the gates, else one each.
  bool concatenated = false; ///< On Concat(x, h) where h is not reset behind its product.
  bool hoisted = false;      ///< W X for all steps at once; not if concatenated.
  bool gemm = false;         ///< Else MatMul and Add.
  bool transposed = false;   ///< transB.
  bool scaled = false;       ///< alpha and beta are 0.5.
  bool oneBias = false;      ///< Both biases in one.
  bool cutLate = false;      ///< Gates are cut from the sum of products, else each from its product. LSTM and RNN.
  bool split = false;        ///< By Split, else by Slice.
  bool mirrored = false;     ///< Operands of Add and Mul are swapped, h stands in front of x.
  unsigned gateOrder = 0;    ///< The number of a permutation.
  unsigned update = 0;       ///< GRU: 0 (1 - z) n + z h; 1 n + z (h - n); 2 (1 - u) h + u n with u = sigmoid(-a); 3 h + u (n - h)
  Pick pick = Pick::Gather;
};

/// One recurrent node.
struct LayerDescription {
  CellKind cell = CellKind::Rnn;
  Direction direction = Direction::Forward;
  int64_t hidden = 1;
  bool bias = false, initialH = false;
  bool initialC = false, peephole = false, inputForget = false; ///< LSTM only.
  bool linearBeforeReset = false;                               ///< GRU only.
  bool constantWeights = true;                                  ///< Else R is an input of the model.
  bool constantStates = false;                                  ///< Else initial states are inputs of the model.
  std::optional<float> clip;
  std::vector<ActivationDescription> activations; ///< Of all directions; empty: ONNX's defaults, not written.
  bool parametersWritten = false;                 ///< activation_alpha and activation_beta; without, all are defaults.
  bool y = true, yh = false, yc = false;          ///< Outputs of the model. Y also exists if a layer follows.
  float gain = 1;                                 ///< Weights are uniform in +/- gain / sqrt(columns), B and P in +/- gain / 2.
  bool spread = false;                            ///< Each weight is then divided by a power of two up to 64.
  Around around = Around::Nothing;                ///< As far as aroundOf() has it.
  bool secondBranch = false;                      ///< If: the layer is in else_branch; the other branch has it on -X.
  bool weightsInside = false;                     ///< Constant weights belong to the body, else to the graph around it.
  bool busyBody = false;                          ///< Scan, Loop: the body computes in front of the layer and behind it (-(-x)).
  Storage storage = Storage::Plain;               ///< Of W, and of R if it is constant.
  std::optional<WrittenOut> written;              ///< Else ONNX's operator.

  int64_t directions() const { return direction == Direction::Bidirectional ? 2 : 1; }
  /// With ONNX's defaults filled in; activationsOf(cell) for each direction.
  std::vector<ActivationDescription> resolvedActivations() const;
};

struct ModelDescription {
  uint64_t seed = 0;
  std::string arch = "tiny";
  unsigned mantissaBits = 2; ///< Of the block format; its box is that of the architecture.
  int64_t opset = 14, irVersion = 7;
  int64_t layout = 0;
  int64_t steps = 1, batch = 1, features = 1;
  bool symbolicSteps = true;  ///< T is a symbol in the signature, else a number.
  bool symbolicBatch = false; ///< Likewise the batch.
  Lengths lengths = Lengths::None;
  float inputScale = 1;  ///< Inputs are uniform in +/- inputScale.
  float weightNoise = 0; ///< Each weight is then multiplied by 1 +/- this, to see what that does.
  std::vector<LayerDescription> layers;

  bool hasWritten() const;
  /// A layer is written out step by step: the model has a fixed number of steps, and a fixed batch.
  bool hasUnrolled() const;
  /// Features of X or of the layer before.
  int64_t featuresOf(size_t layer) const { return layer == 0 ? features : layers[layer - 1].directions() * layers[layer - 1].hidden; }
};

/// What `layer` is written inside of: nothing where ONNX's forms of Scan and Loop do not allow what the description asks for.
Around aroundOf(const ModelDescription &model, size_t layer);
/// Whether the layer can be written out: no clip and the like, and only activations of the DPU.
bool canBeWritten(const ModelDescription &model, const LayerDescription &layer);
/// Whether the compiler must recognise it where it is.
bool mustFuse(const ModelDescription &model, size_t layer);

/// Draws from the whole attribute space. A pure function of `seed`.
ModelDescription randomModel(uint64_t seed);

/// Seed and attributes on one line for the model and one for each layer.
std::string describe(const ModelDescription &model);

} // namespace softdpu::oracle
