//===- WindowTest.cpp - Convolutions, pooling and normalisation on the host --------------===//

#include "HostSteps.h"

#include <cmath>
#include <gmock/gmock.h>

namespace softdpu {
namespace {

using namespace test;
using testing::HasSubstr;
using Numbers = std::vector<int64_t>;

/// The attributes of one random case, of two spatial dimensions.
struct RandomConv {
  int64_t groups, in, out; ///< Channels of one group.
  Numbers size, kernel, strides, dilations, pads;
  std::map<std::string, Attribute> attributes() const {
    return {{"group", groups}, {"strides", strides}, {"dilations", dilations}, {"pads", pads}};
  }
};

RandomConv randomConv(uint32_t seed) {
  std::mt19937 random(seed);
  const auto upTo = [&](uint32_t most) { return int64_t(1 + random() % most); };
  RandomConv result{upTo(3), upTo(3), upTo(3), {}, {}, {}, {}, {}};
  for (int i = 0; i < 2; ++i) {
    result.kernel.push_back(upTo(3));
    result.strides.push_back(upTo(3));
    result.dilations.push_back(upTo(2));
    result.size.push_back(upTo(5) + (result.kernel.back() - 1) * result.dilations.back());
  }
  for (int i = 0; i < 4; ++i)
    result.pads.push_back(upTo(3) - 1);
  return result;
}

/// Calls f(weight index, x index, y index, bias channel) for every product of the convolution of x [2, ...] that gives y of `shape`.
template <typename F> void forEachProduct(const RandomConv &c, const Numbers &x, const Numbers &y, F f) {
  for (int64_t n = 0; n < x[0]; ++n)
    for (int64_t o = 0; o < y[1]; ++o)
      for (int64_t i = 0; i < c.in; ++i)
        for (int64_t h = 0; h < y[2]; ++h)
          for (int64_t w = 0; w < y[3]; ++w)
            for (int64_t a = 0; a < c.kernel[0]; ++a)
              for (int64_t b = 0; b < c.kernel[1]; ++b) {
                const int64_t row = h * c.strides[0] - c.pads[0] + a * c.dilations[0],
                              col = w * c.strides[1] - c.pads[1] + b * c.dilations[1];
                if (row < 0 || row >= x[2] || col < 0 || col >= x[3])
                  continue;
                const int64_t channel = o / c.out * c.in + i;
                f(((o * c.in + i) * c.kernel[0] + a) * c.kernel[1] + b, ((n * x[1] + channel) * x[2] + row) * x[3] + col,
                  ((n * y[1] + o) * y[2] + h) * y[3] + w);
              }
}

TEST(Window, RandomConvolutionsAgainstTheFormula) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const RandomConv c = randomConv(seed);
    const Tensor x = randomFloats({2, c.groups * c.in, c.size[0], c.size[1]}, seed), bias = randomFloats({c.groups * c.out}, seed + 1),
                 w = randomFloats({c.groups * c.out, c.in, c.kernel[0], c.kernel[1]}, seed + 2);
    const Tensor found = resultOf(step("Conv", 3, c.attributes()), {x, w, bias});
    Tensor expected = makeTensor(ElementType::Float32, found.shape).value();
    const int64_t plane = found.shape[2] * found.shape[3];
    for (size_t i = 0; i < elements(expected); ++i)
      values<float>(expected)[i] = values<float>(bias)[i / size_t(plane) % elements(bias)];
    forEachProduct(c, x.shape, found.shape, [&](int64_t weight, int64_t from, int64_t to) {
      values<float>(expected)[size_t(to)] += values<float>(w)[size_t(weight)] * values<float>(x)[size_t(from)];
    });
    for (size_t i = 0; i < elements(found); ++i)
      ASSERT_NEAR(values<float>(found)[i], values<float>(expected)[i], 1e-5) << "seed " << seed << " element " << i;
  }
}

// The transposed convolution is the adjoint: it sends every product of the convolution from y to x.
TEST(Window, RandomTransposedConvolutionsAreTheAdjoint) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    RandomConv c = randomConv(seed);
    const Tensor like = randomFloats({2, c.groups * c.in, c.size[0], c.size[1]}, seed),
                 w = randomFloats({c.groups * c.out, c.in, c.kernel[0], c.kernel[1]}, seed + 2);
    const Tensor y = randomFloats(resultOf(step("Conv", 2, c.attributes()), {like, w}).shape, seed + 3);
    auto attributes = c.attributes();
    Numbers added; // What the strides left over at the end.
    for (size_t i = 0; i < 2; ++i)
      added.push_back((c.size[i] + c.pads[i] + c.pads[i + 2] - (c.kernel[i] - 1) * c.dilations[i] - 1) % c.strides[i]);
    attributes["output_padding"] = added;
    const Tensor found = resultOf(step("ConvTranspose", 2, attributes), {y, w});
    ASSERT_EQ(found.shape, like.shape) << seed;
    Tensor expected = makeTensor(ElementType::Float32, found.shape).value();
    forEachProduct(c, found.shape, y.shape, [&](int64_t weight, int64_t to, int64_t from) {
      values<float>(expected)[size_t(to)] += values<float>(w)[size_t(weight)] * values<float>(y)[size_t(from)];
    });
    for (size_t i = 0; i < elements(found); ++i)
      ASSERT_NEAR(values<float>(found)[i], values<float>(expected)[i], 1e-5) << "seed " << seed << " element " << i;
  }
}

