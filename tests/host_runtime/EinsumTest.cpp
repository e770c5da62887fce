//===- EinsumTest.cpp - Sums of products over labelled dimensions ------------------------===//

#include "HostSteps.h"

#include <cmath>
#include <gmock/gmock.h>

namespace softdpu {
namespace {

using namespace test;
using testing::HasSubstr;

Tensor einsum(const std::string &equation, const std::vector<Tensor> &inputs) {
  return resultOf(step("Einsum", inputs.size(), {{"equation", equation}}), inputs);
}
std::string refusal(const std::string &equation, const std::vector<Tensor> &inputs) {
  return errorOf(step("Einsum", inputs.size(), {{"equation", equation}}), inputs);
}

/// The sum over all labels, one product after another. \param equation of letters only, with an output.
Tensor byDefinition(const std::string &equation, const std::vector<Tensor> &inputs) {
  const size_t arrow = equation.find("->");
  std::vector<std::string> terms(1);
  for (const char c : equation.substr(0, arrow))
    c == ',' ? terms.emplace_back() : terms.back() += c;
  terms.push_back(equation.substr(arrow + 2));
  std::map<char, int64_t> sizes, index;
  for (size_t i = 0; i < inputs.size(); ++i)
    for (size_t d = 0; d < terms[i].size(); ++d)
      sizes[terms[i][d]] = inputs[i].shape[d];
  const auto offset = [&](const std::string &term) {
    size_t result = 0;
    for (const char c : term)
      result = result * size_t(sizes[c]) + size_t(index[c]);
    return result;
  };
  std::vector<int64_t> shape;
  for (const char c : terms.back())
    shape.push_back(sizes[c]);
  Tensor result = makeTensor(ElementType::Float32, shape).value();
  std::vector<double> sums(elements(result), 0);
  int64_t count = 1;
  for (const auto &[label, size] : sizes)
    count *= size;
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    for (const auto &[label, size] : sizes) {
      index[label] = rest % size;
      rest /= size;
    }
    double product = 1;
    for (size_t k = 0; k < inputs.size(); ++k)
      product *= double(values<float>(inputs[k])[offset(terms[k])]);
    sums[offset(terms.back())] += product;
  }
  std::ranges::transform(sums, values<float>(result).begin(), [](double sum) { return float(sum); });
  return result;
}

TEST(Einsum, CommonEquationsAgainstTheDefinition) {
  const std::map<char, int64_t> sizes{{'b', 2}, {'h', 3}, {'i', 4}, {'j', 5}, {'k', 3}, {'l', 2}};
  for (const std::string equation :
       {"ij->ji",       "ii->i",          "ii->",      "ij->",         "bii->b",          "bij->jb",    "i,i->",
        "i,j->ij",      "ij,jk->ik",      "ij,kj->ki", "bij,bjk->bik", "bhij,bhjk->bhik", "bij,bij->b", "bi,ij,bj->b",
        "ij,jk,kl->il", "bhi,bhj,bk->hk", "ij,k->kji", "iij,j->i",     "i,i,i->i",        "bij,kl->b",  "i,j,k,l->ljki"}) {
    std::vector<Tensor> inputs;
    std::vector<int64_t> shape;
    for (const char c : equation.substr(0, equation.find('-')) + ",")
      if (c == ',')
        inputs.push_back(randomFloats(std::exchange(shape, {}), uint32_t(inputs.size())));
      else
        shape.push_back(sizes.at(c));
    SCOPED_TRACE(equation);
    expectNear(einsum(equation, inputs), byDefinition(equation, inputs));
  }
}

TEST(Einsum, ImplicitOutputsAreAlphabetical) {
  const Tensor a = randomFloats({2, 3}, 1), b = randomFloats({3, 4}, 2);
  EXPECT_EQ(einsum("ba,ac", {a, b}), einsum("ba,ac->bc", {a, b}));
  EXPECT_EQ(einsum("ba", {a}), einsum("ba->ab", {a}));
  EXPECT_EQ(einsum(" ij , jk -> ik ", {a, b}), einsum("ij,jk->ik", {a, b}));
}

TEST(Einsum, EllipsesBroadcast) {
  const Tensor a = randomFloats({2, 1, 3, 4}, 1), b = randomFloats({5, 4, 2}, 2);
  EXPECT_EQ(einsum("...ij,...jk->...ik", {a, b}), resultOf(step("MatMul", 2), {a, b}));
  EXPECT_EQ(einsum("...ij,...jk", {a, b}), resultOf(step("MatMul", 2), {a, b}));
  EXPECT_EQ(einsum("i...->...i", {floats({2, 3}, {1, 2, 3, 4, 5, 6})}), floats({3, 2}, {1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(einsum("...,...->...", {floats({2}, {1, 2}), floats({}, {3})}), floats({2}, {3, 6}));
}

TEST(Einsum, NothingSumsToZero) {
  EXPECT_EQ(einsum("ij,jk->ik", {floats({2, 0}, {}), floats({0, 1}, {})}), floats({2, 1}, {0, 0}));
  EXPECT_EQ(einsum("ij->j", {floats({0, 2}, {})}), floats({2}, {0, 0}));
  EXPECT_EQ(einsum("ij->i", {floats({0, 2}, {})}), floats({0}, {}));
}

TEST(Einsum, RefusesWithOneSentence) {
  const Tensor a = floats({1, 2}, {1, 2});
  EXPECT_THAT(refusal("ij,jk->ik", {a}), HasSubstr("equation \"ij,jk->ik\" has 2 operands, the node 1; equal numbers are expected"));
  EXPECT_THAT(refusal("ijk->i", {a}), HasSubstr("equation \"ijk->i\" has 3 labels for operand 0 of rank 2"));
  EXPECT_THAT(refusal("i...jk->i...", {a}), HasSubstr("has 3 labels for operand 0 of rank 2"));
  EXPECT_THAT(refusal("i1->i", {a}), HasSubstr("has '1' where a letter, or one ellipsis in each term, is expected"));
  EXPECT_THAT(refusal("ij->i->j", {a}), HasSubstr("has '-' where a letter"));
  EXPECT_THAT(refusal("ij->k", {a}), HasSubstr("has an output label that is in no operand"));
  EXPECT_THAT(refusal("ij->ii", {a}), HasSubstr("has an output label that is there twice"));
  EXPECT_THAT(refusal("...j->j", {a}), HasSubstr("has no ellipsis in its output"));
  EXPECT_THAT(refusal("ii->i", {a}), HasSubstr("dimension 1 of input 0 is 2, another dimension of the same label is 1"));
  EXPECT_THAT(refusal("i,i->i", {floats({1}, {1}), floats({2}, {1, 2})}), HasSubstr("dimension 0 of input 1 is 2"));
  EXPECT_THAT(refusal("...,...->...", {floats({3}, {1, 2, 3}), floats({2}, {1, 2})}),
              HasSubstr("dimension 0 of input 1 is 2, another dimension"));
  EXPECT_THAT(refusal("i->i", {integers({1}, {1})}), HasSubstr("only float32 is supported"));
}

} // namespace
} // namespace softdpu
