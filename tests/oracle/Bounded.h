//===- Bounded.h - Real numbers, and how far computed ones may be from them --------------===//
//
// Running error analysis: every operation of a cell is done on the exact values (in double), and from the errors of its operands and of its
// own rounding follows a bound on the error of its result. docs/accuracy_bound.md derives each rule; nothing here calls the arithmetic of
// the toolkit.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "RandomModel.h"

#include <span>
#include <vector>

namespace softdpu::oracle {

/// What real arithmetic gives, and a bound: |computed - value| <= error.
struct Bounded {
  double value = 0;
  double error = 0;
  /// Of the computed value.
  double largest() const { return (value < 0 ? -value : value) + error; }
};

/// Gates of one direction, one above the other, as the model has them and as a machine does.
struct Matrix {
  size_t columns = 0;
  std::span<const float> exact; ///< rows x columns
  std::vector<double> used;     ///< Likewise.
};

/// The operations of a cell on one of the two machines.
class Arithmetic {
public:
  virtual ~Arithmetic() = default;
  /// A number of the model or of the host on its way to a unit. \param exact it is a result of the same machine already.
  virtual Bounded enter(Bounded x, bool exact) const = 0;
  virtual Bounded sumOfBiases(float a, float b) const = 0;
  /// \param weights rows x columns; must outlive the result.
  virtual Matrix matrix(std::span<const float> weights, size_t columns) const = 0;
  /// One result for each row.
  virtual std::vector<Bounded> multiply(const Matrix &matrix, std::span<const Bounded> x) const = 0;
  virtual Bounded add(Bounded a, Bounded b) const = 0;
  virtual Bounded subtract(Bounded a, Bounded b) const = 0;
  virtual Bounded multiply(Bounded a, Bounded b) const = 0;
  virtual Bounded activate(const ActivationDescription &f, Bounded x) const = 0;
  /// f(x) and 1 - f(x).
  virtual std::pair<Bounded, Bounded> withComplement(const ActivationDescription &f, Bounded x) const = 0;
};

/// The DPU: block floating point and float16, as docs/numerics.md defines them.
class DpuArithmetic final : public Arithmetic {
public:
  /// \param mantissaBits, box of the block format.
  DpuArithmetic(unsigned mantissaBits, unsigned box) : mantissaBits(int(mantissaBits)), box(box) {}

  Bounded enter(Bounded x, bool exact) const override;
  Bounded sumOfBiases(float a, float b) const override;
  Matrix matrix(std::span<const float> weights, size_t columns) const override;
  std::vector<Bounded> multiply(const Matrix &matrix, std::span<const Bounded> x) const override;
  Bounded add(Bounded a, Bounded b) const override;
  Bounded subtract(Bounded a, Bounded b) const override;
  Bounded multiply(Bounded a, Bounded b) const override;
  /// \param f Relu, Sigmoid or Tanh.
  Bounded activate(const ActivationDescription &f, Bounded x) const override;
  std::pair<Bounded, Bounded> withComplement(const ActivationDescription &f, Bounded x) const override;

private:
  int mantissaBits;
  size_t box;

  /// Errors of `x` as block floating point, the errors of x itself included.
  std::vector<double> errorsOfBoxes(std::span<const Bounded> x) const;
};

/// float32 on the CPU.
class FloatArithmetic final : public Arithmetic {
public:
  Bounded enter(Bounded x, bool exact) const override;
  Bounded sumOfBiases(float a, float b) const override;
  Matrix matrix(std::span<const float> weights, size_t columns) const override;
  std::vector<Bounded> multiply(const Matrix &matrix, std::span<const Bounded> x) const override;
  Bounded add(Bounded a, Bounded b) const override;
  Bounded subtract(Bounded a, Bounded b) const override;
  Bounded multiply(Bounded a, Bounded b) const override;
  Bounded activate(const ActivationDescription &f, Bounded x) const override;
  std::pair<Bounded, Bounded> withComplement(const ActivationDescription &f, Bounded x) const override;
};

/// f in real numbers.
double exactly(const ActivationDescription &f, double x);
/// How far f(y) may be from f(x.value) for any y that is x.error or less away from it.
double spreadThrough(const ActivationDescription &f, Bounded x);
/// max(-limit, min(limit, x)): exact on both machines.
Bounded clamp(Bounded x, double limit);

} // namespace softdpu::oracle