TEST(Window, ConvolutionsOfOneDimensionAndOfNothing) {
  const Tensor w = floats({1, 1, 2}, {1, 10});
  EXPECT_EQ(resultOf(step("Conv", 2), {floats({1, 1, 3}, {1, 2, 3}), w}), floats({1, 1, 2}, {21, 32}));
  EXPECT_EQ(resultOf(step("Conv", 2, {{"auto_pad", std::string("SAME_UPPER")}}), {floats({1, 1, 3}, {1, 2, 3}), w}),
            floats({1, 1, 3}, {21, 32, 3}));
  EXPECT_EQ(resultOf(step("Conv", 2, {{"auto_pad", std::string("SAME_LOWER")}}), {floats({1, 1, 3}, {1, 2, 3}), w}),
            floats({1, 1, 3}, {10, 21, 32}));
  EXPECT_EQ(resultOf(step("Conv", 2), {floats({0, 1, 3}, {}), w}), floats({0, 1, 2}, {}));
  EXPECT_EQ(resultOf(step("Conv", 3), {floats({1, 0, 3}, {}), floats({1, 0, 2}, {}), floats({1}, {5})}), floats({1, 1, 2}, {5, 5}));
  EXPECT_EQ(resultOf(step("ConvTranspose", 2, {{"output_shape", Numbers{5}}}), {floats({1, 1, 2}, {1, 2}), w}),
            floats({1, 1, 5}, {1, 12, 20, 0, 0}));
}

TEST(Window, ConvolutionsAreRefusedWithOneSentence) {
  const Tensor x = floats({1, 2, 3}, {1, 2, 3, 4, 5, 6}), w = floats({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const auto conv = [&](std::map<std::string, Attribute> attributes) { return errorOf(step("Conv", 2, std::move(attributes)), {x, w}); };
  EXPECT_THAT(conv({{"group", int64_t(2)}}), HasSubstr("W is float32 [2, 2, 2] for 2 input channels in 2 groups; dimension 1 must be 1"));
  EXPECT_THAT(conv({{"group", int64_t(3)}}), HasSubstr("which 3 groups do not divide"));
  EXPECT_THAT(conv({{"kernel_shape", Numbers{3}}}), HasSubstr("attribute \"kernel_shape\" is [3], the weights have [2]"));
  EXPECT_THAT(conv({{"strides", Numbers{0}}}), HasSubstr("attribute \"strides\" is [0]; numbers of 1 or more are supported"));
  EXPECT_THAT(conv({{"pads", Numbers{1}}}), HasSubstr("attribute \"pads\" has 1 numbers; 2 are expected"));
  EXPECT_THAT(conv({{"dilations", Numbers{3}}}), HasSubstr("a window of 4 elements does not fit into 3 with 0 of padding"));
  EXPECT_THAT(conv({{"auto_pad", std::string("ALL")}}), HasSubstr("attribute \"auto_pad\" is \"ALL\"; NOTSET, SAME_UPPER"));
  EXPECT_THAT(conv({{"group", INT64_MAX}}), HasSubstr("groups do not divide"));
  const Numbers huge(6, INT32_MAX);
  EXPECT_THAT(errorOf(step("Conv", 2, {{"pads", huge}}), {floats({1, 1, 1, 1, 1}, {1}), floats({1, 1, 1, 1, 1}, {1})}),
              HasSubstr("has more than 4294967296 elements"));
  EXPECT_THAT(errorOf(step("Conv", 3), {x, w, floats({1}, {1})}), HasSubstr("B is float32 [1]; float32 [2] is expected"));
  EXPECT_THAT(errorOf(step("Conv", 2), {x, floats({2, 2}, {1, 2, 3, 4})}), HasSubstr("equal ranks of 3 or more are expected"));
  EXPECT_THAT(errorOf(step("Conv", 2), {floats({1, 1, 1, 1, 1, 1}, {1}), floats({1, 1, 1, 1, 1, 1}, {1})}),
              HasSubstr("there are 4 spatial dimensions; 1 to 3"));
  EXPECT_THAT(errorOf(step("ConvTranspose", 2, {{"pads", Numbers{5, 5}}}), {x, w}), HasSubstr("the output would have -6 elements"));
  EXPECT_THAT(errorOf(step("ConvTranspose", 2, {{"output_shape", Numbers{1, 1}}}), {x, w}),
              HasSubstr("attribute \"output_shape\" has 2 numbers; 1 are expected"));
}

TEST(Window, PoolsMeetNanAndTheEdges) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto pool = [](const char *op, std::map<std::string, Attribute> more, size_t outputs = 1) {
    more.emplace("kernel_shape", Numbers{2});
    return step(op, 1, std::move(more), outputs);
  };
  const Tensor maxima = resultOf(pool("MaxPool", {}), {floats({1, 1, 4}, {nan, 1, 2, 3})});
  EXPECT_TRUE(std::isnan(values<float>(maxima)[0]));
  EXPECT_EQ(values<float>(maxima)[1], 2);
  // A last window that begins inside the data counts with ceil_mode; its mean is that of what it covers.
  const Tensor odd = floats({1, 1, 3}, {1, 2, 5});
  EXPECT_EQ(resultOf(pool("AveragePool", {{"strides", Numbers{2}}, {"ceil_mode", int64_t(1)}}), {odd}), floats({1, 1, 2}, {1.5f, 5}));
  EXPECT_EQ(resultOf(pool("AveragePool", {{"pads", Numbers{1, 0}}}), {odd}), floats({1, 1, 3}, {1, 1.5f, 3.5f}));
  EXPECT_EQ(resultOf(pool("AveragePool", {{"pads", Numbers{1, 0}}, {"count_include_pad", int64_t(1)}}), {odd}),
            floats({1, 1, 3}, {0.5f, 1.5f, 3.5f}));
  EXPECT_EQ(resultOf(pool("MaxPool", {{"strides", Numbers{2}}, {"pads", Numbers{1, 1}}, {"ceil_mode", int64_t(1)}}), {odd}),
            floats({1, 1, 2}, {1, 5}));
  const auto both = run(pool("MaxPool", {}, 2), {tensorOf<int8_t>({1, 2, 2}, {-3, -3, 4, 5})});
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(*both, (std::vector<Tensor>{tensorOf<int8_t>({1, 2, 1}, {-3, 5}), integers({1, 2, 1}, {0, 3})}));
  EXPECT_EQ(resultOf(pool("MaxPool", {}), {floats({0, 1, 2}, {})}), floats({0, 1, 1}, {}));

  EXPECT_THAT(errorOf(pool("MaxPool", {{"pads", Numbers{2, 0}}}), {odd}),
              HasSubstr("a window over float32 [1, 1, 3] lies wholly in the padding"));
  EXPECT_THAT(errorOf(pool("AveragePool", {{"pads", Numbers{0, 2}}}), {odd}), HasSubstr("lies wholly in the padding"));
  EXPECT_THAT(errorOf(step("MaxPool", 1), {odd}), HasSubstr("attribute \"kernel_shape\" is missing"));
  EXPECT_THAT(errorOf(pool("MaxPool", {}), {integers({1, 1, 2}, {1, 2})}),
              HasSubstr("X is int64 [1, 1, 2]; it must be float32, int8 or uint8"));
  EXPECT_THAT(errorOf(pool("MaxPool", {}), {floats({1, 2}, {1, 2})}), HasSubstr("X is float32 [1, 2]; rank 3 or more is expected"));
  EXPECT_THAT(errorOf(step("GlobalMaxPool", 1), {floats({1, 1, 0}, {})}), HasSubstr("which has no elements to pool"));
  EXPECT_TRUE(std::isnan(values<float>(resultOf(step("GlobalMaxPool", 1), {floats({1, 1, 3}, {1, nan, 2})}))[0]));
}

TEST(Normalisation, EdgesAndRefusals) {
  const Tensor x = floats({1, 2, 2}, {1, 3, 5, 5}), two = floats({2}, {1, 2}), one = floats({1}, {1});
  EXPECT_EQ(resultOf(step("BatchNormalization", 5, {{"epsilon", 0.0f}}), {x, two, two, two, floats({2}, {1, 4})}),
            floats({1, 2, 2}, {1, 3, 5, 5}));
  expectNear(resultOf(step("InstanceNormalization", 3, {{"epsilon", 1e-12f}}), {x, two, two}), floats({1, 2, 2}, {0, 2, 2, 2}));
  expectNear(resultOf(step("LayerNormalization", 3, {{"epsilon", 1e-12f}}, 3), {x, floats({}, {2}), two}),
             floats({1, 2, 2}, {-1, 4, 1, 2}));
  EXPECT_THAT(errorOf(step("BatchNormalization", 5), {x, two, two, two, one}),
              HasSubstr("input 4 is float32 [1]; float32 [2] is expected"));
  EXPECT_THAT(errorOf(step("BatchNormalization", 5, {{"training_mode", int64_t(1)}}), {x, two, two, two, two}),
              HasSubstr("only inference (training_mode 0"));
  EXPECT_THAT(errorOf(step("InstanceNormalization", 3), {floats({1}, {1}), one, one}), HasSubstr("X is float32 [1]; rank 2 or more"));
  EXPECT_THAT(errorOf(step("LayerNormalization", 2), {x, floats({3}, {1, 2, 3})}),
              HasSubstr("the scale is float32 [3], which does not broadcast to [2]"));
  EXPECT_THAT(errorOf(step("LayerNormalization", 3), {x, two, floats({1, 2}, {1, 2})}),
              HasSubstr("the bias is float32 [1, 2], which does not"));
}

} // namespace
} // namespace softdpu
